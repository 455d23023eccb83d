#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Hook of initramfs-tools: IOMMU drivers and the page table formats that they need.
#
# A driver that is a module brings its formats along, as modprobe follows soft dependencies. A driver that
# is built in has them too, but they are only in modules.builtin.modinfo, which kmod does not ask.
#
# No set -e: what the functions return says nothing.

if [ "${1-}" = prereqs ]; then
	exit 0
fi

# shellcheck source=/dev/null
. /usr/share/initramfs-tools/hook-functions

# shellcheck disable=SC2154  # mkinitramfs exports it
modinfo=/lib/modules/$version/modules.builtin.modinfo

formats_of_builtin_drivers() {
	[ ! -e "$modinfo" ] || tr '\0' '\n' <"$modinfo" |
		sed -nE 's/^[^=]*\.(softdep=pre:|weakdep=)//p' | tr -s ' ' '\n' | grep '^io-pgtable-'
}

# shellcheck disable=SC2046  # words
manual_add_modules $(formats_of_builtin_drivers)

case $MODULES in
dep) class_add_modules iommu ;;
most | netboot) copy_modules_dir kernel/drivers/iommu io-pgtable ;;
esac
exit 0
