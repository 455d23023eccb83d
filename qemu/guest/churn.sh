# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Page table formats, better implementations, the checker, drivers, a second disk, CPUs, readers of debugfs
# and the tables of eight threads come and go at the same time. Meanwhile a disk behind the SMMU is read and
# compared. At the end, all of them must be released.
# ROUNDS=N on the kernel's command line sets the number of rounds.
. ./lib.sh
. ./leaks-lib.sh
. ./consumers-lib.sh
. ./churn-lib.sh

actors="formats implementations drivers race second cpus dumps"
warm_up=3	# rounds. All one-time allocations happen in them.

# --- actors: each acts once in a round

# come_or_go MODULE KIND: unload the module if it is loaded, otherwise load it
come_or_go() {
	if is_loaded "$1"; then
		step "rmmod $1"
		if rmmod "$1"; then happens "$2-unloaded"; else happens "$2-busy"; fi
	else
		step "modprobe $1"
		if modprobe "$1"; then happens "$2-loaded"; else happens "$2-not-loaded"; fi
	fi
} 2>/dev/null

# An rmmod of LPAE fails, because the SMMU driver holds LPAE.
do_formats() {
	one_of $format io_pgtable_arm_v7s io_pgtable_arm_v7s io_pgtable_arm_mali_lpae \
		io_pgtable_arm_mali_lpae io_pgtable_acme_two_level
	come_or_go "$it" format
}

do_implementations() {
	one_of io_pgtable_better_10 io_pgtable_better_20 io_pgtable_check
	come_or_go "$it" better
}

# Unloads the best implementation, which has the tables of all devices. The second disk is removed at this point, so
# that the best implementation may have no tables.
drop_best() {
	local module
	echo consumer-lpae-s1 >$driver/unbind
	for module in io_pgtable_check io_pgtable_better_20; do
		is_loaded $module || continue
		for _ in 1 2 3 4; do
			step "rmmod $module"
			rmmod $module && happens better-unloaded && break
			random_sleep 20
		done
	done
} 2>/dev/null

do_drivers() {
	local device
	# shellcheck disable=SC2046
	one_of $(consumers)
	device=$it
	if bound "$device"; then
		step "unbind $device"
		echo "$device" >$driver/unbind && happens unbound
	else
		step "bind $device"
		if echo "$device" >$driver/bind; then happens bound; else happens not-bound; fi
	fi
} 2>/dev/null

# Lets rmmod, modprobe and a probe of the same format race. Mali is preferred, because the threads have no tables of it.
do_race() {
	local kind module pids
	one_of v7s mali mali
	kind=$it
	module=$(module_of "$kind")
	step "race of rmmod, modprobe and bind: $module"
	for it in "consumer-$kind-a" "consumer-$kind-b"; do
		echo "$it" >$driver/unbind
	done
	rmmod "$module" && happens race-unloaded &
	pids=$!
	random_sleep 120
	modprobe "$module" && happens race-loaded &
	pids="$pids $!"
	echo "$it" >$driver/bind && happens race-bound
	# shellcheck disable=SC2086
	wait $pids
	happens race
} 2>/dev/null

# Either removes and rescans the second disk, which gets a new table, or rebinds its driver. The data must not change.
do_second() {
	random 2
	if [ "$r" = 0 ]; then
		step "remove and rescan $second"
		echo 1 >/sys/bus/pci/devices/$second/remove && drop_best
		step "rescan"
		echo 1 >/sys/bus/pci/rescan
	else
		step "unbind and bind $second"
		echo $second >/sys/bus/pci/drivers/nvme/unbind && random_sleep 30
		echo $second >/sys/bus/pci/drivers/nvme/bind
	fi
	step "second disk comes back"
	wait_for "$LIMIT" second_is_ready
	step "second disk is read"
	dd if="/dev/$(disk_of $second)" bs=64k count=4 iflag=direct 2>/dev/null |
		cmp -s -n 262144 - /tmp/random || happens second-wrong
	happens second
}

# Takes a CPU offline and online. CPU 0 stays online.
do_cpus() {
	local cpu
	random 2
	cpu=/sys/devices/system/cpu/cpu$((r + 1))/online
	step "$cpu"
	echo 0 >"$cpu" && happens cpu-gone
	random_sleep 60
	echo 1 >"$cpu" && happens cpu-back
}

# Reads all files of debugfs. Half of the readers are killed.
do_dumps() {
	local pid
	step "readers of debugfs"
	cat $io_pgtable/formats $io_pgtable/tables/*/* >/dev/null 2>&1 &
	pid=$!
	random 2
	if [ "$r" = 0 ]; then
		random_sleep 60
		kill -9 $pid && happens dump-killed
		wait $pid
	else
		wait $pid
		happens dump
	fi
} 2>/dev/null

all_cpus_are_online() {
	[ "$(cat /sys/devices/system/cpu/online)" = 0-2 ]
}

# The threads map addresses that are mapped, and expect an error. The checker must not report these calls.
mkdir -p /etc/modprobe.d
echo "options io_pgtable_check misuse=N" >/etc/modprobe.d/churn.conf

plan 25
write_disks
churn faults=0
happened "formats were loaded and unloaded, or were in use" format-loaded format-unloaded format-busy
happened "better implementations came and went, or were in use" better-loaded better-unloaded better-busy
happened "drivers were bound and unbound" bound unbound
happened "rmmod, modprobe and probe met" race race-loaded race-unloaded race-bound
happened "a second disk got new tables" second
expect "its data stayed" "$(tally second-wrong) of $(tally second) are wrong" [ "$(tally second-wrong)" = 0 ]
happened "CPUs went and came back" cpu-gone cpu-back
expect "all CPUs are there" "$(cat /sys/devices/system/cpu/online)" all_cpus_are_online
happened "debugfs was read, and readers were killed" dump dump-killed
wind_up
