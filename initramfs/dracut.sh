#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Module of dracut: IOMMU drivers and the page table formats that drivers need.
#
# A driver says in its softdep and weakdep which formats it needs. dracut follows the softdeps of modules,
# but Debian 12's does not know weakdeps. The dependencies of built-in drivers are only in
# modules.builtin.modinfo, which kmod does not ask. So all of them are read here.

formats_of_builtin_drivers() {
	# shellcheck disable=SC2154  # dracut's
	local modinfo=$srcmods/modules.builtin.modinfo

	[[ ! -e $modinfo ]] || tr '\0' '\n' <"$modinfo" |
		sed -nE 's/^[^=]*\.(softdep=pre:|weakdep=)//p' | tr -s ' ' '\n' | grep '^io-pgtable-'
}

# Of the modules that the initramfs has so far, and of those that dracut adds at the very end.
formats_of_modules() {
	local field

	# shellcheck disable=SC2154,SC2086  # dracut's; words
	for field in softdep weakdep; do
		find "$initdir/lib/modules/" -name '*.ko*' -exec modinfo -F "$field" {} +
		modinfo -k "$kernel" -F "$field" $drivers $add_drivers $force_drivers
	done 2>/dev/null | tr -s ' ' '\n' | grep '^io-pgtable-' | sort -u
}

check() {
	return 0
}

# With hostonly, instmods takes only what this machine has a device for.
installkernel() {
	local formats

	dracut_instmods -o -P '.*/drivers/iommu/io-pgtable/.*' '=drivers/iommu'
	formats=$(formats_of_builtin_drivers; formats_of_modules)
	# shellcheck disable=SC2086  # words
	[[ -z $formats ]] || hostonly='' instmods $formats
}
