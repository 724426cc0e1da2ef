// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// How busy the halls are, as every worker tells it, and which hall is recommended.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { catalogue, CITY, COUNTY_HALL, HALL, TOMORROW, TOWNSHIP_HALL } from './catalogue.mjs';
import { startService } from './harness.mjs';
import { pause, proceed, until } from './process.mjs';
import { Floor } from './tickets.mjs';

const WAIT_MS = 5_000;
const HALLS = `/v1/cities/${CITY}/halls`;

const loadOf = ({ waiting, wait_seconds }) => ({ waiting, wait_seconds });

/** The load of a hall in the hall list, asked for over a pipe. */
async function listed(pipe, hall = HALL) {
  const { body } = await pipe.send('GET', HALLS);
  return loadOf(body.halls.find(({ id }) => id === hall));
}

describe('the load of every hall at two workers', () => {
  let service;
  let floor;
  let here;
  let there;
  before(async () => {
    service = await startService({ catalogue: catalogue({ everywhere: 4 }), workers: 2 });
    floor = await Floor.open(service);
    [here, there] = (await service.connectionsByWorker(1)).map(({ pid, pipes }) =>
      Object.assign(pipes[0], { pid }),
    );
  });
  after(async () => {
    here?.close();
    there?.close();
    await service?.stop();
  });

  const issueAt = async (pipe, body = { service: 'one' }, hall = HALL) => {
    const options = { token: floor.tokens.kiosk, body };
    const answer = await pipe.send('POST', `/v1/halls/${hall}/tickets`, options);
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  };
  const operateAt = async (pipe, window, operation, body) => {
    const path = `/v1/halls/${HALL}/windows/${window}/${operation}`;
    const answer = await pipe.send('POST', path, { token: floor.tokens.clerk, body });
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  };
  const waitingAt = (pipe, waiting) =>
    until(`${waiting} waiting`, async () => (await listed(pipe)).waiting === waiting, WAIT_MS);

  test('nobody waits in the morning', async () => {
    for (const pipe of [here, there])
      assert.deepEqual(await listed(pipe), { waiting: 0, wait_seconds: 0 });
  });

  test('who takes a ticket at one worker waits at both', async () => {
    for (let n = 1; n <= 6; n++) {
      await issueAt(here);
      assert.equal((await listed(here)).waiting, n, 'the worker that issued it knows it at once');
      await waitingAt(there, n);
    }
    await operateAt(there, 'A1', 'open', { queues: ['A'] });
    await operateAt(there, 'A1', 'call-next');
    await waitingAt(there, 5);
    await waitingAt(here, 5);
    assert.deepEqual(await listed(here), await listed(there));
    assert.deepEqual(await listed(here, COUNTY_HALL), { waiting: 0, wait_seconds: 0 });
  });

  test('the wait: six ends of services of one window, half of it with two', async () => {
    const { body } = await here.send('GET', `/v1/halls/${HALL}`);
    const [a, b] = body.queues;
    assert.deepEqual(loadOf(b), { waiting: 0, wait_seconds: 0 }, 'the other queue is free');
    assert.equal(a.waiting, 5);
    assert.equal(body.wait_seconds, a.wait_seconds, "a hall's is its longest");
    // A mixture of one, two (50 minutes) and double (25 each) for the next end, 25 for each ahead:
    // the median of six stages is 5.670 of their mean (Erlang).
    const stage = (5 * 25 + (25 + 50 + 25) / 3) / 6;
    const expected = 5.6702 * stage * 60;
    assert.ok(Math.abs(a.wait_seconds / expected - 1) < 0.01, `${a.wait_seconds} ${expected}`);
    await operateAt(here, 'A2', 'open', { queues: ['A'] });
    await operateAt(here, 'A2', 'call-next');
    await until('the other knows the window', async () => (await listed(there)).waiting === 4);
    const { wait_seconds } = await listed(there);
    assert.ok(wait_seconds < a.wait_seconds / 2, `${wait_seconds} of ${a.wait_seconds}`);
    assert.deepEqual(await listed(here), await listed(there));
  });

  test('of halls that are alike the one with the shortest wait is recommended, with the reason', async () => {
    const best = async (pipe, language) => {
      const path = `/v1/cities/${CITY}/availability?service=one&date=${TOMORROW}`;
      return (await pipe.send('GET', path, { language })).body.halls;
    };
    const halls = await best(there);
    assert.deepEqual(
      halls.map(({ hall }) => hall),
      [COUNTY_HALL, HALL, TOWNSHIP_HALL],
    );
    assert.equal(halls[0].remaining, halls[1].remaining);
    assert.match(halls[0].reason, /^余号 52 个，当前无人等候$/);
    assert.match(halls[1].reason, /^余号 52 个，当前 4 人等候，约等 \d+ 分钟$/);
    assert.equal(halls[1].waiting, 4);
    assert.equal(halls[1].wait_seconds, (await listed(there)).wait_seconds);
    const [, english] = await best(here, 'en');
    assert.match(english.reason, /^52 places left, 4 waiting, a wait of about \d+ min$/);
  });

  test('a worker that missed events reads the floors anew', async () => {
    const { waiting } = await listed(here);
    await pause(there.pid);
    try {
      await issueAt(here);
      await issueAt(here);
      await operateAt(here, 'A1', 'start');
      await operateAt(here, 'A1', 'finish');
      await service.redis(`XTRIM {${CITY}}:events MAXLEN 0`);
      await issueAt(here);
    } finally {
      proceed(there.pid);
    }
    await waitingAt(there, waiting + 3);
    assert.deepEqual(await listed(there), await listed(here));
  });

  test('a worker that starts anew, and a service that does, know who waits', async () => {
    const shown = await listed(here);
    const before = await service.workerPids();
    const victim = before.find((pid) => pid !== service.child.pid);
    process.kill(victim, 'SIGKILL');
    await until('a new worker', async () => {
      const now = await service.workerPids();
      return now.length === 2 && !now.includes(victim);
    });
    for (const { pipes } of await service.connectionsByWorker(1)) {
      assert.equal((await listed(pipes[0])).waiting, shown.waiting);
      pipes[0].close();
    }
    await service.restart();
    for (const { pipes } of await service.connectionsByWorker(1)) {
      assert.equal((await listed(pipes[0])).waiting, shown.waiting);
      pipes[0].close();
    }
  });
});
