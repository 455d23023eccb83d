# SPDX-License-Identifier: GPL-2.0-only
"""Test the hooks in initramfs/ without a boot. mkinitramfs and dracut of two Debian releases run the hooks on the
modules of a kernel. The tools run in a root of unpacked packages for this machine's architecture."""

import gzip
import os
import re
import shutil
import subprocess

from guest import BUILD, SERIES, TOP, Verdict

RELEASES = ("bookworm", "trixie")
KERNEL = "initramfs"
LPAE, V7S, MALI = "io-pgtable-arm-lpae", "io-pgtable-arm-v7s", "io-pgtable-arm-mali-lpae"
LIB = "io-pgtable-lib"
FORMATS = {"arm_smmu_v3": {LPAE}, "arm_smmu": {LPAE, V7S},
           "panfrost": {MALI} if SERIES == "6.12" else {MALI, LPAE}}
SMMUS = ("arm_smmu_v3", "arm_smmu")
INITRAMFS = "tmp/initramfs"
# A hook of another package. It runs after our hook, because its name sorts later.
LATE_HOOK = """#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules {}
"""


def run_tools(release):
    """Run each tool with the IOMMU drivers, and with a driver that is added after our hook has run."""
    root, version = make_root(release)
    mkinitramfs = ("mkinitramfs", "-o", f"/{INITRAMFS}", version)
    dracut = ("dracut", "--force", "--gzip", "--no-hostonly", "--kver", version, f"/{INITRAMFS}")
    late = ("--omit-drivers", " ".join(SMMUS), "--add-drivers", "panfrost")
    verdicts = [judge(root, "mkinitramfs", SMMUS, *mkinitramfs),
                judge(root, "dracut", SMMUS, *dracut),
                judge(root, "dracut, late", ("panfrost",), *dracut, *late)]
    (root / "etc/initramfs-tools/conf.d/list").write_text("MODULES=list\n")
    hook = root / "usr/share/initramfs-tools/hooks/zz-late"
    for driver in ("arm_smmu", "panfrost"):
        hook.write_text(LATE_HOOK.format(driver))
        hook.chmod(0o755)
        verdicts.append(judge(root, "mkinitramfs, late", (driver,), *mkinitramfs))
    return verdicts, f"    what the tools say: {root.parent / 'log'}"


def make_root(release):
    """Copy an unpacked release. Add the kernel's modules, and our hooks as the package installs them."""
    packages = BUILD / "initramfs" / release
    if not packages.exists():
        subprocess.run([TOP / "qemu/initramfs-root", release], check=True)
    directory = BUILD / "run" / f"initramfs-{release}"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    root = directory / "root"
    subprocess.run(["cp", "-al", packages, root], check=True)
    kernel = BUILD / "kernel" / KERNEL
    shutil.copytree(kernel / "lib/modules", root / "usr/lib/modules", symlinks=True, dirs_exist_ok=True)
    version = next((kernel / "lib/modules").iterdir()).name
    shutil.copy(kernel / "config", root / f"boot/config-{version}")
    subprocess.run([TOP / "initramfs/install.sh", root, f"-{version}"], check=True)
    enter(root, "depmod", version)
    return root, version


def enter(root, *command):
    """Run a program in that root. A user namespace makes this possible without root."""
    mounts = 'for d in dev proc sys; do mount --rbind "/$d" "$0/$d"; done; exec chroot "$0" "$@"'
    with open(root.parent / "log", "a", encoding="utf-8") as log:
        subprocess.run(["unshare", "--map-root-user", "--mount", "sh", "-ec", mounts, root, *command],
                       check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                       env={"PATH": "/usr/sbin:/usr/bin", "DRACUT_NO_MKNOD": "1"})


def judge(root, name, drivers, *command):
    """Judge an initramfs: it must have these drivers and the formats that they need, and no other format."""
    (root / INITRAMFS).unlink(missing_ok=True)
    enter(root, *command)
    names = subprocess.run(["cpio", "-t", "--quiet"], input=gzip.decompress((root / INITRAMFS).read_bytes()),
                           check=True, stdout=subprocess.PIPE).stdout.decode().split("\n")
    modules = {re.sub(r"\.ko(\.\w+)?$", "", os.path.basename(name)) for name in names if ".ko" in name}
    formats = {module for module in modules if module.startswith("io-pgtable-")} - {LIB}
    good = set(drivers) <= modules and formats == set().union(*map(FORMATS.get, drivers))
    return Verdict("PASS" if good else "FAIL", f"{name}: the formats of {', '.join(drivers)}",
                   ", ".join(sorted(formats)) + " among " + ", ".join(sorted(modules - formats)))
