# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Runs the bpftrace command of administrators.rst, which adds up the bytes that reads of the disk map.
. ./lib.sh

# bpftrace runs a shell to find headers, and crashes if there is no shell.
ln -s busybox /bin/sh

attached() {
	grep -q "^Attaching" /tmp/sums
}

# Prints the sum for the NVMe's format.
bytes_mapped() {
	sed -nE 's/^@\[ARM_64_LPAE_S1\]: ([0-9]+)$/\1/p' /tmp/sums
}

plan 3
mount -t tracefs tracefs /sys/kernel/tracing
wait_for 20 smmu_and_nvme_work
# bpftrace ends on SIGINT. Background processes of this shell ignore SIGINT unless it is reset.
(trap - INT; exec timeout -s INT 60 sh -c "exec $(cat page.sh)") >/tmp/sums 2>&1 &
expect "the page's command attaches to the tracepoint" "$(wait_for 50 attached; head -n 1 /tmp/sums)" attached
sleep 1
dd if=/dev/nvme0n1 of=/dev/null bs=1M count=4 iflag=direct 2>/tmp/dd
expect "the disk is read meanwhile" "$(tail -n 1 /tmp/dd)" has "4+0 records in" "$(cat /tmp/dd)"
killall -INT bpftrace
wait
expect "it sums up bytes by format" "$(cat /tmp/sums)" within "$(bytes_mapped)" $((4 << 20)) $((5 << 20))
