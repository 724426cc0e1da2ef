// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Places that a waitlist offers: held until they are accepted, declined, or lapse, and passed on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertProblem } from './harness.mjs';
import { CITY, COUNTY_HALL, HALL, TOMORROW } from './catalogue.mjs';
import { cityWith, openDesk } from './desk.mjs';

const withOffers = (minutes, options) =>
  cityWith({ waitlist_offer_minutes: minutes }, { capacity: 1, ...options });

test('a place is held until it is accepted; then it is a reservation', async (t) => {
  const desk = await openDesk(t, withOffers(5));
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
  const accepted = await desk.accept(offer);
  assert.deepEqual([accepted.status, accepted.body.status], [200, 'booked'], accepted.text);
  const now = await desk.entry(a);
  assert.deepEqual([now.status, now.offer, now.reservation], ['promoted', null, accepted.body]);
  for (const again of [await desk.accept(offer), await desk.decline(offer)])
    assert.equal(assertProblem(again, 409, 'wrong-state').state, 'booked');
  const guessed = { id: id.replace(/.$/, (last) => (last === '0' ? '1' : '0')) };
  assertProblem(await desk.accept(guessed), 404, 'not-found');
  await desk.service.audit();
});

test('declined, it passes on at once; behind the last it is on sale', async (t) => {
  const desk = await openDesk(t, withOffers(5));
  const [held] = await desk.fill(1);
  const a = await desk.join(['09:30']);
  const b = await desk.join(['09:30']);
  await desk.cancel(held);
  const first = (await desk.entry(a)).offer;
  const declined = await desk.decline(first);
  assert.deepEqual([declined.status, declined.body.status], [200, 'lapsed'], declined.text);
  assert.deepEqual(await desk.states(a, b), [
    ['lapsed', 0, null],
    ['offered', 0, '09:30'],
  ]);
  assertProblem(await desk.accept(first), 409, 'wrong-state');
  assertProblem(await desk.try(), 409, 'slot-full');
  assert.equal((await desk.decline((await desk.entry(b)).offer)).status, 200);
  assert.equal(await desk.remaining('09:30'), 1);
  assert.equal((await desk.try()).status, 201);
  await desk.service.audit();
});

test('it lapses when its time is over, and passes on', async (t) => {
  const desk = await openDesk(t, withOffers(1));
  const [held] = await desk.fill(1);
  const a = await desk.join(['09:30']);
  const b = await desk.join(['09:30']);
  await desk.cancel(held);
  const { offer } = await desk.entry(a);
  assert.ok(offer);
  await desk.moveTo('2026-11-23T10:05:00+08:00');
  assert.equal((await desk.until('lapsed', a)).offer, null);
  const next = await desk.entry(b);
  assert.deepEqual([next.status, next.offer.start], ['offered', '09:30']);
  assert.ok(next.offer.until >= '2026-11-23T10:06:00+08:00', next.offer.until);
  assertProblem(await desk.accept(offer), 409, 'wrong-state');
  assert.equal((await desk.accept(next.offer)).status, 200);
  await desk.service.audit();
});

test('by the second, without being asked; never beyond the cut-off', async (t) => {
  const now = '2026-11-24T08:50:00+08:00'; // 09:30 can be had until 09:00, 10:00 until 09:30
  const desk = await openDesk(t, withOffers(15), { now });
  await desk.fill(1, { start: '10:00' });
  const [held] = await desk.fill(1, { start: '09:30' });
  const a = await desk.join(['09:30']);
  const b = await desk.join(['10:00', '09:30']);
  await desk.cancel(held);
  const { offer } = await desk.entry(a);
  assert.equal(offer.until, '2026-11-24T09:00:00+08:00');
  await desk.moveTo('2026-11-24T08:59:50+08:00');
  await desk.until('lapsed', a, 30_000);
  assertProblem(await desk.accept(offer), 409, 'wrong-state');
  assert.deepEqual(await desk.states(b), [['waiting', 1, null]]);
  await desk.service.audit();
});

test('a place that lapses by the second passes on', async (t) => {
  const now = '2026-11-24T08:50:00+08:00';
  const desk = await openDesk(t, withOffers(15), { now });
  const [held] = await desk.fill(1, { start: '09:30', service: 'two' });
  const a = await desk.join(['09:30'], { service: 'two' });
  const b = await desk.join(['10:00']);
  await desk.cancel(held);
  assert.equal((await desk.entry(a)).status, 'offered');
  await desk.moveTo('2026-11-24T08:59:50+08:00');
  const passed_on = await desk.until('offered', b, 30_000);
  assert.equal(passed_on.offer.start, '10:00');
  assert.deepEqual(await desk.states(a), [['lapsed', 0, null]]);
  assert.equal((await desk.accept(passed_on.offer)).status, 200);
  await desk.service.audit();
});

test('it cannot be accepted when its time is over, though nobody has ended it yet', async (t) => {
  const desk = await openDesk(t, withOffers(1));
  const [held] = await desk.fill(1);
  const a = await desk.join(['09:30']);
  await desk.cancel(held);
  const { offer } = await desk.entry(a);
  const item = `offer 20261124 ${HALL} A 2`;
  assert.deepEqual(await desk.service.redis(`ZREM {${CITY}}:due "${item}"`), [':1']);
  await desk.moveTo('2026-11-23T10:02:00+08:00');
  assert.equal((await desk.entry(a)).status, 'offered');
  const { state } = assertProblem(await desk.accept(offer), 409, 'wrong-state');
  assert.equal(state, 'lapsed');
  assert.equal((await desk.decline(offer)).status, 200);
  assert.equal(await desk.remaining('09:30'), 1);
  await desk.service.audit();
});

test('who booked elsewhere meanwhile cannot accept; the offer stays until it lapses', async (t) => {
  const desk = await openDesk(t, withOffers(5));
  const [held] = await desk.fill(1);
  const applicant = desk.fresh();
  const a = await desk.join(['09:30'], { applicant });
  await desk.cancel(held);
  const { offer } = await desk.entry(a);
  const other = await desk.book({ hall: COUNTY_HALL }, applicant);
  const refused = assertProblem(await desk.accept(offer), 409, 'already-reserved');
  assert.equal(refused.reservation, other.id);
  assert.equal((await desk.entry(a)).status, 'offered');
  await desk.cancel(other);
  assert.equal((await desk.accept(offer)).status, 200);
  await desk.service.audit();
});
