#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Module of dracut: IOMMU drivers and the page table formats that they need.
#
# A driver that is a module brings its formats along, as dracut follows soft dependencies. A driver that
# is built in has them too, but they are only in modules.builtin.modinfo, which kmod does not ask.

formats_of_builtin_drivers() {
	# shellcheck disable=SC2154  # dracut's
	local modinfo=$srcmods/modules.builtin.modinfo

	[[ ! -e $modinfo ]] || tr '\0' '\n' <"$modinfo" |
		sed -nE 's/^[^=]*\.(softdep=pre:|weakdep=)//p' | tr -s ' ' '\n' | grep '^io-pgtable-'
}

check() {
	return 0
}

# With hostonly, instmods takes only what this machine has a device for.
installkernel() {
	formats_of_builtin_drivers | hostonly='' instmods
	dracut_instmods -o -P '.*/drivers/iommu/io-pgtable/.*' '=drivers/iommu'
}
