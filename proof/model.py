# SPDX-License-Identifier: GPL-2.0-only
"""Reads the comments of a model: its properties, the C code that it quotes, its mutations.

    /* core.c format_unpin() */             the quotes below are from this function
    pins--      /*: atomic_dec(&f->pins) */   this statement stands for the quoted C code
    /*! no_leak: skip */                    if "skip" replaces the statement in the line above, the
                                            property no_leak does not hold
     *   no_leak: all memory is freed       a property, in the comment at the top
"""

import dataclasses
import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
OURS = ("drivers/iommu/io-pgtable", "include/linux/io-pgtable-walk")
# Files of the kernel that models quote
KERNELS = {"dd.c": "drivers/base/dd.c", "main.c": "kernel/module/main.c",
           "module.h": "include/linux/module.h", "smp.c": "kernel/smp.c"}
NO_HANG = "no_hang"     # in every model: spin's "invalid end state"

SECTION = re.compile(r"^\s*(?:/\*| \*) ([\w-]+\.[ch]) (\w+)\(\)")
QUOTE = re.compile(r"/\*: (.*?) \*/")
MUTATION = re.compile(r"^\s*/\*! (\w+): (.*?) \*/$")
PROPERTY = re.compile(r"^ \*   (\w+): ")
ASSERTED = re.compile(r"^hidden byte ([\w, ]+);$", re.M)
LTL = re.compile(r"^ltl (\w+) \{", re.M)


@dataclasses.dataclass
class Quote:
    line: int       # of the model
    file: str
    function: str
    text: str


@dataclasses.dataclass
class Mutation:
    line: int       # the line that the mutation changes
    property: str
    text: str       # replaces the statement in that line


class Model:
    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path).removesuffix(".pml")
        with open(path, encoding="ascii") as file:
            self.text = file.read()
        self.lines = self.text.splitlines()
        self.described = [match[1] for match in map(PROPERTY.match, self.lines) if match]
        self.asserted = [name for names in ASSERTED.findall(self.text) for name in names.split(", ")]
        self.ltl = LTL.findall(self.text)
        self.quotes = list(self.find_quotes())
        self.mutations = list(self.find_mutations())

    def find_quotes(self):
        file = function = None
        for number, line in enumerate(self.lines, 1):
            section = SECTION.match(line)
            if section:
                file, function = section.groups()
            for text in QUOTE.findall(line):
                yield Quote(number, file, function, text)

    def find_mutations(self):
        changes = 0
        for number, line in enumerate(self.lines, 1):
            match = MUTATION.match(line)
            changes = changes + 1 if match else 0
            if match:
                yield Mutation(number - changes, match[1], match[2])

    def mutated(self, mutation):
        """The model with one line changed. In a #define, the text replaces the macro's definition."""
        line = self.lines[mutation.line - 1]
        start = re.match(r"\s*(#define \w+(\([\w, ]+\))?\s+)?", line)[0]
        lines = list(self.lines)
        lines[mutation.line - 1] = start + mutation.text
        return "\n".join(lines) + "\n"


class Source:
    """C files by name, and their functions"""
    def __init__(self, kdir):
        self.kdir = kdir
        self.texts = {}

    def path(self, name):
        if name in KERNELS:
            return os.path.join(self.kdir, KERNELS[name])
        paths = [os.path.join(TOP, folder, name) for folder in OURS]
        return next((path for path in paths if os.path.exists(path)), paths[0])

    def text(self, name):
        if name not in self.texts:
            with open(self.path(name), encoding="utf-8") as file:
                self.texts[name] = file.read()
        return self.texts[name]

    def function(self, name, function):
        """The offset of a function in its file, and its text; None if there is no such function"""
        match = re.search(rf"^\w[^\n;]*\b{function}[(,][^;{{]*\n\{{\n.*?^\}}", self.text(name), re.M | re.S)
        return (match.start(), match[0]) if match else None


def find(text, fragment, start):
    """Like str.find(), but any white space matches any other. Return: the offset, or -1."""
    pattern = r"\s+".join(re.escape(word) for word in fragment.split())
    match = re.compile(pattern).search(text, start)
    return match.start() if match else -1


def locate(model, source):
    """Each quote with its line number in the C file, or with a string that says why it was not found.
    Successive quotes from one function must be in the function's order."""
    last, at = None, 0
    for number, quote in enumerate(model.quotes):
        if quote.file is None:
            yield quote, "no function is named before this"
            continue
        found = source.function(quote.file, quote.function)
        if not found:
            yield quote, f"there is no {quote.function}() in {quote.file}"
            continue
        if last != (quote.file, quote.function) or begins_anew(model, number):
            last, at = (quote.file, quote.function), 0
        start, text = found
        place = find(text, quote.text, at)
        if place < 0:
            where = "not behind what is quoted before it" if find(text, quote.text, 0) >= 0 else "not"
            yield quote, f"{where} in {quote.function}() of {quote.file}: {quote.text}"
            continue
        at = place
        yield quote, source.text(quote.file).count("\n", 0, start + place) + 1


def begins_anew(model, number):
    """Whether the model names the function again between this quote and the previous one"""
    before = model.quotes[number - 1].line
    return any(SECTION.match(line) for line in model.lines[before:model.quotes[number].line])
