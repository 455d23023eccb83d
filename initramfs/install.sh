#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# install.sh ROOT [SUFFIX]: hooks for initramfs-tools and dracut, below ROOT. Each works for all kernels;
# a package that is installed in several versions gives its copy a SUFFIX, as two packages may not have
# the same file.
set -eu

here=${0%/*}
root=$1
name=io-pgtable${2-}

install -D -m 755 "$here/initramfs-tools.sh" "$root/usr/share/initramfs-tools/hooks/$name"
install -D -m 755 "$here/dracut.sh" "$root/usr/lib/dracut/modules.d/99$name/module-setup.sh"
