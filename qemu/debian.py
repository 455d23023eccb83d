# SPDX-License-Identifier: GPL-2.0-only
"""A Debian for arm64 whose disk is behind the SMMU: kernel packages are installed in it, its own tools make
the initramfs, and the machine boots with it. What happens in the guest is in guest/debian-*.sh.

Nothing in the initramfs may come from us: the packages are what `make bindeb-pkg` makes of an overlaid
kernel."""

import hashlib
import os
import re
import shutil
import subprocess

from guest import (BUILD, TOP, Verdict, boot, judge_guest, judge_translated, make_initramfs, pack,
                   qemu_command, tool_path, write_replay)
from scenarios import FORMAT, STAGE1

# The tool that makes the initramfs: what is installed with it.
TOOLS = {
    "initramfs-tools": ("systemd-sysv", "udev", "kmod", "initramfs-tools", "busybox", "zstd", "dkms",
                        "libc6-dev"),
    "dracut": ("systemd-sysv", "udev", "kmod", "dracut", "zstd"),
}
# With the SMMU driver built in, as Debian has it, and as a module.
KERNELS = ("debian", "debian-smmu-module")
# What initramfs-tools and dracut say when they give up.
NO_ROOT = re.compile(r"Gave up waiting for root|Could not boot|does not exist")
# Debian boots in a minute or so; the console says little while dpkg is at work.
PATIENCE = {"quiet_limit": 900, "time_limit": 3600}
# systemd's status lines do not end where the kernel's messages begin.
# Where the window closes after 10 s, as it does by default, a busy host would decide what happens: the
# kernel waits for the format longer than the initramfs for the root file system.
ROOT = "root=/dev/nvme0n1 systemd.show_status=false deferred_probe_timeout=900"
GIVE_UP = "rootdelay=60 rd.retry=30 rd.shell=0 rd.emergency=reboot"


def release(kernel):
    return next((BUILD / "kernel" / kernel / "lib/modules").iterdir()).name


def run_directory(*words):
    directory = BUILD / "run" / "-".join(("debian", *words))
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def copy_disk(disk, directory):
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", disk, directory / "disk.img"], check=True)


def qemu(kernel, directory, append, **patience):
    command = qemu_command(BUILD / "kernel" / kernel, directory, STAGE1, append, "1G")
    write_replay(directory, command)
    return boot(command, directory, **patience)


def run(kernel, directory, append):
    """Boot what is in a directory: what the guest and the host say of it, and the console's end."""
    done = qemu(kernel, directory, append, **PATIENCE)
    verdicts = [*judge_guest(done), judge_translated(done)]
    if done.trouble:
        verdicts.append(Verdict("FAIL", "the console is clean", done.trouble))
    details = f"{done.tail()}\n    the whole console: {directory / 'console.log'}"
    return verdicts, details


def run_script(name, kernel, directory, packages=()):
    """One of our scripts, from an initramfs of ours, works on the disk."""
    def add(root):
        (root / "packages").mkdir()
        for package in packages:
            copy = shutil.copytree if package.is_dir() else shutil.copy
            copy(package, root / "packages" / package.name)
    make_initramfs(BUILD / "kernel" / kernel, directory, spoil=add)
    return run(kernel, directory, f"SCENARIO={name}")


def good(verdicts):
    return all(verdict.status == "PASS" for verdict in verdicts)


# --- the rows, in their order

def make_root(tool):
    """A fresh Debian; kept, as it takes long and changes seldom."""
    digest = hashlib.sha256(repr(TOOLS[tool]).encode())
    for name in ("debian-root", "guest/debian-second-stage.sh"):
        digest.update((TOP / "qemu" / name).read_bytes())
    kept = BUILD / "debian" / tool
    key, disk = kept / "key", kept / "disk.img"
    if key.exists() and key.read_text() == digest.hexdigest():
        return [Verdict("PASS", "as before")], ""
    shutil.rmtree(kept, ignore_errors=True)
    directory = run_directory(tool, "root")
    subprocess.run([TOP / "qemu/debian-root", directory / "disk.img", *TOOLS[tool]], check=True)
    verdicts, details = run_script("debian-second-stage", KERNELS[0], directory)
    if good(verdicts):
        kept.mkdir(parents=True)
        (directory / "disk.img").rename(disk)
        key.write_text(digest.hexdigest())
    return verdicts, details


def install(tool):
    """Both kernels' packages, as an administrator would with dpkg."""
    directory = run_directory(tool, "install")
    copy_disk(BUILD / "debian" / tool / "disk.img", directory)
    packages = [next((BUILD / "kernel" / kernel).glob("linux-image-*.deb")) for kernel in KERNELS]
    verdicts, details = run_script("debian-install", KERNELS[0], directory, packages)
    for kernel in KERNELS:
        verdicts.append(judge_initramfs(get_initramfs(directory, kernel), release(kernel)))
    return verdicts, details


def boot_disk(tool, kernel, name, before, then=""):
    """From the disk as the row before left it, with the initramfs that is on it."""
    directory = run_directory(tool, kernel, name)
    copy_disk(BUILD / "run" / f"debian-{tool}-{before}" / "disk.img", directory)
    initramfs = get_initramfs(directory, kernel)
    verdicts, details = run(kernel, directory, f"{ROOT} THEN={then}")
    return [judge_initramfs(initramfs, release(kernel)), *verdicts], details


def boot_without_format(tool, kernel):
    """What the format's absence from the initramfs does, and nothing else that could bring it."""
    directory = run_directory(tool, kernel, "without")
    copy_disk(BUILD / "run" / f"debian-{tool}-install" / "disk.img", directory)
    initramfs = get_initramfs(directory, kernel)
    root = unpack(initramfs, directory / "without")
    for path in root.rglob(FORMAT + ".ko*"):
        path.unlink()
    initramfs.unlink()
    pack(root, initramfs)
    shutil.rmtree(root)
    done = qemu(kernel, directory, f"{ROOT} {GIVE_UP}", quiet_limit=120, time_limit=600)
    lines = "\n".join(done.lines)
    gave_up = NO_ROOT.search(lines)
    return [Verdict("FAIL" if "EXT4-fs (nvme0n1): mounted" in lines else "PASS",
                    "without the format, the root file system is not mounted"),
            Verdict("PASS" if gave_up else "FAIL", "and the initramfs says so",
                    gave_up[0] if gave_up else "")], done.tail()


def copy_sources(directory, *names):
    """Parts of this repository, in a folder of their own"""
    source = directory / "source"
    source.mkdir()
    for name in names:
        copy = shutil.copytree if (TOP / name).is_dir() else shutil.copy
        copy(TOP / name, source / name)
    return source


def outside(tool):
    """The format modules are built in the Debian, from this repository and the package of headers."""
    directory = run_directory(tool, "modules")
    copy_disk(BUILD / "run" / f"debian-{tool}-install" / "disk.img", directory)
    source = copy_sources(directory, "Kbuild", "drivers", "include")
    headers = next((BUILD / "kernel" / KERNELS[0]).glob("linux-headers-*.deb"))
    return run_script("debian-modules", KERNELS[0], directory, (headers, source))


def make_packages(directory):
    """Packages of the formats in two versions. The later one has a fix, in the walk: its modules say so."""
    source = copy_sources(directory, "Kbuild", "drivers", "include", "initramfs", "packages", "qemu")
    environment = {**os.environ, "DEBFULLNAME": "Test", "DEBEMAIL": "test@localhost"}
    for version in ("1", "2"):
        subprocess.run([source / "packages/make-deb", directory / version], check=True,
                       env={**environment, "VERSION": version})
        with open(source / "include/linux/io-pgtable-walk/walk.h", "a", encoding="ascii") as walk:
            walk.write('MODULE_INFO(io_pgtable_walk, "fixed");\n')
    shutil.rmtree(source)


def install_packages(tool):
    """The modules as DKMS builds them in the Debian, with the package of the kernel's headers."""
    directory = run_directory(tool, "packages")
    copy_disk(BUILD / "run" / f"debian-{tool}-install" / "disk.img", directory)
    make_packages(directory)
    before = directory / "before"
    before.mkdir()
    shutil.copy(next((BUILD / "kernel" / KERNELS[0]).glob("linux-headers-*.deb")), before)
    shutil.move(next((directory / "1").glob("io-pgtable-initramfs_*.deb")), before)
    verdicts, details = run_script("debian-dkms", KERNELS[0], directory,
                                   [before, directory / "1", directory / "2"])
    return [*verdicts, judge_origin(get_initramfs(directory, KERNELS[0]), "updates/dkms")], details


def boot_packages(tool, name, before, origin, then=""):
    """With the format that the initramfs has from there."""
    verdicts, details = boot_disk(tool, KERNELS[0], name, before, then)
    initramfs = BUILD / "run" / f"debian-{tool}-{KERNELS[0]}-{name}" / "initramfs.cpio"
    return [judge_origin(initramfs, origin), *verdicts], details


# --- what an initramfs has

def get_initramfs(directory, kernel):
    """From the disk image to where qemu_command() expects it."""
    initramfs = directory / "initramfs.cpio"
    initramfs.unlink(missing_ok=True)
    subprocess.run(["debugfs", "-R", f"dump /boot/initrd.img-{release(kernel)} {initramfs}",
                    directory / "disk.img"], check=True, capture_output=True, env=tool_path())
    if not initramfs.exists() or not initramfs.stat().st_size:
        raise RuntimeError(f"{directory / 'disk.img'} has no initramfs for {release(kernel)}")
    return initramfs


def uncompressed(initramfs):
    return subprocess.run(["zstd", "-dcf", initramfs], check=True, stdout=subprocess.PIPE).stdout


def module_paths(initramfs):
    names = subprocess.run(["cpio", "-t", "--quiet"], input=uncompressed(initramfs), check=True,
                           stdout=subprocess.PIPE).stdout.decode().split("\n")
    return [name for name in names if re.search(r"\.ko(\.\w+)?$", name)]


def judge_origin(initramfs, folder):
    """Where the modules of formats in it were installed."""
    formats = [name for name in module_paths(initramfs) if "/io-pgtable-" in name]
    good_place = formats and all(f"/{folder}/" in name for name in formats)
    return Verdict("PASS" if good_place else "FAIL", f"host: the formats in the initramfs are from {folder}",
                   ", ".join(formats))


def judge_initramfs(initramfs, version):
    modules = [os.path.basename(name) for name in module_paths(initramfs)]
    ours = [name for name in modules if "pgtable" in name or "smmu" in name]
    return Verdict("PASS" if f"{FORMAT}.ko" in modules else "FAIL",
                   f"host: the initramfs of {version} has the format",
                   f"{', '.join(ours)} among {len(modules)} modules, {initramfs.stat().st_size >> 10} KiB")


def unpack(initramfs, directory):
    directory.mkdir()
    subprocess.run(["cpio", "-i", "-d", "--quiet", "--no-absolute-filenames"], cwd=directory, check=True,
                   input=uncompressed(initramfs))
    return directory
