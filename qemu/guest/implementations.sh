# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Three implementations of the SMMU's format are loaded and unloaded while two disks do DMA through tables
# of different implementations. A table keeps its implementation; a new table uses the best one.
. ./lib.sh

base=io_pgtable_arm_lpae
better=io_pgtable_better_10
best=io_pgtable_better_20
second=0000:00:02.0

formats() {
	tail -n +2 /sys/kernel/debug/io-pgtable/formats
}

# line MODULE: print the implementation's line of ARM_64_LPAE_S1 in the list of formats
line() {
	formats | grep "^ARM_64_LPAE_S1 .* $1 " | tr -s ' '
}

# has_tables MODULE N: the implementation has N tables. is_held MODULE: the SMMU driver holds the implementation.
has_tables() {
	[ "$(line "$1" | cut -d ' ' -f 6)" = "$2" ]
}

is_held() {
	has smmuv3 "$(line "$1")"
}

# again DEVICE...: remove and rescan the devices, so that they get new tables
again() {
	local device
	for device; do
		echo 1 >"/sys/bus/pci/devices/$device/remove" && echo 1 >/sys/bus/pci/rescan &&
			wait_for 10 both_are_ready || return
	done
}

# Prints the devices that have a table. In Linux 7.3, the host bridge has one as well.
devices() {
	local device
	for device in /sys/bus/pci/devices/*; do
		[ ! -e "$device/iommu_group" ] || basename "$device"
	done
}

# cannot_go MODULE: one verdict: rmmod is refused
cannot_go() {
	local message
	message=$(rmmod "$1" 2>&1)
	expect "rmmod $1: refused, a table is its own" "$message" has "is in use" "$message"
}

plan 20
modules_arrive

# --- the better implementation is loaded first, and is the only one
modprobe io-pgtable-better-10
wait_for 20 both_are_ready
expect "one implementation will do: the disks are there" "$(line $better)" both_are_ready
all=$(devices | wc -l)
expect "it made all tables: $all" "$(line $better)" has_tables $better "$all"
expect "the SMMU driver holds it" "$(line $better)" is_held $better

# --- the base implementation, which every kernel has, is loaded later. The order must not matter.
modprobe io-pgtable-arm-lpae
expect "the SMMU driver holds the last implementation now" "$(line $base)" is_held $base
expect "and the better one no more" "$(line $better)" lacks smmuv3 "$(line $better)"

# --- the best implementation makes all new tables. Old tables do not change.
modprobe io-pgtable-better-20
again $second
expect "a new table is made by the best one" "$(line $best)" has_tables $best 1
expect "old ones stay with what made them" "$(line $better)" has_tables $better $((all - 1))
expect "the disks work through both at once" "4 MiB each, random data read back" both_work
cannot_go $better
cannot_go $best
cannot_go $base

# --- each implementation can be unloaded when its last table is freed
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
# The two disks may probe in any order.
disk=$(ls /sys/bus/pci/devices/$nvme/nvme)n1
io "the first disk" 8
no_faults
