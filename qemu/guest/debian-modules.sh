# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Builds and installs the format modules in a Debian system, with the package of kernel headers.
. ./debian-lib.sh

release=$(uname -r)
modules=$root/lib/modules/$release

plan 5
mount_root
cp -r /packages $root/
in_root dpkg -i "/packages/linux-headers-$release"_*.deb
expect "the package of headers is installed" "$(ls -l "$modules/")" [ -e "$root/usr/src/linux-headers-$release/Makefile" ]
in_root make -C "/lib/modules/$release/build" M=/packages/source modules
expect "make M=... modules" "$(cd $root/packages/source && echo *.ko)" [ -e $root/packages/source/io-pgtable-arm-v7s.ko ]
in_root make -C "/lib/modules/$release/build" M=/packages/source modules_install
expect "make M=... modules_install" "$(ls "$modules/updates")" [ -e "$modules/updates/io-pgtable-arm-v7s.ko" ]
in_root depmod "$release" # make skips depmod, because the headers have no System.map
in_root update-initramfs -u -k "$release"
expect "depmod finds them before those of the kernel" "$(grep -o '^[^:]*io-pgtable-arm[^:]*' "$modules/modules.dep")" \
	lacks "^kernel.*io-pgtable-arm-[^:]*:" "$(cat "$modules/modules.dep")"
rm -r $root/packages
unmount_root
expect "the root file system is whole" "$(grep $root /proc/mounts)" lacks $root "$(cat /proc/mounts)"
