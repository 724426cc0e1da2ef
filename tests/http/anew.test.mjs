// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Several displays of one worker when its floors are read anew: at midnight, and when Redis was
// lost. Each begins anew once, and nobody waits for ever.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { catalogue, HALL } from './catalogue.mjs';
import { startService } from './harness.mjs';
import { Listener } from './listener.mjs';
import { killIfThere, until } from './process.mjs';
import { Floor, moveClock } from './tickets.mjs';

const SCREENS = [undefined, undefined, 'A1'];

/** Open around the clock on working days: numbers are given before midnight and after. */
function open24() {
  const city = catalogue();
  const hours = { 'mon-fri': ['00:00-24:00'], sat: [], sun: [] };
  return { ...city, halls: city.halls.map((hall) => ({ ...hall, hours })) };
}

describe('three displays of one worker', () => {
  let service, floor, screens;

  before(async () => {
    service = await startService({ catalogue: open24() });
    floor = await Floor.open(service);
  });
  after(() => service.stop());

  const open = async () => {
    screens = [];
    for (const window of SCREENS) screens.push(await new Listener(service, { window }).open());
    for (const screen of screens) await screen.hasSnapshots(1);
  };
  const close = () => screens.forEach((screen) => screen.close());
  const counts = () => screens.map(({ snapshots }) => snapshots.length);

  /** What happens now comes to each, behind all that it was told before. */
  const areTold = async (waiting) => {
    await floor.walkIn();
    for (const screen of screens) {
      await until('it is told', () => screen.events.at(-1)?.data.waiting === waiting);
      assert.equal(screen.ended, null);
    }
  };

  test('midnight: each has one snapshot of the new day', async () => {
    await moveClock(service, '2026-11-23T23:59:54+08:00');
    await open();
    await floor.walkIn();
    await until(
      'the next day at each',
      () => screens.every(({ lastId }) => /@20261124$/.test(lastId)),
      30_000,
    );
    await areTold(1);
    assert.deepEqual(counts(), [2, 2, 2]);
    for (const { snapshots } of screens) {
      const { now, calling, queues } = snapshots.at(-1).data;
      assert.match(now, /^2026-11-24T00:00/);
      assert.deepEqual(
        [calling, queues.map(({ waiting }) => waiting)],
        [[], queues.map(() => 0)],
      );
    }
    close();
  });

  test('Redis is killed: each has one snapshot when it is back', async () => {
    await open();
    for (let round = 1; round <= 3; round++) {
      const killed = await service.redisPid();
      killIfThere(killed, 'SIGKILL');
      for (const screen of screens) await screen.hasSnapshots(round + 1, 30_000);
      await until('ready', async () => (await service.get('/readyz')).status === 200);
      assert.notEqual(await service.redisPid(), killed);
      const { body } = await service.get(`/v1/halls/${HALL}/display`);
      await areTold(body.queues.find(({ queue }) => queue === 'A').waiting + 1);
      assert.deepEqual(
        counts(),
        SCREENS.map(() => round + 1),
      );
    }
    close();
  });

  test('and it ends when it is told to', async () => {
    await open();
    await service.terminate();
    for (const screen of screens) await screen.hasEnded();
    await service.start();
  });
});
