# SPDX-License-Identifier: GPL-2.0-only
"""A kernel tree that can be changed, and restored even after a crash.

The overlay adds one folder to the tree, the store. The store has `orig/`, with the
original files that the overlay has changed or deleted, and a manifest. Before a file
changes, its original is stored, and the manifest lists all contents that the file
may have. So the next run can complete or undo a run that was killed.

"files" in the manifest is {path: {"orig": metadata of the original, None if there
was no file; "may_be": [sha256, None for absent]}}. Without files, the tree is the
original. "release" is the release of the kernel when the originals were stored.
"""
import fcntl
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import stat

import git
from errors import OverlayError, UnexpectedSource, say

STORE = ".io-pgtable-overlay"
STORE_IN_GIT = ".git/io-pgtable-overlay"
FORMAT = "io-pgtable overlay 1"
# A file that every tree with the overlay has, and no other tree
MARK = "drivers/iommu/io-pgtable/core.c"


def digest(data):
    """Return the sha256 of contents; None for None, an absent file."""
    return None if data is None else hashlib.sha256(data).hexdigest()


def find_store(root):
    """Return the path of the store in a tree. The store is in .git if possible, since
    `git clean -x` does not delete it there. New files are renamed from the store to
    their place, so .git must be on the same file system."""
    folder = os.path.join(root, ".git")
    if os.path.isdir(folder) and not os.path.lexists(os.path.join(root, STORE)) \
       and os.stat(folder).st_dev == os.stat(root).st_dev:
        return STORE_IN_GIT
    return STORE


class Tree:
    """A kernel source tree, with or without the overlay."""

    def __init__(self, root):
        self.root = os.path.realpath(root)
        if not os.path.isdir(self.root):
            raise OverlayError(root, "there is no such directory",
                               "Give KDIR=<the top of a kernel source tree>")
        self.lock = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OverlayError(self.root, "another run of this tool is at work "
                               "in this tree", "Wait for it to end") from None
        self.store = find_store(self.root)
        self.manifest = self.load()
        self.done = []

    # Reading

    def at(self, path):
        """Return the absolute name of a path in the tree."""
        return os.path.join(self.root, path)

    def current(self, path):
        """Return the current contents of a file, None if there is no file."""
        try:
            info = os.lstat(self.at(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISREG(info.st_mode):
            raise OverlayError(self.at(path), "this is not a regular file",
                               "Use a plain copy of the kernel source")
        with open(self.at(path), "rb") as file:
            return file.read()

    def original(self, path):
        """Return the contents of a file without the overlay, None if there was no file."""
        entry = self.manifest["files"].get(path)
        if entry is None:
            return self.current(path)
        return self.stored(path) if entry["orig"] else None

    def stored(self, path):
        """Return an original from the store, after a check of its sha256."""
        name = f"{self.store}/orig/{path}"
        data = self.current(name)
        if digest(data) != self.manifest["files"][path]["orig"]["sha256"]:
            raise OverlayError(self.at(name), "the stored original is damaged",
                               f"Put the original {path} there, or use a fresh "
                               "tree")
        return data

    def text(self, path):
        """Return an original as text. The file must exist."""
        data = self.original(path)
        if data is None:
            raise UnexpectedSource(self.at(path), "the file is missing")
        return data.decode()

    def release(self):
        """Return the kernel's release from the current Makefile, None if there is none."""
        number = dict(re.findall(r"(?m)^(VERSION|PATCHLEVEL|SUBLEVEL) *= *(\d+)$",
                                 (self.current("Makefile") or b"").decode(errors="replace")))
        if len(number) != 3:
            return None
        return f"{number['VERSION']}.{number['PATCHLEVEL']}.{number['SUBLEVEL']}"

    def load(self):
        """Return the manifest; an empty one if the tree has no overlay."""
        fresh = {"format": FORMAT, "files": {}, "dirs": {}, "made": []}
        store = self.at(self.store)
        if not os.path.lexists(store):
            return fresh
        try:
            with open(f"{store}/manifest.json", encoding="utf-8") as file:
                manifest = json.load(file)
            if manifest["format"] != FORMAT:
                raise ValueError
        except FileNotFoundError:
            if os.path.isdir(store) and \
               set(os.listdir(store)) <= {"new"}:
                return fresh
            manifest = None
        except (OSError, ValueError, KeyError, TypeError):
            manifest = None
        if manifest is None:
            raise OverlayError(store, "this is not a store of this version of "
                               "the tool", "Revert with the version that made "
                               "it, or use a fresh tree")
        return manifest

    @property
    def overlaid(self):
        """Return whether any file may differ from its original."""
        return bool(self.manifest["files"])

    @property
    def interrupted(self):
        """Return whether the last run was killed before its end."""
        return any(len(entry["may_be"]) != 1
                   for entry in self.manifest["files"].values())

    # Changing

    def update(self, plan, force):
        """Make the tree as in the plan; return the paths that changed."""
        files = self.manifest["files"]
        old = {path: self.current(path) for path in set(plan) | set(files)}
        new = {path: plan[path] if path in plan else self.original(path)
               for path in old}
        changed = sorted(path for path in old if old[path] != new[path])
        if not changed and not self.interrupted:
            return []
        self.check_writable(changed)
        kept = self.check_edited(new, force)

        before = json.dumps(files)
        try:
            self.prepare(plan, old, new)
            self.change(changed, new, plan)
            self.settle(plan, new)
        except BaseException:
            self.put_back()
            self.manifest["files"] = json.loads(before)
            if self.overlaid:
                self.save()
            else:
                self.forget()
            raise
        self.say_kept(kept)
        return changed

    def revert(self, force):
        """Restore the original tree; return the folders that could not be removed."""
        new = {path: self.original(path) for path in self.manifest["files"]}
        for path in self.rebased(self.edited(new)):
            say(f"{path} is as in git's last commit: left unchanged")
            del new[path], self.manifest["files"][path]
        self.check_writable(list(new) + [f"{self.store}/manifest.json"])
        kept = self.check_edited(new, force)
        try:
            self.change(sorted(new), new, {})
        except BaseException:
            self.put_back()
            raise
        left = [d for d in self.manifest["made"] if os.path.isdir(self.at(d))]
        self.forget()
        self.say_kept(kept)
        return left

    def say_kept(self, path):
        """Print where changes that were taken out are kept, and whether originals may be old."""
        if path:
            say(f"--force took changes out of files: they are kept in {self.at(path)}; "
                f"`patch -p1 <{path}` brings them back")
            if self.manifest.get("release") not in (None, self.release()):
                say("the overlay's files are now based on Linux "
                    f"{self.manifest['release']}, but the tree is Linux {self.release()}")

    def check_base(self, new):
        """Refuse to use stored originals that are not those of the current tree."""
        edited = [path for path in self.edited(new) if self.manifest["files"][path]["orig"]]
        if edited and self.manifest.get("release") != self.release():
            raise OverlayError(f"{self.root}: {', '.join(edited)}", *self.advice(edited))

    def check_edited(self, new, force=False):
        """Refuse to lose changes that somebody has made in files of the overlay. With
        `force`, keep these changes in a patch, and return the path of the patch."""
        edited = self.edited(new)
        if not edited:
            return None
        if force:
            return self.keep({path: new[path] for path in edited})
        raise OverlayError(f"{self.root}: {', '.join(edited)}", *self.advice(edited))

    def edited(self, new):
        """Return the paths of files that have neither the contents from the overlay, nor
        the original contents, nor the contents in `new`."""
        found = []
        for path, entry in sorted(self.manifest["files"].items()):
            data = self.current(path)
            if digest(data) not in entry["may_be"] and \
               data not in (new.get(path), self.original(path)):
                found.append(path)
        return found

    def rebased(self, paths):
        """Return the paths whose files are as in git's last commit, if that commit has no
        overlay. Then another base was checked out, and these files are its originals."""
        if git.head_blob(self.root, MARK) or not git.head_blob(self.root, "Makefile"):
            return []
        return [path for path in paths if git.head_blob(self.root, path) ==
                (None if self.current(path) is None else git.blob_name(self.current(path)))]

    def advice(self, edited):
        """Return why files were changed, the remedy, and the commands of the remedy."""
        tree = shlex.quote(self.root)
        revert, apply = f"make overlay-revert KDIR={tree}", f"make overlay KDIR={tree}"
        if self.rebased(edited) == edited:
            return ("git has checked out other originals since the overlay was applied",
                    "Take the rest of the overlay out, and apply it to these", (revert, apply))
        was, now = self.manifest.get("release"), self.release()
        forced = "--force puts other contents in these files, and keeps what they have now in a patch"
        if was in (None, now) or not any(self.manifest["files"][path]["orig"] for path in edited):
            return ("changed by somebody since the overlay was applied",
                    f"Save that change and take it out. {forced}")
        steps = (f"patch -d {tree} -R -p1 <patch-{now}", revert,
                 f"patch -d {tree} -p1 <patch-{now}", apply)
        if git.head_blob(self.root, MARK):
            merging = os.path.exists(self.at(".git/MERGE_HEAD"))
            steps = (f"git -C {tree} {'merge --abort' if merging else 'reset --keep ORIG_HEAD'}",
                     revert, f"git -C {tree} commit -a -m 'Revert the overlay'",
                     f"git -C {tree} merge v{now}", apply)
        elif git.head_blob(self.root, "Makefile"):
            steps = f"git -C {tree} checkout HEAD -- {' '.join(edited)}", revert, apply
        return (f"changed since the overlay was applied to Linux {was}. The tree is Linux {now} now, "
                "and has the overlay of the old release in it",
                f"Revert, merge, apply, in that order. {forced}", steps)

    def keep(self, new):
        """Write a patch from the contents in `new` to the current contents; return its path."""
        number = 1
        while os.path.lexists(self.at(f"io-pgtable-overlay-lost-{number}.patch")):
            number += 1
        path = f"io-pgtable-overlay-lost-{number}.patch"
        diff = git.make_diff(new, {path: self.current(path) for path in new})
        info = os.stat(self.root)
        self.put(path, diff, {"mode": 0o644, "mtime_ns": None, "uid": info.st_uid, "gid": info.st_gid})
        return path

    def check_writable(self, paths):
        """Refuse, before the first change, a tree that cannot be changed."""
        for folder in sorted({self.existing_parent(p) for p in paths} | {""}):
            if not os.access(self.at(folder), os.W_OK | os.X_OK):
                raise OverlayError(self.at(folder), "cannot be written to",
                                   "Use a copy of the kernel source that you "
                                   "may change")

    def existing_parent(self, path):
        """Return the innermost existing folder above a path."""
        folder = os.path.dirname(path)
        while folder and not os.path.isdir(self.at(folder)):
            folder = os.path.dirname(folder)
        return folder

    def prepare(self, plan, old, new):
        """Store originals, and note all coming changes in the manifest."""
        if not self.overlaid:
            self.manifest["release"] = self.release()
            self.note_folder("")
            self.save()
        fresh = {}
        for path in sorted(set(plan) - set(self.manifest["files"])):
            fresh[path] = {"orig": self.store_original(path, old[path]),
                           "may_be": [digest(old[path])]}
            self.note_folder(self.existing_parent(path))
            self.note_made(path)
        self.manifest["files"].update(fresh)
        for path, entry in self.manifest["files"].items():
            if digest(new[path]) not in entry["may_be"]:
                entry["may_be"].append(digest(new[path]))
        self.save()

    def store_original(self, path, data):
        """Store an original; return the metadata that is needed to restore it."""
        if data is None:
            return None
        meta = self.metadata(path) | {"sha256": digest(data)}
        self.put(f"{self.store}/orig/{path}", data, meta)
        return meta

    def note_folder(self, folder):
        """Note the time of a folder, to restore the time together with its contents."""
        self.manifest["dirs"].setdefault(folder, {
            "mtime_ns": os.stat(self.at(folder)).st_mtime_ns,
            "names": sorted(set(os.listdir(self.at(folder))) - {STORE})})

    def note_made(self, path):
        """Note the folders that are created for a path."""
        folder = os.path.dirname(path)
        while not os.path.isdir(self.at(folder)):
            if folder not in self.manifest["made"]:
                self.manifest["made"].append(folder)
            folder = os.path.dirname(folder)

    def change(self, paths, new, plan):
        """Write the new contents of files; note their former contents in `done`."""
        for folder in {self.existing_parent(path) for path in paths}:
            self.done.append((folder, None, self.metadata(folder)))
        for path in paths:
            self.done.append((path, self.current(path), self.metadata(path)))
            self.put(path, new[path], self.new_metadata(path, plan))
        self.remove_empty()

    def put_back(self):
        """Undo change(), even if it was not completed. Ignores signals."""
        say("stopped: putting back what was changed")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for path, data, meta in reversed(self.done):
            if os.path.isdir(self.at(path)):
                self.remove_empty()
                os.utime(self.at(path), ns=(meta["mtime_ns"],) * 2)
            else:
                self.put(path, data, meta)

    def settle(self, plan, new):
        """Update the manifest to the current contents of the files."""
        for path, entry in list(self.manifest["files"].items()):
            entry["may_be"] = [digest(new[path])]
            if path not in plan:
                del self.manifest["files"][path]
        self.save()

    def forget(self):
        """Remove the store, when the tree is the original."""
        store = self.at(self.store)
        if not os.path.isdir(store):
            return
        self.manifest["files"] = {}
        self.save()
        shutil.rmtree(f"{store}/orig", ignore_errors=True)
        # The top folder comes last: its time changes when the store is removed.
        folders = sorted(self.manifest["dirs"], reverse=True)
        for folder in folders[:-1]:
            self.restore_time(folder)
        for name in ("new", "manifest.json"):
            if os.path.lexists(f"{store}/{name}"):
                os.unlink(f"{store}/{name}")
        os.rmdir(store)
        for folder in folders[-1:]:
            self.restore_time(folder)

    def restore_time(self, folder):
        """Restore the time of a folder, if the folder has the same names as before."""
        note = self.manifest["dirs"][folder]
        if os.path.isdir(self.at(folder)) and \
           sorted(os.listdir(self.at(folder))) == note["names"]:
            os.utime(self.at(folder), ns=(note["mtime_ns"],) * 2)

    # Single files

    def metadata(self, path):
        """Return mode, time and owner of a file; None if there is no file."""
        if not os.path.lexists(self.at(path)):
            return None
        info = os.lstat(self.at(path))
        return {"mode": stat.S_IMODE(info.st_mode),
                "mtime_ns": info.st_mtime_ns,
                "uid": info.st_uid, "gid": info.st_gid}

    def executable(self, paths):
        """Return those paths that are programs in the original tree."""
        files = self.manifest["files"]
        metas = {path: files[path]["orig"] if path in files else self.metadata(path)
                 for path in paths}
        return {path for path, meta in metas.items() if meta and meta["mode"] & stat.S_IXUSR}

    def new_metadata(self, path, plan):
        """Return the metadata for a file that is about to change. Time None is the current time."""
        entry = self.manifest["files"][path]
        if entry["orig"]:
            meta = dict(entry["orig"])
            if path in plan:
                meta["mtime_ns"] = None
            return meta
        parent = os.stat(self.at(self.existing_parent(path)))
        return {"mode": 0o644, "mtime_ns": None,
                "uid": parent.st_uid, "gid": parent.st_gid}

    def put(self, path, data, meta):
        """Write the contents of a file atomically; remove the file if the contents are None."""
        name = self.at(path)
        if data is None:
            if os.path.lexists(name):
                os.unlink(name)
            return
        self.make_folder(self.store)
        self.make_folder(os.path.dirname(path))
        scratch = self.at(f"{self.store}/new")
        with open(scratch, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), meta["mode"])
            if os.geteuid() == 0:
                os.fchown(file.fileno(), meta["uid"], meta["gid"])
            os.fsync(file.fileno())
        if meta["mtime_ns"] is not None:
            os.utime(scratch, ns=(meta["mtime_ns"],) * 2)
        os.replace(scratch, name)

    def make_folder(self, folder):
        """Make a folder and its parents, with the owner of the parent."""
        name = self.at(folder)
        if os.path.isdir(name):
            return
        parent = os.path.dirname(folder)
        self.make_folder(parent)
        os.mkdir(name)
        if os.geteuid() == 0:
            info = os.stat(self.at(parent))
            os.chown(name, info.st_uid, info.st_gid)

    def remove_empty(self):
        """Remove empty folders that were created by the overlay."""
        for folder in sorted(self.manifest["made"], reverse=True):
            if os.path.isdir(self.at(folder)) and \
               not os.listdir(self.at(folder)):
                os.rmdir(self.at(folder))

    def save(self):
        """Write the manifest."""
        parent = os.stat(self.root)
        text = json.dumps(self.manifest, indent=1, sort_keys=True)
        self.put(f"{self.store}/manifest.json", text.encode(),
                 {"mode": 0o644, "mtime_ns": None,
                  "uid": parent.st_uid, "gid": parent.st_gid})
