// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Closures of a day on which very many stand, or to which they came from very many days; and one that
// was broken off.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startService } from './harness.mjs';
import { booking, catalogue, CITY, HALL, TOMORROW, withCapacity } from './catalogue.mjs';
import { inParallel } from './closing.mjs';
import { person } from './person.mjs';
import { moveClock } from './tickets.mjs';
import { until } from './process.mjs';

const AHEAD = 60; // days that a hall may be booked ahead, at most
const dateAfter = (days) =>
  new Date(Date.parse(TOMORROW) + days * 86400_000).toISOString().slice(0, 10);
const everyDay = (units) => ({ 'mon-sun': { default: units } });

/** A city of one hall, which is open every day and may be booked as far ahead as can be. */
function city(units) {
  const made = withCapacity(catalogue(), units);
  const [hall] = made.halls;
  return {
    ...made,
    calendar: undefined,
    halls: [
      {
        ...hall,
        hours: { 'mon-sun': ['09:00-12:00', '13:30-17:00'] },
        release: { ...hall.release, days_ahead: AHEAD, at: '00:00' },
        queues: hall.queues.map((queue) => ({ ...queue, capacity: everyDay(units) })),
      },
    ],
  };
}

async function start(t, units) {
  const service = await startService({ catalogue: city(units) });
  t.after(() => service.stop());
  const token = await service.token('gateway', { city: CITY, ttl: '0' });
  const admin = await service.token('city_admin', { city: CITY, ttl: '0' });
  const ask = async (status, method, path, body, by = token) => {
    const answer = await service.request(method, path, { body, token: by });
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    return answer.body;
  };
  const closures = `/v1/halls/${HALL}/closures`;
  return {
    service,
    book: (n, extra) => ask(201, 'POST', '/v1/reservations', booking(person(n), extra)),
    move: ({ id }, to) => ask(200, 'POST', `/v1/reservations/${id}/reschedule`, to),
    read: (id) => ask(200, 'GET', `/v1/reservations/${id}`),
    close: (body) => ask(201, 'POST', closures, { reason: '停电', rebook: 'offer', ...body }, admin),
    lift: ({ id }) => ask(200, 'DELETE', `${closures}/${id}`, undefined, admin),
    set: (date, slots) =>
      ask(200, 'PUT', `/v1/halls/${HALL}/queues/A/capacity`, { date, slots }, admin),
  };
}

describe('closures of much', () => {
  test('people who came from 118 other days: closed, offered other places, lifted', async (t) => {
    const hall = await start(t, 20);
    const date = dateAfter(AHEAD - 1); // the last that can be booked; later the second
    const slots = ['09:00', '09:30', '10:00', '10:30', '11:00', '11:30'];
    const made = [];
    const bring = async (first) => {
      const days = Array.from({ length: AHEAD - 1 }, (_, n) => first + n);
      const booked = await inParallel(days, (day) =>
        hall.book(day, { date: dateAfter(day), start: '09:00' }));
      await inParallel(booked, (one, n) => hall.move(one, { date, start: slots[n % 6] }));
      made.push(...booked);
    };
    await bring(0);
    await moveClock(hall.service, `${dateAfter(AHEAD - 2)}T08:00:00+08:00`);
    await bring(AHEAD);
    assert.equal(made.length, 118);
    const closure = await hall.close({ date, queue: 'A' });
    assert.equal(closure.affected.length, made.length);
    assert.deepEqual(new Set(closure.affected.map(({ reservation }) => reservation.id)),
      new Set(made.map(({ id }) => id)));
    assert.ok(closure.affected.every(({ offer }) => offer), 'somebody is offered nothing');
    const lifted = await hall.lift(closure);
    assert.equal(lifted.affected.length, made.length);
    assert.ok(lifted.affected.every(({ reservation, offer }) =>
      reservation.status === 'booked' && reservation.date === date && !offer));
    await hall.service.audit();
  });

  test('one that was broken off is taken up by whoever comes', async (t) => {
    const hall = await start(t, 1);
    const { id } = await hall.book(0, { date: TOMORROW, start: '09:00' });
    for (let day = 0; day <= 14; day++)
      await hall.set(dateAfter(day), Object.fromEntries(
        ['09:00', '09:30', '10:00', '10:30', '11:00', '11:30', '13:30', '14:00', '14:30', '15:00',
          '15:30', '16:00', '16:30'].map((slot) => [slot, day || slot !== '09:00' ? 0 : 1])));
    const closure = await hall.close({ date: TOMORROW, queue: 'A' });
    assert.deepEqual(closure.affected.map(({ offer }) => offer), [null]);
    const due = `rebook ${TOMORROW.replaceAll('-', '')} ${HALL} 1`;
    const key = `{${CITY}}:due`;
    assert.deepEqual(await hall.service.redis(`ZSCORE ${key} "${due}"`), ['$-1'], 'it is done');

    // As if the worker had ended behind the closing, and there is room now.
    await hall.set(dateAfter(1), { '10:00': 1 });
    await hall.service.redis(`ZADD ${key} 1 "${due}"`);
    await until('the offer', async () => (await hall.read(id)).offer, 10_000);
    assert.equal((await hall.read(id)).offer.date, dateAfter(1));
    assert.deepEqual(await hall.service.redis(`ZSCORE ${key} "${due}"`), ['$-1'], 'it is done');
    await hall.service.audit();
  });
});
