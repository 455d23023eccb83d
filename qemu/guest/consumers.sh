# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Six devices of the devicetree wait for three format modules, which are loaded in every order.
. ./lib.sh
. ./consumers-lib.sh

# arrives KIND STILL_MISSING...: load the module of KIND. Four verdicts.
arrives() {
	local kind=$1 module name message
	shift
	module=$(module_of "$kind")
	name="$order: $kind arrives"
	modprobe_here "$module"
	wait_for 5 all_bound "$kind"
	wait_for 5 all_wait "$@" # their probes are retried too, and wait again
	expect "$name: its devices probe" "bound: $(cd $driver && echo consumer-*)" all_bound "$kind"
	expect "$name: the others wait" "devices_deferred: $(deferred | cut -f 1)" all_wait "$@"
	message=$(rmmod "$module" 2>&1)
	expect "$name: rmmod is refused" "$message" has "is in use" "$message"
	expect "$name: two drivers and two tables pin it" "references: $(references "$module")" \
		[ "$(references "$module")" = 4 ]
}

# Unbinds all devices, unloads all formats, and probes again. Two verdicts.
all_leave() {
	local device
	for device in $(consumers); do
		echo "$device" >$driver/unbind
	done
	rmmod io_pgtable_arm_lpae io_pgtable_arm_v7s io_pgtable_arm_mali_lpae io_pgtable_lib
	expect "$order: unbound, all formats can be unloaded" "modules: '$(lsmod | cut -d ' ' -f 1)'" \
		lacks io_pgtable "$(lsmod)"
	for device in $(consumers); do
		echo "$device" >/sys/bus/platform/drivers_probe
	done
	expect "$order: then all devices wait" "devices_deferred: $(deferred | cut -f 1)" \
		all_wait lpae v7s mali
}

plan 85

wait_for 5 all_wait lpae v7s mali
expect "at boot all devices wait, and say what for" "devices_deferred: $(deferred | cut -f 1)" \
	all_wait lpae v7s mali

for order in "lpae v7s mali" "lpae mali v7s" "v7s lpae mali" "v7s mali lpae" "mali lpae v7s" "mali v7s lpae"; do
	# shellcheck disable=SC2086
	set -- $order
	arrives "$1" "$2" "$3"
	arrives "$2" "$3"
	arrives "$3"
	all_leave
done
