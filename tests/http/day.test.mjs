// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A whole day of a hall that is open from 08:30 to 17:30: the evening and the midnight before it,
// its people from the first to the last, its end, and the make-up workday that follows. One test
// begins where the one before it ended.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, startService } from './harness.mjs';
import {
  catalogue,
  CITY,
  COUNTY_HALL,
  HALL,
  slotsOf,
  TOWNSHIP_HALL,
  withQueue,
} from './catalogue.mjs';
import { until } from './process.mjs';
import { at, Floor, moveClock } from './tickets.mjs';

const [THURSDAY, FRIDAY] = ['2026-11-26', '2026-11-27'];
const [MAKE_UP_SATURDAY, SUNDAY, MONDAY] = ['2026-11-28', '2026-11-29', '2026-11-30'];
const QUOTA = 2;

/** The hall's day is from 08:30 to 17:30; the county's serves at night, over midnight. */
function city() {
  const base = withQueue(catalogue({ capacity: 4 }), 'A', { walk_ins_per_slot: QUOTA });
  const hours = {
    [HALL]: { 'mon-fri': ['08:30-12:00', '13:30-17:30'] },
    [COUNTY_HALL]: { 'mon-fri': ['00:00-02:00', '20:00-24:00'] },
  };
  const halls = base.halls.map((hall) => ({ ...hall, hours: { ...hall.hours, ...hours[hall.id] } }));
  return { ...base, halls };
}

/** A reservation's status, or a ticket's, as it becomes without being asked to. */
const becomes = (what, status, read) =>
  until(`${what} is ${status}`, async () => (await read()) === status, 30_000);

describe('a day', () => {
  let service;
  let floor;
  let night;
  const of = {}; // reservations by what their people do
  const tickets = {};
  const statusOf = async (name) => (await floor.reservation(of[name])).status;
  const ticketStatus = async (ticket) => (await floor.read(ticket)).body.status;
  const display = async (hall = HALL) => {
    const token = await service.token('display', { city: CITY, hall, ttl: '0' });
    const { body } = await service.get(`/v1/halls/${hall}/display`, { token });
    return { calling: body.calling, waiting: body.queues.map(({ waiting }) => waiting) };
  };

  before(async () => {
    service = await startService({ catalogue: city(), now: at('23:00', THURSDAY) });
    floor = await Floor.open(service);
    night = await Floor.open(service, COUNTY_HALL);
    await display();
    await display(COUNTY_HALL);
  });
  after(() => service?.stop());

  test('is booked on the evening before, not earlier', async () => {
    const wanted = {
      inTime: { start: '08:30' },
      late: { start: '08:30' },
      absent: { start: '08:30' },
      early: { start: '10:00' },
      overLunch: { start: '13:30' },
      unserved: { start: '17:00' },
    };
    for (const [n, [name, extra]] of Object.entries(wanted).entries())
      of[name] = await floor.booked(n, { date: FRIDAY, ...extra });
    const early = await floor.book(10, { date: MAKE_UP_SATURDAY });
    assert.equal(assertProblem(early, 409, 'not-released').opens_at, at('00:00', FRIDAY));
  });

  test('begins at midnight by itself: the next day is released, numbers begin anew', async () => {
    await moveClock(service, '2026-11-26T23:59:40+08:00');
    await night.does('A1', 'open');
    tickets.called = await night.walkIn();
    tickets.waiting = await night.walkIn();
    assert.deepEqual([tickets.called.number, tickets.waiting.number], ['A001', 'A002']);
    assert.equal(await night.callsNext('A1'), 'A001');
    assertProblem(await floor.book(11, { date: MAKE_UP_SATURDAY }), 409, 'not-released');

    await until('the day after tomorrow is released', async () => {
      const answer = await floor.book(11, { date: MAKE_UP_SATURDAY, start: '08:30' });
      if (answer.status !== 201) assertProblem(answer, 409, 'not-released');
      of.makeUp = answer.body;
      return answer.status === 201;
    }, 60_000);
    assert.ok(Date.parse(of.makeUp.created_at) >= Date.parse(at('00:00', FRIDAY)));
    const first = await night.walkIn();
    assert.match(first.issued_at, /^2026-11-27T00:0/);
    assert.deepEqual([first.number, first.ahead], ['A001', 0]);
    assert.deepEqual(await display(COUNTY_HALL), { calling: [], waiting: [1] });
    await becomes("yesterday's A002", 'cancelled', () => ticketStatus(tickets.waiting));
    assert.equal(await ticketStatus(first), 'waiting');
    assert.equal(await ticketStatus(tickets.called), 'called');
    assert.equal((await night.does('A1', 'start')).ticket.id, tickets.called.id);
    assert.equal((await night.does('A1', 'finish')).window.state, 'open');
    assert.equal(await ticketStatus(tickets.called), 'done');
  });

  test('08:25: nobody is served yet, those of half past eight may check in', async () => {
    await moveClock(service, at('08:25', FRIDAY));
    const closed = assertProblem(await floor.issue(), 409, 'slot-closed');
    assert.deepEqual([closed.reason, closed.opens_at], ['hours', at('08:30', FRIDAY)]);
    const early = assertProblem(await floor.checkIn(of.early), 409, 'too-early');
    assert.equal(early.opens_at, at('09:30', FRIDAY));
    assert.equal((await floor.checkedIn(of.inTime)).number, 'A001');
  });

  test('08:31: who came in time is called first, the third walk-in must wait for nine', async () => {
    await moveClock(service, at('08:31', FRIDAY));
    await floor.does('A1', 'open');
    const walkIns = [await floor.walkIn(), await floor.walkIn()];
    assert.deepEqual(walkIns.map(({ number }) => number), ['A002', 'A003']);
    const full = assertProblem(await floor.issue(), 409, 'slot-full');
    assert.equal(full.opens_at, at('09:00', FRIDAY));
    // Six minutes as a walk-in, at half weight, are more than one as an appointment.
    const { ticket, reason } = await floor.does('A1', 'call-next');
    assert.deepEqual([ticket.number, reason.class], ['A001', 'walk_in']);
    assert.equal(await statusOf('inTime'), 'called');
    await floor.does('A1', 'start');
    await floor.does('A1', 'finish');
    assert.equal(await statusOf('inTime'), 'done');
    assert.equal(await floor.servesNext('A1'), 'A002');
  });

  test('09:05: a late one earns from now on, and there are walk-in numbers again', async () => {
    await moveClock(service, at('09:05', FRIDAY));
    assert.equal((await floor.checkedIn(of.late)).number, 'A004');
    assert.equal((await floor.walkIn()).number, 'A005');
    assert.equal(await statusOf('absent'), 'booked');
    // 34 minutes at half weight come before an appointment that has just come.
    assert.equal(await floor.servesNext('A1'), 'A003');
    await floor.does('A1', 'call', { ticket: 'A004' });
    await floor.does('A1', 'miss');
    assert.equal(await statusOf('late'), 'checked_in');
  });

  test('09:31: who never came is a no-show, an early one waits as a walk-in does', async () => {
    await moveClock(service, at('09:31', FRIDAY));
    await becomes('who did not come', 'no_show', () => statusOf('absent'));
    const { state } = assertProblem(await floor.checkIn(of.absent), 409, 'wrong-state');
    assert.equal(state, 'no_show');
    assert.equal((await floor.checkedIn(of.early)).number, 'A006');
    // The missed one is back: nobody was called behind him yet, so he comes after the next ones.
    assert.equal((await floor.checkedIn(of.late)).number, 'A004');
    assert.equal(await floor.servesNext('A1'), 'A005');
    const { ticket, reason } = await floor.does('A1', 'call-next');
    assert.deepEqual([ticket.number, reason.class], ['A006', 'walk_in']);
    await floor.does('A1', 'start');
    await floor.does('A1', 'finish');
    assert.equal(await floor.servesNext('A1'), 'A004');
    assert.deepEqual([await statusOf('early'), await statusOf('late')], ['done', 'done']);
  });

  test('11:58: the last numbers of the morning', async () => {
    await moveClock(service, at('11:58', FRIDAY));
    assert.equal((await floor.walkIn()).number, 'A007');
    assert.equal((await floor.walkIn()).number, 'A008');
    assert.deepEqual(await display(), { calling: [], waiting: [2, 0] });
  });

  test('12:10: windows go on calling, walk-ins are for half past one', async () => {
    await moveClock(service, at('12:10', FRIDAY));
    const lunch = assertProblem(await floor.issue(), 409, 'slot-closed');
    assert.deepEqual([lunch.reason, lunch.opens_at], ['hours', at('13:30', FRIDAY)]);
    assert.equal(await floor.servesNext('A1'), 'A007');
    const early = assertProblem(await floor.checkIn(of.overLunch), 409, 'too-early');
    assert.equal(early.opens_at, at('13:00', FRIDAY));
    assert.equal((await floor.does('A1', 'pause')).window.state, 'paused');
    assertProblem(await floor.operate('A1', 'call-next'), 409, 'wrong-state');
  });

  test('13:01: the afternoon checks in during lunch', async () => {
    await moveClock(service, at('13:01', FRIDAY));
    assert.equal((await floor.checkedIn(of.overLunch)).number, 'A009');
    assertProblem(await floor.issue(), 409, 'slot-closed');
    assert.deepEqual(await display(), { calling: [], waiting: [2, 0] });
  });

  test('13:31: work goes on with who waits longest', async () => {
    await moveClock(service, at('13:31', FRIDAY));
    assert.deepEqual((await floor.does('A1', 'open')).window.queues, ['A']);
    assert.equal((await floor.walkIn()).number, 'A010');
    // 93 minutes of waiting, 30 minutes before an appointment, nothing: all at half weight.
    assert.equal(await floor.servesNext('A1'), 'A008');
    assert.equal(await floor.servesNext('A1'), 'A009');
    assert.equal(await floor.servesNext('A1'), 'A010');
  });

  test('17:28: the last numbers; 17:31: the next is for the make-up workday', async () => {
    await moveClock(service, at('17:28', FRIDAY));
    assert.equal((await floor.checkedIn(of.unserved)).number, 'A011');
    tickets.last = await floor.walkIn();
    tickets.atWindow = await floor.walkIn();
    assert.equal(tickets.last.number, 'A012');
    await floor.does('A1', 'call', { ticket: tickets.atWindow.number });
    await moveClock(service, at('17:31', FRIDAY));
    const closed = assertProblem(await floor.issue(), 409, 'slot-closed');
    assert.equal(closed.opens_at, at('08:30', MAKE_UP_SATURDAY));
    assert.equal(await ticketStatus(tickets.last), 'waiting');
    assert.equal(await ticketStatus(tickets.atWindow), 'called');
  });

  test('18:30: the day ends by itself: whoever waits lapses, whoever is called does not', async () => {
    await moveClock(service, '2026-11-27T18:29:50+08:00');
    assert.equal(await ticketStatus(tickets.last), 'waiting');
    await becomes(tickets.last.number, 'cancelled', () => ticketStatus(tickets.last));
    assert.equal(await statusOf('unserved'), 'cancelled');
    const { calling, waiting } = await display();
    assert.deepEqual([calling.map(({ number }) => number), waiting], [['A013'], [0, 0]]);
    assert.equal(await ticketStatus(tickets.atWindow), 'called');
    await service.audit();
  });

  test('19:31: an hour after the last work the windows close', async () => {
    for (const operation of ['start', 'finish']) await floor.does('A1', operation);
    await moveClock(service, at('19:31', FRIDAY));
    await until('A1 is closed', async () => {
      return (await floor.operate('A1', 'call-next')).body.state === 'closed';
    });
    assertProblem(await floor.operate('A1', 'call-next'), 409, 'wrong-state');
    const { state } = assertProblem(await floor.operate('A1', 'pause'), 409, 'wrong-state');
    assert.equal(state, 'closed');
    await service.audit();
  });

  test('the make-up Saturday is a workday, its numbers begin at 001', async () => {
    await moveClock(service, at('08:35', MAKE_UP_SATURDAY));
    assert.ok((await slotsOf(service, 'one', MAKE_UP_SATURDAY))['14:00'].bookable);
    await floor.does('A1', 'open');
    assert.equal((await floor.checkedIn(of.makeUp)).number, 'A001');
    assert.equal((await floor.walkIn()).number, 'A002');
    assert.equal(await floor.servesNext('A1'), 'A001');
    const township = await Floor.open(service, TOWNSHIP_HALL);
    const closed = assertProblem(await township.issue(), 409, 'slot-closed');
    assert.equal(closed.opens_at, at('09:00', MONDAY), 'it keeps no make-up workdays');
    assertProblem(await floor.book(12, { date: SUNDAY }), 409, 'slot-closed');
  });

  test('the Sunday is none', async () => {
    await moveClock(service, at('10:00', SUNDAY));
    assert.deepEqual(await slotsOf(service, 'one', SUNDAY), {});
    const closed = assertProblem(await floor.issue(), 409, 'slot-closed');
    assert.deepEqual([closed.reason, closed.opens_at], ['weekend', at('08:30', MONDAY)]);
    assert.equal((await floor.booked(13, { date: MONDAY, start: '08:30' })).status, 'booked');
    await service.audit();
  });
});
