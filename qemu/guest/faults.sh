# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Allocations fail at random while a disk behind the SMMU is read and compared. Eight threads allocate
# tables, map, unmap, reserve and split; drivers probe; formats are loaded and register; files in debugfs
# are opened and read. At the end, all of them must be released.
#
# Of the threads' allocations, 1 to 20 % fail; the share changes in each round. The same share fails in
# half of the probes. In the other half, and in processes of user space that must survive, only the nth
# allocation fails. ROUNDS=N on the kernel's command line sets the number of rounds.
. ./lib.sh
. ./leaks-lib.sh
. ./consumers-lib.sh
. ./churn-lib.sh

actors="probes files modules"
warm_up=2	# rounds. All one-time allocations happen in them.
injectors="/sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc"

prepare_injectors() {
	local injector
	for injector in $injectors; do
		echo Y >"$injector/task-filter"
		echo 1 >"$injector/interval"
		echo -1 >"$injector/times"
		echo 0 >"$injector/verbose"
		echo N >"$injector/ignore-gfp-wait"
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
}

inject() {
	local injector
	for injector in $injectors; do
		echo "$1" >"$injector/probability"
	done
}

# with_fault N COMMAND...: let one of the first N allocations of COMMAND fail. COMMAND may be a function or a
# builtin of the shell.
with_fault() {
	random "$1"
	shift
	(
		echo $((r + 1)) >/proc/self/fail-nth
		"$@"
	)
}

# with_faults COMMAND...: let a share of all allocations fail
with_faults() {
	(
		echo 1 >/proc/self/make-it-fail
		"$@"
	)
}

bind() {
	echo "$1" >$driver/bind
}

# Unbinds two devices, and binds them with failing allocations.
do_probes() {
	local how
	for _ in 1 2; do
		# shellcheck disable=SC2046
		one_of $(consumers)
		device=$it
		step "unbind and bind $device"
		echo "$device" 2>/dev/null >$driver/unbind
		one_of with_faults "with_fault 60"
		how=$it
		# shellcheck disable=SC2086
		if $how bind "$device"; then happens probed; else happens probe-failed; fi
	done
} 2>>/tmp/errors

# Reads the first lines of a file.
read_some() {
	local lines=0
	while [ $lines -lt 20 ] && read -r _; do
		lines=$((lines + 1))
	done <"$1"
}

# Reads files with a failing allocation. The files of a freed table no longer exist.
do_files() {
	local file
	for _ in 1 2 3; do
		# shellcheck disable=SC2046
		one_of $io_pgtable/formats $io_pgtable/tables/*/*
		file=$it
		step "read $file"
		[ -e "$file" ] || continue
		if with_fault 16 read_some "$file"; then happens file-read; else happens file-failed; fi
	done
} 2>>/tmp/file-errors

# Loads or unloads a module. The last module is chosen most often, because no device uses it.
do_modules() {
	one_of io_pgtable_arm_mali_lpae io_pgtable_better_10 io_pgtable_better_20 \
		io_pgtable_acme_two_level io_pgtable_acme_two_level io_pgtable_acme_two_level
	if is_loaded "$it"; then
		step "rmmod $it"
		rmmod "$it" && happens unloaded
	fi
	is_loaded "$it" && return
	step "modprobe $it"
	if with_fault 120 /sbin/modprobe "$it"; then happens loaded; else happens load-failed; fi
} 2>/dev/null

# Sets the share of failing allocations for the round.
before_round() {
	one_of 1 2 5 10 20
	inject "$it"
}

after_rounds() {
	inject 0
}

# Prints each different error of the drivers' probes, with its count.
errors() {
	sed 's/.*: //' /tmp/errors | sort | uniq -c
}

# The allowed errors: no memory; no format, while its module is being loaded or unloaded; and deferral.
errors_are_right() {
	! errors | grep -v -E "Cannot allocate memory|No such file or directory|Resource temporarily unavailable"
}

plan 21
write_disks
prepare_injectors
churn faults=1
happened "drivers were bound, or had no memory" probed probe-failed
expect "failed probes return only the allowed errors" "$(errors)" errors_are_right
happened "files were read, or could not be opened" file-read file-failed
happened "formats were loaded, or could not be" loaded load-failed unloaded
wind_up
for kind in no-table no-map no-reserve; do
	[ "$(churn_count $kind)" -gt 0 ] || missing="$missing $kind"
done
expect "each kind of call had no memory" "$(cat /tmp/churn); not seen: '$missing'" [ -z "$missing" ]
