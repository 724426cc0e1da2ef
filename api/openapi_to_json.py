#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Write api/openapi.yaml as compact JSON to stdout: what GET /openapi.json answers.

usage: openapi_to_json.py [FILE]
"""

import json
import pathlib
import re
import sys

import yaml


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2 core scalars: PyYAML's own 1.1 rules read 09:30 as 570 and 2026-11-24 as a date."""

    yaml_implicit_resolvers = {}


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
):
    CoreLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first) + [""]
    )


def no_duplicate_keys(loader, node, deep=False):
    """A mapping whose key stands twice is a slip that PyYAML would let pass."""
    keys = [key.value for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(
                None, None, f"duplicate key {key!r}", node.start_mark
            )
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


CoreLoader.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG,
    lambda loader, node: no_duplicate_keys(loader, node, deep=True),
)


def main(argv):
    default = pathlib.Path(__file__).with_name("openapi.yaml")
    path = pathlib.Path(argv[1]) if len(argv) > 1 else default
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=CoreLoader)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.buffer.write(text.encode("utf-8") + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
