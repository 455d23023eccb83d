# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The deferral window closes before any format is loaded. The modules are loaded later.
. ./lib.sh
. ./consumers-lib.sh

gave_up() {
	[ "$(kernel_log | grep -c -E "consumer.*failed with error -2")" = 6 ]
}

plan 8
wait_for 5 all_wait lpae v7s mali
expect "at first all devices wait" "devices_deferred: $(deferred | cut -f 1)" all_wait lpae v7s mali
wait_for 30 gave_up
expect "the window closes: -ENOENT" "$(kernel_log | grep -E 'consumer.*error -2' | head -n 1)" gave_up
for kind in lpae v7s mali; do
	messages=$(kernel_log | grep -E "consumer-$kind.*no page table format")
	expect "$kind: the message says what to load" "$messages" \
		[ "$(echo "$messages" | grep -c "$(format_of $kind): load it with modprobe io-pgtable-")" = 2 ]
done
for kind in lpae v7s mali; do
	modprobe_here "$(module_of $kind)"
	for device in $(consumers $kind); do
		echo "$device" >/sys/bus/platform/drivers_probe
	done
	expect "$kind: loaded after all, and probed again" "bound: $(cd $driver && echo consumer-*)" \
		all_bound $kind
done
