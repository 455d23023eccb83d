#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Hook of initramfs-tools: adds IOMMU drivers, and the page table formats that drivers need.
#
# A driver names the formats that it needs in softdeps and weakdeps. modprobe follows the softdeps
# of modules, but modprobe of Debian 12 ignores weakdeps. The dependencies of built-in drivers are
# only in modules.builtin.modinfo, which kmod does not use for dependencies. So this hook reads all
# softdeps and weakdeps.
#
# No set -e: the return values of the functions do not indicate errors.

# Other hooks may add drivers, so this hook runs after all of them.
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

# shellcheck disable=SC2154  # exported by mkinitramfs
tree=/lib/modules/$version

formats_of_builtin_drivers() {
	[ ! -e "$tree/modules.builtin.modinfo" ] || tr '\0' '\n' <"$tree/modules.builtin.modinfo" |
		sed -nE 's/^[^=]*\.(softdep=pre:|weakdep=)//p' | tr -s ' ' '\n' |
		grep '^io-pgtable-'
}

# Reads the modules that the initramfs has so far. Debian 13 copies modules later, and follows
# weakdeps itself.
formats_of_modules() {
	for field in softdep weakdep; do
		find "$DESTDIR$tree/" -name '*.ko*' -exec modinfo -F "$field" {} +
	done | tr -s ' ' '\n' | grep '^io-pgtable-' | sort -u
}

case $MODULES in
dep) class_add_modules iommu ;;
most | netboot) copy_modules_dir kernel/drivers/iommu io-pgtable ;;
esac

# shellcheck disable=SC2046  # split into words
manual_add_modules $(formats_of_builtin_drivers) $(formats_of_modules)
exit 0
