# SPDX-License-Identifier: GPL-2.0-only
"""Explains why a rule of a semantic patch did not match: the code that the rule looks
for, and the most similar code in the source."""
import difflib
import re

from errors import UnexpectedSource

RULE = re.compile(r"(?ms)^@ *(\w*)[^@\n]*@\n(.*?)^@@\n(.*?)(?=^@|\Z)")
WORD = re.compile(r"\b[A-Za-z_]\w{3,}\b")
COMMON = {"return", "struct", "static", "const", "else", "while", "sizeof", "when", "strict",
          "unsigned", "long", "size_t", "bool", "int"}


def explain(path, conversion, cocci, old, failed):
    """Return the problem of a conversion with a file.

    `failed`: {string: (expected number of additions, actual number)}.
    """
    rules = [Rule(*match) for match in RULE.findall(cocci)]
    line, more = None, []
    for string, (expected, added) in failed.items():
        rule = next((rule for rule in rules if rule.changes(string)), None)
        where = f", rule {rule.name}," if rule and rule.name else ""
        more.append(f"overlay/cocci/{conversion.cocci}{where} should add {expected} times "
                    f"`{string}` and added {added}")
        if rule and added == 0:
            found, text = rule.look(old)
            line = line or found
            more += text
    return UnexpectedSource(path, "this cannot be converted", line, list(dict.fromkeys(more)))


class Rule:
    """A rule: its name, the names that the rule declares, and its lines."""

    def __init__(self, name, declared, body):
        self.name = name
        body = re.sub(r"(?m)^//.*\n", "", body)
        self.lines = body.splitlines()
        self.own = set(WORD.findall(re.sub(r"(?m)^(declarer name|symbol|typedef).*\n", "", declared)))

    def changes(self, string):
        """Return whether the rule adds or removes a string."""
        flat = re.sub(r"\s+", " ", "\n".join(line[1:] for line in self.lines if line[:1] in "+-"))
        return re.sub(r"\s+", " ", string).strip() in flat

    def context(self):
        """Return the lines that the source must have for the rule to match."""
        lines = (line[1:].strip() for line in self.lines if line[:1] in " -")
        return [line for line in lines if not line.startswith("...")
                and set(WORD.findall(line)) - self.own - COMMON]

    def look(self, source):
        """Return the number of the most similar line of the source, and lines of explanation."""
        context = self.context()
        more = ["  it looks for:", *(f"    {line}" for line in context)]
        lines = source.splitlines()
        words = [set(WORD.findall(line)) for line in lines]
        wanted = {word for line in context for word in WORD.findall(line)} - self.own - COMMON
        there = set().union(*words)
        number = None
        for word in sorted(wanted - there):
            more.append(f"  the file has no `{word}`")
            for like in difflib.get_close_matches(word, sorted(there), 3, 0.6):
                place = next(i for i, has in enumerate(words) if like in has)
                more.append(f"    like it, line {place + 1}: {lines[place].strip()}")
                number = number or place + 1
        if number is None and wanted & there:
            rare = min(sorted(wanted & there), key=lambda word: sum(word in has for has in words))
            number = max((i for i, has in enumerate(words) if rare in has),
                         key=lambda i: len(words[i] & wanted)) + 1
            more.append(f"  nearest is line {number}: {lines[number - 1].strip()}")
        return number, more
