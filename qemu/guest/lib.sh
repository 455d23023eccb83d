# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Functions of the scenarios: KTAP, and the state of the machine. The scenarios source this file.
#
# All output goes through the kernel's log. So lines are not mixed with the kernel's lines, and each line
# has the kernel's time stamp.

say() {
	echo "$*" >/dev/kmsg
}

# plan N: announce the number of verdicts. A missing verdict is a failure.
plan() {
	say "KTAP version 1"
	say "1..$1"
}

verdicts=0

# expect NAME OBSERVED COMMAND...: one verdict: pass if COMMAND succeeds. OBSERVED is printed for the reader.
expect() {
	local name=$1 observed=$2 verdict=ok
	shift 2
	"$@" >/dev/null 2>&1 || verdict="not ok"
	verdicts=$((verdicts + 1))
	say "$verdict $verdicts - $name # $(one_line "$observed")"
}

# Prints text as one line. Empty text becomes "nothing", because KTAP needs text after the #.
one_line() {
	echo "${*:-nothing}" | tr '\t\n' '  ' | tr -s ' ' | cut -c1-600
}

# has PATTERN TEXT, lacks PATTERN TEXT: conditions for expect
has() {
	echo "$2" | grep -q -e "$1"
}

lacks() {
	! has "$@"
}

# within NUMBER LEAST MOST: a condition for expect
within() {
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

milliseconds() {
	awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime
}

# wait_for SECONDS COMMAND...: wait until COMMAND succeeds, SECONDS at most
wait_for() {
	local end=$(($(milliseconds) + $1 * 1000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(milliseconds)" -lt $end ] || return 1
		sleep 0.02
	done
}

# --- kmod: absolute paths, because busybox's shell prefers its own applets

modprobe() {
	/sbin/modprobe "$@"
}

rmmod() {
	/sbin/rmmod "$@"
}

lsmod() {
	/sbin/lsmod | tail -n +2
}

# --- the machine

format=io_pgtable_arm_lpae
smmu=$(basename "$(echo /sys/bus/platform/devices/*.smmuv3)")
nvme=0000:00:01.0
disk=nvme0n1

smmu_is_bound() {
	[ -e "/sys/bus/platform/drivers/arm-smmu-v3/$smmu" ]
}

smmu_is_unbound() {
	! smmu_is_bound
}

nvme_is_ready() {
	[ -b /dev/nvme0n1 ]
}

# disk_of DEVICE: print the disk of a PCI device. Two disks may probe in any order.
disk_of() {
	basename "$(echo /sys/bus/pci/devices/"$1"/nvme/nvme*/nvme*n1)"
}

nvme_is_gone() {
	! nvme_is_ready
}

smmu_and_nvme_work() {
	smmu_is_bound && nvme_is_ready
}

deferred() {
	cat /sys/kernel/debug/devices_deferred
}

# references MODULE: print the reference count; print nothing if the module is not loaded
references() {
	lsmod | sed -nE "s/^$1 +[0-9]+ +([0-9]+).*/\1/p"
}

usage() {
	echo "references: $(references $format) (lsmod: $(lsmod | grep $format))"
}

loaded() {
	[ -n "$(references "$1")" ]
}

# Prints the type of the NVMe's domain. "DMA" translates and invalidates at once, "DMA-FQ" invalidates later.
# "identity" and "blocked" do not translate.
group_type() {
	cat /sys/bus/pci/devices/$nvme/iommu_group/type 2>/dev/null || echo "none: not behind an IOMMU"
}

# Prints the kernel's log without the lines of say(), which may quote kernel messages.
kernel_log() {
	dmesg | grep -v -E '^\[ *[0-9.]+\] (ok|not ok|#|disk image) '
}

smmu_messages() {
	kernel_log | grep -E '\] arm-smmu-v3 ' | sed -E 's/^\[ *([0-9.]+)\] */\1 /'
}

fault_messages() {
	kernel_log | grep -c -E 'event 0x[0-9a-f]+ received'
}

# Adds the left-out modules to /lib/modules, as if the root file system were mounted.
modules_arrive() {
	mount --bind /lib/modules.complete /lib/modules
}

# --- I/O

# io NAME MIB: write random data to the disk, read it back and compare it. One verdict. The host also compares the disk
# image with the printed checksum.
io() {
	local name=$1 mib=$2 start written read
	dd if=/dev/urandom of=/tmp/random bs=1M count="$mib" 2>/dev/null
	written=$(sha256sum </tmp/random)
	written=${written%% *}
	start=$(milliseconds)
	dd if=/tmp/random of="/dev/$disk" bs=1M oflag=direct conv=fsync 2>/dev/null
	echo 3 >/proc/sys/vm/drop_caches
	dd if="/dev/$disk" of=/tmp/back bs=1M count="$mib" iflag=direct 2>/dev/null
	start=$(($(milliseconds) - start))
	read=$(sha256sum </tmp/back)
	read=${read%% *}
	rm -f /tmp/random /tmp/back
	say "disk image: $((mib << 20)) bytes with sha256 $written"
	expect "$name: $mib MiB of random data written and read back" \
		"sha256 written $(short "$written"), read $(short "$read"), $start ms of I/O" \
		[ "$written" = "$read" ]
}

short() {
	echo "$1" | cut -c1-12
}

# Writes, reads and compares different data on both disks at the same time.
both_work() {
	local disk pids=""
	for disk in nvme0n1 nvme1n1; do
		disk_works $disk &
		pids="$pids $!"
	done
	for disk in $pids; do
		wait "$disk" || return 1
	done
}

disk_works() {
	dd if=/dev/urandom of="/tmp/$1" bs=64k count=64 2>/dev/null &&
		dd if="/tmp/$1" of="/dev/$1" bs=64k seek=1024 oflag=direct 2>/dev/null &&
		dd if="/dev/$1" of="/tmp/$1.back" bs=64k skip=1024 count=64 iflag=direct 2>/dev/null &&
		cmp -s "/tmp/$1" "/tmp/$1.back"
}

both_are_ready() {
	[ -b /dev/nvme0n1 ] && [ -b /dev/nvme1n1 ]
}

no_faults() {
	expect "no translation fault was reported" "events in the kernel's log: $(fault_messages)" \
		[ "$(fault_messages)" = 0 ]
}

# --- steps of several scenarios

dma_is_translated() {
	local type=DMA
	! grep -q iommu.strict=0 /proc/cmdline || type=DMA-FQ
	expect "NVMe's DMA is translated" "iommu_group/type $(group_type)" [ "$(group_type)" = $type ]
}

# dma_works NAME: three verdicts: DMA is translated, the SMMU holds the format, and the data is correct
dma_works() {
	dma_is_translated
	expect "the SMMU holds the format" "$(usage)" \
		[ "$(references $format)" -gt 0 ]
	io "$1" 64
}

# refused WHEN: two verdicts: rmmod fails because the module is in use
refused() {
	local message
	message=$(rmmod $format 2>&1)
	expect "rmmod $1: refused" "$message" has "is in use" "$message"
	expect "rmmod $1: the module is held" "$(usage)" \
		[ "$(references $format)" -gt 0 ]
}

failed_probes() {
	kernel_log | grep -E 'failed with error|probe of .* failed'
}

remove_pci_devices() {
	local device
	for device in /sys/bus/pci/devices/*; do
		[ ! -e "$device" ] || echo 1 >"$device/remove" || return
	done
	wait_for 5 nvme_is_gone
}

rescan_pci() {
	echo 1 >/sys/bus/pci/rescan && wait_for 10 nvme_is_ready
}
