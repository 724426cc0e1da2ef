// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What time does by itself: who did not come, what follows from it and who is spared; cancelled
// units that come back later.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertProblem } from './harness.mjs';
import { catalogue, CITY, HALL, TODAY, TOMORROW } from './catalogue.mjs';
import { cityWith, openDesk } from './desk.mjs';
import { until } from './process.mjs';

const admin = (desk) => desk.service.token('hall_admin', { hall: HALL, ttl: '0' });

/** No-shows of the day, which is nearly over when this returns; the first one's reservation. */
async function miss(desk, date, ...applicants) {
  const missed = [];
  await desk.moveTo(`${date}T08:00:00+08:00`);
  for (const applicant of applicants)
    missed.push(await desk.book({ date, start: '09:00' }, applicant));
  await desk.moveTo(`${date}T17:00:00+08:00`);
  for (const reservation of missed) assert.equal(await desk.statusOf(reservation), 'no_show');
  return missed[0];
}

describe('who did not come', () => {
  test('is a no-show once the late minutes behind the half hour are over, not before', async (t) => {
    const desk = await openDesk(t, cityWith({ late_minutes: 20 }, { capacity: 3 }));
    const missed = await desk.book({ date: TODAY, start: '14:00' });
    const longer = await desk.book({ date: TODAY, start: '14:00', service: 'two' });
    const cancelled = await desk.book({ date: TODAY, start: '14:00' });
    const later = await desk.book({ start: '14:00' });
    await desk.cancel(cancelled);
    const statuses = () =>
      Promise.all([missed, longer, cancelled, later].map((one) => desk.statusOf(one)));
    await desk.moveTo('2026-11-23T14:48:00+08:00');
    assert.deepEqual(await statuses(), ['booked', 'booked', 'cancelled', 'booked']);
    await desk.moveTo('2026-11-23T14:49:50+08:00');
    await until('the no-show is marked', async () => (await desk.statusOf(missed)) === 'no_show');
    assert.deepEqual(await statuses(), ['no_show', 'booked', 'cancelled', 'booked']);
    await desk.service.audit();
    await desk.moveTo('2026-11-23T15:20:30+08:00');
    assert.deepEqual(await statuses(), ['no_show', 'no_show', 'cancelled', 'booked']);
    await desk.service.audit();
  });

  test('two in 30 days: booking is suspended for 30 days, with until', async (t) => {
    const desk = await openDesk(t, catalogue(), { now: '2026-11-23T08:00:00+08:00' });
    const applicant = desk.fresh();
    await miss(desk, TODAY, applicant);
    await desk.moveTo('2026-11-24T08:00:00+08:00');
    await desk.book({ date: TOMORROW, start: '16:30' }, applicant);
    await desk.moveTo('2026-11-24T17:31:00+08:00');
    const suspended = async (extra) =>
      assertProblem(
        await desk.try({ date: '2026-11-25', ...extra }, applicant),
        403,
        'booking-suspended',
      );
    const { until: end } = await suspended();
    const days = (Date.parse(end) - Date.parse('2026-11-24T17:30:00+08:00')) / 86_400_000;
    assert.ok(days >= 30 && days < 30.01, `until ${end}`);
    assert.equal((await suspended({ service: 'card' })).until, end, 'whatever the service');
    const waiting = await desk.ask(['09:30'], { date: '2026-11-25', applicant });
    assertProblem(waiting, 403, 'booking-suspended');
    await desk.book({ date: '2026-11-25', start: '11:00' });
    await desk.service.audit();
    await desk.moveTo('2026-12-24T17:30:00+08:00');
    assertProblem(await desk.try({ date: '2026-12-25' }, applicant), 403, 'booking-suspended');
    await desk.moveTo('2026-12-24T17:45:00+08:00');
    await desk.book({ date: '2026-12-25' }, applicant);
    await desk.service.audit();
  });

  test('a no-show of more than 30 days ago counts no more', async (t) => {
    const desk = await openDesk(t, catalogue(), { now: '2026-11-23T08:00:00+08:00' });
    const [old, recent] = [desk.fresh(), desk.fresh()];
    await miss(desk, TODAY, old);
    await miss(desk, '2026-11-25', recent);
    await miss(desk, '2026-12-25', old, recent);
    await desk.moveTo('2026-12-27T10:00:00+08:00');
    await desk.book({ date: '2026-12-28' }, old);
    assertProblem(await desk.try({ date: '2026-12-28' }, recent), 403, 'booking-suspended');
    await desk.service.audit();
  });

  test('the city says how many, in how many days, for how long', async (t) => {
    const limits = { no_shows: 1, no_show_days: 10, suspend_days: 3 };
    const desk = await openDesk(t, catalogue({ limits }), { now: '2026-11-23T08:00:00+08:00' });
    const applicant = desk.fresh();
    await miss(desk, TODAY, applicant);
    const refused = assertProblem(await desk.try({}, applicant), 403, 'booking-suspended');
    assert.match(refused.until, /^2026-11-26T/);
    await desk.moveTo('2026-11-26T17:30:00+08:00');
    await desk.book({ date: '2026-11-27' }, applicant);
  });

  test('a pardon with a reason lifts the suspension, and is given once', async (t) => {
    const desk = await openDesk(t, catalogue(), { now: '2026-11-23T08:00:00+08:00' });
    const applicant = desk.fresh();
    const first = await miss(desk, TODAY, applicant);
    await miss(desk, TOMORROW, applicant);
    const again = () => desk.try({ date: '2026-11-25' }, applicant);
    assertProblem(await again(), 403, 'booking-suspended');
    const pardon = async () =>
      desk.service.post(
        `/v1/reservations/${first.id}/pardon`,
        { reason: '大雪封路' },
        { token: await admin(desk) },
      );
    const pardoned = await pardon();
    assert.deepEqual([pardoned.status, pardoned.body.status], [200, 'no_show'], pardoned.text);
    assert.equal((await again()).status, 201);
    assertProblem(await pardon(), 409, 'wrong-state');
    await desk.service.audit();
  });

  test('nobody is a no-show of a half hour in which the hall was closed', async (t) => {
    const desk = await openDesk(t, catalogue({ limits: { no_shows: 1 } }));
    const [spared, missed] = [desk.fresh(), desk.fresh()];
    const closed = await desk.book({ date: TODAY, start: '14:00' }, spared);
    const served = await desk.book({ date: TODAY, start: '15:00' }, missed);
    const closure = await desk.service.post(
      `/v1/halls/${HALL}/closures`,
      { date: TODAY, start: '14:00', end: '14:30', reason: '停电', rebook: 'none' },
      { token: await admin(desk) },
    );
    assert.equal(closure.status, 201, closure.text);
    await desk.moveTo('2026-11-23T17:00:00+08:00');
    assert.deepEqual(
      [await desk.statusOf(closed), await desk.statusOf(served)],
      ['cancelled', 'no_show'],
    );
    await desk.book({}, spared);
    assertProblem(await desk.try({}, missed), 403, 'booking-suspended');
    await desk.service.audit();
  });
});

describe('cancelled units that come back later', () => {
  const COUNT = 8;

  /** Unix seconds at which units come back. */
  async function resales(service) {
    const lines = await service.redis(`ZRANGE {${CITY}}:due 0 -1 WITHSCORES`);
    const words = lines.filter((line) => !/^[*$]/.test(line));
    return words
      .flatMap((word, n) => (word.startsWith('resale ') ? [Number(words[n + 1])] : []))
      .sort((a, b) => a - b);
  }

  async function full(t, minutes) {
    const desk = await openDesk(t, cityWith({ resale_delay_minutes: minutes }, { capacity: COUNT }));
    const held = [];
    for (let n = 0; n < COUNT; n++) held.push(await desk.book());
    return { desk, held };
  }

  test('at a random moment within the limit, each at its own', async (t) => {
    const { desk, held } = await full(t, 30);
    const begin_s = Date.parse(held[0].created_at) / 1000;
    for (const reservation of held) await desk.cancel(reservation);
    const moments = await resales(desk.service);
    assert.equal(moments.length + (await desk.remaining('09:30')), COUNT);
    assert.ok(moments.length >= COUNT - 1, `${COUNT - moments.length} came back at once`);
    assert.ok(moments.every((at) => at > begin_s && at < begin_s + 32 * 60), moments.join());
    assert.ok(new Set(moments).size > 1, 'all at the same moment');
    for (const reservation of held) assert.equal(await desk.statusOf(reservation), 'cancelled');
    if (moments.length === COUNT) assertProblem(await desk.try(), 409, 'slot-full');
    await desk.service.audit();
    await desk.moveTo('2026-11-23T10:40:00+08:00');
    assert.equal(await desk.remaining('09:30'), COUNT);
    assert.deepEqual(await resales(desk.service), []);
    await desk.book();
    await desk.service.audit();
  });

  test('by the second, without being asked', async (t) => {
    const { desk, held } = await full(t, 1);
    for (const reservation of held) await desk.cancel(reservation);
    await until('a unit is back', async () => (await desk.remaining('09:30')) > 0, 40_000);
    assert.equal((await desk.try()).status, 201);
    await desk.service.audit();
  });

  test('who waits gets them at once', async (t) => {
    const { desk, held } = await full(t, 30);
    const waiting = await desk.join(['09:30']);
    await desk.cancel(held[0]);
    assert.deepEqual(await desk.states(waiting), [['promoted', 0, '09:30']]);
    assert.deepEqual(await resales(desk.service), []);
    await desk.cancel(held[1]);
    assert.equal((await resales(desk.service)).length + (await desk.remaining('09:30')), 1);
    await desk.service.audit();
  });
});

describe('what is due', () => {
  test('strange items are logged once each and taken out; the others are done', async (t) => {
    const desk = await openDesk(t, cityWith({ resale_delay_minutes: 1 }, { capacity: 1 }));
    const reservation = await desk.book();
    await desk.cancel(reservation);
    const strange = [
      'nothing',
      'tea 20261124 410400-01 A',
      'no-show 20261124 410400-01',
      'draw 20261124 410400-77 A',
      'offer 20261124 410400-01 A',
      'offer 20261124 410400-01 A 77',
      'resale tomorrow 410400-01 A 1',
    ];
    for (const item of strange)
      assert.deepEqual(await desk.service.redis(`ZADD {${CITY}}:due 1 "${item}"`), [':1']);
    await desk.service.redis(`ZADD {${CITY}}:due 2 "resale 20261124 410400-01 A 1"`);
    await until('the unit is back', async () => (await desk.remaining('09:30')) === 1);
    await until('nothing is due', async () => {
      const [left] = await desk.service.redis(`ZCOUNT {${CITY}}:due 0 9`);
      return left === ':0';
    });
    await desk.moveTo('2026-11-23T10:02:00+08:00');
    const logged = desk.service.stderr
      .split('\n')
      .filter((line) => line.includes('slots.due-strange'))
      .map((line) => JSON.parse(line).item);
    assert.deepEqual(logged.sort(), strange.sort());
    await desk.service.audit();
  });
});
