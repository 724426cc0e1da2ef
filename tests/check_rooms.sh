#!/bin/bash
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
#
# Fails on an include that runs upward, and on a library outside its room. Speaks TAP.
#   tests/check_rooms.sh [ROOT]        checks the tree at ROOT (default: this one)
#   tests/check_rooms.sh --self-test   plants violations in a copy and sees each one fail
set -euo pipefail

# A room, and the rooms that it may include besides itself.
rooms='
base
store         base
access        base store
migrations    base store
slots         base store
scheduler     base store slots
integrations  base store access slots scheduler
api           base store access migrations slots scheduler
tests         base store access migrations slots scheduler api integrations
bench         base store access migrations slots scheduler api integrations
'

# What is included, and where alone: extended regular expressions on the include and the file.
only='
<hiredis/            ^(store|tests|bench)/
<cjson/              ^(api|tests)/|^slots/catalogue
<http_parser\.h>     ^(api|tests|bench)/
<curl/               ^(integrations|tests)/
"integrations/       ^(integrations|tests|bench)/|^api/main\.c$
'

# What is included, and where never: these are pure.
never='
<uv\.h>              ^base/|^slots/(calendar|identity)
"store/              ^slots/(calendar|identity)
'

check() { # ROOT: prints FILE:LINE: fault for each
    cd "$1"
    find . \( -name .git -o -name node_modules -o -path './build*' -o -path ./var \) -prune \
        -o -name '*.[ch]' -print0 |
        xargs -0r grep -nHE '^[[:space:]]*#[[:space:]]*include' |
        sed 's,^\./,,' | sort |
        rooms=$rooms only=$only never=$never awk '
function table(text, left, right,    lines, i, n, at) {
    n = split(text, lines, "\n")
    for (i = 1; i <= n; i++)
        if (match(lines[i], /^[^ ]+/)) {
            left[++left[0]] = substr(lines[i], 1, RLENGTH)
            right[left[0]] = substr(lines[i], RLENGTH + 1)
            gsub(/^ +| +$/, "", right[left[0]])
        }
}
function fault(text) { print file ":" line ": " what " " text }
BEGIN {
    table(ENVIRON["rooms"], room, below)
    table(ENVIRON["only"], library, home)
    table(ENVIRON["never"], banned, pure)
    for (i = 1; i <= room[0]; i++) may[room[i]] = " " room[i] " " below[i] " "
}
{
    split($0, part, ":"); file = part[1]; line = part[2]
    what = $0; sub(/^[^:]*:[^:]*:[ \t]*#[ \t]*include[ \t]*/, "", what)
    match(what, /^(<[^>]*>|"[^"]*")/); what = substr(what, 1, RLENGTH)
    own = file; sub(/\/.*/, "", own)
    if (!(own in may)) { fault("stands in a room that has no row in tests/check_rooms.sh"); next }
    if (what ~ /^"/) {
        target = substr(what, 2); sub(/\/.*/, "", target)
        if (what !~ /\// || !(target in may)) fault("names no room")
        else if (target == "integrations" && own == "api") ; # said by the table of homes
        else if (!index(may[own], " " target " ")) fault("runs upward from " own)
    }
    for (i = 1; i <= library[0]; i++)
        if (what ~ "^" library[i] && file !~ home[i]) fault("is outside its room")
    for (i = 1; i <= banned[0]; i++)
        if (what ~ "^" banned[i] && file ~ pure[i]) fault("is in a pure part")
}'
}

# A file to which a line is added, and whether that is a fault.
planted='
base/planted.c             fault  "store/store.h"
store/planted.c            fault  "slots/catalogue/calendar.h"
access/planted.c           fault  "slots/catalogue/calendar.h"
migrations/planted.c       fault  "access/token.h"
slots/planted.c            fault  "access/token.h"
slots/planted.c            fault  "scheduler/queue.h"
scheduler/planted.c        fault  "api/http/http.h"
api/planted.c              fault  "tests/leaks.h"
api/planted.c              fault  "integrations/wechat.h"
program/main.c                 good   "integrations/wechat.h"
integrations/planted.c     fault  "api/http/http.h"
tests/planted.c            good   "api/http/http.h"
slots/planted.c            fault  <hiredis/hiredis.h>
store/planted.c            good   <hiredis/hiredis.h>
scheduler/planted.c        fault  <cjson/cJSON.h>
slots/catalogue_planted.c  good   <cjson/cJSON.h>
slots/catalogue/calendar.c           fault  <uv.h>
slots/identity_planted.h   fault  <uv.h>
slots/planted.c            good   <uv.h>
api/planted.c              fault  "http.h"
api/planted.c              fault  "../base/text.h"
kitchen/planted.c          fault  "base/text.h"
'

self_test() {
    local tree file verdict include found failed=0
    tree=$(mktemp -d)
    # shellcheck disable=SC2064 # the directory of now
    trap "rm -rf '$tree'" EXIT
    while read -r file verdict include; do
        [ -n "$file" ] || continue
        mkdir -p "$tree/${file%/*}"
        printf '#include "base/text.h"\n  #  include %s /* planted */\n' "$include" >"$tree/$file"
        found=$(check "$tree")
        case "$verdict $found" in
        "fault $file:"*"$include"* | "good ") echo "ok - $verdict: $include in $file" ;;
        *)
            echo "not ok - $verdict: $include in $file: ${found:-nothing found}"
            failed=1
            ;;
        esac
        rm "$tree/$file"
    done <<<"$planted"
    return $failed
}

if [ "${1-}" = --self-test ]; then
    self_test
    exit
fi
faults=$(check "${1-$(dirname "$0")/..}")
if [ -n "$faults" ]; then
    echo "not ok - includes run downward"
    printf '# %s\n' "${faults//$'\n'/$'\n# '}"
    exit 1
fi
echo "ok - includes run downward"
