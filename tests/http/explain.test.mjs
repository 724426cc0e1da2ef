// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// `jiaohao explain --ticket ID`: why somebody who came later was called before.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { catalogue, CITY, HALL } from './catalogue.mjs';
import { startService } from './harness.mjs';
import { at, Floor, moveClock } from './tickets.mjs';

describe('explain', () => {
  let service;
  let floor;
  const tickets = {};
  before(async () => {
    service = await startService({ catalogue: catalogue(), now: at('08:15') });
    floor = await Floor.open(service);
    const early = await floor.booked(1, { service: 'card' });
    const later = await floor.booked(2, { service: 'one', start: '10:00' });
    await moveClock(service, at('09:05'));
    tickets.a1 = await floor.walkIn();
    tickets.a2 = await floor.walkIn();
    tickets.b1 = await floor.walkIn({ service: 'card' });
    await moveClock(service, at('09:15'));
    tickets.b2 = await floor.checkedIn(early);
    await moveClock(service, at('09:35'));
    tickets.a3 = await floor.checkedIn(later);
    tickets.b3 = await floor.walkIn({ service: 'card' });
    await floor.does('A1', 'open', { queues: ['A', 'B'] });
    await floor.does('B1', 'open', { queues: ['B'] });
    assert.equal(await floor.servesNext('A1'), 'B002');
    assert.equal(await floor.callsNext('B1'), 'B001');
    assert.equal(await floor.callsNext('A1'), 'A001');
    await floor.does('A1', 'requeue');
    await floor.does('A1', 'call', { ticket: tickets.a3.id });
    await floor.does('A1', 'recall');
    await floor.does('A1', 'start');
    await floor.does('A1', 'transfer', { queue: 'B' });
    assert.equal(await floor.callsNext('A1'), 'A002');
    await floor.does('B1', 'miss');
    assert.equal(await floor.callsNext('B1'), 'A003');
    await floor.does('B1', 'miss');
  });
  after(() => service?.stop());

  const explain = async ({ id }) => {
    const { stdout } = await service.command(['explain', '--ticket', id]);
    return stdout.trimEnd().split('\n');
  };
  /** Each line matches the pattern of its place, behind the time. */
  const assertLines = (lines, patterns) => {
    assert.equal(lines.length, patterns.length, lines.join('\n'));
    for (const [n, pattern] of patterns.entries())
      assert.match(lines[n].replace(/^09:\d\d:\d\d {2}/, ''), pattern);
  };

  test('the appointment that came later, the one that was chosen, the turn of one put back', async () => {
    assertLines(await explain(tickets.a2), [
      /^A002 issued for queue A, earns as walk_in 0.5 a second from 09:05:0\d$/,
      /^window A1 called B002 by credit: appointment, 1 × \d+ s = \d+\.\d; A002 had walk_in, 0\.5 × \d+ s = \d+\.\d$/,
      /^window A1 called A001 by credit: walk_in, 0\.5 × \d+ s = \d+\.\d; A002 had walk_in, 0\.5 × \d+ s = \d+\.\d$/,
      /^window A1 called A003 because its clerk chose it; A002 had walk_in, 0\.5 × \d+ s = \d+\.\d$/,
      /^called to window A1 by credit: walk_in, 0\.5 × \d+ s = \d+\.\d; behind it A003 with \d+(\.\d)?$/,
    ]);
  });

  test('numbers that the text tells agree: the one before had the larger credit', async () => {
    const [, b2] = await explain(tickets.a2);
    const [theirs, own] = [...b2.matchAll(/= (\d+\.\d)/g)].map(([, credit]) => Number(credit));
    assert.ok(Math.abs(theirs - 1 * 2_100) < 60, '09:00 to 09:35, as an appointment');
    assert.ok(Math.abs(own - 0.5 * 1_800) < 60, '09:05 to 09:35, as a walk-in');
    assert.match(b2, /^09:35:\d\d {2}/);
  });

  test('of another window with another queue nothing is said', async () => {
    assertLines(await explain(tickets.b1), [
      /^B001 issued for queue B/,
      /^window A1 called B002 by credit: appointment, .*; B001 had walk_in, 0\.5 × \d+ s/,
      /^called to window B1 by credit: walk_in, 0\.5 × \d+ s = \d+\.\d; behind it B003 with \d+(\.\d)?$/,
      /^missed at window B1$/,
    ]);
    assert.ok(!(await explain(tickets.a2)).some((line) => line.includes('B001')));
  });

  test('an early appointment, a call of choice, a transfer, a missed call', async () => {
    assertLines(await explain(tickets.a3), [
      /^A003 issued for queue A, earns as walk_in 0.5 a second from 09:35:\d\d, as appointment 1 a second from 10:00:00$/,
      /^window A1 called B002 by credit: .*; A003 had walk_in, 0\.5 × \d+ s = \d+\.\d$/,
      /^window A1 called A001 by credit: .*; A003 had walk_in, 0\.5 × \d+ s = \d+\.\d$/,
      /^called to window A1 because its clerk chose it$/,
      /^called again to window A1$/,
      /^sent on at window A1, waits for queue B, earns as walk_in 0.5 a second from 09:35:\d\d, as appointment/,
      /^window A1 called A002 by credit: .*; A003 had walk_in, 0\.5 × \d+ s = \d+\.\d$/,
      /^called to window B1 by credit: walk_in, 0\.5 × \d+ s = \d+\.\d; behind it B003 with \d+(\.\d)?$/,
      /^missed at window B1$/,
    ]);
  });

  test('who was put back waits for his turn', async () => {
    assertLines(await explain(tickets.a1), [
      /^A001 issued for queue A/,
      /^window A1 called B002 by credit/,
      /^called to window A1 by credit: walk_in, .*; behind it A002 with \d+(\.\d)?$/,
      /^waits again in queue A, due after 3 more calls$/,
      /^window A1 called A003 because its clerk chose it; A001 was put back, due after 3 more calls$/,
      /^window A1 called A002 by credit: .*; A001 was put back, due after 2 more calls$/,
      /^it still waits$/,
    ]);
  });

  test('somebody who was alone is before nobody', async () => {
    await floor.does('B1', 'call-next'); // B003
    await floor.does('B1', 'miss');
    const last = await floor.walkIn({ service: 'card' });
    assert.equal(await floor.callsNext('B1'), 'B004');
    const [, called] = await explain(last);
    assert.match(called, /called to window B1 by credit: .*; nobody else waited there$/);
    assert.ok(!(await explain(tickets.a1)).some((line) => line.includes('window B1')), 'not its queue');
  });

  test('a damaged ledger is told, the rest explained', async () => {
    const key = `{${CITY}}:calls:${tickets.a1.id.split('.')[1]}:${HALL}`;
    for (const damage of ['noise', "'1795737600000 called B1 B/t1 B w {'"])
      assert.match((await service.redis(`RPUSH ${key} ${damage}`))[0], /^:\d+$/);
    const lines = await explain(tickets.a1);
    assert.match(lines[0], /A001 issued for queue A/);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('the ledger says')),
      ['noise', '{'].map((rest) => `the ledger says what cannot be read: ${rest}`),
    );
  });

  test('what is no ticket', async () => {
    const { stderr } = await service.command(['explain', '--ticket', 'A001'], { code: 2 });
    assert.match(stderr, /A001 is no ticket's id, such as/);
    await service.command(['explain'], { code: 2 });
    const other = tickets.a1.id.replace(/.{6}$/, 'ZZZZZZ');
    const unknown = await service.command(['explain', '--ticket', other], { code: 1 });
    assert.match(unknown.stderr, /no such ticket/);
    const elsewhere = tickets.a1.id.replace(HALL, '990000-01');
    assert.match(
      (await service.command(['explain', '--ticket', elsewhere], { code: 1 })).stderr,
      /no catalogue of city 990000/,
    );
  });
});
