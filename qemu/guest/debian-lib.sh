# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Functions of the scripts that change a Debian system on the disk. These scripts run in our own initramfs.
. ./lib.sh

root=/mnt

mount_root() {
	modprobe nvme
	modprobe ext4
	wait_for 60 nvme_is_ready
	mkdir -p $root
	mount -t ext4 /dev/nvme0n1 $root || return
	mount -t proc proc $root/proc
	mount -t sysfs sysfs $root/sys
	mount -t devtmpfs dev $root/dev
	ln -sf /proc/self/fd $root/dev/fd # udev makes this link
}

# in_root COMMAND...: run a command in the Debian system. The path to env is absolute, because busybox's chroot prefers
# applets.
in_root() {
	chroot $root /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
		LC_ALL=C HOME=/root "$@" </dev/null 2>&1
}

unmount_root() {
	umount $root/dev $root/sys $root/proc 2>/dev/null # debootstrap may have unmounted them
	umount $root
}
