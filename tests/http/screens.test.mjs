// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What screens show and to whom; readers that are slow or far behind.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { catalogue, CITY, COUNTY_HALL, HALL, TOWNSHIP_HALL } from './catalogue.mjs';
import { queueOf, WINDOWS } from './hall_work.mjs';
import { assertProblem, startService } from './harness.mjs';
import { Listener } from './listener.mjs';
import { person } from './person.mjs';
import { until } from './process.mjs';
import { Floor } from './tickets.mjs';

const STREAM = `{${CITY}}:events`;

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

/** Commands straight to Redis, all on one connection. */
const append = (service, commands) => service.redis(commands.join('\r\n'));

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
      await append(service, calls(done + 1, 500));
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
    await append(service, calls(done + 1, 10));
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
    await append(service, calls(1, 3000));
    const late = new Listener(service, { lastId: first.lastId });
    await late.open();
    late.response.pause();
    await append(service, calls(3001, 500));
    late.response.resume();
    await late.has(7000);
    assert.deepEqual(numbersOf(late), upTo(3500));
    assert.equal(late.snapshots.length, 0);
    late.close();
  });
});

describe('displays that ask for the far past', () => {
  const ENTRIES = 30_000;
  const READ_MAX = 8000;
  const PART = 500;
  const halls = [HALL, COUNTY_HALL, TOWNSHIP_HALL];
  let service;

  before(async () => {
    service = await startService({ catalogue: catalogue() });
  });
  after(() => service.stop());

  /** How often a command was called since the last time that this was asked. */
  async function callsOf(name) {
    const lines = await service.redis('INFO commandstats');
    await service.redis('CONFIG RESETSTAT');
    const line = lines.find((one) => one.startsWith(`cmdstat_${name}:`));
    return Number(/calls=(\d+)/.exec(line ?? '')?.[1] ?? 0);
  }

  /** Events of a day's length, half of them of other halls, before this worker began. */
  async function fill() {
    for (let done = 0; done < ENTRIES; done += 5000)
      await append(
        service,
        calls(done + 1, 5000).map((one, n) => (n % 2 ? one.replace(HALL, halls[1 + (n % 4 > 1)]) : one)),
      );
    await service.restart();
  }

  test('begin anew; it is read once for all of them, and so far only', { timeout: 120_000 }, async () => {
    const one = await new Listener(service).open();
    await one.hasSnapshots(1);
    const first = one.lastId;
    one.close();
    await fill();
    const [, ms, number] = /^(\d+)-(\d+)/.exec(first);
    const lastId = `${ms}-${Number(number) + 1}@20261123`;
    await callsOf('xrevrange');
    for (let round = 0; round < 3; round++) {
      const screens = [];
      for (let n = 0; n < 30; n++)
        screens.push(new Listener(service, { hall: halls[n % 3], lastId }).open());
      for (const screen of await Promise.all(screens)) {
        await screen.hasSnapshots(1);
        assert.equal(screen.events.length, 0);
        screen.close();
      }
      const read = await callsOf('xrevrange');
      const most = round ? 3 : READ_MAX / PART + 3;
      assert.ok(read <= most, `${read} parts in round ${round}`);
    }
  });

  test('what is not so far is told', async () => {
    const [last] = await service.redis(`XREVRANGE ${STREAM} + - COUNT 1`).then((lines) =>
      lines.filter((line) => /^\d+-\d+$/.test(line)),
    );
    const ids = await service.redis(`XREVRANGE ${STREAM} + - COUNT 3001`);
    const from = ids.filter((line) => /^\d+-\d+$/.test(line)).at(-1);
    assert.notEqual(from, last);
    const screens = [];
    for (const hall of halls)
      screens.push(await new Listener(service, { hall, lastId: `${from}@20261123` }).open());
    for (const [n, screen] of screens.entries()) {
      await screen.has(n ? 1500 : 3000);
      assert.equal(screen.snapshots.length, 0);
      screen.close();
    }
  });
});
