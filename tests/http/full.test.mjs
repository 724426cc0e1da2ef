// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A full Redis: it says so, reads go on, nothing is booked, and with room again all goes on.
import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { availabilityPath, booking, catalogue, CITY, HALL } from './catalogue.mjs';
import { assertProblem, startService } from './harness.mjs';
import { Listener } from './listener.mjs';
import { person } from './person.mjs';
import { killIfThere, until } from './process.mjs';
import { Floor } from './tickets.mjs';

const MIB = 1 << 20;
const LIMIT_MIB = 24;

async function memoryOf(service) {
  const { text } = await service.get('/metrics');
  const [used, max] = ['used', 'max'].map((name) =>
    Number(new RegExp(`^jiaohao_store_memory_${name}_bytes (\\d+)$`, 'm').exec(text)?.[1]),
  );
  return { used, max };
}

describe('a full Redis', () => {
  let service, floor, reservation, ticket, admin, screen;

  const fill = async () => {
    const [length] = await service.redis(`SETRANGE filler ${LIMIT_MIB * MIB} x`);
    assert.equal(length, `:${LIMIT_MIB * MIB + 1}`);
  };
  const ready = () => service.get('/readyz', { language: 'en' });
  const book = (n) =>
    service.post('/v1/reservations', booking(person(n)), {
      token: floor.tokens.gateway,
      key: `full-${n}`,
    });

  before(async () => {
    service = await startService({
      catalogue: catalogue(),
      args: ['--redis-memory', String(LIMIT_MIB)],
    });
    floor = await Floor.open(service);
    admin = await service.token('city_admin', { city: CITY });
    await floor.does('A1', 'open', { queues: ['A'] });
    reservation = await floor.booked(1, { start: '15:00' });
    ticket = await floor.walkIn();
    screen = await new Listener(service).open();
    await screen.hasSnapshots(1);
  });
  after(() => service.stop());

  test('the limit is set, and seen', async () => {
    assert.equal((await service.redis('CONFIG GET maxmemory')).at(-1), String(LIMIT_MIB * MIB));
    const { used, max } = await memoryOf(service);
    assert.equal(max, LIMIT_MIB * MIB);
    assert.ok(used > 100_000 && used < max, `${used}`);
    assert.equal((await ready()).status, 200);
  });

  /** All that only reads. */
  const reads = async () => {
    const of = (path, token) => service.get(path, { token });
    const answers = {
      healthz: await service.get('/healthz'),
      availability: await of(availabilityPath()),
      halls: await of(`/v1/cities/${CITY}/halls`),
      display: await of(`/v1/halls/${HALL}/display`),
      reservation: await of(`/v1/reservations/${reservation.id}`, floor.tokens.gateway),
      list: await of('/v1/reservations?date=2026-11-23', floor.tokens.admin),
      ticket: await floor.read(ticket),
      statistics: await of(`/v1/halls/${HALL}/statistics?from=2026-11-23&to=2026-11-23`, admin),
    };
    for (const [name, { status, text }] of Object.entries(answers))
      assert.equal(status, 200, `${name}: ${text}`);
  };

  const isFull = async () => {
    const problem = assertProblem(await ready(), 503, 'store-unavailable');
    assert.equal(problem.reason, 'memory-full');
    assert.match(problem.detail, /memory/);
    await reads();
    const { used, max } = await memoryOf(service);
    assert.ok(used > max, `${used} of ${max}`);
    const answer = await book(2);
    assertProblem(answer, 503, 'store-unavailable');
    assert.ok(Number(answer.headers['retry-after']) >= 1);
    assertProblem(await floor.issue({}), 503, 'store-unavailable');
    assertProblem(await floor.operate('A1', 'call-next'), 503, 'store-unavailable');
    assertProblem(await floor.checkIn(reservation), 503, 'store-unavailable');
  };

  /** With room again, without a restart: what was refused is done now, once. */
  const goesOn = async () => {
    const before = screen.events.length;
    assert.deepEqual(await service.redis('DEL filler'), [':1']);
    assert.equal((await ready()).status, 200);
    const first = await book(2);
    assert.equal(first.status, 201, first.text);
    assert.deepEqual((await book(2)).body, first.body);
    await floor.walkIn();
    await screen.has(before + 1);
    await service.audit();
  };

  test('it says so, reads go on, nothing is booked; then all goes on', async () => {
    await fill();
    await isFull();
    await goesOn();
  });

  test('also when it was lost meanwhile', async () => {
    const shown = screen.snapshots.length;
    await fill();
    const killed = await service.redisPid();
    killIfThere(killed, 'SIGKILL');
    await until(
      'it is back',
      async () => (await ready()).body.reason === 'memory-full',
      30_000,
    );
    assert.notEqual(await service.redisPid(), killed);
    await screen.hasSnapshots(shown + 1);
    await isFull();
    // It is read anew once, not again and again for what cannot be written.
    assert.equal(screen.snapshots.length, shown + 1);
    await goesOn();
  });

  test('and when the service is started', async () => {
    await fill();
    await service.restart();
    await isFull();
    await screen.open();
    await goesOn();
    screen.close();
  });
});

describe('the limit of memory', () => {
  test('without a setting it is half of what the machine, or its control group, has', async () => {
    const service = await startService({ catalogue: catalogue() });
    try {
      const { max } = await memoryOf(service);
      assert.ok(max > 16 * MIB && max <= totalmem() / 2, `${max} of ${totalmem()}`);
    } finally {
      await service.stop();
    }
  });
});
