// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A catalogue that changes while people wait and are served: windows that leave it, numbers whose
// prefix it changes, draws that are under way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertProblem } from './harness.mjs';
import { booking, catalogue, HALL, TODAY } from './catalogue.mjs';
import { young } from './person.mjs';
import { until } from './process.mjs';
import { Change, withHall, withoutWindow, withQueueChanged } from './retire.mjs';
import { at, moveClock } from './tickets.mjs';

const QUEUE_A = `/halls/${HALL}/queues/A`;
const city = () => catalogue({ everywhere: 8, release: { closes_minutes_before: 0 } });

const exchanged = () =>
  withHall(city(), ({ queues: [a, b] }) => ({
    queues: [
      { ...a, prefix: 'B' },
      { ...b, prefix: 'A' },
    ],
  }));

test('a window that serves leaves the catalogue: its work ends as it would have', async (t) => {
  const change = await Change.start(t, city(), { now: at('10:00') });
  const served = await change.walkIn();
  const parked = await change.walkIn();
  const sent = await change.walkIn();
  const waits = await change.walkIn();
  await change.does('A1', 'open');
  assert.equal(await change.callsNext('A1'), served.number);
  await change.does('A1', 'start');

  const changed = withoutWindow(city(), 'A', 'A1');
  const [named] = (await change.refused(changed)).filter((line) => line.includes('windows/A1'));
  assert.match(named, new RegExp(`${QUEUE_A}/windows/A1: .*1 ticket`));
  await change.load(changed, ['--retire']);
  const { body: hall } = await change.get(`/v1/halls/${HALL}`);
  assert.deepEqual(hall.queues[0].windows.map(({ id }) => id), ['A2']);

  assert.equal((await change.does('A1', 'finish')).ticket.status, 'done');
  for (const operation of ['call-next', 'open']) {
    const refused = assertProblem(await change.operate('A1', operation), 409, 'wrong-state');
    assert.equal(refused.state, 'retired');
  }
  const call = await change.operate('A1', 'call', { ticket: waits.number });
  assertProblem(call, 409, 'wrong-state');
  await change.load(city());
  assert.equal(await change.callsNext('A1'), parked.number);
  await change.load(changed, ['--retire']);
  assert.deepEqual(
    (await change.display()).calling.map(({ number, window, window_name }) => [
      number,
      window,
      window_name,
    ]),
    [[parked.number, 'A1', '综合窗口1']],
  );
  assert.equal((await change.does('A1', 'park')).ticket.status, 'parked');
  await change.load(city());
  assert.equal(await change.callsNext('A1'), sent.number);
  await change.load(changed, ['--retire']);
  const { ticket } = await change.does('A1', 'transfer', { queue: 'B' });
  assert.deepEqual([ticket.status, ticket.queue], ['waiting', 'B']);
  assert.equal((await change.does('A1', 'close')).window.state, 'closed');
  await change.does('A2', 'open');
  assert.equal((await change.does('A2', 'resume', { ticket: parked.number })).ticket.status, 'called');
  await change.does('A2', 'start');
  await change.does('A2', 'finish');
  assert.equal(await change.servesNext('A2'), waits.number);

  await moveClock(change.service, at('19:30'));
  await until('the day has ended', async () => (await change.ticket(sent)).status === 'cancelled');
  assert.equal((await change.ticket(served)).status, 'done');
  await change.service.audit();
});

test('who is at a window over midnight stands in the way of that window', async (t) => {
  const hours = { 'mon-fri': ['00:00-24:00'], sat: [], sun: [] };
  const open24 = (one = city()) => ({ ...one, halls: one.halls.map((hall) => ({ ...hall, hours })) });
  const change = await Change.start(t, open24(), { now: at('23:50') });
  const served = await change.walkIn();
  await change.walkIn(); // nobody will call it: it lapses with its day
  await change.does('A1', 'open');
  assert.equal(await change.callsNext('A1'), served.number);
  await change.does('A1', 'start');
  await moveClock(change.service, at('00:10', '2026-11-24'));

  const things = [
    [withoutWindow(open24(), 'A', 'A1'), `${QUEUE_A}/windows/A1`],
    [withHall(open24(), ({ queues: [, b] }) => ({ queues: [b] })), QUEUE_A],
    [withHall(open24(), () => ({ retired: true })), QUEUE_A],
  ];
  for (const [changed, path] of things) {
    const named = (await change.refused(changed)).filter((line) => line.includes(`${path}:`));
    assert.equal(named.length, 1, path);
    assert.match(named[0], /: is in use: 1 ticket of yesterday; leave/);
  }
  await change.load(things[0][0], ['--retire']);
  assert.equal((await change.does('A1', 'finish')).ticket.status, 'done');
  await change.load(open24());
  await change.does('A1', 'close');
  for (const [changed] of things) await change.load(changed, ['--dry-run']);
  await change.service.audit();
});

test('who was sent to a window that leaves is anybody’s at once', async (t) => {
  const change = await Change.start(t, city(), { now: at('10:00') });
  const served = await change.walkIn();
  const sent = await change.walkIn();
  await change.does('A1', 'open');
  await change.does('A2', 'open');
  assert.equal(await change.callsNext('A1'), served.number);
  await change.does('A1', 'start');
  assert.equal(await change.callsNext('A2'), sent.number);
  await change.does('A2', 'transfer', { window: 'A1' });
  const changed = withoutWindow(city(), 'A', 'A1');
  const [named] = (await change.refused(changed)).filter((line) => line.includes('windows/A1'));
  assert.match(named, /2 tickets of today, open/);
  await change.load(changed, ['--retire']);
  assert.equal(await change.callsNext('A2'), sent.number);
  assert.equal((await change.does('A1', 'finish')).ticket.id, served.id);
  const closed = async () => (await change.operate('A1', 'pause')).body.state === 'closed';
  await until('nobody is at it: it is closed', closed, 70_000);
  await change.service.audit();
});

test('numbers keep the prefix with which they were issued', async (t) => {
  const change = await Change.start(t, city(), { now: at('10:05') });
  const a = await change.walkIn();
  const b = await change.walkIn({ service: 'card' });
  const booked = await change.booked(1, { start: '10:30' });
  const { number } = await change.checkedIn(booked);
  assert.deepEqual([a.number, b.number, number], ['A001', 'B001', 'A002']);

  const [named] = (await change.refused(exchanged())).filter((line) => line.includes('A/prefix'));
  assert.match(named, new RegExp(`${QUEUE_A}/prefix: .*2 numbers`));
  await change.load(exchanged(), ['--retire']);
  assert.equal((await change.ticket(a)).number, 'A001');
  assert.equal((await change.reservation(booked)).number, 'A002');
  const later = await change.walkIn();
  const beside = await change.walkIn({ service: 'card' });
  assert.deepEqual([later.number, beside.number], ['A003', 'B002'], 'to the end of the day');
  await change.does('A1', 'open');
  const { ticket, window } = await change.does('A1', 'call', { ticket: 'A003' });
  assert.deepEqual([ticket.id, window.ticket], [later.id, 'A003']);
  const [calling] = (await change.display()).calling;
  assert.deepEqual([calling.number, calling.queue], ['A003', 'A']);
  await change.does('A1', 'start');
  await change.does('A1', 'finish');
  const { reason } = await change.does('A1', 'call-next');
  assert.ok(!/B00/.test(JSON.stringify(reason)), JSON.stringify(reason));
  const { stdout } = await change.service.command(['explain', '--ticket', later.id]);
  assert.match(stdout, /A003/);

  await moveClock(change.service, at('10:00', '2026-11-24'));
  const next = [await change.walkIn(), await change.walkIn({ service: 'card' })];
  assert.deepEqual(next.map((one) => one.number), ['B001', 'A001']);
  assert.equal((await change.ticket(a)).number, 'A001', 'of yesterday');
  assert.equal((await change.reservation(booked)).number, 'A002');
  await change.service.audit();
});

test('a prefix that another queue has given out today is not given twice', async (t) => {
  const change = await Change.start(t, city(), { now: at('10:00') });
  const a = await change.walkIn();
  await change.load(exchanged(), ['--retire']);
  const b = await change.walkIn({ service: 'card' });
  assert.equal(a.number, 'A001');
  assert.match(b.number, /^A[A-Z]001$/);
  await change.does('B1', 'open');
  const { ticket } = await change.does('B1', 'call', { ticket: b.number });
  assert.equal(ticket.id, b.id);
  await change.service.audit();
});

test('a draw that is under way is drawn, whatever the catalogue says by then', async (t) => {
  const lottery = { allocation: 'lottery', lottery_minutes: 10 };
  const draws = () => withQueueChanged(catalogue({ capacity: 5 }), 'A', () => lottery);
  const change = await Change.start(t, draws(), { now: '2026-11-23T23:59:30+08:00' });
  await moveClock(change.service, at('00:03', '2026-11-24'));
  const body = booking(young(1), { date: '2026-11-25' });
  const options = { token: change.tokens.gateway };
  const entry = await change.service.post('/v1/reservations', body, options);
  assert.deepEqual([entry.status, entry.body.status], [202, 'in_draw'], entry.text);
  await change.load(catalogue({ capacity: 5 }));
  const second = await change.book(2, { date: '2026-11-25' });
  assert.deepEqual([second.status, second.body.status], [202, 'in_draw'], second.text);
  await moveClock(change.service, at('00:11', '2026-11-24'));
  await until('it is drawn', async () => {
    const { body: read } = await change.get(`/v1/reservations/${entry.body.id}`, options.token);
    return read.status === 'booked';
  });
  assert.equal((await change.booked(3, { date: '2026-11-25' })).status, 'booked');
  const { status } = await change.get(`/v1/halls/${HALL}/draws/A/2026-11-25`);
  assert.equal(status, 200);
  await change.service.audit();
});
