#!/bin/bash
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
#
# Fails on an include that runs upward, on a library outside its room, and on a circle of files.
# Speaks TAP.
#   tests/check_rooms.sh [ROOT]        checks the tree at ROOT (default: this one)
#   tests/check_rooms.sh --self-test   plants violations in a copy and sees each one fail
set -euo pipefail
export LC_ALL=C.UTF-8

# A room, and the rooms that it may include besides itself; a word names the rooms inside, too.
rooms='
base
store            base
access           base store
migrations       base store
slots/catalogue  base store
slots/ledger     base store slots/catalogue
slots/days       base store slots/catalogue slots/ledger
slots/booking    base store slots/catalogue slots/ledger slots/days
slots/audit      base store slots/catalogue slots/ledger slots/days
scheduler        base store slots
integrations     base store access slots scheduler
api/http         base
api/call         base store access migrations slots scheduler api/http
api/json         base store access slots scheduler api/http api/call
api/displays     base store access slots scheduler api/http api/call api/json
api/handlers     base store access slots scheduler api/http api/call api/json api/displays
api              base store access slots scheduler
program          base store access migrations slots scheduler integrations api
tests            base store access migrations slots scheduler integrations api program
bench            base store access migrations slots scheduler integrations api program
'

# What is included, and where alone: extended regular expressions on the include and the file.
only='
<hiredis/            ^(store|tests|bench)/
<cjson/              ^base/json\.c$|^tests/
<http_parser\.h>     ^(api/http|tests|bench)/
<curl/               ^(integrations|tests)/
"integrations/       ^(integrations|tests|bench)/|^program/main\.c$
'

# What is included, and where never: these are pure.
never='
<uv\.h>              ^base/|^slots/catalogue/(calendar|identity)
"store/              ^slots/catalogue/(calendar|identity)
'

includes() { # ROOT: FILE:LINE:#include … of each
    (cd "$1" &&
        find . \( -name .git -o -name node_modules -o -path './build*' -o -path ./var \) -prune \
            -o -name '*.[ch]' -print0 |
        xargs -0r grep -nHE '^[[:space:]]*#[[:space:]]*include' | sed 's,^\./,,' | sort)
}

downward() { # prints FILE:LINE: fault for each
    rooms=$rooms only=$only never=$never awk '
function table(text, left, right,    lines, i, n) {
    n = split(text, lines, "\n")
    for (i = 1; i <= n; i++)
        if (match(lines[i], /^[^ ]+/)) {
            left[++left[0]] = substr(lines[i], 1, RLENGTH)
            right[left[0]] = substr(lines[i], RLENGTH + 1)
            gsub(/^ +| +$/, "", right[left[0]])
        }
}
# The innermost room that holds the file.
function room_of(path) {
    while (sub(/\/[^\/]*$/, "", path)) if (path in may) return path
    return ""
}
function reaches(own, target) {
    if (own == target || index(target, own "/") == 1) return 1
    do if (index(may[own], " " target " ")) return 1
    while (sub(/\/[^\/]*$/, "", target))
    return 0
}
function fault(text) { print file ":" line ": " what " " text }
BEGIN {
    table(ENVIRON["rooms"], room, below)
    table(ENVIRON["only"], library, home)
    table(ENVIRON["never"], banned, pure)
    for (i = 1; i <= room[0]; i++) may[room[i]] = " " below[i] " "
}
{
    split($0, part, ":"); file = part[1]; line = part[2]
    what = $0; sub(/^[^:]*:[^:]*:[ \t]*#[ \t]*include[ \t]*/, "", what)
    match(what, /^(<[^>]*>|"[^"]*")/); what = substr(what, 1, RLENGTH)
    own = room_of(file)
    if (own == "") { fault("stands in a room that has no row in tests/check_rooms.sh"); next }
    if (what ~ /^"/) {
        target = room_of(substr(what, 2, length(what) - 2))
        if (target == "") fault("names no room")
        else if (!reaches(own, target)) fault("runs upward from " own)
    }
    for (i = 1; i <= library[0]; i++)
        if (what ~ "^" library[i] && file !~ home[i]) fault("is outside its room")
    for (i = 1; i <= banned[0]; i++)
        if (what ~ "^" banned[i] && file ~ pure[i]) fault("is in a pure part")
}'
}

# A header and its source are one: a.c that includes b.h and b.c that includes a.h are a circle.
circles() { # prints `circle: FILE FILE …` for each that is met
    sed -nE 's,^([^:]*)\.[ch]:[^:]*:[[:space:]]*#[[:space:]]*include[[:space:]]*"([^"]*)\.h".*,\1 \2,p' |
        awk '$1 != $2' | { tsort 2>&1 >/dev/null || true; } |
        awk '/contains a loop/ { if (circle) print circle; circle = "circle:"; next }
             { circle = circle " " $2 } END { if (circle) print circle }'
}

check() { # ROOT
    downward < <(includes "$1")
    circles < <(includes "$1")
}

# Files with the line that each includes, and what that is: a fault says which words are to be found.
planted='
upward into another room   | store/planted.c              | "slots/catalogue/keys.h"
upward into another room   | base/planted.c               | "store/store.h"
upward into another room   | access/planted.c             | "slots/catalogue/calendar.h"
upward into another room   | migrations/planted.c         | "access/token.h"
upward into another room   | slots/booking/planted.c      | "access/token.h"
upward into another room   | slots/booking/planted.c      | "scheduler/queue.h"
upward into another room   | scheduler/planted.c          | "api/http/http.h"
upward into another room   | api/handlers/planted.c       | "tests/leaks.h"
upward into another room   | api/routes.c                 | "program/worker.h"
upward into another room   | integrations/planted.c       | "api/http/http.h"
upward inside a room       | slots/catalogue/planted.c    | "slots/ledger/records.h"
upward inside a room       | slots/ledger/planted.c       | "slots/days/closures.h"
upward inside a room       | slots/days/planted.c         | "slots/booking/reserve.h"
upward inside a room       | slots/booking/planted.c      | "slots/audit/audit.h"
upward inside a room       | slots/audit/planted.c        | "slots/booking/reserve.h"
upward inside a room       | api/http/planted.c           | "api/call/call.h"
upward inside a room       | api/call/planted.c           | "api/json/ticket.h"
upward inside a room       | api/displays/planted.c       | "api/handlers/handlers.h"
upward inside a room       | api/handlers/planted.c       | "api/routes.h"
a room below another only  | api/http/planted.c           | "store/store.h"
a partner in the edge      | api/routes.c                 | "integrations/wechat.h"
a library outside its room | slots/booking/planted.c      | <hiredis/hiredis.h>
a library outside its room | scheduler/planted.c          | <cjson/cJSON.h>
a library outside its room | slots/catalogue/planted.c    | <cjson/cJSON.h>
a library outside its room | api/call/planted.c           | <http_parser.h>
a pure part                | slots/catalogue/calendar.c   | <uv.h>
a pure part                | slots/catalogue/identity_p.h | <uv.h>
no room                    | api/handlers/planted.c       | "handlers.h"
no room                    | api/handlers/planted.c       | "../../base/text.h"
no room                    | kitchen/planted.c            | "base/text.h"
good                       | program/main.c               | "integrations/wechat.h"
good                       | tests/planted.c              | "api/http/http.h"
good                       | tests/planted.c              | "slots/audit/audit.h"
good                       | store/planted.c              | <hiredis/hiredis.h>
good                       | base/json.c                  | <cjson/cJSON.h>
good                       | slots/booking/planted.c      | <uv.h> "slots/days/closures.h"
good                       | api/routes.c                 | "api/handlers/handlers.h"
'

plant() { # FILE INCLUDE…
    local file=$1
    mkdir -p "$tree/${file%/*}"
    shift
    printf '  #  include %s /* planted */\n' "$@" >>"$tree/$file"
}

verdict() { # NAME EXPECTED: an empty one when nothing is to be found
    local found
    found=$(check "$tree")
    case "${2:+must}$found" in
    "" | must*"$2"*) echo "ok - $1" ;;
    *)
        echo "not ok - $1: ${found:-nothing found}"
        failed=1
        ;;
    esac
    rm -rf "${tree:?}"/*
}

self_test() {
    local kind file includes
    tree=$(mktemp -d)
    failed=0
    # shellcheck disable=SC2064 # the directory of now
    trap "rm -rf '$tree'" EXIT
    while IFS='|' read -r kind file includes; do
        [ -n "$kind" ] || continue
        kind=$(xargs <<<"$kind") file=${file// /}
        # shellcheck disable=SC2086 # one word an include
        plant "$file" $includes
        case $kind in
        good) verdict "good: $includes in $file" "" ;;
        *) verdict "$kind: $includes in $file" "$file:" ;;
        esac
    done <<<"$planted"
    ring_test "two headers" circle a.h b.h
    ring_test "two sources, each of which includes the header of the other" circle a.c b.c
    ring_test "three files" circle a.h b.c c.h
    plant base/a.c '"base/a.h"' '"base/b.h"'
    plant base/b.c '"base/b.h"'
    verdict "good: a source that uses another" ""
    return $failed
}

ring_test() { # NAME EXPECTED FILE…: each includes the header of the next, the last that of the first
    local name=$1 expected=$2 i files
    shift 2
    files=("$@" "$1")
    for ((i = 0; i < $#; i++)); do
        plant "base/${files[i]}" "\"base/${files[i + 1]%.*}.h\""
    done
    verdict "circle of $name" "$expected: base/"
}

if [ "${1-}" = --self-test ]; then
    self_test
    exit
fi
faults=$(check "${1-$(dirname "$0")/..}")
if [ -n "$faults" ]; then
    echo "not ok - includes run downward, and none in a circle"
    printf '# %s\n' "${faults//$'\n'/$'\n# '}"
    exit 1
fi
echo "ok - includes run downward, and none in a circle"
