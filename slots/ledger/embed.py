# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Joins the Lua files into one library, stamped with a hash of its code, on stdout: as a C source, or with
`--lua` as Redis loads it."""
import hashlib
import re
import sys


def locals_of(text):
    """The names that a file declares at its top level."""
    functions = re.findall(r"^local function (\w+)", text, re.MULTILINE)
    lists = re.findall(r"^local (?!function)([\w, ]+?)(?: =|$)", text, re.MULTILINE)
    return functions + [name for names in lists for name in names.split(", ")]


def is_used(name, text):
    return re.search(rf"(?<![\w.'\"]){name}\b(?!')", text)


def in_block(text, behind):
    """Lua allows 200 locals in a chunk: a file's own names stand in a block, around which only those are
    declared that a later file uses."""
    shared = [name for name in locals_of(text) if is_used(name, behind)]

    def declare(match):
        own = [name for name in match[1].split(", ") if name not in shared]
        if len(own) == len(match[1].split(", ")):
            return match[0]
        return (f"local {', '.join(own)}\n" if own else "") + match[1] + match[2]

    for name in shared:
        text = re.sub(rf"^local function {name}\b", f"function {name}", text, flags=re.MULTILINE)
    text = re.sub(r"^local (?!function)([\w, ]+?)( =)", declare, text, flags=re.MULTILINE)
    head = f"local {', '.join(shared)}\n" if shared else ""
    return f"{head}do\n{text}\nend"


def join(texts):
    """The texts of the files → version, code."""
    # What Redis keeps need not carry the comments.
    texts = [re.sub(r"^\s*(--.*)?\n", "", text, flags=re.MULTILINE) for text in texts]
    body = "\n".join(in_block(text, "\n".join(texts[i + 1 :])) for i, text in enumerate(texts))
    version = hashlib.sha256(body.encode()).hexdigest()[:8]
    return version, (
        f"#!lua name=jiaohao_{version}\n"
        f"local function versioned(name) return name .. '_{version}' end\n{body}\n"
    )


def literal(text):
    lines = text.replace("\\", "\\\\").replace('"', '\\"').split("\n")
    return "\n".join(f'        "{line}\\n"' for line in lines[:-1])


def print_c(version, code):
    print('#include "slots/ledger/library.h"\n')
    print("const struct library slots_library = {")
    print(f'    .name = {{"jiaohao_{version}", {len("jiaohao_") + 8}}},')
    print(f"    .code = {{\n{literal(code)},\n        {len(code.encode())}}},")
    for function in re.findall(r"versioned\('(\w+)'\)", code):
        name = f"{function}_{version}"
        print(f'    .{function} = {{"{name}", {len(name)}}},')
    print("};")


def main(args):
    paths = [arg for arg in args if arg != "--lua"]
    version, code = join([open(path, encoding="utf-8").read() for path in paths])
    if "--lua" in args:
        print(code, end="")
    else:
        print_c(version, code)


if __name__ == "__main__":
    main(sys.argv[1:])
