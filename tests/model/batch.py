# SPDX-FileCopyrightText: 2026 the jiaohao authors
# SPDX-License-Identifier: Apache-2.0
"""The hot path: a batch of plain bookings in columns, as slots/booking/reserve.lua reads them."""
import dataclasses

import record
import world
from operations import IDEMPOTENCY_SECONDS, Operation
from world import key

EXPECTED_EVIDENCE = "g"


@dataclasses.dataclass(frozen=True)
class Reserve(Operation):
    function = "reserve"
    items: tuple

    @property
    def touched(self):
        return [item.booking.place for item in self.items]

    def parts(self):
        """The same as batches of one."""
        return [Reserve(self.at, self.rules, (item,)) for item in self.items]

    def command(self, version):
        plan = _Plan(self)
        days, tags = plan.days, plan.tags
        keys = [key("events"), key("health"), key("persons"), key("idempotency", self.today),
                key("idempotency", self.yesterday)]
        for date in days:
            keys += [key("units", date), key("reservations", date)]
        r = self.rules
        args = [len(self.items), len(days), len(plan.inventories), len(tags), r.live_max,
                self.today, r.eligibility, self.at, IDEMPOTENCY_SECONDS, EXPECTED_EVIDENCE,
                r.cancellations_max, r.overlap]
        for date in days:
            args += [plan.field_count(date), world.seconds_kept(date)]
        args += plan.fields + plan.inventory_columns() + plan.booking_columns()
        args += [item.tag for item in tags]
        args += [item.digest + item.booking.place.date + " " for item in tags]
        return ["FCALL", f"reserve_{version}", len(keys), *keys, *args]


class _Inventory:
    """The half hours that the batch asks for of an inventory; its fields stand from `first_field`
    on."""

    def __init__(self, place, bookings):
        self.place, self.first_field = place, 0
        self.slots = range(min(b.slot for b in bookings), max(b.slot + b.span for b in bookings))
        queue = world.QUEUES[place.label]
        self.kept = []
        if any(kept for _, kept in queue.capacity) or any(b.priority for b in bookings):
            self.kept = [place.field(f"k{slot}") for slot in self.slots]

    def fields(self):
        return [self.place.field("seq"), *(self.place.field(slot) for slot in self.slots),
                *self.kept]


class _Plan:
    def __init__(self, operation):
        self.operation, self.items = operation, operation.items
        self.tags = [item for item in self.items if item.tag]
        places = list(dict.fromkeys(item.booking.place for item in self.items))
        self.days = list(dict.fromkeys(place.date for place in places))
        places.sort(key=lambda place: self.days.index(place.date))
        self.inventories = [
            _Inventory(place, [i.booking for i in self.items if i.booking.place == place])
            for place in places]
        self.fields = []
        for inventory in self.inventories:
            inventory.first_field = len(self.fields) + 1
            self.fields += inventory.fields()

    def field_count(self, date):
        return sum(len(i.fields()) for i in self.inventories if i.place.date == date)

    def inventory_columns(self):
        columns = []
        for inventory in self.inventories:
            place = inventory.place
            head = (record.number(self.days.index(place.date) + 1, 1)
                    + record.number(inventory.first_field, 2)
                    + record.number(len(inventory.kept), 1))
            columns += [head, place.field(""), f"{place.label} {place.date}"]
        return columns

    def booking_columns(self):
        heads, persons, services, records = [], [], [], []
        for item in self.items:
            booking, number = item.booking, 1
            while self.inventories[number - 1].place != booking.place:
                number += 1
            offset = booking.slot - self.inventories[number - 1].slots.start + 1
            tag = self.tags.index(item) + 1 if item.tag else 0
            heads.append("".join(map(chr, (number, offset, booking.span, booking.units, tag,
                                           1 if booking.priority else 0)))
                         + record.half_hours(booking.slot, booking.span))
            persons.append(world.person(booking.person))
            services.append(f";{booking.service} {booking.place.date} ")
            records.append(record.write(booking.record(self.operation.at, "b")))
        return heads + persons + services + records
