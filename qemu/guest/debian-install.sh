# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Installs kernel packages in a Debian system, and the unit that runs debian-boot.sh after the next boot.
. ./debian-lib.sh

installed() {
	[ -s "$root/boot/initrd.img-$1" ]
}

plan 4
mount_root
rm -rf $root/guest
cp -r /guest /packages $root/
cp debian-boot.service $root/etc/systemd/system/
in_root systemctl enable debian-boot.service
in_root systemctl mask serial-getty@ttyAMA0.service # its prompt would break lines of the console
for package in /packages/linux-image-*.deb; do
	release=${package##*/linux-image-}
	release=${release%%_*}
	in_root dpkg -i "$package"
	expect "the package of $release is installed, with an initramfs" \
		"$(echo "$root"/boot/*"$release")" installed "$release"
done
expect "every package is configured" "$(in_root dpkg --audit)" [ -z "$(in_root dpkg --audit)" ]
rm -r $root/packages
unmount_root
expect "the root file system is whole" "$(grep $root /proc/mounts)" lacks $root "$(cat /proc/mounts)"
