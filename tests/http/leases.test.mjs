// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Several workers, one of which does what is done once for a whole city; and the end of a hall's day.
import assert from 'node:assert/strict';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { catalogue, CITY, COUNTY_HALL, HALL, TODAY, TOMORROW } from './catalogue.mjs';
import { startService } from './harness.mjs';
import { pause, proceed, until } from './process.mjs';
import { at, Floor, moveClock } from './tickets.mjs';

const second = (time) => `${TODAY}T${time}+08:00`;

const LEASE_MS = 15_000;

/** What Redis carries out from now on, a line each. */
function monitor(service) {
  const socket = net.connect({ path: join(service.dir, 'redis', 'redis.sock') });
  const seen = { lines: [], close: () => socket.destroy() };
  let rest = '';
  socket.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\r\n');
    rest = lines.pop();
    seen.lines.push(...lines);
  });
  socket.on('error', () => {});
  socket.write('MONITOR\r\n');
  return until('the monitor listens', () => seen.lines.includes('+OK')).then(() => seen);
}

/** Calls of a Function among the lines. */
const callsOf = (lines, name) =>
  lines.filter((line) => new RegExp(`"FCALL" "${name}_[0-9a-f]+"`).test(line));

describe('two workers', () => {
  let service;
  before(async () => {
    service = await startService({ catalogue: catalogue(), workers: 2, now: second('09:59:40') });
  });
  after(() => service?.stop());

  /** {token, pid} of who holds the lease; null when nobody does. */
  const holder = async () => {
    const found = /^(\d+) .*?(\d+)$/.exec((await service.redis(`GET {${CITY}}:lease`))[1] ?? '');
    return found && { token: Number(found[1]), pid: Number(found[2]) };
  };

  test('a pass is made once a minute in the city', async () => {
    const seen = await monitor(service);
    await until('both have begun a minute', () => callsOf(seen.lines, 'sweep').length > 0, 70_000);
    const pids = await service.workerPids();
    assert.equal(pids.length, 2);
    // Each worker looks at what is due in every second: what they do by themselves goes on.
    const from = seen.lines.length;
    const dues = () => seen.lines.slice(from).filter((line) => line.includes(':due"')).length;
    await until('both workers have gone on', () => dues() >= 6);
    assert.equal(callsOf(seen.lines, 'sweep').length, 1, 'the persons are swept once');
    for (const job of ['openings', 'persons', 'plan', 'calendar', 'promote', 'day-end']) {
      const begun = callsOf(seen.lines, 'begin_pass').filter((line) => line.includes(`"${job}"`));
      assert.equal(begun.length, 1, `${job}: ${begun}`);
    }
    seen.close();
  });

  /** Stops the holder until another worker has the lease: {stale, next}. */
  const standStill = async () => {
    const stale = await holder();
    await pause(stale.pid);
    const next = await until(
      'another one has the lease',
      async () => {
        const now = await holder();
        return now && now.pid !== stale.pid && now;
      },
      LEASE_MS + 2_000,
    );
    return { stale, next };
  };

  test('one that stood still for longer than its lease does nothing with it', async () => {
    const { stale, next } = await standStill();
    assert.ok(next.token > stale.token);
    const seen = await monitor(service);
    const granted = async () => service.redis(`HGETALL {${CITY}}:passes`);
    const before = await granted();
    proceed(stale.pid);
    // It goes on, learns that it has no lease, and the lease stays where it is.
    const asks = () =>
      callsOf(seen.lines, 'lease').filter((line) => line.includes(`${stale.pid}"`));
    await until('it has asked again', () => asks().length >= 3);
    assert.deepEqual(await holder(), next);
    const stalePasses = callsOf(seen.lines, 'begin_pass').filter((line) =>
      line.includes(`"${stale.token}"`),
    );
    assert.deepEqual(stalePasses, [], 'it begins no pass');
    assert.equal((await granted()).length, before.length);
    seen.close();
    await service.audit();
  });

  test('kill -9 of the holder: another one takes over within the lease', async () => {
    if ((await holder()).pid === service.child.pid) {
      const { stale } = await standStill();
      proceed(stale.pid);
    }
    const victim = await holder();
    assert.notEqual(victim.pid, service.child.pid);
    process.kill(victim.pid, 'SIGKILL');
    const next = await until(
      'another one has the lease',
      async () => {
        const now = await holder();
        return now && now.pid !== victim.pid && now;
      },
      LEASE_MS,
    );
    assert.ok(next.token > victim.token);
    await until('all passes go on', async () => {
      const minute = Math.floor(Date.parse(await clockOf(service)) / 60_000);
      const passes = await service.redis(`HMGET {${CITY}}:passes openings day-end`);
      return passes.filter((line) => Math.abs(Number(line) - minute) <= 1).length === 2;
    });
    await service.audit();
  });

  test('one that ends gives it back', async () => {
    const { token } = await holder();
    await service.restart();
    const next = await holder();
    assert.equal(next?.token, token + 1);
  });
});

/** The service's clock. */
async function clockOf(service) {
  const began = Date.parse(service.options.now);
  return new Date(began + Date.now() - service.started_ms).toISOString();
}

describe('the end of a day', () => {
  let service;
  let floor;
  let county;
  const of = {};
  const statusOf = async (ticket) => (await floor.read(ticket)).body.status;
  const windows = async (date = TODAY) =>
    (await service.redis(`HVALS {${CITY}}:windows:${date.replaceAll('-', '')}`)).filter((line) =>
      /^[ocp] /.test(line),
    );

  before(async () => {
    service = await startService({ catalogue: catalogue(), now: at('08:00') });
    floor = await Floor.open(service);
    county = await Floor.open(service, COUNTY_HALL);
    of.reservation = await floor.booked(1);
    of.absent = await floor.booked(2, { start: '16:30' });
    await moveClock(service, at('09:05'));
    of.appointment = await floor.checkedIn(of.reservation);
    for (const name of ['served', 'serving', 'parked', 'missed', 'waiting'])
      of[name] = await floor.walkIn();
    of.county = await county.walkIn();
    for (const window of ['A1', 'A2']) await floor.does(window, 'open', { queues: ['A'] });
    await county.does('A1', 'open', { queues: ['A'] });
    for (const [name, ...operations] of [
      ['served', 'start', 'finish'],
      ['parked', 'park'],
      ['missed', 'miss'],
      ['serving', 'start'],
    ]) {
      await floor.does('A1', 'call', { ticket: of[name].id });
      for (const operation of operations) await floor.does('A1', operation);
    }
  });
  after(() => service?.stop());

  test('is not before an hour after closing time', async () => {
    await moveClock(service, at('17:59'));
    assert.equal(await statusOf(of.waiting), 'waiting');
    assert.equal((await windows()).filter((line) => line.startsWith('o')).length, 3);
  });

  test('comes by itself: whoever waits lapses, windows that have nobody close', async () => {
    await moveClock(service, second('17:59:57'));
    await until('the others are closed', async () =>
      (await windows()).every((line) => /^(c - - |o A A\/t3 )/.test(line)),
    );
    for (const name of ['waiting', 'parked', 'missed', 'appointment', 'county'])
      assert.equal(await statusOf(of[name]), 'cancelled', name);
    assert.equal(await statusOf(of.served), 'done');
    assert.deepEqual([of.serving.number, await statusOf(of.serving)], ['A003', 'serving']);
    assert.equal((await floor.reservation(of.reservation)).status, 'cancelled');
    assert.deepEqual(await service.redis(`ZCARD {${CITY}}:line:20261123:${HALL}`), [':0']);
    await service.audit();
  });

  test('is no call where nothing is open', async () => {
    await moveClock(service, second('18:00:58'));
    const more = await monitor(service);
    await until('a minute has begun', () =>
      callsOf(more.lines, 'begin_pass').some((line) => line.includes('day-end')),
    );
    await until('it looked at the days', () => more.lines.some((line) => line.includes(':days_ended"')));
    const dues = () => more.lines.filter((line) => line.includes(':due"')).length;
    const then = dues();
    await until('some seconds more', () => dues() >= then + 2);
    assert.deepEqual(callsOf(more.lines, 'fenced').filter((line) => line.includes('end_day')), []);
    more.close();
  });

  test('of a day when nobody served comes with the next start', async () => {
    await moveClock(service, at('09:05', TOMORROW));
    of.late = await floor.walkIn();
    await floor.does('A1', 'open', { queues: ['A'] });
    assert.equal(await statusOf(of.serving), 'done');
    await moveClock(service, at('08:00', '2026-11-30'));
    assert.equal(await statusOf(of.late), 'cancelled');
    assert.ok((await windows(TOMORROW)).every((line) => /^c - - /.test(line)));
    assert.equal((await service.redis(`GET {${CITY}}:days_ended`))[1], '20261129');
    await service.audit();
  });

  test('waits for an hour without work at any window: who is served behind closing time is', async () => {
    const day = '2026-11-30';
    await moveClock(service, at('16:50', day));
    const [first, next, last] = [await floor.walkIn(), await floor.walkIn(), await floor.walkIn()];
    await floor.does('A1', 'open', { queues: ['A'] });
    await moveClock(service, at('17:40', day));
    assert.equal(await floor.servesNext('A1'), first.number);
    await moveClock(service, `${day}T18:39:57+08:00`);
    const seen = await monitor(service);
    await until('it looked at the days', () => seen.lines.some((line) => line.includes(':days_ended"')));
    seen.close();
    assert.equal(await statusOf(last), 'waiting');
    assert.equal(await floor.servesNext('A1'), next.number);
    await moveClock(service, at('19:41', day));
    await until('the last one has lapsed', async () => (await statusOf(last)) === 'cancelled');
    assert.equal(await statusOf(next), 'done');
    await service.audit();
  });
});
