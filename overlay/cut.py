# SPDX-License-Identifier: GPL-2.0-only
"""Cuts a plan into the patches of series.py: computes the tree after each patch."""
import difflib
import fnmatch
import os
import re

from edits import entries
from errors import OverlayError
from plan import convert
from series import (BY_LINE, BY_PARAGRAPH, COPIED, KUNITCONFIG, PATCHES, TEMPORARY,
                    TEMPORARY_LINES, TEST_SYMBOLS, TESTS)

NEVER = len(PATCHES) + 1


def cut(tree, plan, tests):
    """Return a list of (patch, {path: contents} after the patch), without patches that
    change nothing. The first element is (None, {path: contents} of the original).

    Without `tests`, the series has no tests and no documentation, for a backport.
    """
    if not tests:
        plan = {path: data for path, data in plan.items()
                if not path.startswith((f"{TESTS}/", KUNITCONFIG, "Documentation/", "MAINTAINERS"))}
    plan = plan | {path: tree.original(path) for path in COPIED}
    owners = {path: owner_of_path(path) for path in plan if not is_shared(path)}
    spans = {path: lines_with_spans(path, tree.original(path), plan[path], tests)
             for path in plan.keys() - owners.keys() - set(BY_PARAGRAPH)}
    temporary = keep_old_formats(tree)
    last = {path: tree.original(path) for path in plan}
    states = [(None, last)]
    for number, patch in enumerate(PATCHES):
        state = {}
        for path, owner in owners.items():
            state[path] = plan[path] if owner <= number \
                else temporary.get(path, tree.original(path))
        for path, lines in spans.items():
            state[path] = part(path, lines, number)
        for path in plan.keys() & set(BY_PARAGRAPH):
            state[path] = paragraphs(path, plan[path], state)
        if state != last:
            states.append((patch, state))
        last = state
    check_sum(last, plan, tests)
    return states


def keep_old_formats(tree):
    """Return {path: contents} of the kernel's own formats while they are registered as well."""
    problems = []
    texts = convert(tree, {}, TEMPORARY, problems)
    if problems:
        raise OverlayError(problems[0].path, problems[0].reason,
                           "A series needs the files as a known release has them; `make patch` "
                           "does not")
    return {path: text.encode() for path, text in texts.items()}


def check_sum(last, plan, tests):
    """Check that all patches together give the plan. Without tests, shared files may differ."""
    wrong = [path for path in plan if last[path] != plan[path]
             and (tests or not is_shared(path))]
    if wrong:
        raise OverlayError(wrong[0], "the patches of the series do not add up to what "
                           "`apply` does", "This is a defect of the tool: report it")


def is_shared(path):
    """Return whether several patches may edit a file."""
    return path in BY_LINE or path in BY_PARAGRAPH \
        or os.path.basename(path).startswith("Kconfig")


def owner_of_path(path):
    """Return the number of the patch that a file belongs to."""
    for number, patch in enumerate(PATCHES):
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in patch.paths):
            return number
    raise OverlayError(path, "no patch in overlay/series.py has this file",
                       "This is a defect of the tool: add it there")


def lines_with_spans(path, old, new, tests):
    """Return [(line, first, end)] of a shared file: the file has the line after the patches with
    the numbers from `first` to `end` - 1.

    Equal lines with different owners are different lines: many entries of Kconfig end alike.
    """
    owners = owners_of_lines if path in BY_LINE else owners_of_symbols
    old, new = (list(zip(owners(lines, tests), lines)) for lines in (lines_of(old), lines_of(new)))
    # difflib takes seconds for the equal lines of MAINTAINERS, so it gets only the changed part.
    start = len(os.path.commonprefix([old, new]))
    rest = len(os.path.commonprefix([old[start:][::-1], new[start:][::-1]]))
    before, after = new[:start], new[len(new) - rest:]
    old, new = old[start:len(old) - rest], new[start:len(new) - rest]
    spans = [(line, -1, NEVER) for _, line in before]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            spans += [(line, -1, NEVER) for _, line in new[new_start:new_end]]
        else:
            spans += [(line, owner, NEVER) for owner, line in new[new_start:new_end]]
            spans += [(line, -1, owner) for owner, line in old[old_start:old_end]]
    return spans + [(line, -1, NEVER) for _, line in after]


def lines_of(data):
    return (data or b"").decode().splitlines(keepends=True)


def part(path, spans, number):
    """Return a shared file after the patches up to a number; None if no patch has added it.
    Lines of later patches leave no blank line at the end, about which git warns."""
    lines = [line for line, first, end in spans if first <= number < end]
    if path in BY_LINE:
        lines = [TEMPORARY_LINES.get(line, line) for line in lines]
    return re.sub(r"\n\n+\Z", "\n", "".join(lines)).encode() or None


def owners_of_symbols(lines, tests):
    """Return the number of a patch for each line of a Kconfig file: the patch of the entry
    that has the line, or a later patch that adds a symbol of ours in the line."""
    names = [""] * len(lines)
    for entry in entries(lines):
        start = entry.start
        while start and lines[start - 1].startswith("#"):
            start -= 1
        names[start:entry.end] = [entry.name] * (entry.end - start)
    by_name = {name: number for number, patch in enumerate(PATCHES)
               for name in patch.symbols}
    if not tests:
        by_name.update(dict.fromkeys(TEST_SYMBOLS, len(PATCHES)))
    return [max([by_name.get(name, by_name["*"]),
                 *(by_name.get(word, 0) for word in re.findall(r"\bIOMMU_IO_PGTABLE_\w+", line))])
            for name, line in zip(names, lines)]


def owners_of_lines(lines, _):
    """Return the number of a patch for each line. Lines without an owner never change."""
    return [next((number for number, patch in enumerate(PATCHES)
                  if any(word in line for word in patch.lines)), len(PATCHES))
            for line in lines]


def paragraphs(path, data, state):
    """Return those paragraphs of our Makefile whose sources exist in `state`."""
    folder = os.path.dirname(path)
    there = {name for name, contents in state.items() if contents is not None}
    kept = [text for text in (data or b"").decode().split("\n\n")
            if all(any(f"{folder}/{name}{ending}" in there for ending in (".c", ".S"))
                   for name in objects(text))
            and ("kunit/" not in text or any(name.startswith(f"{TESTS}/") for name in there))]
    text = "\n\n".join(kept)
    return (text if text.endswith("\n") else text + "\n").encode()


def objects(text):
    """Return the objects in a paragraph of a Makefile that are compiled from one source."""
    linked = set(re.findall(r"(?m)^([\w-]+)-(?:y|\$\(\w+\)) [:+]=", text))
    return set(re.findall(r"(?<![\w/-])([\w/-]+)\.o\b", text)) - linked \
        - {f"CFLAGS_{name}" for name in re.findall(r"CFLAGS_(\w+)\.o", text)}
