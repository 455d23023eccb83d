# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# A vendor's format, which is built outside the kernel tree and unknown to the kernel, is loaded late. A
# devicetree has the format's name.
. ./lib.sh
. ./consumers-lib.sh

name=acme,two-level
module=io_pgtable_acme_two_level

acme_references() {
	echo "references: $(references $module) (lsmod: $(lsmod | grep -E "^$module "))"
}

failed_with() {
	kernel_log | grep -E "io-pgtable-consumer $1: .*$2"
}

plan 15

modprobe io-pgtable-consumer
wait_for 5 waits $name consumer-acme consumer-stale
expect "the devices wait, and say what for" "devices_deferred: $(deferred | grep acme)" \
	waits $name consumer-acme consumer-stale
expect "the log says how to load it" "$(deferred | grep consumer-acme)" \
	has "load it with modprobe io-pgtable-$name" "$(deferred | grep consumer-acme)"
expect "a name that is none is refused at once" "$(failed_with consumer-bad-name 'error -22')" \
	[ -n "$(failed_with consumer-bad-name 'error -22')" ]
expect "and does not wait" "devices_deferred: $(deferred | cut -f 1)" lacks consumer-bad-name "$(deferred)"

# --- load by the alias that the kernel uses
modprobe_here io-pgtable-$name
wait_for 5 bound consumer-acme
expect "modprobe by alias alone: the device probes" "bound: $(cd $driver && echo consumer-*)" bound consumer-acme
expect "its table translates" "$(kernel_log | grep "translates with $name")" \
	has "consumer-acme: translates with $name" "$(kernel_log)"
expect "nothing waits any more" "devices_deferred: '$(deferred)'" lacks consumer "$(deferred)"
expect "a configuration of another size is refused" "$(failed_with consumer-stale 'no table')" \
	has "error -EINVAL: no table" "$(failed_with consumer-stale 'no table')"
expect "driver and table pin it" "$(acme_references)" [ "$(references $module)" = 2 ]
message=$(rmmod $module 2>&1)
expect "rmmod is refused" "$message" has "is in use" "$message"
expect "and the device still has it" "$(acme_references)" bound consumer-acme

# --- without the device, the module can be unloaded
echo consumer-acme >$driver/unbind
expect "unbound, it is not in use" "$(acme_references)" [ "$(references $module)" = 0 ]
expect "and can be unloaded" "rmmod $module" rmmod $module

# --- if modprobe finds the module, the kernel loads it without a step by hand
modules_arrive
echo consumer-acme >/sys/bus/platform/drivers_probe
expect "then the probe loads it" "$(acme_references)" bound consumer-acme
expect "both tables of the device have translated" "$(kernel_log | grep -c "translates with $name")" \
	[ "$(kernel_log | grep -c "translates with $name")" = 2 ]
