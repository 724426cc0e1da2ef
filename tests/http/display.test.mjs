// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// That displays are told everything once, in order, wherever they are connected to.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { catalogue, CITY, HALL } from './catalogue.mjs';
import { hasAll, Work } from './hall_work.mjs';
import { assertProblem, startService } from './harness.mjs';
import { Listener, told } from './listener.mjs';
import { killIfThere, pause, proceed, until } from './process.mjs';
import { Floor, moveClock } from './tickets.mjs';

/** The service as one whose requests all go to one of its workers. */
async function throughWorker(service, pid) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const others = (await service.workerPids()).filter((other) => other !== pid);
  await Promise.all(others.map(pause));
  await service.get('/healthz', { agent });
  others.forEach(proceed);
  return { post: (path, body, options) => service.post(path, body, { ...options, agent }) };
}

describe('displays of two workers', () => {
  let service, floor, work, pids;

  before(async () => {
    service = await startService({ catalogue: catalogue(), workers: 2 });
    floor = await Floor.open(service);
    work = await new Work(floor).begin();
    pids = await service.workerPids();
    assert.equal(pids.length, 2);
  });
  after(() => service.stop());

  test('every event comes once, in order, the same everywhere', async () => {
    const from = work.expected.length;
    const screens = [];
    for (const pid of pids)
      for (const window of [undefined, 'A1', 'B1'])
        screens.push({ window, listener: await new Listener(service, { window }).openAt(pid) });
    for (const { listener } of screens) await listener.hasSnapshots(1);
    await work.steps(120);
    for (const { window, listener } of screens) await hasAll(listener, work.texts(window, from));
    const [main, a1, , other] = screens.map(({ listener }) => listener);
    assert.deepEqual(
      other.events.map(({ type, id }) => `${id} ${type}`),
      main.events.map(({ type, id }) => `${id} ${type}`),
    );
    const known = new Map(main.events.map((event) => [event.id, told(event)]));
    for (const event of a1.events) assert.equal(told(event), known.get(event.id));
    for (const { listener } of screens) {
      assert.equal(listener.snapshots.length, 1);
      assert.equal(listener.retry_ms, 1000);
      listener.close();
    }
  });

  test('a display goes on at the other worker, wherever it was cut', async () => {
    const from = work.expected.length;
    const listener = await new Listener(service).openAt(pids[0]);
    await listener.hasSnapshots(1);
    for (let round = 0; round < 12; round++) {
      // Cut behind any event: also between two of one entry, which the next id tells apart.
      listener.onEvent = () => {
        if (work.random(5) === 0) listener.close();
      };
      await work.steps(6);
      await until(
        'all came, or it was cut',
        () => listener.ended || listener.events.length === work.expected.length - from,
      );
      listener.close();
      await until('closed', () => listener.ended);
      listener.onEvent = undefined;
      await work.steps(5);
      await listener.openAt(pids[round % 2]);
    }
    await hasAll(listener, work.texts(undefined, from));
    assert.equal(listener.snapshots.length, 1, 'it was known where it stood');
    listener.close();
  });

  test('between two events of one entry', async () => {
    const from = work.expected.length;
    const listener = await new Listener(service).openAt(pids[0]);
    await listener.hasSnapshots(1);
    await work.issue('B');
    await until('a call', async () => {
      await work.step();
      return work.expected.slice(from).some(({ text }) => text.startsWith('called'));
    });
    await until('the last entry tells of two events', async () => {
      await work.step();
      return work.expected.at(-2).text.startsWith('called');
    });
    await hasAll(listener, work.texts(undefined, from));
    listener.close();
    // The later one of the last entry, by a worker that has no display and tells nothing new.
    for (const pid of pids) {
      const { id } = listener.events.at(-2);
      const alone = await new Listener(service, { lastId: id }).openAt(pid);
      await hasAll(alone, [work.expected.at(-1).text]);
      assert.equal(alone.lastId, listener.lastId);
      alone.close();
    }
    // From behind each one in turn, at either worker.
    const again = [];
    for (const [n, { id }] of listener.events.slice(0, 40).entries())
      again.push(await new Listener(service, { lastId: id }).openAt(pids[n % 2]));
    await work.issue('A');
    for (const [n, one] of again.entries()) {
      await hasAll(one, work.texts(undefined, from + n + 1));
      const ids = listener.events.slice(n + 1).map(({ id }) => id);
      assert.deepEqual(
        one.events.slice(0, -1).map(({ id }) => id),
        ids,
      );
      assert.equal(one.snapshots.length, 0);
      one.close();
    }
  });

  test('many that ask at once for what was before them', async () => {
    const from = work.expected.length;
    const first = await new Listener(service).openAt(pids[0]);
    await first.hasSnapshots(1);
    await work.steps(60);
    await hasAll(first, work.texts(undefined, from));
    first.close();
    const count = first.events.length;
    const screens = Array.from({ length: 40 }, (_, n) => {
      const behind = Math.floor((n * (count - 1)) / 40);
      const window = [undefined, 'A2', 'B1'][n % 3];
      return {
        behind,
        window,
        listener: new Listener(service, { window, lastId: first.events[behind].id }),
      };
    });
    const opening = screens.map(({ listener }) => listener.open());
    await work.steps(30);
    await Promise.all(opening);
    for (const { behind, window, listener } of screens) {
      await hasAll(listener, work.texts(window, from + behind + 1));
      assert.equal(listener.snapshots.length, 0);
      listener.close();
    }
  });

  test('what is shown at the start is what was told', async () => {
    const { body } = await service.get(`/v1/halls/${HALL}/display`);
    const listener = await new Listener(service, { window: 'A1' }).openAt(pids[1]);
    await listener.hasSnapshots(1);
    const [{ data }] = listener.snapshots;
    assert.deepEqual(
      data.queues.map(({ queue }) => queue),
      ['A'],
    );
    assert.deepEqual(
      data.calling,
      body.calling.filter(({ window }) => window === 'A1'),
    );
    for (const { queue, waiting } of body.queues) {
      const last = work.expected.findLast((one) => one.queue === queue);
      assert.equal(`waiting ${queue} ${waiting}`, last.text);
    }
    listener.close();
  });

  test('an id that leads nowhere gives a snapshot', async () => {
    const now = Date.now();
    const ids = [
      'abc',
      '1-1',
      `${now - 999_999_999}-0.1@20261123`,
      `${now}-0@20251123`,
      `${now + 60_000}-0.0@20261123`,
      `${now}-0.1@`,
      '-',
      '1.2.3',
      '9'.repeat(30),
    ];
    for (const lastId of ids) {
      const listener = await new Listener(service, { lastId }).open();
      await listener.hasSnapshots(1);
      const before = work.expected.length;
      await work.issue('A');
      await hasAll(listener, work.texts(undefined, before));
      listener.close();
    }
  });

  test('HEAD has the head only, other methods nothing', async () => {
    const path = `/v1/halls/${HALL}/display/events`;
    const answer = await service.request('HEAD', path);
    assert.equal(answer.status, 200);
    assert.match(answer.headers['content-type'], /^text\/event-stream/);
    assertProblem(await service.post(path, {}), 405, 'method-not-allowed');
    assertProblem(await service.get(`/v1/halls/${CITY}-99/display/events`), 404, 'not-found');
    assertProblem(await service.get(`${path}?window=Z9`), 400, 'invalid-request');
  });

  test('a worker that is killed: its displays go on at the other', async () => {
    const from = work.expected.length;
    const [, second] = pids;
    const listeners = [];
    for (let n = 0; n < 10; n++) {
      const listener = await new Listener(service).openAt(second);
      await listener.hasSnapshots(1);
      listeners.push(listener);
    }
    work.floor.service = await throughWorker(service, pids[0]);
    const working = work.steps(100);
    await listeners[0].has(10);
    killIfThere(second, 'SIGKILL');
    for (const listener of listeners) {
      await listener.hasEnded();
      await listener.open();
    }
    await working;
    work.floor.service = service;
    for (const listener of listeners) {
      await hasAll(listener, work.texts(undefined, from));
      assert.equal(listener.snapshots.length, 1);
      listener.close();
    }
    await until('the worker is there again', async () => (await service.workerPids()).length === 2);
  });
});

describe('displays over restarts', () => {
  let service, work;

  before(async () => {
    service = await startService({ catalogue: catalogue() });
    work = await new Work(await Floor.open(service), 2).begin();
  });
  after(() => service.stop());

  const ends = {
    'SIGTERM, which ends the stream as a whole one': () => service.terminate(),
    'kill -9': () => service.kill9(),
  };
  for (const [name, end] of Object.entries(ends)) {
    test(name, async () => {
      const from = work.expected.length;
      const listener = await new Listener(service).open();
      await listener.hasSnapshots(1);
      for (let round = 0; round < 3; round++) {
        await work.steps(15);
        if (round) await listener.has(work.expected.length - from); // else some are under way
        await end();
        await listener.hasEnded();
        if (name.startsWith('SIGTERM')) assert.equal(listener.ended, 'end');
        await service.start();
        await work.steps(15);
        await listener.open();
      }
      await work.steps(5);
      await hasAll(listener, work.texts(undefined, from));
      assert.equal(listener.snapshots.length, 1);
      listener.close();
    });
  }

  test('Redis is killed: what was acknowledged is told, at worst behind a snapshot', async () => {
    const from = work.expected.length;
    const listener = await new Listener(service).open();
    await listener.hasSnapshots(1);
    await work.steps(15);
    const redisPid = await service.redisPid();
    killIfThere(redisPid, 'SIGKILL');
    await until('Redis is there again', async () => {
      const pid = await service.redisPid();
      return pid && pid !== redisPid && (await service.get('/readyz')).status === 200;
    });
    await work.steps(15);
    await hasAll(listener, work.texts(undefined, from));
    assert.equal(listener.ended, null);
    listener.close();
  });

  test('what Redis has trimmed is a snapshot', async () => {
    const listener = await new Listener(service).open();
    await listener.hasSnapshots(1);
    await work.steps(10);
    const { lastId } = await until('some event', () => listener.events.length && listener);
    listener.close();
    await work.steps(10);
    await service.redis(`XTRIM {${CITY}}:events MAXLEN 1`);
    const again = await new Listener(service, { lastId }).open();
    await again.hasSnapshots(1);
    const from = work.expected.length;
    await work.steps(10);
    await hasAll(again, work.texts(undefined, from));
    again.close();
  });

  test('a snapshot when a day begins, and for an id of the day before', async () => {
    await moveClock(service, '2026-11-23T23:59:55+08:00');
    const listener = await new Listener(service).open();
    await listener.hasSnapshots(1);
    const begun = listener.lastId;
    assert.match(begun, /@20261123$/);
    await until('the next day', () => /@20261124$/.test(listener.lastId), 15_000);
    const { data } = listener.snapshots.at(-1);
    assert.match(data.now, /^2026-11-24T00:00/);
    assert.deepEqual([data.calling, data.queues.map(({ waiting }) => waiting)], [[], [0, 0]]);
    listener.close();
    const again = await new Listener(service, { lastId: begun }).open();
    await again.hasSnapshots(1);
    again.close();
  });
});
