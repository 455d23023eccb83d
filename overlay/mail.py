# SPDX-License-Identifier: GPL-2.0-only
"""Writes a plan as one patch in the form of a mail, for `git am` and `patch -p1`."""
import email.header
import email.utils
import os
import subprocess

import git
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
    """Return the mail. The same tree and repository give the same bytes."""
    sender = identity()
    subject = email.header.Header(SUBJECT, maxlinelen=200).encode()
    head = (f"From {'0' * 40} Mon Sep 17 00:00:00 2001\n"
            f"From: {email.utils.formataddr(sender)}\n"
            f"Date: {date()}\nSubject: {subject}\nMIME-Version: 1.0\n"
            "Content-Type: text/plain; charset=UTF-8\n"
            "Content-Transfer-Encoding: 8bit\n\n")
    old = {path: tree.original(path) for path in plan}
    diff = git.make_diff(old, plan, "--stat=75", "--summary", executable=tree.executable(plan))
    signed = f"Signed-off-by: {sender[0]} <{sender[1]}>\n"
    return b"".join(((head + BODY.format(version=version) + "\n" + signed
                      + "---\n").encode(), diff, b"-- \n\n"))


def identity():
    """Return name and address from git's configuration, or a default."""
    name = ask("config", "user.name") or "io-pgtable overlay"
    address = ask("config", "user.email") or "io-pgtable@localhost"
    return name, address


def date():
    """Return a reproducible date: SOURCE_DATE_EPOCH, or that of the last commit, or 1970."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH") \
        or ask("log", "-1", "--format=%ct") or "0"
    return email.utils.formatdate(int(epoch)).replace("-0000", "+0000")


def ask(*args, cwd=REPO):
    """Return the stripped output of a git command in a folder; empty if the command fails."""
    result = git.run(args, cwd=cwd, stderr=subprocess.DEVNULL, check=False)
    return result.stdout.decode().strip() if result.returncode == 0 else ""
