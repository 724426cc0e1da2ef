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


def is_used(name, behind):
    return re.search(rf"(?<![\w.'\"]){name}\b(?!')", behind)


def in_block(text, behind):
    """Lua allows 200 locals in a chunk: a file's own ones are in a block of its own, but for those that
    a later file uses."""
    shared = [name for name in locals_of(text) if is_used(name, behind)]

    def bare(declaration):
        names = re.split(r", ", declaration[1])
        if not set(names) & set(shared):
            return declaration[0]
        shared.extend(name for name in names if name not in shared)
        return declaration[0].removeprefix("local ") if declaration[2] else ""

    text = re.sub(r"^local (?!function)([\w, ]+?)( =|$)", bare, text, flags=re.MULTILINE)
    for name in shared:
        text = re.sub(rf"^local (function {name}\b)", r"\1", text, flags=re.MULTILINE)
    return (f"local {', '.join(shared)}\n" if shared else "") + f"do\n{text}\nend"


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
    print('#include "slots/library.h"\n')
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
