#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Module of dracut: adds IOMMU drivers, and the page table formats that drivers need.
#
# A driver names the formats that it needs in softdeps and weakdeps. dracut follows the softdeps
# of modules, but dracut of Debian 12 ignores weakdeps. The dependencies of built-in drivers are
# only in modules.builtin.modinfo, which kmod does not use for dependencies. So this module reads
# all softdeps and weakdeps.

formats_of_builtin_drivers() {
	# shellcheck disable=SC2154  # set by dracut
	local modinfo=$srcmods/modules.builtin.modinfo

	[[ ! -e $modinfo ]] || tr '\0' '\n' <"$modinfo" |
		sed -nE 's/^[^=]*\.(softdep=pre:|weakdep=)//p' | tr -s ' ' '\n' |
		grep '^io-pgtable-'
}

# Reads the modules that the initramfs has so far, and the modules that dracut adds at the very end.
formats_of_modules() {
	local field

	# shellcheck disable=SC2154,SC2086  # set by dracut; split into words
	for field in softdep weakdep; do
		find "$initdir/lib/modules/" -name '*.ko*' -exec modinfo -F "$field" {} +
		modinfo -k "$kernel" -F "$field" $drivers $add_drivers $force_drivers
	done 2>/dev/null | tr -s ' ' '\n' | grep '^io-pgtable-' | sort -u
}

check() {
	return 0
}

# With hostonly, instmods takes only the modules of devices that this machine has.
installkernel() {
	local formats

	dracut_instmods -o -P '.*/drivers/iommu/io-pgtable/.*' '=drivers/iommu'
	formats=$(formats_of_builtin_drivers; formats_of_modules)
	# shellcheck disable=SC2086  # split into words
	[[ -z $formats ]] || hostonly='' instmods $formats
}
