#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Hook of initramfs-tools: IOMMU drivers and the page table formats that drivers need.
#
# A driver says in its softdep and weakdep which formats it needs. modprobe follows the softdeps of
# modules, but Debian 12's does not know weakdeps. The dependencies of built-in drivers are only in
# modules.builtin.modinfo, which kmod does not ask. So all of them are read here.
#
# No set -e: what the functions return says nothing.

# Other hooks add drivers, too: this one comes after them all.
if [ "${1-}" = prereqs ]; then
	for hook in /usr/share/initramfs-tools/hooks/*; do
		case ${hook##*/} in
		io-pgtable*) ;;
		*) echo "${hook##*/}" ;;
		esac
	done
	exit 0
fi

# shellcheck source=/dev/null
. /usr/share/initramfs-tools/hook-functions

# shellcheck disable=SC2154  # mkinitramfs exports it
tree=/lib/modules/$version

formats_of_builtin_drivers() {
	[ ! -e "$tree/modules.builtin.modinfo" ] || tr '\0' '\n' <"$tree/modules.builtin.modinfo" |
		sed -nE 's/^[^=]*\.(softdep=pre:|weakdep=)//p' | tr -s ' ' '\n' | grep '^io-pgtable-'
}

# Of the modules that the initramfs has so far. Debian 13 copies them later, and follows weakdeps itself.
formats_of_modules() {
	for field in softdep weakdep; do
		find "$DESTDIR$tree/" -name '*.ko*' -exec modinfo -F "$field" {} +
	done | tr -s ' ' '\n' | grep '^io-pgtable-' | sort -u
}

case $MODULES in
dep) class_add_modules iommu ;;
most | netboot) copy_modules_dir kernel/drivers/iommu io-pgtable ;;
esac

# shellcheck disable=SC2046  # words
manual_add_modules $(formats_of_builtin_drivers) $(formats_of_modules)
exit 0
