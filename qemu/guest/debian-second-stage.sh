# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Runs debootstrap's second stage in the new system. /dev is the kernel's devtmpfs.
. ./debian-lib.sh

plan 3
mount_root
expect "the disk has a root file system" "$(grep $root /proc/mounts)" [ -x $root/debootstrap/debootstrap ]
in_root /debootstrap/debootstrap --second-stage
expect "every package is configured" "$(in_root dpkg --audit)" [ -z "$(in_root dpkg --audit)" ]
in_root apt-get clean
unmount_root
expect "the root file system is whole" "$(grep $root /proc/mounts)" lacks $root "$(cat /proc/mounts)"
