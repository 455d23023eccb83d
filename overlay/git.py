# SPDX-License-Identifier: GPL-2.0-only
"""Calls of git: questions about a kernel tree that is a repository, and diffs."""
import hashlib
import os
import subprocess
import tempfile

from errors import OverlayError


def blob_name(data):
    """Return git's object name of contents."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def run(args, **options):
    """Run git; return the result of subprocess.run(), with stdout as bytes."""
    try:
        return subprocess.run(("git", *args), stdout=subprocess.PIPE, **options)
    except FileNotFoundError:
        raise OverlayError("git", "the command is not installed",
                           "Install the Debian package git") from None


def ask(folder, *args):
    """Return the output of a git command; None if it fails or the folder is no repository."""
    if not os.path.exists(os.path.join(folder, ".git")):
        return None
    place = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
    env = {key: value for key, value in os.environ.items() if key not in place}
    result = run(("-C", folder, *args), env=env, stderr=subprocess.DEVNULL, check=False)
    return result.stdout if result.returncode == 0 else None


def has_in_head(root, path):
    """Return whether the last commit has a file."""
    return ask(root, "cat-file", "-e", f"HEAD:{path}") is not None


def head_blob(root, path):
    """Return the object name of a file in the last commit, None if there is none."""
    name = ask(root, "rev-parse", "--quiet", "--verify", f"HEAD:{path}")
    return name and name.decode().strip()


def commit_that_added(root, path):
    """Return the short name of the last commit that added a file, "" if there is none."""
    name = ask(root, "log", "-1", "--format=%h", "--diff-filter=A", "--", path)
    return (name or b"").decode().strip()


class Scratch:
    """A scratch repository of git that ignores the configuration of the user."""

    def __init__(self, folder, executable, **env):
        self.folder, self.number, self.executable = folder, 0, executable
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith("GIT_")}
        self.env |= {"GIT_DIR": f"{folder}/.git", "GIT_CONFIG_GLOBAL": "/dev/null",
                     "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1",
                     "HOME": folder, "XDG_CONFIG_HOME": folder, "LC_ALL": "C", **env}
        self.run("init", "--quiet", "--template=")

    def run(self, *args, text=None):
        """Return the output of a git command, which must succeed."""
        return run(args, env=self.env, check=True, cwd=self.folder,
                   input=text and text.encode()).stdout

    def tree(self, files):
        """Return the name of the tree object of {path: contents or None}."""
        self.number += 1
        self.env["GIT_WORK_TREE"] = os.path.join(self.folder, str(self.number))
        write_files(self.env["GIT_WORK_TREE"], files, self.executable)
        self.run("add", "--all", "--force", ".")
        return self.run("write-tree").decode().strip()


def make_diff(old, new, *options, executable=()):
    """Return a diff between two {path: contents or None}, for `git apply` and
    `patch -p1`. `executable`: the paths of files that are programs."""
    with tempfile.TemporaryDirectory(prefix="io-pgtable-overlay-") as stage:
        scratch = Scratch(stage, executable)
        trees = scratch.tree(old), scratch.tree(new)
        return scratch.run("diff-tree", *options, "--patch", "--full-index", "--no-renames",
                           "--no-color", *trees)


def write_files(folder, files, executable):
    """Write {path: contents or None} below a new folder."""
    os.mkdir(folder)
    for path, data in files.items():
        if data is not None:
            name = os.path.join(folder, path)
            os.makedirs(os.path.dirname(name), exist_ok=True)
            with open(name, "wb") as file:
                file.write(data)
                os.fchmod(file.fileno(), 0o755 if path in executable else 0o644)
