// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// The waitlist: who joins, who is promoted and in which order, what is never on sale meanwhile.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, problemOf } from './harness.mjs';
import {
  booking,
  catalogue,
  CITY,
  COUNTY_HALL,
  HALL,
  TODAY,
  TOMORROW,
} from './catalogue.mjs';
import { cityWith, openDesk } from './desk.mjs';
import { masked, person } from './person.mjs';

const pointers = (answer) => answer.body.errors.map(({ pointer }) => pointer).sort();

describe('joining', () => {
  let desk;
  before(async () => {
    desk = await openDesk(null, catalogue({ capacity: 1 }));
  });
  after(() => desk?.service.stop());

  test('the answer, its Location, the position of the second', async () => {
    await desk.fill(1, { start: '09:00' });
    const applicant = desk.fresh();
    const first = await desk.ask(['09:00'], { applicant });
    assert.equal(first.status, 201, first.text);
    const { id, created_at, ...rest } = first.body;
    assert.equal(first.headers.location, `/v1/waitlist/${id}`);
    assert.match(id, new RegExp(`^${HALL}\\.20261124\\.A-w1-[0-9A-Z]{6}$`));
    assert.match(created_at, /^2026-11-23T10:\d\d:\d\d(\.\d+)?\+08:00$/);
    const { id_number, phone } = masked(applicant);
    assert.deepEqual(rest, {
      position: 1,
      status: 'waiting',
      hall: HALL,
      queue: 'A',
      service: 'one',
      date: TOMORROW,
      starts: ['09:00'],
      applicant: { name: applicant.name, id_number, phone },
      reservation: null,
      offer: null,
    });
    assert.deepEqual(await desk.entry(first.body), first.body);
    const second = await desk.join(['09:00']);
    assert.equal(second.position, 2);
    assert.equal((await desk.leave(first.body)).status, 200);
    assert.equal((await desk.entry(second)).position, 1);
    assert.equal((await desk.leave(second)).status, 200);
    await desk.service.audit();
  });

  test('a half hour that has room is given at once, the preferred one of two', async () => {
    const applicant = desk.fresh();
    const given = await desk.join(['10:00', '09:30'], { applicant });
    assert.deepEqual([given.status, given.position], ['promoted', 0]);
    assert.equal(given.offer, null);
    const { reservation } = given;
    assert.deepEqual([reservation.status, reservation.start], ['booked', '10:00']);
    const read = await desk.get(`/v1/reservations/${reservation.id}`);
    assert.deepEqual(read.body, reservation);
    assert.deepEqual(await desk.entry(given), given);
    assert.deepEqual([await desk.remaining('10:00'), await desk.remaining('09:30')], [0, 1]);
    await desk.cancel(reservation);
    const { status, reservation: later } = await desk.entry(given);
    assert.deepEqual([status, later.status], ['promoted', 'cancelled']);
    await desk.service.audit();
  });

  test('the agent stands in the entry and in what it becomes', async () => {
    const agent = desk.fresh();
    const { reservation } = await desk.join(['11:00'], { agent });
    const { id_number, phone } = masked(agent);
    assert.deepEqual(reservation.agent, { name: agent.name, id_number, phone });
  });

  test('what an agent does counts for his day', async (t) => {
    const limits = { agent_per_day: 2 };
    const own = await openDesk(t, catalogue({ capacity: 1, limits }));
    const agent = own.fresh();
    await own.book({ agent });
    assert.equal((await own.join(['09:30'], { agent })).status, 'waiting');
    const third = assertProblem(await own.ask(['09:30'], { agent }), 409, 'limit-reached');
    assert.equal(third.limit, 'agent_per_day');
    assert.equal((await own.join(['09:30'])).position, 2);
    await own.service.audit();
  });

  test('faults are named, all of them', async () => {
    const many = Array.from({ length: 17 }, (_, n) => `0${Math.floor(n / 2) % 10}:${n % 2}0`);
    for (const [starts, expected] of [
      [[], ['/starts']],
      [many, ['/starts']],
      ['09:00', ['/starts']],
      [
        ['09:00', '09:15', 9, '09:00'],
        ['/starts/1', '/starts/2', '/starts/3'],
      ],
    ])
      assert.deepEqual(pointers(await desk.ask(starts)), expected);
    const answer = await desk.ask(['09:00'], { service: 'none', priority: 'vip', start: '09:00' });
    assert.equal(answer.status, 400);
    assert.deepEqual(pointers(answer), ['/priority', '/service', '/start']);
    const agent = { ...desk.fresh(), phone: '1' };
    assert.deepEqual(pointers(await desk.ask(['09:00'], { agent })), ['/agent/phone']);
  });

  test('a half hour that is not served, behind its cut-off, of a day that is not released', async () => {
    await desk.fill(1, { start: '14:00' });
    assertProblem(await desk.ask(['14:00', '12:00']), 409, 'slot-closed');
    assertProblem(await desk.ask(['16:30'], { service: 'two' }), 409, 'slot-closed');
    assertProblem(await desk.ask(['14:00', '10:30'], { date: TODAY }), 409, 'too-late');
    const { opens_at } = assertProblem(
      await desk.ask(['14:00'], { date: '2026-11-25' }),
      409,
      'not-released',
    );
    assert.equal(opens_at, '2026-11-24T00:00:00+08:00');
    assertProblem(await desk.ask(['14:00'], { date: '2026-11-29' }), 409, 'slot-closed');
  });

  test('the day of a lottery queue once it is drawn', async (t) => {
    const city = cityWith({ allocation: 'lottery', lottery_minutes: 10 }, { capacity: 1 });
    const now = '2026-11-23T00:01:00+08:00'; // released at midnight
    const early = await openDesk(t, city, { now });
    const { opens_at } = assertProblem(await early.ask(['09:30']), 409, 'not-released');
    assert.equal(opens_at, '2026-11-23T00:10:00+08:00');
    await early.moveTo('2026-11-23T00:10:05+08:00');
    assert.equal((await early.join(['09:30'])).status, 'promoted');
    assert.equal((await early.join(['09:30'])).position, 1);
    await early.service.audit();
  });

  test('Idempotency-Key: the same entry, another body is a mismatch', async () => {
    await desk.fill(1, { start: '14:30' });
    const applicant = desk.fresh();
    const ask = (starts, extra) => desk.ask(starts, { applicant, ...extra }, { key: 'wait' });
    const first = await ask(['14:30']);
    assert.equal(first.status, 201, first.text);
    const again = await ask(['14:30']);
    assert.deepEqual([again.status, again.text], [201, first.text]);
    assert.equal(again.headers.location, first.headers.location);
    for (const other of [
      await ask(['14:30', '15:00']),
      await ask(['14:30'], { agent: desk.fresh() }),
      await ask(['14:30'], { priority: 'disabled' }),
      await desk.post('/v1/reservations', booking(applicant, { start: '15:00' }), { key: 'wait' }),
    ])
      assertProblem(other, 422, 'idempotency-mismatch');
    assert.equal((await desk.leave(first.body)).status, 200);
    const left = await ask(['14:30']);
    assert.deepEqual([left.status, left.body.status], [201, 'left'], 'as it stands now');
    await desk.service.audit();
  });

  test('one entry a person, service and day; none beside a reservation', async () => {
    await desk.fill(1, { start: '15:00' });
    const applicant = desk.fresh();
    const entry = await desk.join(['15:00'], { applicant });
    const again = await desk.ask(['15:30'], { applicant });
    assert.equal(assertProblem(again, 409, 'already-reserved').reservation, entry.id);
    assert.equal(await desk.remaining('15:30'), 1, 'nothing was given');
    const reservation = await desk.book({ start: '15:30' }, applicant);
    const beside = await desk.ask(['15:00'], { applicant });
    assert.equal(problemOf(beside), 'already-reserved');
    const other = desk.fresh();
    const { id } = await desk.book({ start: '16:00' }, other);
    const after_booking = await desk.ask(['15:00'], { applicant: other });
    assert.equal(assertProblem(after_booking, 409, 'already-reserved').reservation, id);
    await desk.cancel(reservation);
    assert.equal((await desk.leave(entry)).status, 200);
    assert.equal((await desk.join(['15:00'], { applicant })).status, 'waiting', 'a new entry');
    await desk.service.audit();
  });

  test('whose it is: another salt, another kind of id, another hall', async () => {
    await desk.fill(1, { start: '16:30' });
    const entry = await desk.join(['16:30']);
    const reservation = await desk.book({ start: '13:30' });
    const wrong = entry.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    for (const id of [wrong, reservation.id, entry.id.replace('-w', '-w9')]) {
      assertProblem(await desk.get(`/v1/waitlist/${id}`), 404, 'not-found');
      assertProblem(await desk.leave({ id }), 404, 'not-found');
    }
    assertProblem(await desk.accept(entry), 404, 'not-found');
    assertProblem(await desk.decline(entry), 404, 'not-found');
    const elsewhere = await desk.service.token('clerk', { hall: COUNTY_HALL });
    for (const [method, path, body] of [
      ['POST', '/v1/waitlist', { ...booking(desk.fresh()), start: undefined, starts: ['09:00'] }],
      ['GET', `/v1/waitlist/${entry.id}`],
      ['DELETE', `/v1/waitlist/${entry.id}`],
      ['POST', `/v1/offers/${reservation.id}/accept`],
      ['POST', `/v1/offers/${reservation.id}/decline`],
    ])
      assertProblem(
        await desk.service.request(method, path, { token: elsewhere, body }),
        403,
        'forbidden',
      );
    const kiosk = await desk.service.token('kiosk', { hall: HALL });
    assert.equal((await desk.ask(['16:30'], {}, { token: kiosk })).status, 201);
    assertProblem(
      await desk.service.get(`/v1/waitlist/${entry.id}`, { token: kiosk }),
      403,
      'forbidden',
    );
    assert.equal((await desk.leave(entry)).status, 200, 'untouched by all that');
  });
});

describe('who is promoted', () => {
  test('first come, first served; several half hours; the positions behind', async (t) => {
    const desk = await openDesk(t, catalogue({ capacity: 1 }));
    const [nine] = await desk.fill(1, { start: '09:00' });
    const [half] = await desk.fill(1, { start: '09:30' });
    const a = await desk.join(['09:00']);
    const b = await desk.join(['09:30', '09:00']);
    const c = await desk.join(['09:00', '09:30']);
    await desk.cancel(half);
    assert.deepEqual(await desk.states(a, b, c), [
      ['waiting', 1, null],
      ['promoted', 0, '09:30'],
      ['waiting', 2, null],
    ]);
    await desk.cancel(nine);
    assert.deepEqual(await desk.states(a, c), [
      ['promoted', 0, '09:00'],
      ['waiting', 1, null],
    ]);
    assert.equal((await desk.entry(b)).reservation.sequence, 3);
    await desk.cancel((await desk.entry(b)).reservation);
    assert.deepEqual(await desk.states(c), [['promoted', 0, '09:30']]);
    assert.equal(await desk.remaining('09:30'), 0);
    await desk.service.audit();
  });

  test('units of the right size: the first who fits', async (t) => {
    const desk = await openDesk(t, catalogue({ capacity: 2 }));
    const held = await desk.fill(2, { start: '09:30' });
    const [next] = await desk.fill(2, { start: '10:00' });
    const double = await desk.join(['09:30'], { service: 'double' });
    const two = await desk.join(['09:30'], { service: 'two' });
    const one = await desk.join(['09:30']);
    await desk.cancel(held[0]);
    assert.deepEqual(await desk.states(double, two, one), [
      ['waiting', 1, null],
      ['waiting', 2, null],
      ['promoted', 0, '09:30'],
    ]);
    await desk.cancel(next);
    await desk.cancel((await desk.entry(one)).reservation);
    assert.deepEqual(await desk.states(double, two), [
      ['waiting', 1, null],
      ['promoted', 0, '09:30'],
    ]);
    assert.equal((await desk.entry(two)).reservation.end, '10:30');
    assert.deepEqual([await desk.remaining('09:30'), await desk.remaining('10:00')], [0, 0]);
    await desk.cancel(held[1]);
    assert.equal(await desk.remaining('09:30'), 1, 'it fits nobody who waits, so it is on sale');
    await desk.cancel((await desk.entry(two)).reservation);
    assert.deepEqual(await desk.states(double), [['promoted', 0, '09:30']]);
    await desk.service.audit();
  });

  test('40 wait, 10 cancel at once with two workers: the first 10, in order, none twice', async (t) => {
    const desk = await openDesk(t, catalogue({ capacity: 10 }), { workers: 2 });
    const held = [];
    for (let n = 0; n < 10; n++) held.push(await desk.book());
    const waiting = [];
    for (let n = 0; n < 40; n++) {
      const entry = await desk.join(['09:30']);
      assert.equal(entry.position, n + 1);
      waiting.push(entry);
    }
    await Promise.all(held.map((reservation) => desk.cancel(reservation)));
    const entries = await Promise.all(waiting.map((entry) => desk.entry(entry)));
    assert.deepEqual(
      entries.map(({ status, position }) => [status, position]),
      waiting.map((_, n) => (n < 10 ? ['promoted', 0] : ['waiting', n - 9])),
    );
    assert.deepEqual(
      entries.slice(0, 10).map(({ reservation }) => reservation.sequence),
      Array.from({ length: 10 }, (_, n) => 11 + n),
      'their reservations were made in the order in which they waited',
    );
    const { body } = await desk.get(`/v1/reservations?date=${TOMORROW}&status=booked`);
    assert.equal(body.reservations.length, 10);
    await desk.service.audit();
  });

  test('a freed unit is never on sale while somebody waits', async (t) => {
    const desk = await openDesk(t, catalogue({ capacity: 10 }));
    const held = await desk.fill(10);
    const waiting = [];
    for (let n = 0; n < 12; n++) waiting.push(await desk.join(['09:30']));
    let racing = true;
    const outcomes = { bookings: new Map(), seen: new Set() };
    const racers = Array.from({ length: 4 }, async () => {
      while (racing) {
        const answer = await desk.try();
        const outcome = answer.status === 201 ? 'booked' : problemOf(answer);
        outcomes.bookings.set(outcome, (outcomes.bookings.get(outcome) ?? 0) + 1);
      }
    });
    const watcher = (async () => {
      while (racing) outcomes.seen.add(await desk.remaining('09:30'));
    })();
    for (const reservation of held) await desk.cancel(reservation);
    racing = false;
    await Promise.all([...racers, watcher]);
    assert.deepEqual([...outcomes.bookings.keys()], ['slot-full']);
    assert.ok(outcomes.bookings.get('slot-full') >= held.length, 'the race was one');
    assert.deepEqual([...outcomes.seen], [0]);
    const states = await desk.states(...waiting);
    assert.deepEqual(
      states.map(([status]) => status),
      [...Array(10).fill('promoted'), 'waiting', 'waiting'],
    );
    await desk.service.audit();
  });

  test('a raised capacity promotes, as many as it has room for', async (t) => {
    const desk = await openDesk(t, catalogue({ capacity: 1 }));
    await desk.fill(1);
    const [a, b, c] = [
      await desk.join(['09:30']),
      await desk.join(['09:30']),
      await desk.join(['09:30']),
    ];
    const raised = await desk.service.request('PUT', `/v1/halls/${HALL}/queues/A/capacity`, {
      token: await desk.service.token('hall_admin', { hall: HALL }),
      body: { date: TOMORROW, slots: { '09:30': 3 } },
    });
    assert.equal(raised.status, 200, raised.text);
    assert.deepEqual(await desk.states(a, b, c), [
      ['promoted', 0, '09:30'],
      ['promoted', 0, '09:30'],
      ['waiting', 1, null],
    ]);
    assert.equal(await desk.remaining('09:30'), 0);
    await desk.service.audit();
  });

  test('who has left is given nothing, and leaves once', async (t) => {
    const desk = await openDesk(t, catalogue({ capacity: 1 }));
    const [held] = await desk.fill(1);
    const a = await desk.join(['09:30']);
    const b = await desk.join(['09:30']);
    const left = await desk.leave(a);
    assert.deepEqual([left.status, left.body.status, left.body.position], [200, 'left', 0]);
    const again = await desk.leave(a);
    assert.deepEqual([again.status, again.text], [200, left.text]);
    await desk.cancel(held);
    assert.deepEqual(await desk.states(a, b), [
      ['left', 0, null],
      ['promoted', 0, '09:30'],
    ]);
    assertProblem(await desk.leave(b), 409, 'wrong-state');
    await desk.service.audit();
  });

  test('a red code is passed over and keeps the place; green again, it is next', async (t) => {
    const eligibility = { mode: 'required', on_unknown: 'allow' };
    const desk = await openDesk(t, catalogue({ capacity: 2, eligibility }));
    const authority = await desk.service.token('health_authority', { city: CITY });
    const push = async (id_number, code) => {
      const body = { codes: [{ id_number, code }] };
      const { status } = await desk.service.post('/v1/health-codes', body, { token: authority });
      assert.equal(status, 200);
    };
    const held = await desk.fill(2);
    const applicant = desk.fresh();
    const red = await desk.join(['09:30'], { applicant });
    const green = await desk.join(['09:30']);
    await push(applicant.id_number, 'red');
    assertProblem(await desk.ask(['10:00'], { applicant }), 403, 'health-code-not-green');
    await desk.cancel(held[0]);
    assert.deepEqual(await desk.states(red, green), [
      ['waiting', 1, null],
      ['promoted', 0, '09:30'],
    ]);
    await push(applicant.id_number, 'green');
    await desk.cancel(held[1]);
    assert.deepEqual(await desk.states(red), [['promoted', 0, '09:30']]);
    await desk.service.audit();
  });

  test('a code that turns green is enough, once the minute is over', async (t) => {
    const eligibility = { mode: 'required', on_unknown: 'allow' };
    const now = '2026-11-23T09:59:50+08:00';
    const desk = await openDesk(t, catalogue({ everywhere: 1, eligibility }), { now });
    const authority = await desk.service.token('health_authority', { city: CITY });
    const push = (id_number, code) =>
      desk.service.post(
        '/v1/health-codes',
        { codes: [{ id_number, code }] },
        { token: authority },
      );
    const [held] = await desk.fill(1);
    const [card] = await desk.fill(1, { service: 'card', start: '16:00' });
    const applicant = desk.fresh();
    const entry = await desk.join(['09:30'], { applicant });
    const another = await desk.join(['16:00'], { applicant, service: 'card' });
    await push(applicant.id_number, 'red');
    await desk.cancel(held);
    await desk.cancel(card);
    assert.deepEqual(await desk.states(entry, another), [
      ['waiting', 1, null],
      ['waiting', 1, null],
    ]);
    assert.equal(await desk.remaining('09:30'), 1, 'who may not book now holds nobody up');
    await push(applicant.id_number, 'green');
    await desk.until('promoted', entry, 75_000);
    await desk.until('promoted', another);
    assert.equal(await desk.remaining('09:30'), 0);
    await desk.service.audit();
  });

  test('units kept for priority people, and when they are for everyone', async (t) => {
    const queue = { priority_share: 0.5, priority_until_minutes: 120 };
    const now = '2026-11-23T11:50:00+08:00'; // 14:00 is kept until noon
    const desk = await openDesk(t, cityWith(queue, { capacity: 4 }), { now });
    const today = { date: TODAY, start: '14:00' };
    await desk.fill(2, today);
    const ordinary = await desk.join(['14:00'], { date: TODAY });
    assert.equal(ordinary.status, 'waiting');
    const disabled = await desk.join(['14:00'], { date: TODAY, priority: 'disabled' });
    assert.deepEqual([disabled.status, disabled.reservation.priority], ['promoted', 'disabled']);
    const old = await desk.join(['14:00'], { date: TODAY, applicant: person(500) });
    assert.deepEqual([old.status, old.reservation.priority], ['promoted', 'elderly']);
    await desk.cancel(disabled.reservation);
    assert.deepEqual(await desk.states(ordinary), [['waiting', 1, null]]);
    await desk.moveTo('2026-11-23T11:59:50+08:00');
    await desk.until('promoted', ordinary, 30_000);
    const events = await desk.service.redis(`XREVRANGE {${CITY}}:events + - COUNT 9`);
    const since = events.slice(0, events.findIndex((line) => / k28=1 -/.test(line)));
    const changes = since.filter((line) => line.includes(' k28='));
    assert.equal(changes.length, 1, changes.join('\n'));
    assert.match(changes[0], / 28=0 k28=0 \+\d+ v1$/, 'by the very call that freed them');
    await desk.service.audit();
  });

  test('whoever has no room under the limit is passed over; found again later', async (t) => {
    const desk = await openDesk(t, catalogue({ capacity: 1, limits: { live_per_person: 1 } }));
    const [held] = await desk.fill(1);
    const applicant = desk.fresh();
    const first = await desk.join(['09:30'], { applicant });
    const second = await desk.join(['09:30']);
    const other = await desk.book({ service: 'card' }, applicant);
    await desk.cancel(held);
    assert.deepEqual(await desk.states(first, second), [
      ['waiting', 1, null],
      ['promoted', 0, '09:30'],
    ]);
    await desk.cancel((await desk.entry(second)).reservation);
    await desk.cancel(other);
    await desk.service.restart();
    assert.deepEqual(await desk.states(first), [['promoted', 0, '09:30']]);
    await desk.service.audit();
  });

  test('whoever has booked the same elsewhere meanwhile has left', async (t) => {
    const desk = await openDesk(t, catalogue({ capacity: 1 }));
    const [held] = await desk.fill(1);
    const applicant = desk.fresh();
    const a = await desk.join(['09:30'], { applicant });
    const b = await desk.join(['09:30']);
    await desk.book({ hall: COUNTY_HALL }, applicant);
    await desk.cancel(held);
    assert.deepEqual(await desk.states(a, b), [
      ['left', 0, null],
      ['promoted', 0, '09:30'],
    ]);
    await desk.service.audit();
  });

  test('whose half hours are all over waits no more', async (t) => {
    const desk = await openDesk(t, catalogue({ capacity: 1 }));
    const [held] = await desk.fill(1, { date: TODAY, start: '11:00' });
    await desk.fill(1, { date: TODAY, start: '14:00' });
    const a = await desk.join(['11:00'], { date: TODAY });
    const b = await desk.join(['11:00', '14:00'], { date: TODAY });
    await desk.moveTo('2026-11-23T10:31:00+08:00');
    assert.deepEqual(await desk.states(a, b), [
      ['lapsed', 0, null],
      ['waiting', 1, null],
    ]);
    await desk.cancel(held);
    assert.deepEqual(await desk.states(b), [['waiting', 1, null]], 'its cut-off is over');
    await desk.service.audit();
  });

  test('entries outlive the service', async (t) => {
    const desk = await openDesk(t, catalogue({ capacity: 1 }));
    const [held] = await desk.fill(1);
    const entry = await desk.join(['09:30']);
    await desk.service.restart();
    assert.deepEqual(await desk.entry(entry), entry);
    await desk.cancel(held);
    assert.deepEqual(await desk.states(entry), [['promoted', 0, '09:30']]);
  });
});
