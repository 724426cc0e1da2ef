# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the steps NNNN_what_changed.lua, with the SHA-256 of each, as a C source on stdout."""
import hashlib
import pathlib
import re
import sys

steps = sorted(map(pathlib.Path, sys.argv[1:]), key=lambda path: path.name)
for number, path in enumerate(steps, 1):
    if not re.fullmatch(rf"{number:04}_[a-z0-9_]+", path.stem):
        sys.exit(f"{path.name}: step {number} must be named {number:04}_what_changed.lua")


def literal(code):
    lines = code.decode().replace("\\", "\\\\").replace('"', '\\"').split("\n")
    return "\n".join(f'        "{line}\\n"' for line in lines[:-1])


print('#include "migrations/steps.h"\n')
print("const struct migration_step migration_steps[] = {")
for path in steps:
    code = path.read_bytes()
    if not code.endswith(b"\n"):
        sys.exit(f"{path.name}: its last line has no end")
    # The hash is of the whole file: nothing of a landed step is edited, be it a comment.
    print(f'    {{{{"{path.stem}", {len(path.stem)}}},')
    print(f'     {{"{hashlib.sha256(code).hexdigest()}", 64}},')
    print(f"     {{\n{literal(code)},\n        {len(code)}}}}},")
print("};")
print(f"const size_t migration_step_count = {len(steps)};")
