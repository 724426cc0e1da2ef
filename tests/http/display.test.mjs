// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What the screens of a hall show, and that they are told everything once, in order, wherever they
// are connected to.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { catalogue, CITY, COUNTY_HALL, HALL } from './catalogue.mjs';
import { assertProblem, startService } from './harness.mjs';
import { Listener, place, told } from './listener.mjs';
import { person } from './person.mjs';
import { killIfThere, pause, proceed, until } from './process.mjs';
import { Floor, moveClock } from './tickets.mjs';

const STREAM = `{${CITY}}:events`;
const WINDOWS = ['A1', 'A2', 'B1'];
const queueOf = (window) => window[0];

/** Small, quick, the same every time (mulberry32). */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** A hall at work: one thing after another, and what its displays must be told of each. */
class Work {
  expected = []; // {text, window, queue}
  #waiting = { A: 0, B: 0 };
  #at = {}; // window → {ticket, status}
  #parked = [];

  constructor(floor, seed = 1) {
    this.floor = floor;
    this.random = numbers(seed);
  }

  async begin() {
    for (const window of WINDOWS)
      await this.floor.does(window, 'open', { queues: [queueOf(window)] });
    return this;
  }

  #wait(queue, by) {
    this.#waiting[queue] += by;
    this.expected.push({ text: `waiting ${queue} ${this.#waiting[queue]}`, queue });
  }

  #call(type, window, { number, calls }) {
    this.expected.push({ text: `${type} ${number} ${window} ${calls}`, window });
  }

  async issue(queue = this.random(3) ? 'A' : 'B') {
    await this.floor.walkIn({ service: queue === 'A' ? 'one' : 'card' });
    this.#wait(queue, 1);
  }

  async callNext(window) {
    const { ticket } = await this.floor.does(window, 'call-next');
    if (!ticket) return this.issue(queueOf(window));
    this.#call('called', window, ticket);
    this.#wait(ticket.queue, -1);
    this.#at[window] = { status: 'called', queue: ticket.queue };
  }

  async #atCalled(window, at) {
    const operation = ['recall', 'start', 'start', 'miss', 'park', 'requeue'][this.random(6)];
    const { ticket } = await this.floor.does(window, operation);
    if (operation === 'recall' && ticket.status === 'called') {
      this.#call('called', window, ticket);
      return;
    }
    if (ticket.status === 'missed') this.#call('missed', window, ticket);
    if (operation === 'requeue') this.#wait(at.queue, 1);
    if (operation === 'park') this.#parked.push({ ...at, window, ticket });
    this.#at[window] = operation === 'start' ? { ...at, status: 'serving' } : undefined;
  }

  async #atServing(window, at) {
    const target = at.queue === 'A' ? 'B' : 'A';
    const operation = this.random(4) ? 'finish' : 'transfer';
    await this.floor.does(
      window,
      operation,
      operation === 'transfer' ? { queue: target } : undefined,
    );
    if (operation === 'transfer') this.#wait(target, 1);
    this.#at[window] = undefined;
  }

  async #resume() {
    const { window, ticket, queue } = this.#parked.shift();
    if (this.#at[window]) return this.issue();
    const answer = await this.floor.does(window, 'resume', { ticket: ticket.id });
    assert.equal(answer.ticket.status, 'called');
    this.#call('called', window, answer.ticket);
    this.#at[window] = { status: 'called', queue };
  }

  async step() {
    const window = WINDOWS[this.random(WINDOWS.length)];
    const at = this.#at[window];
    if (this.random(3) === 0) await this.issue();
    else if (this.#parked.length && this.random(3) === 0) await this.#resume();
    else if (!at) await this.callNext(window);
    else if (at.status === 'called') await this.#atCalled(window, at);
    else await this.#atServing(window, at);
  }

  async steps(count) {
    for (let n = 0; n < count; n++) await this.step();
  }

  /** What a screen must have been told; of the hall, or of a window. */
  texts(window, from = 0) {
    return this.expected
      .slice(from)
      .filter((one) => !window || one.window === window || one.queue === queueOf(window))
      .map(({ text }) => text);
  }
}

/** Asserts that a display has been told all, once, in order. */
async function hasAll(listener, expected) {
  await listener.has(expected.length);
  assert.deepEqual(listener.events.map(told), expected);
  const places = listener.events.map(({ id }) => place(id));
  for (let n = 1; n < places.length; n++)
    assert.ok(places[n - 1] < places[n], `${listener.events[n].id} is not behind the one before`);
}

/** The service as one whose requests all go to one of its workers. */
async function throughWorker(service, pid) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const others = (await service.workerPids()).filter((other) => other !== pid);
  await Promise.all(others.map(pause));
  await service.get('/healthz', { agent });
  others.forEach(proceed);
  return { post: (path, body, options) => service.post(path, body, { ...options, agent }) };
}

/** Commands straight to Redis, all on one connection. */
const redis = (service, commands) => service.redis(commands.join('\r\n'));

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
    await work.steps(10);
    await hasAll(listener, work.texts(undefined, from));
    listener.close();
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
    await redis(service, [`XTRIM ${STREAM} MAXLEN 1`]);
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

describe('what screens show, and to whom', () => {
  let service, floor;
  const city = catalogue();
  city.halls = city.halls.map((hall) =>
    hall.id === COUNTY_HALL ? { ...hall, public_display: false } : hall,
  );

  before(async () => {
    service = await startService({ catalogue: city });
    floor = await Floor.open(service);
  });
  after(() => service.stop());

  const screen = (query = '', options) => service.get(`/v1/halls/${HALL}/display${query}`, options);

  test('the newest call first, and only while it is a call', async () => {
    for (const window of WINDOWS) await floor.does(window, 'open', { queues: [queueOf(window)] });
    for (let n = 0; n < 3; n++) await floor.walkIn();
    await floor.walkIn({ service: 'card' });
    const numbers = async () =>
      (await screen()).body.calling.map(({ number, calls }) => `${number} ${calls}`);
    await floor.does('A2', 'call-next');
    await floor.does('B1', 'call-next');
    await floor.does('A1', 'call-next');
    assert.deepEqual(await numbers(), ['A002 1', 'B001 1', 'A001 1']);
    await floor.does('A2', 'recall');
    assert.deepEqual(await numbers(), ['A001 2', 'A002 1', 'B001 1']);
    await floor.does('B1', 'start');
    await floor.does('A1', 'miss');
    assert.deepEqual(await numbers(), ['A001 2']);
    const { body } = await screen();
    assert.deepEqual(
      [body.hall, body.queues.map(({ queue, waiting }) => `${queue} ${waiting}`)],
      [HALL, ['A 1', 'B 0']],
    );
    assert.equal(body.calling[0].window_name, city.halls[0].queues[0].windows[1].name);
    assert.ok(body.queues[0].wait_seconds > 0);
    const own = (await screen('?window=B1')).body;
    assert.deepEqual([own.calling, own.queues.map(({ queue }) => queue)], [[], ['B']]);
    assertProblem(await screen('?window=Z9'), 400, 'invalid-request');
    assertProblem(await screen('?window='), 400, 'invalid-request');
  });

  test('numbers, never who they are', async () => {
    const listener = await new Listener(service).open();
    await listener.hasSnapshots(1);
    const from = listener.events.length;
    const applicant = { ...person(77), name: '欧阳娜娜' };
    const ticket = await floor.walkIn({ applicant });
    await floor.does('A1', 'call', { ticket: ticket.id });
    await listener.has(from + 3);
    const shown = listener.text + (await screen()).text;
    assert.ok(shown.includes(ticket.number));
    for (const secret of [...Object.values(applicant), ticket.id, ticket.id.split('-').at(-1)])
      assert.ok(!shown.includes(secret), `${secret} is shown`);
    listener.close();
  });

  test('a hall that is not public', async () => {
    const path = `/v1/halls/${COUNTY_HALL}/display`;
    const token = async (role, ...bound) => {
      const argv = ['token', 'create', '--role', role, '--city', CITY, ...bound];
      const { stdout } = await service.command(argv);
      return stdout.trim().split('\n').pop();
    };
    const here = await token('display', '--hall', COUNTY_HALL);
    const refused = {
      [await token('display', '--hall', HALL)]: 'another hall',
      [await token('clerk', '--hall', COUNTY_HALL, '--window', 'A9')]: 'only a window',
      [await token('gateway')]: 'another role',
    };
    for (const where of [path, `${path}/events`]) {
      assertProblem(await service.get(where), 401, 'unauthorized');
      assertProblem(await service.get(`${where}?token=jh_${'x'.repeat(43)}`), 401, 'unauthorized');
      assertProblem(
        await service.get(`${where}?token=${here}`, { token: 'jh_none' }),
        401,
        'unauthorized',
      );
      for (const bearer of Object.keys(refused))
        assertProblem(await service.get(`${where}?token=${bearer}`), 403, 'forbidden');
    }
    const window = city.halls.find(({ id }) => id === COUNTY_HALL).queues[0].windows[0].id;
    const own = await token('clerk', '--hall', COUNTY_HALL, '--window', window);
    assert.equal((await service.get(`${path}?window=${window}&token=${own}`)).status, 200);
    assert.equal((await service.get(`${path}?token=${here}`)).status, 200);
    assert.equal((await service.get(path, { token: here })).status, 200);
    // Elsewhere a token of the query is none.
    assertProblem(await service.get(`/v1/reservations?token=${here}`), 401, 'unauthorized');
    for (const options of [{ token: here }, { headers: { authorization: `Bearer ${here}` } }]) {
      const listener = await new Listener(service, { hall: COUNTY_HALL, ...options }).open();
      await listener.hasSnapshots(1);
      listener.close();
    }
    assert.ok(!service.stderr.includes(here.slice(3)), 'a token is in the log');
  });

  test('a comment every 15 s; a token that is revoked ends its stream', async () => {
    const bearer = await service.token('display', { city: CITY, hall: COUNTY_HALL, fresh: true });
    const open = await new Listener(service).open();
    const revoked = await new Listener(service, { hall: COUNTY_HALL, token: bearer }).open();
    const opened_ms = Date.now();
    const { stdout } = await service.command(['token', 'list']);
    const lines = stdout
      .split('\n')
      .filter((line) => line.includes('display') && line.includes(COUNTY_HALL));
    for (const line of lines)
      await service.command(['token', 'revoke', /\b[0-9a-f]{16}\b/.exec(line)[0]]);
    await until('a comment', () => open.comments === 1, 17_000);
    assert.ok(Date.now() - opened_ms > 13_000, 'too early');
    await revoked.hasEnded(5_000);
    assert.equal(revoked.comments, 0);
    assert.equal(open.ended, null);
    open.close();
  });
});

/** Events as the Functions write them: calls of ticket t1 … */
function calls(from, count, day = '20261123') {
  return Array.from({ length: count }, (_, n) => {
    const now = 1795000000000;
    const record = `c w w - one A A1 - 1 ${now} ${now} ${now} 0 0 0 - ABC123 - - 0 0 ${now}`;
    return `XADD ${STREAM} * ticket "${HALL} ${day} A/t${from + n} called ${record}"`;
  });
}

describe('many events', () => {
  let service;

  before(async () => {
    service = await startService({ catalogue: catalogue() });
  });
  after(() => service.stop());

  const numbersOf = (listener) =>
    listener.events
      .filter(({ type }) => type === 'called')
      .map(({ data }) => Number(data.number.slice(1)));
  const upTo = (count) => Array.from({ length: count }, (_, n) => n + 1);

  test('a slow reader is cut off and goes on; others do not notice', async () => {
    const slow = await new Listener(service).open();
    const quick = await new Listener(service).open();
    await slow.hasSnapshots(1);
    await quick.hasSnapshots(1);
    slow.response.pause();
    let done = 0;
    const cutOff = async () =>
      Number(
        /^jiaohao_http_streams_cut_off_total (\d+)$/m.exec((await service.get('/metrics')).text)[1],
      );
    while (!(await cutOff())) {
      await redis(service, calls(done + 1, 500));
      done += 500;
      await quick.has(2 * done);
      assert.ok(done <= 8000, 'it is not cut off');
    }
    assert.deepEqual(numbersOf(quick), upTo(done));
    assert.equal(quick.ended, null);
    slow.response.resume();
    await slow.hasEnded();
    assert.ok(slow.events.length < 2 * done, 'it had all');
    await slow.open();
    await redis(service, calls(done + 1, 10));
    await slow.has(2 * (done + 10));
    assert.deepEqual(numbersOf(slow), upTo(done + 10));
    assert.equal(slow.snapshots.length, 1);
    slow.close();
    quick.close();
  });

  test('one that is thousands of events behind gets them all, at its own pace', async () => {
    const first = await new Listener(service).open();
    await first.hasSnapshots(1);
    first.close();
    await redis(service, calls(1, 3000));
    const late = new Listener(service, { lastId: first.lastId });
    await late.open();
    late.response.pause();
    await redis(service, calls(3001, 500));
    late.response.resume();
    await late.has(7000);
    assert.deepEqual(numbersOf(late), upTo(3500));
    assert.equal(late.snapshots.length, 0);
    late.close();
  });
});
