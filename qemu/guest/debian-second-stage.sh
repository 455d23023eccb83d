# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The second half of debootstrap, by the system itself. /dev is the kernel's for now.
. ./debian-lib.sh

plan 3
mount_root
expect "the disk has a root file system" "$(grep $root /proc/mounts)" [ -x $root/debootstrap/debootstrap ]
in_root /debootstrap/debootstrap --second-stage
expect "every package is configured" "$(in_root dpkg --audit)" [ -z "$(in_root dpkg --audit)" ]
in_root apt-get clean
unmount_root
expect "the root file system is whole" "$(grep $root /proc/mounts)" lacks $root "$(cat /proc/mounts)"
