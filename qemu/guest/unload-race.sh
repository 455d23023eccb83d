# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# A format's module is unloaded while a driver that needs the format probes. In the end the device must have its
# driver, whichever side wins the race. The kernel's command line has WINDOW=open or WINDOW=closed, and may have
# ROUNDS=N.
. ./lib.sh
. ./consumers-lib.sh

# v7s is the module that takes longest to unload, because it destroys slab caches.
kind=v7s
device=consumer-$kind-a
format=$(module_of $kind)
ROUNDS=${ROUNDS:-300}
async_rounds=$((ROUNDS / 6))

window_is() {
	case $1 in
	open) all_wait lpae v7s mali ;;
	closed) [ -z "$(deferred)" ] && has "consumer.*error -2" "$(kernel_log)" ;;
	esac
}

# unload_soon MS: run rmmod in the background after MS milliseconds
unload_soon() {
	{
		usleep $(($1 * 1000))
		rmmod "$format" 2>/dev/null && echo unloaded >>/tmp/unloaded
	} &
}

# Each of these functions is one round. The device should be bound at the end. The delays vary from round to
# round, so that each phase of a probe meets each phase of an unload.
race_with_bind() {
	modprobe "$format"
	unload_soon 0
	usleep $((round * 7 % 40 * 1000))
	echo $device >$driver/bind 2>/dev/null
	wait $!
}

# Asynchronous probes must not wait forever. Only the core triggers their retry.
race_with_async_probes() {
	rmmod io_pgtable_consumer
	modprobe "$format"
	unload_soon $((round * 7 % 40))
	modprobe io-pgtable-consumer async_probe
	wait $!
	# shellcheck disable=SC2046
	wait_for 5 bound $(consumers $kind)
}

# race NAME ROUNDS COMMAND: run COMMAND in each round. Two verdicts.
race() {
	local name=$1 rounds=$2 lost=0 unloaded
	: >/tmp/unloaded
	for round in $(seq "$rounds"); do
		"$3"
		bound $device || lost=$((lost + 1))
		unbind_all
		[ $lost -lt 20 ] || break
	done
	unloaded=$(wc -l </tmp/unloaded)
	expect "$name: no device is left without its driver" "$lost of $round left" [ $lost = 0 ]
	expect "$name: the module was unloaded in some rounds, not in all" "in $unloaded of $round" \
		[ "$unloaded" -gt 0 -a "$unloaded" -lt "$round" ]
}

# Prints how many devices got a table. A device in probe already has a link in the driver's folder.
got_tables() {
	kernel_log | grep -c "consumer-$kind.*: translates"
}

got_more_tables() {
	[ "$(got_tables)" -ge $(($1 + 2)) ]
}

# Loads the format and its library while async probes sleep for five seconds. A task that waits for modprobe may hold
# a lock that such a probe waits for. Two verdicts.
load_beside_async_probes() {
	local before start took
	rmmod io_pgtable_consumer "$format" io_pgtable_arm_lpae io_pgtable_arm_mali_lpae io_pgtable_lib
	modprobe io-pgtable-consumer async_probe probe_ms=5000
	before=$(got_tables)
	start=$(milliseconds)
	modprobe "$format"
	took=$(($(milliseconds) - start))
	expect "a format is loaded while async probes run" "modprobe took $took ms" [ $took -lt 4000 ]
	wait_for 20 got_more_tables "$before"
	expect "these probes find the format" "tables made: $before, then $(got_tables)" got_more_tables "$before"
	rmmod io_pgtable_consumer
}

plan 7
modprobe io-pgtable-consumer
wait_for 30 window_is "$WINDOW"
expect "the deferral window is $WINDOW" "devices_deferred: $(deferred | cut -f 1)" window_is "$WINDOW"
modules_arrive
modprobe -a io-pgtable-arm-lpae io-pgtable-arm-v7s io-pgtable-arm-mali-lpae
wait_for 5 all_bound lpae v7s mali
unbind_all
race "bind" "$ROUNDS" race_with_bind
race "async probes" "$async_rounds" race_with_async_probes
load_beside_async_probes
