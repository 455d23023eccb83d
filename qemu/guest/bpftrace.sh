# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The page's command with bpftrace sums up what the disk's reads map.
. ./lib.sh

# bpftrace asks a shell what headers there are, and crashes if there is none.
ln -s busybox /bin/sh

attached() {
	grep -q "^Attaching" /tmp/sums
}

# The sum for the NVMe's format
bytes_mapped() {
	sed -nE 's/^@\[ARM_64_LPAE_S1\]: ([0-9]+)$/\1/p' /tmp/sums
}

plan 3
mount -t tracefs tracefs /sys/kernel/tracing
wait_for 20 smmu_and_nvme_work
# A script that this shell starts in the background ignores SIGINT, by which bpftrace ends.
(trap - INT; exec timeout -s INT 60 sh -c "exec $(cat page.sh)") >/tmp/sums 2>&1 &
expect "the page's command attaches to the tracepoint" "$(wait_for 50 attached; head -n 1 /tmp/sums)" attached
sleep 1
dd if=/dev/nvme0n1 of=/dev/null bs=1M count=4 iflag=direct 2>/tmp/dd
expect "the disk is read meanwhile" "$(tail -n 1 /tmp/dd)" has "4+0 records in" "$(cat /tmp/dd)"
killall -INT bpftrace
wait
expect "it sums up bytes by format" "$(cat /tmp/sums)" within "$(bytes_mapped)" $((4 << 20)) $((5 << 20))
