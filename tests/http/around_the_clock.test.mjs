// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A day and a night of a hall with three displays, in steps of --now: before the doors open, at
// noon, where Redis is killed, before they close, over midnight, and the next morning. Every number
// is told once and in order, and in a build with sanitizers nothing is found.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { catalogue } from './catalogue.mjs';
import { hasAll, Work, WINDOWS } from './hall_work.mjs';
import { startService } from './harness.mjs';
import { Listener } from './listener.mjs';
import { killIfThere, until } from './process.mjs';
import { Floor, moveClock } from './tickets.mjs';

const SCREENS = [undefined, undefined, 'A1'];

describe('a day and a night with three displays', () => {
  let service, floor, work, screens;
  const snapshots = () => screens.map(({ listener }) => listener.snapshots.length);
  const eachHas = (count) => SCREENS.map(() => count);

  before(async () => {
    const city = catalogue();
    const hours = { 'mon-fri': ['00:00-24:00'], sat: [], sun: [] };
    service = await startService({
      catalogue: { ...city, halls: city.halls.map((hall) => ({ ...hall, hours })) },
      now: '2026-11-23T08:50:00+08:00',
      workers: 2,
    });
    floor = await Floor.open(service);
    work = await new Work(floor, 7).begin();
    for (let n = 0; n < 8; n++) await floor.booked(n, { start: n % 2 ? '12:00' : '17:30' });
    screens = [];
    for (const window of SCREENS)
      screens.push({ window, listener: await new Listener(service, { window }).open() });
    for (const { listener } of screens) await listener.hasSnapshots(1);
  });
  after(() => service.stop());

  /** What is done comes to each screen, with all of this day. */
  const works = async (steps = 25) => {
    await work.steps(steps);
    for (const { window, listener } of screens) await hasAll(listener, work.texts(window));
  };

  /** Another time of the day: each display comes again and goes on where it was. */
  const goesOnAt = async (now) => {
    const before = snapshots();
    await moveClock(service, now);
    for (const { listener } of screens) {
      await listener.hasEnded();
      assert.equal(listener.ended, 'end');
      await listener.open();
    }
    await works();
    assert.deepEqual(snapshots(), before, 'it was known where they stood');
  };

  test('the morning', () => works());

  test('noon, and Redis is killed', async () => {
    await goesOnAt('2026-11-23T12:30:00+08:00');
    const killed = await service.redisPid();
    killIfThere(killed, 'SIGKILL');
    for (const { listener } of screens) await listener.hasSnapshots(2, 30_000);
    await until('ready', async () => (await service.get('/readyz')).status === 200);
    assert.notEqual(await service.redisPid(), killed);
    await works();
    assert.deepEqual(snapshots(), eachHas(2));
  });

  test('before the doors close', () => goesOnAt('2026-11-23T16:55:00+08:00'));

  test('over midnight', async () => {
    await goesOnAt('2026-11-23T23:59:50+08:00');
    await until(
      'the next day at each',
      () => screens.every(({ listener }) => /@20261124$/.test(listener.lastId)),
      30_000,
    );
    // Of the day that has ended nothing more is told, whatever ends with it.
    for (const { listener } of screens) listener.events = [];
    // Whoever was called or served then is at the window still, and is served first.
    for (const window of WINDOWS) {
      await floor.operate(window, 'start');
      await floor.operate(window, 'finish');
    }
    work = await new Work(floor, 8).begin();
    await until('the day was ended', () => /"event":"scheduler.day-ended"/.test(service.stderr));
    await works();
    assert.deepEqual(snapshots(), eachHas(3));
  });

  test('the next morning', async () => {
    await goesOnAt('2026-11-24T08:50:00+08:00');
    await service.audit();
    for (const { listener } of screens) listener.close();
  });
});
