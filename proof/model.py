# SPDX-License-Identifier: GPL-2.0-only
"""What the comments in a model say: its properties, the C that it quotes, its mutations.

    /* core.c format_unpin() */             from here on, C is quoted from this function
    pins--      /*: atomic_dec(&f->pins) */   this statement stands for that C
    /*! no_leak: skip */                    with "skip" in its place, the statement of the line above
                                            breaks the property no_leak
     *   no_leak: all memory is freed       a property, in the comment at the top
"""

import dataclasses
import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
OURS = ("drivers/iommu/io-pgtable", "include/linux/io-pgtable-walk")
# Files of the kernel, which are not ours, and which models describe the surroundings by
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
    line: int       # that it changes
    property: str
    text: str       # in place of what is there


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
        """The model with one other line. The place of a macro's definition is behind its name."""
        line = self.lines[mutation.line - 1]
        start = re.match(r"\s*(#define \w+(\([\w, ]+\))?\s+)?", line)[0]
        lines = list(self.lines)
        lines[mutation.line - 1] = start + mutation.text
        return "\n".join(lines) + "\n"


class Source:
    """C files by name, and the functions in them."""
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
        """Where a function begins in its file and its text; None if there is no such function."""
        match = re.search(rf"^\w[^\n;]*\b{function}[(,][^;{{]*\n\{{\n.*?^\}}", self.text(name), re.M | re.S)
        return (match.start(), match[0]) if match else None


def find(text, fragment, start):
    """As str.find(), for any white space. Return: where it is, -1."""
    pattern = r"\s+".join(re.escape(word) for word in fragment.split())
    match = re.compile(pattern).search(text, start)
    return match.start() if match else -1


def locate(model, source):
    """Each quote with its line of C; a string in place of that if it is not there. In what a model
    quotes of one function in a row, the order has to be that of the function."""
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
    """The function is named once more between this quote and the one before."""
    before = model.quotes[number - 1].line
    return any(SECTION.match(line) for line in model.lines[before:model.quotes[number].line])
