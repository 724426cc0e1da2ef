// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Several worker processes: each sees what the others did before its next answer.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startService, until } from './harness.mjs';
import { booking, catalogue } from './catalogue.mjs';
import { person } from './person.mjs';

const ROUNDS = 200;
const CONNECTIONS = 6;

describe('two workers', () => {
  let service;
  let token;
  before(async () => {
    const limits = { live_per_person: 100, cancellations_per_month: 100_000 };
    service = await startService({ catalogue: catalogue({ capacity: 1, limits }), workers: 2 });
    token = await service.gateway();
  });
  after(() => service?.stop());

  test(`cancel, then book through other connections: ${ROUNDS} rounds, never slot-full`, async () => {
    const connections = Array.from({ length: CONNECTIONS }, () => service.pipeline());
    const post = (n, path, body) => connections[n % CONNECTIONS].send('POST', path, { token, body });
    let held = await post(0, '/v1/reservations', booking(person(0)));
    assert.equal(held.status, 201, held.text);
    for (let round = 1; round <= ROUNDS; round++) {
      // Every connection asks while the slot is taken, so every worker knows it as sold out.
      const refused = await Promise.all(connections.map((_, n) => post(n, '/v1/reservations', booking(person(5_000 + n)))));
      for (const answer of refused) assert.equal(answer.body.type, '/problems/slot-full', answer.text);
      const cancelled = await post(round, `/v1/reservations/${held.body.id}/cancel`, {});
      assert.equal(cancelled.status, 200, cancelled.text);
      held = await post(round + 1 + (round % (CONNECTIONS - 1)), '/v1/reservations', booking(person(round)));
      assert.equal(held.status, 201, `round ${round}: ${held.text}`);
    }
    for (const connection of connections) connection.close();
    await service.audit();
  });

  test('kill -9 of one worker: the service goes on and the worker is replaced', async () => {
    const workers = await service.workerPids();
    assert.equal(workers.length, 2, `workers: ${workers}`);
    process.kill(workers[0], 'SIGKILL');
    let index = 10_000;
    await until('a new worker', async () => {
      const now = await service.workerPids();
      return now.length === 2 && !now.includes(workers[0]);
    });
    for (let n = 0; n < 50; n++) {
      // A connection of its own each time, so that both workers get some.
      const pipe = service.pipeline();
      const answer = await pipe.send('POST', '/v1/reservations', { token, body: booking(person(index++), { start: '14:00' }) });
      assert.ok([201, 409].includes(answer.status), answer.text);
      pipe.close();
    }
    await service.audit();
  });
});
