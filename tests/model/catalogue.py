# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The city as its catalogue file says it: what the service's audit reads beside the ledger.

A catalogue names one queue of a hall for a service, but the Functions do not know of that, and
here any queue is asked for any service."""
import json

import world

MODES = {"o": ("off", "refuse"), "r": ("required", "refuse"), "a": ("required", "allow"),
         "d": ("required", "desk")}


def document(rules):
    mode, on_unknown = MODES[rules.eligibility]
    return json.dumps({
        "city": {"code": world.CITY, "name": "平顶山市", "time_zone": "Asia/Shanghai"},
        "eligibility": {"mode": mode, "on_unknown": on_unknown},
        "limits": {"live_per_person": rules.live_max,
                   "cancellations_per_month": rules.cancellations_max,
                   "no_shows": rules.no_shows, "no_show_days": rules.no_show_days,
                   "suspend_days": rules.suspend_days, "agent_per_day": rules.agent_max},
        "services": [_service(*service) for service in world.SERVICES.values()]
                    + [_service(_own(queue), 1, 1) for queue in world.QUEUES.values()],
        "halls": [_hall(hall) for hall in world.HALLS],
    })


def _service(name, span, units):
    return {"id": name, "name": name, "minutes": 20, "units": units, "span": span,
            "audience": "personal"}


def _own(queue):
    return f"{queue.name.lower()}.{queue.hall}"


def _hall(hall):
    queues = [queue for queue in world.QUEUES.values() if queue.hall == hall]
    return {"id": hall, "name": hall, "level": "city", "region": hall.split("-")[0], "address": "1",
            "location": [113.19, 33.77], "hours": {"mon-sun": ["09:00-12:00"]},
            "release": {"days_ahead": world.DAYS_AHEAD, "at": "00:00",
                        "closes_minutes_before": queues[0].closes},
            "queues": [_queue(queue) for queue in queues]}


def _queue(queue):
    """The share of the first half hour stands for all."""
    units, kept = queue.capacity[0]
    return {"id": queue.name, "name": queue.name, "prefix": queue.name, "services": [_own(queue)],
            "windows": [{"id": "1", "name": "1"}], "capacity": {"mon-sun": {"default": units}},
            "priority_share": kept / units, "priority_until_minutes": queue.until,
            "allocation": "lottery" if queue.is_lottery else "first_come",
            "resale_delay_minutes": queue.resale, "waitlist_offer_minutes": queue.offer,
            "late_minutes": queue.late}
