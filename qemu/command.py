# SPDX-License-Identifier: GPL-2.0-only
"""Functions that the commands share: options, progress, and errors."""

import argparse
import json
import os
import subprocess
import sys

from guest import BUILD


def parser(description):
    """Return a parser with the options that Makefile passes to each command."""
    result = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("--list", action="store_true", help="only list the names that can be given")
    result.add_argument("--try", action="store_true", dest="only_try",
                        help="only check the arguments, the build folder and the space on the disk")
    return result


def run(main):
    """Run main() and exit with the status that it returns. An error that the user or the machine causes is one
    line, not a traceback."""
    try:
        status = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:     # the reader, such as head, has exited
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"error: {describe(error)}", file=sys.stderr)
        status = 1
    sys.exit(status)


def describe(error):
    """Return the error message. It begins with the name of the file or of the program that failed."""
    if isinstance(error, subprocess.CalledProcessError):
        name = error.cmd[0] if isinstance(error.cmd, list) else error.cmd
        said = error.stderr.strip() if isinstance(error.stderr, str) else ""
        return f"{name}: exit status {error.returncode}" + (f": {said}" if said else "")
    if isinstance(error, OSError) and error.filename:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    return str(error)


class Progress:
    """The progress of a command, by the names of its parts, and the time that the remaining parts took the last time"""
    def __init__(self, names, file=BUILD / "seconds.json"):
        self.left = list(names)
        self.count = len(self.left)
        self.file = file
        self.seconds = json.loads(file.read_text()) if file.exists() else {}

    def begin(self, name):
        """Return words for the heading of a part, for example: 3 of 24, 5 min left by the last time"""
        words = f"{self.count - len(self.left) + 1} of {self.count}"
        known = [self.seconds[part] for part in self.left if part in self.seconds]
        if known:
            more = "more than " if len(known) < len(self.left) else ""
            words += f", {more}{duration(sum(known))} left by the last time"
        self.left.remove(name)
        return words

    def save(self, seconds):
        """Store how long parts took, for the next run."""
        self.seconds.update(seconds)
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(self.seconds, indent=0))
        new.replace(self.file)


def duration(seconds):
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
