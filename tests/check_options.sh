#!/bin/bash
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
#
# Every option of `jiaohao serve` is a row of a table in docs/operations.md that begins with
# | `--option`, and every such row is an option. Speaks TAP.
#   tests/check_options.sh BINARY [DOCUMENT]
set -euo pipefail

binary=$1
document=${2-$(dirname "$0")/../docs/operations.md}

told() { # by --help, where an option begins its line: "  -l, --listen=ADDR:PORT  …"
    "$binary" serve --help |
        sed -nE 's/^ {2,6}(-., )?--([a-z][a-z0-9-]*).*/\2/p' |
        grep -vxE 'help|usage|version' | sort
}

written() {
    sed -nE 's/^\| *`--([a-z][a-z0-9-]*).*/\1/p' "$document" | sort
}

failed=0
verdict() { # NAME FAULTS
    if [ -z "$2" ]; then
        echo "ok - $1"
    else
        echo "not ok - $1: ${2//$'\n'/ }"
        failed=1
    fi
}
told=$(told) || told=
written=$(written) || written=
verdict "serve --help and the document name options" \
    "$([ -n "$told" ] && [ -n "$written" ] || echo "none in one of them")"
verdict "every option stands in the document" "$(comm -23 <(echo "$told") <(echo "$written"))"
verdict "every option of the document exists" "$(comm -13 <(echo "$told") <(echo "$written"))"
verdict "no option stands there twice" "$(uniq -d <<<"$written")"
exit $failed
