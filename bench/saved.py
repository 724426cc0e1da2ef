# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Tables in bench/README.md, each between two comments with its name."""
import pathlib


def save(name, text):
    path = pathlib.Path(__file__).with_name("README.md")
    begin, end = f"<!-- table: {name} -->\n", f"<!-- end of table: {name} -->\n"
    before, rest = path.read_text(encoding="utf-8").split(begin)
    path.write_text(before + begin + "\n" + text + "\n" + end + rest.split(end)[1], encoding="utf-8")
