# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Puts a text file into the program: embed_text.py HEADER NAME FILE writes a C source on stdout."""
import sys

header, name, path = sys.argv[1:]
data = open(path, "rb").read()
print(f'#include "{header}"\n\nstatic const unsigned char bytes[] = {{')
for start in range(0, len(data), 20):
    print("    " + "".join(f"{byte}," for byte in data[start : start + 20]))
print(f"}};\nconst struct text {name} = {{(const char *)bytes, sizeof bytes}};")
