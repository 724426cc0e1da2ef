#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Writes slots/catalogue/unicode_table.h: the sets of code points that names and ID numbers are read by.

They are properties of Unicode 15.0, read from Debian's package unicode-data, and what stands in
ADDED, each with its source. Run it again when the package has a newer Unicode:

    tools/unicode_table.py > slots/catalogue/unicode_table.h
    tools/unicode_table.py --check slots/catalogue/unicode_table.h    # as TAP; exit 1 if it is another one
"""
import pathlib
import sys

DATA = pathlib.Path("/usr/share/unicode")

# What 15.0 does not say: first, last, source.
ADDED = {
    "han": [
        (0x3007, 0x3007, "IDEOGRAPHIC NUMBER ZERO, a character of names (GB 18030), in Unicode no ideograph"),
        (0x2EBF0, 0x2EE5D, "CJK Unified Ideographs Extension I, Unicode 15.1, PropList.txt: Unified_Ideograph"),
    ],
}


def lines(name):
    """(first, last, value, comment) of each line of a file of the Unicode Character Database."""
    path = DATA / name
    if not path.exists():
        sys.exit(f"{path} is missing; install Debian's package unicode-data")
    for line in path.read_text(encoding="utf-8").splitlines():
        line, _, comment = line.partition("#")
        if not line.strip():
            continue
        codes, value = (part.strip() for part in line.split(";")[:2])
        first, _, last = codes.partition("..")
        yield int(first, 16), int(last or first, 16), value, comment.strip()


def having(name, value, categories=""):
    """The code points of a file that have the value and, by its comments, one of the categories."""
    return [(first, last) for first, last, found, comment in lines(name)
            if found == value and comment.startswith(tuple(categories.split()) or "")]


SETS = [  # name, what it is, code points
    ("han", "Unified_Ideograph of PropList.txt", lambda: having("PropList.txt", "Unified_Ideograph")),
    ("latin", "letters of the script Latin, Scripts.txt",
     lambda: having("Scripts.txt", "Latin", "L& Lo Lm Lu Ll Lt")),
    ("marks", "block Combining Diacritical Marks, Blocks.txt",
     lambda: having("Blocks.txt", "Combining Diacritical Marks")),
    ("blanks", "White_Space of PropList.txt", lambda: having("PropList.txt", "White_Space")),
    ("dashes", "Dash of PropList.txt", lambda: having("PropList.txt", "Dash")),
    ("invisible", "Default_Ignorable_Code_Point of DerivedCoreProperties.txt",
     lambda: having("DerivedCoreProperties.txt", "Default_Ignorable_Code_Point")),
]


def joined(ranges):
    """Ascending ranges; those that touch are one."""
    result = []
    for first, last in sorted(ranges):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def table(name, what, ranges):
    added = ADDED.get(name, [])
    text = f"/* {what}"
    text += "".join(f";\n * and {source} */" if n == len(added) - 1 else f";\n * and {source}"
                    for n, (_, _, source) in enumerate(added)) or " */"
    ranges = joined(ranges + [(first, last) for first, last, _ in added])
    text += f"\nstatic const struct unicode_range unicode_{name}[] = {{\n"
    return text + "".join(f"    {{{first:#07x}, {last:#07x}}},\n" for first, last in ranges) + "};\n"


def header():
    return ("/* SPDX-FileCopyrightText: 2026 the jiaohao authors */\n"
            "/* SPDX-License-Identifier: Apache-2.0 */\n"
            "/* Written by tools/unicode_table.py from Debian's unicode-data (Unicode 15.0.0);\n"
            " * tests/meson.build sees that it is what the script writes. */\n"
            "/* clang-format off */\n"
            "#pragma once\n\n#include <stdint.h>\n\n"
            "struct unicode_range {\n    uint32_t first, last;\n};\n\n"
            + "\n".join(table(name, what, ranges()) for name, what, ranges in SETS)
            + "/* clang-format on */\n")


def main(arguments):
    if not arguments:
        sys.stdout.write(header())
    elif len(arguments) == 2 and arguments[0] == "--check":
        is_same = pathlib.Path(arguments[1]).read_text(encoding="utf-8") == header()
        print(f"1..1\n{'ok' if is_same else 'not ok'} 1 - the table is what the script writes")
        sys.exit(not is_same)
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
