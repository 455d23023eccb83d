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

plan 5
modprobe io-pgtable-consumer
wait_for 30 window_is "$WINDOW"
expect "the deferral window is $WINDOW" "devices_deferred: $(deferred | cut -f 1)" window_is "$WINDOW"
modules_arrive
modprobe -a io-pgtable-arm-lpae io-pgtable-arm-v7s io-pgtable-arm-mali-lpae
wait_for 5 all_bound lpae v7s mali
unbind_all
race "bind" "$ROUNDS" race_with_bind
race "async probes" "$async_rounds" race_with_async_probes
