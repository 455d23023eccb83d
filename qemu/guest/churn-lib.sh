# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2034,SC2154
# Functions of the scenarios churn and faults, in which many things come and go while a disk is read.
# Sourced after lib.sh, leaks-lib.sh and consumers-lib.sh.
#
# In each round, each actor in $actors runs its function do_NAME once in the background, after a random
# delay. SEED=N on the kernel's command line repeats the random choices. It does not repeat the timing.

second=0001:09:00.0	# behind the second SMMU
io_pgtable=/sys/kernel/debug/io-pgtable
mib=16			# size of the data that is read back
LIMIT=${LIMIT:-60}	# maximum seconds for a round
SEED=${SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
round=0
mkdir -p /tmp/count /tmp/at
echo 30 >/proc/sys/kernel/hung_task_timeout_secs

# --- random choices. They start no processes.

# random N: set $r to a number from 0 to N-1
random() {
	state=$(((state * 1103515245 + 12345) & 0x7fffffff))
	r=$(((state >> 8) % $1))
}

# one_of WORD...: set $it to one of the words
one_of() {
	random $#
	shift $r
	it=$1
}

random_sleep() {
	random "$1"
	usleep $((r * 1000))
}

# --- counts of events, and current steps

# happens KIND: count an event. Each event appends one byte, so that several processes can count at the same time.
happens() {
	printf x >>"/tmp/count/$1"
}

tally() {
	[ ! -e "/tmp/count/$1" ] || wc -c <"/tmp/count/$1"
	[ -e "/tmp/count/$1" ] || echo 0
}

step() {
	echo "$*" >"/tmp/at/$actor"
}

is_loaded() {
	[ -e "/sys/module/$1/initstate" ]
}

second_is_ready() {
	[ -b "/dev/$(disk_of $second)" ]
}

# Reads half a MiB at a random position of the written data, and compares it.
read_back() {
	local piece
	random $((mib * 16 - 8))
	piece=$r
	dd if="/dev/$disk" of=/tmp/back bs=64k skip="$piece" count=8 iflag=direct 2>/dev/null &&
		cmp -s -n 524288 /tmp/random /tmp/back $((piece << 16)) 0
}

do_reads() {
	while :; do
		step "disk is read"
		read_back || happens read-wrong
		happens read
		[ ! -e /tmp/others-are-done ] || return 0
	done
}

# --- rounds

# Scenarios may redefine before_round and after_rounds.
before_round() {
	:
}

after_rounds() {
	:
}

act() {
	actor=$1
	state=$((SEED * 7919 + round * 104729 + $2))
	step "is to start"
	[ "$actor" = reads ] || random_sleep 40
	"do_$actor"
	echo over >"/tmp/at/$actor"
}

run_round() {
	local pids="" reader n=0
	echo "$round" >/tmp/round
	act reads 0 &
	reader=$!
	for actor in $actors; do
		n=$((n + 1))
		act "$actor" $n &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086
	wait $pids
	: >/tmp/others-are-done
	wait $reader
	rm /tmp/others-are-done
}

run_rounds() {
	local end=$((round + $1)) watchdog
	watch_rounds &
	watchdog=$!
	while [ $round -lt $end ]; do
		round=$((round + 1))
		state=$((SEED * 7919 + round))
		before_round
		run_round
		[ $((round % 50)) != 0 ] || say "# $round rounds"
	done
	kill $watchdog
	after_rounds
}

# Prints the stack of each process and of our threads.
stacks() {
	local task
	for task in /proc/[0-9]*; do
		[ -s "$task/cmdline" ] || grep -q churn "$task/comm" || continue
		say "#  $(cat "$task/comm") $(tr '\0' ' ' <"$task/cmdline"): $(one_line "$(cat "$task/stack")")"
	done
} 2>/dev/null

# Reports and powers off if a round takes too long. The state of the machine is unknown then, so no test can follow.
watch_rounds() {
	local seen="" now
	while sleep "$LIMIT"; do
		now=$(cat /tmp/round)
		if [ "$now" = "$seen" ]; then
			stacks
			expect "watchdog: no round takes $LIMIT s" \
				"round $now of SEED=$SEED hangs, at $(grep -v over /tmp/at/*)" false
			poweroff -f
		fi
		seen=$now
	done
}

# --- the threads of kunit/scenarios/churn.c

churn_counts() {
	one_line "$(cat /sys/module/io_pgtable_churn/parameters/counts)"
}

# churn_count NAME: print a count from /tmp/churn
churn_count() {
	sed -n "s/.*\<$1 \([0-9]*\).*/\1/p" /tmp/churn
}

# --- the beginning and the end

# Writes known data to both disks. Two verdicts: both disks work, and the first one has the data.
write_disks() {
	wait_for 20 smmu_and_nvme_work
	wait_for 20 second_is_ready
	expect "SMMU and both disks work" "SEED=$SEED, CPUs $(cat /sys/devices/system/cpu/online)" \
		smmu_and_nvme_work
	disk=$(disk_of "$nvme")
	io "before" "$mib"
	dd if="/dev/$disk" of=/tmp/random bs=1M count="$mib" iflag=direct 2>/dev/null
	dd if=/tmp/random of="/dev/$(disk_of $second)" bs=64k count=4 oflag=direct 2>/dev/null
}

disks_come_back() {
	rescan_pci
	wait_for 20 second_is_ready
	disk=$(disk_of "$nvme")
}

no_table_is_listed() {
	[ -z "$(ls $io_pgtable/tables)" ]
}

# begin_churn [PARAMETER=VALUE]: load the modules, and start the threads. Parameters are those of io-pgtable-churn.
begin_churn() {
	modprobe -a io-pgtable-arm-v7s io-pgtable-arm-mali-lpae
	modprobe io-pgtable-consumer
	modprobe io-pgtable-churn threads=8 seed="$SEED" "$@"
}

# Removes all devices except the SMMU, and unloads all modules except the SMMU's format.
end_churn() {
	churn_counts >/tmp/churn
	rmmod io_pgtable_churn
	unbind_all
	remove_pci_devices
	rmmod io_pgtable_consumer
	for module in io_pgtable_check io_pgtable_better_10 io_pgtable_better_20 io_pgtable_arm_v7s \
		io_pgtable_arm_mali_lpae io_pgtable_acme_two_level; do
		! is_loaded $module || rmmod $module
	done
	wait_for 5 no_table_is_listed
}

# take_stock WHEN: store the list of modules and the list of formats while nothing is used
take_stock() {
	lsmod | sort >"/tmp/modules.$1"
	cat $io_pgtable/formats >"/tmp/formats.$1"
}

# same FILE: the stored lists are the same before and after
same() {
	cmp -s "/tmp/$1.before" "/tmp/$1.after"
}

# churn [PARAMETER=VALUE]: run $warm_up rounds and then $ROUNDS rounds. Leaks are counted only over the latter.
# One verdict on the rounds, and two on the disk. Parameters are those of io-pgtable-churn.
churn() {
	local start took
	begin_churn "$@"
	run_rounds "$warm_up"
	end_churn
	take_stock before
	slabs >/tmp/before
	disks_come_back
	begin_churn "$@"
	start=$(milliseconds)
	run_rounds "$ROUNDS"
	took=$(($(milliseconds) - start))
	expect "$ROUNDS rounds, all at once" "$((round - warm_up)) rounds in $((took / 1000)) s, SEED=$SEED" \
		[ $round = $((ROUNDS + warm_up)) ]
	disk_was_right
}

# Checks that all devices work, then releases everything. Verdicts: one, and those of io, nothing_is_left, no_leaks and
# no_faults.
wind_up() {
	every_device_gets_its_driver
	wait_for 20 second_is_ready
	io "after" "$mib"
	end_churn
	nothing_is_left
	no_leaks
	no_faults
}

# happened NAME KIND...: one verdict: each kind of event happened at least once
happened() {
	local name=$1 kind seen="" all=true
	shift
	for kind; do
		seen="$seen${seen:+, }$(tally "$kind") $kind"
		[ "$(tally "$kind")" -gt 0 ] || all=false
	done
	expect "$name" "$seen" $all
}

# Two verdicts: the disk was read, and the data was correct
disk_was_right() {
	happened "the disk was read meanwhile" read
	expect "what was read is what was written" "$(tally read-wrong) of $(tally read) pieces are wrong" \
		[ "$(tally read-wrong)" = 0 ]
}

# One verdict: each device can be bound to its driver
every_device_gets_its_driver() {
	for device in $(consumers); do
		bound "$device" || echo "$device" >"$driver/bind"
	done 2>/dev/null
	wait_for 10 all_bound lpae v7s mali
	expect "every device gets its driver" "$(cd "$driver" && echo consumer-*)" all_bound lpae v7s mali
}

# Seven verdicts: end_churn has released everything
nothing_is_left() {
	expect "eight threads made tables, mapped, unmapped" "$(cat /tmp/churn)" \
		[ "$(churn_count tables)" -ge "$ROUNDS" ]
	expect "each table did what it should" "$(churn_count wrong) calls were wrong" \
		[ "$(churn_count wrong)" = 0 ]
	take_stock after
	expect "all modules can be unloaded" "$(cut -d ' ' -f 1 /tmp/modules.after)" same modules
	expect "no driver and no table holds a format" "$(tail -n +2 /tmp/formats.after)" same formats
	expect "no table is listed" "$(ls $io_pgtable/tables)" no_table_is_listed
	expect "no page is left of any table" "nr_iommu_pages $(iommu_pages)" [ "$(iommu_pages)" = 0 ]
	slabs >/tmp/after
	# Objects of user space differ from run to run, so small growth is allowed.
	growth=$((ROUNDS > 20 ? ROUNDS : 20))
	expect "no slab cache grows by an object a round, or 20" \
		"$(wc -l </tmp/after) caches, in $ROUNDS rounds: $(grown $((growth / 2)))" no_growth "$growth"
}
