#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""Prints calls to copy and paste that work now: asks the running demo for a free half hour.

    tools/demo_examples.py BASE_URL TOKENS_FILE RUN

RUN (1, 2, …) chooses the applicant, so that the example of each run books.
"""
import json
import sys
import urllib.request

SERVICE = "social.card"
HALLS = ["410400-01", "410471-01"]  # the city hall, and one that opens ten days ahead and weekends
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]  # GB 11643-1999


def id_number(run):
    """A valid number of nobody: 11010519491231002X in the first run, another in the next ones."""
    body = f"11010519491231{(2 + 2 * (run - 1)) % 1000:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS)) % 11]


def get(base, path):
    with urllib.request.urlopen(f"{base}/v1/{path}", timeout=10) as answer:
        return json.load(answer)


def days_of(base, hall):
    return get(base, f"halls/{hall}/availability?service={SERVICE}&days=11")["days"]


def free_half_hour(base):
    """(hall, date, start) of the first slot that can be booked."""
    for hall in HALLS:
        for day in days_of(base, hall):
            for slot in day["slots"]:
                if slot["bookable"] and slot["remaining"] > 0:
                    return hall, day["date"], slot["start"]
    return None


def window_of(base, hall):
    """One that serves the service."""
    queues = get(base, f"halls/{hall}")["queues"]
    return next(queue["windows"][0]["id"] for queue in queues if SERVICE in queue["services"])


def rehearsal(base, hall):
    """How to see the hall at work, when it is closed now; else nothing."""
    halls = get(base, f"cities/{hall[:4]}00/halls")["halls"]
    if next(one["open_now"] for one in halls if one["id"] == hall):
        return ""
    workday = next(day["date"] for day in days_of(base, hall)[1:] if day["open"])
    return (f"\n(大厅现在不办公 it is closed now; on a workday:"
            f" JIAOHAO_NOW={workday}T10:00:00+08:00 ./dev run)")


def post(base, path, token, body=None, key=None):
    """A curl command."""
    lines = [f"curl -i {base}{path}", f"-H 'Authorization: Bearer {token}'"]
    if key:
        lines.append(f"-H 'Idempotency-Key: {key}'")
    if body is None:
        return " \\\n  ".join([*lines, "-X POST"])
    lines.append("-H 'Content-Type: application/json'")
    lines.append(f"-d '{json.dumps(body, ensure_ascii=False)}'")
    return " \\\n  ".join(lines)


def main(base, tokens_path, run):
    with open(tokens_path, encoding="utf-8") as file:
        tokens = dict(line.split() for line in file)
    person = id_number(int(run))
    hall, date, start = free_half_hour(base) or (HALLS[1], "DATE", "09:00")
    if date == "DATE":
        print(f"(no half hour is free for {SERVICE} now: replace DATE by one of the first answer)")
    booking = {
        "hall": hall, "service": SERVICE, "date": date, "start": start,
        "applicant": {"name": "张伟", "id_number": person, "phone": "13800138000"},
    }
    codes = {"codes": [{"id_number": person, "code": "yellow"}]}
    floor = f"/v1/halls/{HALLS[0]}"
    window = f"{floor}/windows/{window_of(base, HALLS[0])}"
    print(f"""查看号源 what is free:
curl '{base}/v1/halls/{hall}/availability?service={SERVICE}&days=11'

预约 book:
{post(base, "/v1/reservations", tokens["gateway"], booking, f"demo-{person}")}

推送黄码 push a yellow code (this person's next booking is refused):
{post(base, "/v1/health-codes", tokens["health_authority"], codes)}

看大屏 follow the hall's display:{rehearsal(base, HALLS[0])}
curl -N {base}{floor}/display/events

取号 take a number:
{post(base, f"{floor}/tickets", tokens["kiosk"], {"service": SERVICE})}

叫号 open a window, call the next one:
{post(base, f"{window}/open", tokens["clerk"])}
{post(base, f"{window}/call-next", tokens["clerk"])}
""")


main(*sys.argv[1:])
