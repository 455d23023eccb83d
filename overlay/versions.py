# SPDX-License-Identifier: GPL-2.0-only
"""Writes a source of ours for one series of the kernel. Code in a kernel tree is for the
version of that tree, so code for other versions is left out."""
import re

VERSION_H = "#include <linux/version.h>\n"
# What our compat.h headers have for kernels before a release, and for that release and later ones
BEFORE = re.compile(r"(?ms)^#if LINUX_VERSION_CODE < KERNEL_VERSION\((\d+), (\d+), 0\)\n(.*?)"
                    r"^#else\n(.*?)^#endif\n")
# Macros of kunit/compat.h, which expand to their arguments or to nothing: their definitions,
# rows of an array with the comment above, and the two values of an expression
DEFINITION = re.compile(r"(?m)^(?:/\* Rows of .*\n)?#define (?:ROWS_)?ON_(?:6_12|7_3)\(.*\n")
ROWS = re.compile(r"(?m)^(\t/\*.*\*/\n)?\tROWS_ON_(6_12|7_3)\(")
VALUE, OTHER_VALUE = "ON_6_12(", " ON_7_3("
ON_7_3 = (7, 0)


def for_series(text, series):
    """Return a C source without the code for other series of the kernel."""
    def choose_branch(match):
        release = (int(match[1]), int(match[2]))
        return match[3 if series < release else 4].strip("\n") + "\n"
    text = BEFORE.sub(choose_branch, text.replace(VERSION_H, ""))
    text = choose_values(choose_rows(DEFINITION.sub("", text), series), series)
    return re.sub(r"\n\n\n+", "\n\n", text)


def choose_rows(text, series):
    """Expand the macros for rows of an array. Rows that are left out take their comment along."""
    while rows := ROWS.search(text):
        end = closing(text, rows.end())
        chosen = ""
        if (rows[2] == "7_3") == (series >= ON_7_3):
            chosen = (rows[1] or "") + "\t" + align(text[rows.end():end]) + ",\n"
        text = text[:rows.start()] + chosen + text[end + len(")\n"):]
    return text


def choose_values(text, series):
    """Expand the pairs of macros for the values of an expression."""
    while (start := text.find(VALUE)) >= 0:
        middle = closing(text, start + len(VALUE))
        other = middle + 1 + len(OTHER_VALUE)
        end = closing(text, other)
        chosen = text[other:end] if series >= ON_7_3 else text[start + len(VALUE):middle]
        text = text[:start] + chosen + text[end + 1:]
    return text


def align(rows):
    """Indent lines as in an array: the rows themselves by a tab, the rest of a row by two more blanks."""
    lines, depth = [], 0
    for line in rows.split("\n"):
        lines.append(("\t  " if depth else "\t") + line.strip())
        depth += sum(map(line.count, "({")) - sum(map(line.count, ")}"))
    return "\n".join(lines).lstrip("\t")


def closing(text, position):
    """Return the position of the parenthesis that closes the one before a position."""
    depth = 1
    while depth:
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        position += 1
    return position - 1
