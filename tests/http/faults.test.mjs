// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Crashes in mid-load: what was acknowledged is there, what was not is told by its key.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, problemOf, startService } from './harness.mjs';
import {
  booking,
  catalogue,
  COUNTY_HALL,
  HALF_HOURS,
  HALL,
  TODAY,
  TOMORROW,
} from './catalogue.mjs';
import { person } from './person.mjs';
import { until } from './process.mjs';

const CLIENTS = 16;

/** A wish to book: spread over two halls, two days and their half hours. */
function wishOf(index) {
  const date = index % 4 < 2 ? TODAY : TOMORROW;
  const starts = date === TODAY ? HALF_HOURS.filter((start) => start >= '13:30') : HALF_HOURS;
  const where = {
    hall: index % 2 ? HALL : COUNTY_HALL,
    date,
    start: starts[Math.floor(index / 4) % starts.length],
  };
  return { key: `wish-${index}`, body: booking(person(index), where) };
}

/** Clients that book one after another until stop(); every wish is kept with what became of it. */
class Load {
  wishes = [];
  #stopped = false;

  constructor(service, token, firstPerson) {
    this.service = service;
    this.token = token;
    this.next = firstPerson;
    this.lanes = Array.from({ length: CLIENTS }, () => this.#lane());
  }

  get acknowledged() {
    return this.wishes.filter(({ status }) => status === 201);
  }

  async #lane() {
    while (!this.#stopped) {
      const wish = wishOf(this.next++);
      this.wishes.push(wish);
      await this.#attempt(wish);
      // A refusal comes at once: leave the machine to those who recover.
      if (wish.status !== 201) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #attempt(wish) {
    try {
      const answer = await this.service.post('/v1/reservations', wish.body, {
        token: this.token,
        key: wish.key,
      });
      Object.assign(wish, {
        status: answer.status,
        problem: problemOf(answer),
        answer: answer.body,
        error: undefined,
      });
    } catch (error) {
      if (!error.code && !/socket hang up|aborted/.test(error.message)) throw error;
      wish.error = error;
    }
  }

  async stop() {
    this.#stopped = true;
    await Promise.all(this.lanes);
  }

  /** After recovery: asks again with the same keys, then holds all against the list. */
  async settle() {
    for (const wish of this.wishes) {
      if (wish.status === 201) continue;
      await this.#attempt(wish);
      assert.equal(wish.status, 201, wish.error?.message ?? JSON.stringify(wish.answer));
      wish.late = true;
    }
    for (const wish of this.wishes.filter(({ late }) => !late)) {
      const again = await this.service.post('/v1/reservations', wish.body, {
        token: this.token,
        key: wish.key,
      });
      assert.deepEqual([again.status, again.body], [201, wish.answer], 'the first answer again');
    }
    const listed = new Map();
    let cursor = '';
    do {
      const { body } = await this.service.get(`/v1/reservations?limit=1000${cursor}`, {
        token: this.token,
      });
      for (const entry of body.reservations) listed.set(entry.id, entry);
      cursor = body.next && `&cursor=${encodeURIComponent(body.next)}`;
    } while (cursor);
    for (const { answer } of this.wishes) assert.deepEqual(listed.get(answer.id), answer);
    assert.equal(new Set(this.wishes.map(({ answer }) => answer.id)).size, this.wishes.length);
  }
}

async function loaded(service, token, firstPerson, enough) {
  const load = new Load(service, token, firstPerson);
  await until(`${enough} bookings`, () => load.acknowledged.length >= enough, 60_000);
  return load;
}

describe('crashes in mid-load', () => {
  let service;
  let token;
  before(async () => {
    service = await startService({ catalogue: catalogue({ everywhere: 1_000 }) });
    token = await service.gateway();
  });
  after(() => service?.stop());

  test('the embedded Redis writes before it answers', async () => {
    // A crash of a process alone cannot tell this from a laxer setting: the kernel keeps the pages.
    for (const [name, value] of [
      ['appendonly', 'yes'],
      ['appendfsync', 'always'],
      ['no-appendfsync-on-rewrite', 'no'],
      ['maxmemory-policy', 'noeviction'],
    ]) {
      assert.equal((await service.redis(`CONFIG GET ${name}`)).at(-1), value, name);
    }
  });

  test('kill -9 of the service', async () => {
    for (let round = 0; round < 3; round++) {
      const load = await loaded(service, token, 10_000 * (round + 1), 200);
      await service.kill9();
      await load.stop();
      assert.ok(
        load.wishes.some(({ status }) => status === undefined),
        'the crash came in mid-load',
      );
      await service.start();
      await load.settle();
      await service.audit();
    }
  });

  test('kill -9 of the embedded Redis', async () => {
    for (let round = 0; round < 3; round++) {
      const load = await loaded(service, token, 50_000 + 10_000 * round, 200);
      const pid = await service.redisPid();
      assert.ok(pid, 'the embedded Redis runs');
      process.kill(pid, 'SIGKILL');
      await until('a refusal', () => load.wishes.some(({ status }) => status === 503));
      await until('ready again', async () => (await service.get('/readyz')).status === 200, 30_000);
      const before = load.acknowledged.length;
      await until('bookings again', () => load.acknowledged.length > before + 50, 30_000);
      await load.stop();
      assert.notEqual(await service.redisPid(), pid);
      for (const { status, problem, error } of load.wishes) {
        assert.ok(!error, `the service dropped a connection: ${error}`);
        assert.ok(
          status === 201 || (status === 503 && problem === 'store-unavailable'),
          `${status} ${problem}`,
        );
      }
      await load.settle();
      await service.audit();
    }
  });

  test('a Redis that hangs: 503 within the deadline, alive all the time, then whole again', async () => {
    const pid = await service.redisPid();
    const body = booking(person(90_000), { start: '15:00' });
    process.kill(pid, 'SIGSTOP');
    try {
      const began = Date.now();
      const answer = await service.post('/v1/reservations', body, { token, key: 'hang' });
      assertProblem(answer, 503, 'store-unavailable');
      assert.ok(Number(answer.headers['retry-after']) >= 1);
      assert.ok(Date.now() - began < 15_000, `${Date.now() - began} ms`);
      assert.equal((await service.get('/healthz')).status, 200);
      await until('not ready', async () => (await service.get('/readyz')).status === 503);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await until('ready again', async () => (await service.get('/readyz')).status === 200, 30_000);
    const later = await service.post('/v1/reservations', body, { token, key: 'hang' });
    assert.equal(later.status, 201, later.text);
    const again = await service.post('/v1/reservations', body, { token, key: 'hang' });
    assert.deepEqual(again.body, later.body);
    await service.audit();
  });

  test('SIGTERM in mid-load: what is under way is answered, the exit is clean', async () => {
    const load = await loaded(service, token, 100_000, 200);
    await service.terminate();
    await load.stop();
    await service.start();
    await load.settle();
    await service.audit();
  });
});
