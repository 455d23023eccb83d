# SPDX-License-Identifier: GPL-2.0-only
"""A plan as one patch in the form of a mail, for `git am` and `patch -p1`."""
import email.header
import email.utils
import os
import subprocess
import tempfile

from errors import OverlayError
from plan import REPO

SUBJECT = "[PATCH] iommu/io-pgtable: Make page table formats modules"
BODY = """\
The io-pgtable core has a static array of all formats, so that every format that
any driver may need is built in. Replace it by a registry: formats register at
run time and can be modules, which are loaded when a device needs them and can
be unloaded when their last table is gone.

Drivers no longer select the formats that they use, they imply them, so that a
format may be a module or absent whatever the drivers are. They learn at probe
time whether a format is there, will come or never will.

Drivers whose hardware tells them in probe which formats they need pin these
there, and are probed again when a format arrives. All of them pass on why a
table could not be made.

This patch was generated, for Linux {version}.
"""


def make_mail(tree, version, plan):
    """Return the mail: the same bytes for the same tree and repository."""
    sender = identity()
    subject = email.header.Header(SUBJECT, maxlinelen=200).encode()
    head = (f"From {'0' * 40} Mon Sep 17 00:00:00 2001\n"
            f"From: {email.utils.formataddr(sender)}\n"
            f"Date: {date()}\nSubject: {subject}\nMIME-Version: 1.0\n"
            "Content-Type: text/plain; charset=UTF-8\n"
            "Content-Transfer-Encoding: 8bit\n\n")
    signed = f"Signed-off-by: {sender[0]} <{sender[1]}>\n"
    return b"".join(((head + BODY.format(version=version) + "\n" + signed
                      + "---\n").encode(), make_diff(tree, plan), b"-- \n\n"))


def identity():
    """Name and address from git's configuration, or a plain default."""
    name = git("config", "user.name", cwd=REPO) or "io-pgtable overlay"
    address = git("config", "user.email", cwd=REPO) or "io-pgtable@localhost"
    return name, address


def date():
    """A date that stays: SOURCE_DATE_EPOCH, or the last commit's, or 1970."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH") \
        or git("log", "-1", "--format=%ct", cwd=REPO) or "0"
    return email.utils.formatdate(int(epoch)).replace("-0000", "+0000")


def git(*args, cwd):
    """Output of a git command, stripped; empty if it fails."""
    try:
        result = subprocess.run(("git",) + args, cwd=cwd, text=True, check=False,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        raise OverlayError("git", "the command is not installed",
                           "Install the Debian package git") from None
    return result.stdout.strip() if result.returncode == 0 else ""


class Scratch:
    """A scratch repository of git that no configuration of the user reaches."""

    def __init__(self, folder, **env):
        self.folder, self.number = folder, 0
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith("GIT_")}
        self.env |= {"GIT_DIR": f"{folder}/.git", "GIT_CONFIG_GLOBAL": "/dev/null",
                     "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1",
                     "HOME": folder, "XDG_CONFIG_HOME": folder, "LC_ALL": "C", **env}
        self.run("init", "--quiet", "--template=")

    def run(self, *args, text=None):
        """Output of a git command, which must succeed."""
        return subprocess.run(("git",) + args, env=self.env, check=True, cwd=self.folder,
                              input=text and text.encode(), stdout=subprocess.PIPE).stdout

    def tree(self, files):
        """Return the tree object of {path: contents or None}."""
        self.number += 1
        self.env["GIT_WORK_TREE"] = os.path.join(self.folder, str(self.number))
        write_files(self.env["GIT_WORK_TREE"], files)
        self.run("add", "--all", "--force", ".")
        return self.run("write-tree").decode().strip()


def make_diff(tree, plan):
    """Return diffstat and diff."""
    with tempfile.TemporaryDirectory(prefix="io-pgtable-overlay-") as stage:
        git_in = Scratch(stage)
        old = git_in.tree({path: tree.original(path) for path in plan})
        return git_in.run("diff-tree", "--stat=75", "--summary", "--patch",
                          "--full-index", "--no-renames", "--no-color", old,
                          git_in.tree(plan))


def write_files(folder, files):
    """Write {path: contents or None} below a new folder."""
    os.mkdir(folder)
    for path, data in files.items():
        if data is not None:
            name = os.path.join(folder, path)
            os.makedirs(os.path.dirname(name), exist_ok=True)
            with open(name, "wb") as file:
                file.write(data)
