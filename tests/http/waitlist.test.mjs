// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// The waitlist: who joins, who is promoted and in which order, what is never on sale meanwhile;
// offers that are accepted, declined, or lapse.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, problemOf, startService } from './harness.mjs';
import {
  booking,
  catalogue,
  CITY,
  COUNTY_HALL,
  HALL,
  slotsOf,
  TODAY,
  TOMORROW,
} from './catalogue.mjs';
import { idNumber, masked, person } from './person.mjs';
import { until } from './process.mjs';

const BORN_1990 = 10_960 * 999;

/** Somebody who is under 60 and so has no priority by age. */
const younger = (index) => ({ ...person(index), id_number: idNumber(BORN_1990 + index) });

/** The catalogue with more said of queue A of the city hall. */
function cityWith(queue, options) {
  const city = catalogue(options);
  const [first, ...others] = city.halls;
  const [a, ...rest] = first.queues;
  return { ...city, halls: [{ ...first, queues: [{ ...a, ...queue }, ...rest] }, ...others] };
}

const pointers = (answer) => answer.body.errors.map(({ pointer }) => pointer).sort();

/** What the tests do, for the gateway of a service of its own. */
class Desk {
  #next = 0;

  constructor(service, token) {
    this.service = service;
    this.token = token;
  }

  fresh() {
    return younger(this.#next++);
  }

  post(path, body) {
    return this.service.post(path, body, { token: this.token });
  }

  /** A booking; its answer. */
  try(extra, applicant = this.fresh()) {
    return this.post('/v1/reservations', booking(applicant, extra));
  }

  /** A booking that is made; its body. */
  async book(extra, applicant) {
    const answer = await this.try(extra, applicant);
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }

  /** As many bookings, which fill the half hour. */
  async fill(count, extra) {
    const made = [];
    for (let n = 0; n < count; n++) made.push(await this.book(extra));
    assertProblem(await this.try(extra), 409, 'slot-full');
    return made;
  }

  async cancel({ id }) {
    const answer = await this.post(`/v1/reservations/${id}/cancel`);
    assert.deepEqual([answer.status, answer.body.status], [200, 'cancelled'], answer.text);
  }

  /** Joins the waitlist; the answer. */
  ask(starts, extra, options) {
    const body = booking(this.fresh(), { start: undefined, starts, ...extra });
    return this.service.post('/v1/waitlist', body, { token: this.token, ...options });
  }

  /** Joins; the entry. */
  async join(starts, extra) {
    const answer = await this.ask(starts, extra);
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }

  async entry({ id }) {
    const answer = await this.service.get(`/v1/waitlist/${id}`, { token: this.token });
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  }

  leave({ id }) {
    return this.service.request('DELETE', `/v1/waitlist/${id}`, { token: this.token });
  }

  /** [status, position, start of what it became] of each. */
  async states(...entries) {
    const states = [];
    for (const entry of entries) {
      const { status, position, reservation, offer } = await this.entry(entry);
      states.push([status, position, (reservation ?? offer)?.start ?? null]);
    }
    return states;
  }

  /** Waits until the entry has the status; the entry. */
  until(status, entry, timeout_ms) {
    const reached = async () => {
      const now = await this.entry(entry);
      return now.status === status && now;
    };
    return until(`the entry is ${status}`, reached, timeout_ms);
  }

  async remaining(start) {
    return (await slotsOf(this.service, 'one', TOMORROW))[start].remaining;
  }
}

async function open(t, city, options) {
  const service = await startService({ catalogue: city, ...options });
  t?.after(() => service.stop());
  return new Desk(service, await service.token('gateway', { city: CITY, ttl: '0' }));
}

/** Ends the service and starts it again at another instant of its clock. */
async function moveTo(service, now) {
  await service.terminate();
  service.options.now = now;
  service.started_ms = null;
  await service.start();
}

describe('joining', () => {
  let desk;
  before(async () => {
    desk = await open(null, catalogue({ capacity: 1 }));
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
    const read = await desk.service.get(`/v1/reservations/${reservation.id}`, {
      token: desk.token,
    });
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
    const own = await open(t, catalogue({ capacity: 1, limits }));
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
    const early = await open(t, city, { now });
    const { opens_at } = assertProblem(await early.ask(['09:30']), 409, 'not-released');
    assert.equal(opens_at, '2026-11-23T00:10:00+08:00');
    await moveTo(early.service, '2026-11-23T00:10:05+08:00');
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
      await desk.service.post('/v1/reservations', booking(applicant, { start: '15:00' }), {
        token: desk.token,
        key: 'wait',
      }),
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
      const options = { token: desk.token };
      assertProblem(await desk.service.get(`/v1/waitlist/${id}`, options), 404, 'not-found');
      assertProblem(await desk.leave({ id }), 404, 'not-found');
    }
    for (const verb of ['accept', 'decline'])
      assertProblem(await desk.post(`/v1/offers/${entry.id}/${verb}`), 404, 'not-found');
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
    const desk = await open(t, catalogue({ capacity: 1 }));
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
    const desk = await open(t, catalogue({ capacity: 2 }));
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
    const desk = await open(t, catalogue({ capacity: 10 }), { workers: 2 });
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
    const { body } = await desk.service.get(`/v1/reservations?date=${TOMORROW}&status=booked`, {
      token: desk.token,
    });
    assert.equal(body.reservations.length, 10);
    await desk.service.audit();
  });

  test('a freed unit is never on sale while somebody waits', async (t) => {
    const desk = await open(t, catalogue({ capacity: 10 }));
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
    const desk = await open(t, catalogue({ capacity: 1 }));
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
    const desk = await open(t, catalogue({ capacity: 1 }));
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
    const desk = await open(t, catalogue({ capacity: 2, eligibility }));
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
    const desk = await open(t, catalogue({ everywhere: 1, eligibility }), { now });
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
    const desk = await open(t, cityWith(queue, { capacity: 4 }), { now });
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
    await moveTo(desk.service, '2026-11-23T11:59:50+08:00');
    await desk.until('promoted', ordinary, 30_000);
    const events = await desk.service.redis(`XREVRANGE {${CITY}}:events + - COUNT 9`);
    const since = events.slice(0, events.findIndex((line) => / k28=1 -/.test(line)));
    const changes = since.filter((line) => line.includes(' k28='));
    assert.equal(changes.length, 1, changes.join('\n'));
    assert.match(changes[0], / 28=0 k28=0 \+\d+ v1$/, 'by the very call that freed them');
    await desk.service.audit();
  });

  test('whoever has no room under the limit is passed over; found again later', async (t) => {
    const desk = await open(t, catalogue({ capacity: 1, limits: { live_per_person: 1 } }));
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
    const desk = await open(t, catalogue({ capacity: 1 }));
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
    const desk = await open(t, catalogue({ capacity: 1 }));
    const [held] = await desk.fill(1, { date: TODAY, start: '11:00' });
    await desk.fill(1, { date: TODAY, start: '14:00' });
    const a = await desk.join(['11:00'], { date: TODAY });
    const b = await desk.join(['11:00', '14:00'], { date: TODAY });
    await moveTo(desk.service, '2026-11-23T10:31:00+08:00');
    assert.deepEqual(await desk.states(a, b), [
      ['lapsed', 0, null],
      ['waiting', 1, null],
    ]);
    await desk.cancel(held);
    assert.deepEqual(await desk.states(b), [['waiting', 1, null]], 'its cut-off is over');
    await desk.service.audit();
  });

  test('entries outlive the service', async (t) => {
    const desk = await open(t, catalogue({ capacity: 1 }));
    const [held] = await desk.fill(1);
    const entry = await desk.join(['09:30']);
    await desk.service.restart();
    assert.deepEqual(await desk.entry(entry), entry);
    await desk.cancel(held);
    assert.deepEqual(await desk.states(entry), [['promoted', 0, '09:30']]);
  });
});

describe('offers', () => {
  const withOffers = (minutes, options) =>
    cityWith({ waitlist_offer_minutes: minutes }, { capacity: 1, ...options });
  const answer = (desk, offer, verb) => desk.post(`/v1/offers/${offer.id}/${verb}`);

  test('a place is held until it is accepted; then it is a reservation', async (t) => {
    const desk = await open(t, withOffers(5));
    const [held] = await desk.fill(1);
    const applicant = desk.fresh();
    const a = await desk.join(['09:30'], { applicant });
    const b = await desk.join(['09:30']);
    await desk.cancel(held);
    const { status, position, reservation, offer, created_at } = await desk.entry(a);
    assert.deepEqual([status, position, reservation], ['offered', 0, null]);
    const { id, until: end, ...rest } = offer;
    assert.deepEqual(rest, {
      kind: 'waitlist',
      hall: HALL,
      queue: 'A',
      service: 'one',
      date: TOMORROW,
      start: '09:30',
      end: '10:00',
    });
    const held_ms = Date.parse(end) - Date.parse(created_at);
    assert.ok(held_ms >= 300_000 && held_ms < 360_000, `until ${end}`);
    assertProblem(await desk.try(), 409, 'slot-full');
    assertProblem(await desk.leave(a), 409, 'wrong-state');
    const second = await desk.ask(['10:00'], { applicant });
    assert.equal(assertProblem(second, 409, 'already-reserved').reservation, a.id);
    assert.equal((await desk.entry(b)).position, 1);
    const accepted = await answer(desk, offer, 'accept');
    assert.deepEqual([accepted.status, accepted.body.status], [200, 'booked'], accepted.text);
    const now = await desk.entry(a);
    assert.deepEqual([now.status, now.offer, now.reservation], ['promoted', null, accepted.body]);
    for (const verb of ['accept', 'decline'])
      assert.equal(
        assertProblem(await answer(desk, offer, verb), 409, 'wrong-state').state,
        'booked',
      );
    assertProblem(
      await answer(desk, { id: id.replace(/.$/, (c) => (c === '0' ? '1' : '0')) }, 'accept'),
      404,
      'not-found',
    );
    await desk.service.audit();
  });

  test('declined, it passes on at once; behind the last it is on sale', async (t) => {
    const desk = await open(t, withOffers(5));
    const [held] = await desk.fill(1);
    const a = await desk.join(['09:30']);
    const b = await desk.join(['09:30']);
    await desk.cancel(held);
    const first = (await desk.entry(a)).offer;
    const declined = await answer(desk, first, 'decline');
    assert.deepEqual([declined.status, declined.body.status], [200, 'lapsed'], declined.text);
    assert.deepEqual(await desk.states(a, b), [
      ['lapsed', 0, null],
      ['offered', 0, '09:30'],
    ]);
    assertProblem(await answer(desk, first, 'accept'), 409, 'wrong-state');
    assertProblem(await desk.try(), 409, 'slot-full');
    assert.equal((await answer(desk, (await desk.entry(b)).offer, 'decline')).status, 200);
    assert.equal(await desk.remaining('09:30'), 1);
    assert.equal((await desk.try()).status, 201);
    await desk.service.audit();
  });

  test('it lapses when its time is over, and passes on', async (t) => {
    const desk = await open(t, withOffers(1));
    const [held] = await desk.fill(1);
    const a = await desk.join(['09:30']);
    const b = await desk.join(['09:30']);
    await desk.cancel(held);
    const { offer } = await desk.entry(a);
    assert.ok(offer);
    await moveTo(desk.service, '2026-11-23T10:05:00+08:00');
    assert.equal((await desk.until('lapsed', a)).offer, null);
    const next = await desk.entry(b);
    assert.deepEqual([next.status, next.offer.start], ['offered', '09:30']);
    assert.ok(next.offer.until >= '2026-11-23T10:06:00+08:00', next.offer.until);
    assertProblem(await answer(desk, offer, 'accept'), 409, 'wrong-state');
    assert.equal((await answer(desk, next.offer, 'accept')).status, 200);
    await desk.service.audit();
  });

  test('by the second, without being asked; never beyond the cut-off', async (t) => {
    const now = '2026-11-24T08:50:00+08:00'; // 09:30 can be had until 09:00, 10:00 until 09:30
    const desk = await open(t, withOffers(15), { now });
    await desk.fill(1, { start: '10:00' });
    const [held] = await desk.fill(1, { start: '09:30' });
    const a = await desk.join(['09:30']);
    const b = await desk.join(['10:00', '09:30']);
    await desk.cancel(held);
    const { offer } = await desk.entry(a);
    assert.equal(offer.until, '2026-11-24T09:00:00+08:00');
    await moveTo(desk.service, '2026-11-24T08:59:50+08:00');
    await desk.until('lapsed', a, 30_000);
    assertProblem(await answer(desk, offer, 'accept'), 409, 'wrong-state');
    assert.deepEqual(await desk.states(b), [['waiting', 1, null]]);
    await desk.service.audit();
  });

  test('a place that lapses by the second passes on', async (t) => {
    const now = '2026-11-24T08:50:00+08:00';
    const desk = await open(t, withOffers(15), { now });
    const [held] = await desk.fill(1, { start: '09:30', service: 'two' });
    const a = await desk.join(['09:30'], { service: 'two' });
    const b = await desk.join(['10:00']);
    await desk.cancel(held);
    assert.equal((await desk.entry(a)).status, 'offered');
    await moveTo(desk.service, '2026-11-24T08:59:50+08:00');
    const passed_on = await desk.until('offered', b, 30_000);
    assert.equal(passed_on.offer.start, '10:00');
    assert.deepEqual(await desk.states(a), [['lapsed', 0, null]]);
    assert.equal((await answer(desk, passed_on.offer, 'accept')).status, 200);
    await desk.service.audit();
  });

  test('it cannot be accepted when its time is over, though nobody has ended it yet', async (t) => {
    const desk = await open(t, withOffers(1));
    const [held] = await desk.fill(1);
    const a = await desk.join(['09:30']);
    await desk.cancel(held);
    const { offer } = await desk.entry(a);
    const item = `offer 20261124 ${HALL} A 2`;
    assert.deepEqual(await desk.service.redis(`ZREM {${CITY}}:due "${item}"`), [':1']);
    await moveTo(desk.service, '2026-11-23T10:02:00+08:00');
    assert.equal((await desk.entry(a)).status, 'offered');
    const { state } = assertProblem(await answer(desk, offer, 'accept'), 409, 'wrong-state');
    assert.equal(state, 'lapsed');
    assert.equal((await answer(desk, offer, 'decline')).status, 200);
    assert.equal(await desk.remaining('09:30'), 1);
    await desk.service.audit();
  });

  test('who booked elsewhere meanwhile cannot accept; the offer stays until it lapses', async (t) => {
    const desk = await open(t, withOffers(5));
    const [held] = await desk.fill(1);
    const applicant = desk.fresh();
    const a = await desk.join(['09:30'], { applicant });
    await desk.cancel(held);
    const { offer } = await desk.entry(a);
    const other = await desk.book({ hall: COUNTY_HALL }, applicant);
    const refused = assertProblem(await answer(desk, offer, 'accept'), 409, 'already-reserved');
    assert.equal(refused.reservation, other.id);
    assert.equal((await desk.entry(a)).status, 'offered');
    await desk.cancel(other);
    assert.equal((await answer(desk, offer, 'accept')).status, 200);
    await desk.service.audit();
  });
});
