# SPDX-License-Identifier: GPL-2.0-only
"""Error messages for the user, and messages of progress."""
import sys
import time

START = time.monotonic()


class OverlayError(Exception):
    """A message of one paragraph: the file, the reason, the remedy. Indented lines may
    follow, for instance the commands of the remedy."""

    def __init__(self, path, reason, remedy, lines=()):
        super().__init__("\n    ".join((f"{path}: {reason}. {remedy}"
                                       f"{':' if lines else '.'}", *lines)))


class UnexpectedSource(Exception):
    """A file of the kernel's source is not as expected, with the reason.

    The remedy depends on the release of the kernel. The code that finds the
    difference does not know the release: see plan.remedy().
    """

    def __init__(self, path, reason, line=None, more=(), symbol=None):
        super().__init__(f"{path}: {reason}")
        self.path, self.reason, self.line, self.more = path, reason, line, more
        # The driver that is concerned, if the path does not tell
        self.symbol = symbol

    def lines(self):
        """Return the place and the reason, and more lines with an indent."""
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return [f"{place}: {self.reason}", *(f"    {line}" for line in self.more)]


def say(text):
    """Print a message of progress, with the time since the start, to stderr."""
    print(f"overlay: {time.monotonic() - START:5.1f}s  {text}",
          file=sys.stderr, flush=True)
