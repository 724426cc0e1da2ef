# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The reference model: predicts each answer, and keeps the city as it is to be then."""
import typing

import attendance
import batch
import bookings
import capacity
import closures
import draws
import offers
import operations
import waiting
from city import City, Refused

LEDGER = {
    operations.Visit: bookings.visit,
    operations.Cancel: bookings.cancel,
    operations.Release: bookings.release,
    operations.Reschedule: bookings.reschedule,
    operations.Enter: waiting.enter,
    operations.Leave: waiting.leave,
    operations.Promote: waiting.promote_all,
    operations.OpenDraw: draws.open_draw,
    operations.Draw: draws.draw,
    operations.SetCapacity: capacity.set_capacity,
    operations.FreeKept: capacity.free_kept,
    operations.Close: closures.close,
    operations.Rebook: closures.rebook,
    operations.Restore: closures.restore,
    operations.Reopen: closures.reopen,
    operations.Offer: offers.offer,
    operations.NoShows: attendance.no_shows,
    operations.Excuse: attendance.excuse,
    operations.Pardon: attendance.pardon,
}
OTHERS = {
    batch.Reserve: bookings.reserve,
    operations.Sweep: attendance.sweep,
    operations.CountDay: attendance.count_day,
    operations.Prove: attendance.prove,
    operations.PushHealth: attendance.push_health,
    operations.Attend: attendance.attend,
}


class Event(typing.NamedTuple):
    """`slots`: {'18': '7', 'k18': '1'}; `words` in their order."""
    kind: str
    place: str  # 'HALL QUEUE DATE', of the plan its version
    slots: dict
    words: list


class Answer(typing.NamedTuple):
    """Of a ledger call; `outcome` is 'ok' or the refusal."""
    outcome: str
    details: list
    events: list


class Model:
    def __init__(self):
        self.city = City()

    def apply(self, op):
        """A ledger call's Answer; of a batch (outcomes, events); of the others their reply."""
        city = self.city
        city.begin()
        if type(op) in LEDGER:
            return self._apply_ledger(op)
        result = OTHERS[type(op)](city, op)
        if isinstance(op, batch.Reserve):
            return result, self._events("booked")
        return result

    def _apply_ledger(self, op):
        city = self.city
        try:
            details = LEDGER[type(op)](city, op)
        except Refused as refused:
            city.undo()
            if refused.asked:
                bookings.count_interception(city, refused.asked)
            return Answer(refused.outcome, refused.details, [])
        return Answer("ok", details, self._events("changed"))

    def _events(self, kind):
        events = [Event(kind, version, {}, []) for kind, version in self.city.plan_events]
        for place, change in self.city.changes.items():
            if change.is_whole or change.slots or change.words:
                events.append(self._event(kind, place, change))
        return events

    def _event(self, kind, place, change):
        inventory, slots = self.city.at(place), {}
        for slot in change.slots:
            slots[str(slot)] = str(inventory.free(slot))
            if change.is_whole:
                slots[str(slot)] += f"/{inventory.capacity.get(slot, 0)}"
            if slot in inventory.share and (kind != "booked" or slot in change.priority_slots):
                slots[f"k{slot}"] = str(inventory.still_kept(slot))
        return Event("capacity" if change.is_whole else kind, f"{place.label} {place.date}", slots,
                     change.words)
