#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# install.sh ROOT [SUFFIX]: installs the hooks for initramfs-tools and dracut below ROOT. Each hook
# works for all kernels. Two Debian packages must not contain the same file, so a package that can
# be installed in several versions adds a SUFFIX to its copy.
set -eu

here=${0%/*}
root=$1
name=io-pgtable${2-}

install -D -m 755 "$here/initramfs-tools.sh" "$root/usr/share/initramfs-tools/hooks/$name"
install -D -m 755 "$here/dracut.sh" "$root/usr/lib/dracut/modules.d/99$name/module-setup.sh"
