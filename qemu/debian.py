# SPDX-License-Identifier: GPL-2.0-only
"""Test a Debian system for arm64 whose disk is behind the SMMU. The guest installs kernel packages, Debian's tools
make the initramfs, and the guest boots with this initramfs. The scripts guest/debian-*.sh run in the guest.

No file in the initramfs comes from us directly: `make bindeb-pkg` builds the packages from a converted kernel
tree."""

import hashlib
import os
import re
import shutil
import subprocess

from guest import (BUILD, TOP, Verdict, boot, judge_guest, judge_translated, make_initramfs, pack,
                   qemu_command, tool_path, write_replay)
from scenarios import FORMAT, STAGE1

# {tool that makes the initramfs: packages to install}
TOOLS = {
    "initramfs-tools": ("systemd-sysv", "udev", "kmod", "initramfs-tools", "busybox", "zstd", "dkms",
                        "libc6-dev"),
    "dracut": ("systemd-sysv", "udev", "kmod", "dracut", "zstd"),
}
# Kernels with the SMMU driver built in, as in Debian, and as a module
KERNELS = ("debian", "debian-smmu-module")
# Messages of initramfs-tools and dracut that the root file system does not exist
NO_ROOT = re.compile(r"Gave up waiting for root|Could not boot|does not exist")
# Debian boots in about a minute. The console may be silent for long while dpkg runs.
PATIENCE = {"quiet_limit": 900, "time_limit": 3600}
# systemd's status lines are off, because kernel messages may begin in the middle of them.
# The deferral window closes after 900 s, so that the kernel waits for the format longer than the initramfs waits for
# the root file system. With the default of 10 s, the result would depend on the load of the host.
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
    """Boot the disk and initramfs in a directory. Return the verdicts of guest and host, and the end of the console."""
    done = qemu(kernel, directory, append, **PATIENCE)
    verdicts = [*judge_guest(done), judge_translated(done)]
    if done.trouble:
        verdicts.append(Verdict("FAIL", "the console is clean", done.trouble))
    details = f"{done.tail()}\n    the whole console: {directory / 'console.log'}"
    return verdicts, details


def run_script(name, kernel, directory, packages=()):
    """Run one of our scripts on the disk, from an initramfs of ours."""
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
    """Make a fresh Debian system. The disk is kept for later runs, because making it takes long."""
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
    """Install the packages of both kernels with dpkg, as an administrator does."""
    directory = run_directory(tool, "install")
    copy_disk(BUILD / "debian" / tool / "disk.img", directory)
    packages = [next((BUILD / "kernel" / kernel).glob("linux-image-*.deb")) for kernel in KERNELS]
    verdicts, details = run_script("debian-install", KERNELS[0], directory, packages)
    for kernel in KERNELS:
        verdicts.append(judge_initramfs(get_initramfs(directory, kernel), release(kernel)))
    return verdicts, details


def boot_disk(tool, kernel, name, before, then=""):
    """Boot a copy of the disk that an earlier row left, with the initramfs on that disk."""
    directory = run_directory(tool, kernel, name)
    copy_disk(BUILD / "run" / f"debian-{tool}-{before}" / "disk.img", directory)
    initramfs = get_initramfs(directory, kernel)
    verdicts, details = run(kernel, directory, f"{ROOT} THEN={then}")
    return [judge_initramfs(initramfs, release(kernel)), *verdicts], details


def boot_without_format(tool, kernel):
    """Boot with the format removed from the initramfs. Nothing else may load the format."""
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
    """Copy parts of this repository to a new folder."""
    source = directory / "source"
    source.mkdir()
    for name in names:
        copy = shutil.copytree if (TOP / name).is_dir() else shutil.copy
        copy(TOP / name, source / name)
    return source


def outside(tool):
    """Build the format modules in the guest, from this repository and the package of kernel headers."""
    directory = run_directory(tool, "modules")
    copy_disk(BUILD / "run" / f"debian-{tool}-install" / "disk.img", directory)
    source = copy_sources(directory, "Kbuild", "drivers", "include")
    headers = next((BUILD / "kernel" / KERNELS[0]).glob("linux-headers-*.deb"))
    return run_script("debian-modules", KERNELS[0], directory, (headers, source))


def make_packages(directory):
    """Make two versions of the format packages. The later version changes a header of the walk: the change adds a
    modinfo field, which identifies the modules of this version."""
    source = copy_sources(directory, "Kbuild", "drivers", "include", "initramfs", "packages", "qemu")
    environment = {**os.environ, "DEBFULLNAME": "Test", "DEBEMAIL": "test@localhost"}
    for version in ("1", "2"):
        subprocess.run([source / "packages/make-deb", directory / version], check=True,
                       env={**environment, "VERSION": version})
        with open(source / "include/linux/io-pgtable-walk/walk.h", "a", encoding="ascii") as walk:
            walk.write('MODULE_INFO(io_pgtable_walk, "fixed");\n')
    shutil.rmtree(source)


def install_packages(tool):
    """Install the format packages in the guest. DKMS builds the modules with the package of kernel headers."""
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
    """Boot a disk whose initramfs has format modules from the folder `origin`."""
    verdicts, details = boot_disk(tool, KERNELS[0], name, before, then)
    initramfs = BUILD / "run" / f"debian-{tool}-{KERNELS[0]}-{name}" / "initramfs.cpio"
    return [judge_origin(initramfs, origin), *verdicts], details


# --- contents of an initramfs

def get_initramfs(directory, kernel):
    """Copy the initramfs from the disk image to the file that qemu_command() expects."""
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
    """Judge whether the format modules in the initramfs come from a folder."""
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
