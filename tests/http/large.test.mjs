// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A hall that is larger than what one call of the store takes: a call looks at a bounded part, and the
// service goes on until all of it is done.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { booking, catalogue, CITY, HALL, services, slotsOf, TODAY, TOMORROW } from './catalogue.mjs';
import { inParallel } from './closing.mjs';
import { assertProblem, startService } from './harness.mjs';
import { young } from './person.mjs';
import { until } from './process.mjs';
import { at, Floor, moveClock } from './tickets.mjs';

const [QUEUES, SERVICES, SPAN, VISITS, NUMBERS, WAITING, CAPACITY] = [20, 40, 8, 120, 1200, 300, 150];

/** Queues Q1 … Q20 with services s1 … s20; Q1 also has 40 others, and one of eight half hours. */
function city() {
  const made = catalogue();
  const [like] = services;
  const own = Array.from({ length: QUEUES }, (_, n) => `s${n + 1}`);
  const more = Array.from({ length: SERVICES }, (_, n) => `m${n + 1}`);
  const all = { 'mon-sun': { default: CAPACITY } };
  const queues = own.map((id, n) => ({
    id: `Q${n + 1}`,
    name: `${n + 1}号队列`,
    prefix: String.fromCharCode(65 + n),
    services: n ? [id] : [id, ...more, 'long'],
    windows: [{ id: `${n + 1}`, name: `${n + 1}号窗口` }],
    capacity: all,
  }));
  const release = { days_ahead: 1, at: '00:00', closes_minutes_before: 0 };
  const [hall] = made.halls;
  return {
    ...made,
    calendar: undefined,
    packages: [],
    services: [
      ...[...own, ...more].map((id) => ({ ...like, id, name: `事项${id}` })),
      { ...like, id: 'long', name: '长时事项', span: SPAN },
    ],
    halls: [{ ...hall, hours: { 'mon-sun': ['00:00-24:00'] }, release, queues }],
  };
}

describe('a very large hall', () => {
  let service, floor, tokens;
  before(async () => {
    service = await startService({ catalogue: city(), now: at('10:00') });
    floor = await Floor.open(service);
    const token = (role) => service.token(role, { city: CITY, ttl: '0' });
    tokens = { gateway: await token('gateway'), admin: await token('city_admin') };
  });
  after(() => service?.stop());

  const book = (n, extra) =>
    service.post('/v1/reservations', booking(young(n), extra), { token: tokens.gateway });

  test(`${VISITS} visits of ${SPAN} half hours at once: each has its own`, async () => {
    const answers = await Promise.all(Array.from({ length: VISITS }, (_, n) =>
      book(n, { service: 'long', start: '00:00' })));
    assert.deepEqual(answers.map(({ status }) => status), Array(VISITS).fill(201));
    const sequences = answers.map(({ body }) => body.sequence).sort((a, b) => a - b);
    assert.deepEqual(sequences, Array.from({ length: VISITS }, (_, n) => n + 1));
    const slots = await slotsOf(service, 's1', TOMORROW, HALL);
    const remaining = ['00:00', '03:30', '04:00'].map((start) => slots[start].remaining);
    assert.deepEqual(remaining, [CAPACITY - VISITS, CAPACITY - VISITS, CAPACITY]);
  });

  test('statistics tell the capacity of each of 48 half hours, once, and who booked', async () => {
    assert.equal((await book(100, { service: 's1', start: '23:30' })).status, 201);
    const path = `/v1/halls/${HALL}/statistics?from=${TOMORROW}&to=${TOMORROW}`;
    const { body } = await service.get(path, { token: tokens.admin });
    const of = body.queues.find(({ queue }) => queue === 'Q1');
    assert.deepEqual([of.booked, of.capacity], [VISITS + 1, 48 * CAPACITY]);
    const starts = Object.keys(await slotsOf(service, 's1', TOMORROW, HALL));
    assert.deepEqual(body.half_hours.map(({ start, capacity }) => [start, capacity]),
      starts.map((start) => [start, QUEUES * CAPACITY]));
  });

  test('closed, no queue takes anybody any more; lifted, each does', async () => {
    const bookable = () =>
      Promise.all(Array.from({ length: QUEUES }, async (_, n) => {
        const slots = await slotsOf(service, `s${n + 1}`, TOMORROW, HALL);
        return Object.values(slots).filter((slot) => slot.bookable).length;
      }));
    for (let n = 1; n < QUEUES; n++)
      assert.equal((await book(200 + n, { service: `s${n + 1}`, start: '12:00' })).status, 201);
    const closures = `/v1/halls/${HALL}/closures`;
    const body = { date: TOMORROW, reason: '停电', rebook: 'none' };
    const closed = await service.post(closures, body, { token: tokens.admin });
    assert.equal(closed.status, 201, closed.text);
    assert.equal(closed.body.affected.length, VISITS + QUEUES);
    assert.deepEqual(await bookable(), Array(QUEUES).fill(0));
    for (const last of [1, 16, 17, QUEUES])
      assertProblem(await book(300 + last, { service: `s${last}`, start: '13:00' }), 409, 'slot-closed');
    const path = `${closures}/${closed.body.id}`;
    const lifted = await service.request('DELETE', path, { token: tokens.admin });
    assert.equal(lifted.status, 200, lifted.text);
    assert.equal(lifted.body.affected.length, closed.body.affected.length);
    assert.deepEqual(await bookable(), Array(QUEUES).fill(48));
  });

  test(`people who wait for three queues, ${WAITING} each: all get what is free within a minute`, async () => {
    const wanted = [['s1', '23:00'], ['s2', '12:00'], ['s3', '12:00']];
    const key = `{${CITY}}:units:${TOMORROW.replaceAll('-', '')}`;
    const field = (id, start) => `${HALL} Q${id.slice(1)} ${start === '23:00' ? 46 : 24}`;
    // As if it were sold out, so that they wait; nothing is freed by a call.
    const left = [];
    for (const [id, start] of wanted) {
      const [, units] = await service.redis(`HGET ${key} "${field(id, start)}"`);
      left.push(units);
      await service.redis(`HSET ${key} "${field(id, start)}" 0`);
    }
    const entries = await inParallel(
      wanted.flatMap(([id, start]) => Array.from({ length: WAITING }, () => [id, start])),
      ([id, start], n) => service.post('/v1/waitlist', {
        hall: HALL, service: id, date: TOMORROW, starts: [start], applicant: young(1000 + n),
      }, { token: tokens.gateway }));
    assert.ok(entries.every(({ status, body }) => status === 201 && body.position > 0));
    for (const [n, [id, start]] of wanted.entries())
      await service.redis(`HSET ${key} "${field(id, start)}" ${left[n]}`);
    const waiting = `{${CITY}}:waiting:${TOMORROW.replaceAll('-', '')}`;
    const free = left.reduce((sum, units) => sum + Number(units), 0);
    await until('all that is free is given', async () =>
      (await service.redis(`ZCARD ${waiting}`))[0] === `:${3 * WAITING - free}`, 70_000);
    await service.audit();
  });

  test(`${NUMBERS} numbers that nobody called end with their day`, async () => {
    const tickets = await inParallel(Array.from({ length: NUMBERS }), (_, n) =>
      floor.walkIn({ service: `s${(n % QUEUES) + 1}` }));
    await moveClock(service, at('00:01', TOMORROW));
    const status = async (ticket) => (await service.get(`/v1/tickets/${ticket.id}`,
      { token: tokens.admin })).body.status;
    for (const ticket of [tickets[0], tickets[NUMBERS / 2], tickets[NUMBERS - 1]])
      await until(`${ticket.number} has ended`, async () => (await status(ticket)) === 'cancelled', 70_000);
    const key = `{${CITY}}:tickets:${TODAY.replaceAll('-', '')}`;
    const left = (await service.redis(`HVALS ${key}`)).filter((text) => /^[wpm] w /.test(text));
    assert.deepEqual(left, []);
    await service.audit();
  });
});
