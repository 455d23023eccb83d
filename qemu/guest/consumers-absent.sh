# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Six devices of the devicetree request formats that are not configured in the kernel.
. ./lib.sh
. ./consumers-lib.sh

symbol_of() {
	echo "CONFIG_IOMMU_IO_PGTABLE_$(echo "$1" | sed 's/v7s/armv7s/' | tr "[:lower:]" "[:upper:]")"
}

plan 5
for kind in lpae v7s mali; do
	messages=$(kernel_log | grep -E "consumer-$kind.*not configured")
	expect "$kind: -ENOENT, naming format and Kconfig symbol, once for each device" "$messages" \
		[ "$(echo "$messages" | grep -c -E "ENOENT.*$(format_of $kind).*$(symbol_of $kind)")" = 2 ]
done
expect "at once: before user space runs" "$(kernel_log | grep -E 'consumer.*error -2|Run /init' | head -n 3)" \
	[ "$(kernel_log | sed '/Run .init/q' | grep -c 'consumer.*failed with error -2')" = 6 ]
expect "nothing waits" "devices_deferred: '$(deferred)'" [ -z "$(deferred)" ]
