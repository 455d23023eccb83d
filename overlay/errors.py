# SPDX-License-Identifier: GPL-2.0-only
"""What goes wrong, in words for the person at the keyboard; and progress."""
import sys
import time

START = time.monotonic()


class OverlayError(Exception):
    """One paragraph: which file, what is wrong with it, what to do. Commands that
    do it, or more lines, follow it with an indent."""

    def __init__(self, path, reason, remedy, lines=()):
        super().__init__("\n    ".join((f"{path}: {reason}. {remedy}"
                                       f"{':' if lines else '.'}", *lines)))


class UnexpectedSource(Exception):
    """The kernel's source is not as expected in a file, and why.

    What to do about it depends on the release of the kernel, which the code
    that finds the difference does not know: see plan.remedy().
    """

    def __init__(self, path, reason, line=None, more=(), symbol=None):
        super().__init__(f"{path}: {reason}")
        self.path, self.reason, self.line, self.more = path, reason, line, more
        # The driver that it is about, if the path does not say so
        self.symbol = symbol

    def lines(self):
        """The place and the reason, and what there is to see, with an indent."""
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return [f"{place}: {self.reason}", *(f"    {line}" for line in self.more)]


def say(text):
    """A line of progress with the time since the start, away from stdout."""
    print(f"overlay: {time.monotonic() - START:5.1f}s  {text}",
          file=sys.stderr, flush=True)
