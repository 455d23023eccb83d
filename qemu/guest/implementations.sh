# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Three implementations of the SMMU's format come and go, under two disks that do DMA through tables
# of different ones. A table keeps the one that made it; new tables take the best.
. ./lib.sh

base=io_pgtable_arm_lpae
better=io_pgtable_better_10
best=io_pgtable_better_20
second=0000:00:02.0

formats() {
	tail -n +2 /sys/kernel/debug/io-pgtable/formats
}

# line MODULE: the implementation's line of ARM_64_LPAE_S1
line() {
	formats | grep "^ARM_64_LPAE_S1 .* $1 " | tr -s ' '
}

# has_tables MODULE N, holds MODULE: of drivers
has_tables() {
	[ "$(line "$1" | cut -d ' ' -f 6)" = "$2" ]
}

is_held() {
	has smmuv3 "$(line "$1")"
}

# Both disks at once, each with its own data, read back and compared.
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

# again DEVICE...: the devices get a table anew.
again() {
	local device
	for device; do
		echo 1 >"/sys/bus/pci/devices/$device/remove" && echo 1 >/sys/bus/pci/rescan &&
			wait_for 10 both_are_ready || return
	done
}

# One table each. With Linux 7.3 the host bridge has one, too.
devices() {
	local device
	for device in /sys/bus/pci/devices/*; do
		[ ! -e "$device/iommu_group" ] || basename "$device"
	done
}

# cannot_go MODULE: one verdict
cannot_go() {
	local message
	message=$(rmmod "$1" 2>&1)
	expect "rmmod $1: refused, a table is its own" "$message" has "is in use" "$message"
}

plan 20
modules_arrive

# --- the better one comes first: the SMMU driver has nothing else
modprobe io-pgtable-better-10
wait_for 20 both_are_ready
expect "one implementation will do: the disks are there" "$(line $better)" both_are_ready
all=$(devices | wc -l)
expect "it made all tables: $all" "$(line $better)" has_tables $better "$all"
expect "the SMMU driver holds it" "$(line $better)" is_held $better

# --- the one that every kernel has comes later, as it might have come first
modprobe io-pgtable-arm-lpae
expect "the SMMU driver holds the last implementation now" "$(line $base)" is_held $base
expect "and the better one no more" "$(line $better)" lacks smmuv3 "$(line $better)"

# --- the best one makes tables from now on; old tables stay
modprobe io-pgtable-better-20
again $second
expect "a new table is made by the best one" "$(line $best)" has_tables $best 1
expect "old ones stay with what made them" "$(line $better)" has_tables $better $((all - 1))
expect "the disks work through both at once" "4 MiB each, random data read back" both_work
cannot_go $better
cannot_go $best
cannot_go $base

# --- each goes when its last table is gone
# shellcheck disable=SC2046
again $(devices)
expect "the better one has no table any more" "$(line $better)" has_tables $better 0
rmmod $better
expect "rmmod $better: it can go" "$(formats)" lacks better_10 "$(formats)"
expect "the best one has all tables" "$(line $best)" has_tables $best "$all"
expect "the disks work" "4 MiB each, random data read back" both_work

remove_pci_devices
rmmod $best
expect "rmmod $best: it can go" "$(formats)" lacks better_20 "$(formats)"
rescan_pci
wait_for 10 both_are_ready
expect "new tables fall back to the last one" "$(line $base)" has_tables $base "$all"
expect "the disks work" "4 MiB each, random data read back" both_work
# Which of the two is nvme0 is a matter of luck.
disk=$(ls /sys/bus/pci/devices/$nvme/nvme)n1
io "the first disk" 8
no_faults
