// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Several worker processes: each sees what the others did before its next answer.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startService } from './harness.mjs';
import { availabilityPath, booking, catalogue, slotsOf, TOMORROW } from './catalogue.mjs';
import { person } from './person.mjs';
import { pause, proceed, until } from './process.mjs';

const ROUNDS = 200;
const EACH = 3; // connections to each worker

describe('two workers', () => {
  let service;
  let token;
  before(async () => {
    const limits = { live_per_person: 100, cancellations_per_month: 1_000 };
    service = await startService({ catalogue: catalogue({ capacity: 1, limits }), workers: 2 });
    token = await service.gateway();
  });
  after(() => service?.stop());

  const book = (pipe, index, start = '09:30') =>
    pipe.send('POST', '/v1/reservations', { token, body: booking(person(index), { start }) });

  const cancel = (pipe, { body }) =>
    pipe.send('POST', `/v1/reservations/${body.id}/cancel`, { token });

  test(`cancel at one worker, then book at the other: ${ROUNDS} rounds, never slot-full`, async () => {
    const workers = await service.connectionsByWorker(EACH);
    assert.equal(workers.length, 2);
    const every = workers.flatMap(({ pipes }) => pipes);
    let held = await book(every[0], 0);
    assert.equal(held.status, 201, held.text);
    for (let round = 1; round <= ROUNDS; round++) {
      // Every connection asks while the slot is taken, so both workers know it as sold out.
      const refused = await Promise.all(every.map((pipe, n) => book(pipe, 5_000 + n)));
      for (const answer of refused)
        assert.equal(answer.body.type, '/problems/slot-full', answer.text);
      const here = workers[round % 2].pipes[round % EACH];
      const there = workers[(round + 1) % 2];
      // The other one stands still meanwhile: it finds our request with older news, and must not
      // answer from them that the place is taken.
      await pause(there.pid);
      const other = await here.send('POST', '/v1/reservations', {
        token,
        body: booking(person(round), { service: 'card', start: '15:00' }),
      });
      await cancel(here, other);
      const cancelled = await cancel(here, held);
      const wish = book(there.pipes[(round >> 1) % EACH], round);
      proceed(there.pid);
      assert.equal(cancelled.status, 200, cancelled.text);
      held = await wish;
      assert.equal(held.status, 201, `round ${round}: ${held.text}`);
    }
    for (const pipe of every) pipe.close();
    await service.audit();
  });

  test('what one worker booked the other shows as taken', async () => {
    const workers = await service.connectionsByWorker(1);
    const [here, there] = workers.flatMap(({ pipes }) => pipes);
    for (const [n, start] of ['10:00', '10:30', '11:00'].entries()) {
      assert.equal((await book(n % 2 ? here : there, 20_000 + n, start)).status, 201);
      await until(
        'the other shows it',
        async () => {
          const { body } = await (n % 2 ? there : here).send('GET', availabilityPath());
          return body.days[0].slots.find((slot) => slot.start === start).remaining === 0;
        },
        5_000,
      );
    }
    here.close();
    there.close();
  });

  test('kill -9 of one worker in mid-load: the service goes on, the worker is replaced', async () => {
    const workers = await service.workerPids();
    assert.equal(workers.length, 2);
    const victim = workers.find((pid) => pid !== service.child.pid);
    let index = 30_000;
    let stopped = false;
    const outcomes = { 201: 0, 409: 0, broken: 0 };
    const lanes = Array.from({ length: 8 }, async () => {
      while (!stopped) {
        const pipe = service.pipeline();
        try {
          for (let n = 0; n < 5; n++) outcomes[(await book(pipe, index++, '14:00')).status]++;
        } catch {
          outcomes.broken++;
        } finally {
          pipe.close();
        }
      }
    });
    await until('some answers', () => outcomes[409] > 20);
    process.kill(victim, 'SIGKILL');
    await until('a new worker', async () => {
      const now = await service.workerPids();
      return now.length === 2 && !now.includes(victim);
    });
    const before = outcomes[409];
    await until('more answers', () => outcomes[409] > before + 50);
    const groups = await service.connectionsByWorker(1);
    for (const { pipes } of groups) pipes[0].close();
    stopped = true;
    await Promise.all(lanes);
    assert.equal(outcomes[201], 1, 'one place, one reservation');
    assert.equal((await slotsOf(service, 'one', TOMORROW))['14:00'].remaining, 0);
    await service.audit();
  });
});
