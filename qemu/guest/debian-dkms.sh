# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Installs packages in a Debian system that has no kernel sources: the kernel's headers, the hooks for the
# initramfs, and the format modules, which DKMS builds. Then installs a later version of the modules.
. ./debian-lib.sh

release=$(uname -r)
modules=$root/lib/modules/$release
format=io-pgtable-arm-lpae

install() {
	in_root dpkg -i "/packages/$1"/*.deb
}

plan 8
mount_root
cp -r /packages $root/
expect "the headers and the hooks are installed" "$(install before)" \
	[ -x $root/usr/share/initramfs-tools/hooks/io-pgtable ]
install 1
expect "DKMS has built the formats" "$(in_root dkms status)" \
	[ "$(in_root dkms status | grep -c "^io-pgtable-formats/1, $release, aarch64: installed")" = 1 ]
expect "modprobe finds them before those of the kernel" "$(in_root modinfo -n $format)" \
	[ "$(in_root modinfo -n $format)" = "/lib/modules/$release/updates/dkms/$format.ko" ]
expect "there is no module that is not built" "$(echo "$modules"/updates/dkms/*)" \
	[ "$(find "$modules/updates/dkms" -name '*.ko*' | wc -l)" = 6 ]
install 2
expect "an upgrade replaces them" "$(in_root dkms status)" \
	[ "$(in_root dkms status)" = "io-pgtable-formats/2, $release, aarch64: installed" ]
expect "and has the fix in the walk" "io_pgtable_walk=$(in_root modinfo -F io_pgtable_walk $format)" \
	[ "$(in_root modinfo -F io_pgtable_walk $format | sort -u)" = fixed ]
expect "every package is configured" "$(in_root dpkg --audit)" [ -z "$(in_root dpkg --audit)" ]
rm -r $root/packages
unmount_root
expect "the root file system is whole" "$(grep $root /proc/mounts)" lacks $root "$(cat /proc/mounts)"
