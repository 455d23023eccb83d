# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# What the scripts share that work on a Debian from outside, from our own initramfs.
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
	ln -sf /proc/self/fd $root/dev/fd # as udev does
}

# In the Debian; what is said there is seen on the console. By path: busybox's chroot prefers applets.
in_root() {
	chroot $root /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
		LC_ALL=C HOME=/root "$@" </dev/null 2>&1
}

unmount_root() {
	umount $root/dev $root/sys $root/proc 2>/dev/null # debootstrap may have done it
	umount $root
}
