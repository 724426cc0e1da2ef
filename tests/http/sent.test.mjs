// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Whoever was sent somewhere can be called by somebody, or the answer says who alone can and why.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { catalogue, withQueue } from './catalogue.mjs';
import { assertProblem, startService } from './harness.mjs';
import { Change } from './retire.mjs';
import { at, Floor, moveClock } from './tickets.mjs';

const TOLD_MAX = 20, SENT_MAX = 100;

describe('who was sent somewhere', () => {
  let floor;
  before(async () => {
    const service = await startService({ catalogue: catalogue(), now: at('09:02') });
    floor = await Floor.open(service);
  });
  after(() => floor?.service.stop());

  /** Nobody waits, A1 and A2 are open, no other window is. */
  beforeEach(async () => {
    for (const window of ['A1', 'A2', 'B1', 'B2']) {
      for (const operation of ['finish', 'miss']) await floor.operate(window, operation);
      await floor.does(window, 'open', { queues: ['A', 'B'] });
      while (await floor.callsNext(window)) await floor.does(window, 'miss');
      await floor.does(window, 'close');
    }
    for (const window of ['A1', 'A2']) await floor.does(window, 'open');
  });

  /** Somebody new whom A1 has called and sent on; the number. */
  async function sent(to, body) {
    const { number } = await floor.walkIn(body);
    await floor.does('A1', 'call', { ticket: number });
    const { ticket } = await floor.does('A1', 'transfer', to);
    assert.equal(ticket.status, 'waiting');
    return number;
  }

  /** What `window` is told when it calls the next and gets nobody, without its sentences. */
  async function toldAt(window) {
    const { ticket, reason, waiting } = await floor.does(window, 'call-next');
    assert.deepEqual([ticket, reason], [null, undefined]);
    for (const { text } of waiting ?? []) assert.ok(text.length > 5, text);
    return waiting?.map(({ text: _, ...rest }) => rest);
  }

  test('nobody waits: nothing is told', async () => {
    assert.equal(await toldAt('A1'), undefined);
  });

  test('to a window that closes: is given back to the queue, with the time of arrival', async () => {
    const number = await sent({ window: 'A2' });
    const later = [await floor.walkIn(), await floor.walkIn({ priority: 'pregnant' })];
    const { ticket } = await floor.does('A2', 'close');
    assert.equal(ticket, null);
    const order = [];
    for (let n = 0; n < 3; n++) order.push(await floor.servesNext('A1'));
    assert.deepEqual(order.sort(), [number, ...later.map((one) => one.number)].sort());
    assert.equal(await toldAt('A1'), undefined);
  });

  test('… before who came behind', async () => {
    const number = await sent({ window: 'A2' });
    const later = await floor.walkIn();
    await floor.does('A2', 'close');
    assert.equal(await floor.servesNext('A1'), number);
    assert.equal(await floor.servesNext('A1'), later.number);
  });

  test('… also several, of several queues', async () => {
    const numbers = [
      await sent({ window: 'B1' }),
      await sent({ queue: 'B', window: 'B1' }),
      await sent({ window: 'B1' }),
    ];
    for (const operation of ['open', 'close']) await floor.does('B1', operation);
    assert.equal(await floor.servesNext('A1'), numbers[0]);
    assert.equal(await floor.servesNext('A2'), numbers[2]);
    await floor.does('B2', 'open');
    assert.equal(await floor.servesNext('B2'), numbers[1]);
  });

  test('to an open window: the others are told that it alone calls', async () => {
    const number = await sent({ window: 'A2' });
    const told = [{ number, queue: 'A', window: 'A2', reason: 'window_open' }];
    assert.deepEqual(await toldAt('A1'), told);
    assert.equal(await floor.servesNext('A2'), number);
  });

  test('to a window that pauses: the others are told why, and may call the number', async () => {
    const numbers = [await sent({ window: 'A2' }), await sent({ window: 'A2' })];
    await floor.does('A2', 'pause');
    const told = numbers.map((number) => {
      return { number, queue: 'A', window: 'A2', reason: 'window_paused' };
    });
    assert.deepEqual(await toldAt('A1'), told);
    const english = { headers: { 'accept-language': 'en' } };
    const { waiting } = (await floor.operate('A1', 'call-next', undefined, english)).body;
    assert.match(waiting[0].text, new RegExp(`${numbers[0]}.*paused.*call`));
    const { ticket } = await floor.does('A1', 'call', { ticket: numbers[0] });
    assert.equal(ticket.window, 'A1');
    await floor.does('A2', 'close');
    await floor.does('A1', 'miss');
    assert.equal(await floor.servesNext('A1'), numbers[1]);
  });

  test('to a window that is not open yet: the same, until it opens', async () => {
    const number = await sent({ window: 'B2' });
    const told = [{ number, queue: 'A', window: 'B2', reason: 'window_closed' }];
    assert.deepEqual(await toldAt('A1'), told);
    assert.deepEqual(await toldAt('A2'), told);
    await floor.does('B2', 'open');
    assert.equal(await floor.servesNext('B2'), number);
  });

  test('to a queue that no window serves now', async () => {
    const number = await sent({ queue: 'B' });
    const told = { number, queue: 'B' };
    assert.deepEqual(await toldAt('A1'), [{ ...told, reason: 'queue_unserved' }]);
    await floor.does('B1', 'open');
    assert.deepEqual(await toldAt('A1'), [{ ...told, reason: 'queue_served' }]);
    await floor.does('B1', 'pause');
    assert.deepEqual(await toldAt('A1'), [{ ...told, reason: 'queue_unserved' }]);
    await floor.does('B1', 'open', { queues: ['A'] });
    assert.deepEqual(await toldAt('B1'), [{ ...told, reason: 'queue_unserved' }]);
    await floor.does('B1', 'open', { queues: ['A', 'B'] });
    assert.equal(await floor.servesNext('B1'), number);
  });

  test('a queue loses its last window', async () => {
    const first = await floor.walkIn();
    await floor.walkIn();
    await floor.does('A1', 'open', { queues: ['B'] });
    await floor.does('A2', 'close');
    const told = [{ number: first.number, queue: 'A', reason: 'queue_unserved' }];
    assert.deepEqual(await toldAt('A1'), told);
  });

  test('one who was put back is called when nobody else is', async () => {
    const { number } = await floor.walkIn();
    assert.equal(await floor.callsNext('A1'), number);
    await floor.does('A1', 'requeue');
    await floor.does('A2', 'close');
    assert.equal(await floor.servesNext('A1'), number);
  });

  test('a parked one is taken up by another window when his closes', async () => {
    const { number } = await floor.walkIn();
    assert.equal(await floor.callsNext('A2'), number);
    for (const operation of ['start', 'park', 'close']) await floor.does('A2', operation);
    const { ticket } = await floor.does('A1', 'resume', { ticket: number });
    assert.deepEqual([ticket.status, ticket.window], ['serving', 'A1']);
  });

  test('a window that was left with somebody: another takes over', async () => {
    const { number } = await floor.walkIn();
    assert.equal(await floor.callsNext('A2'), number);
    await floor.does('A2', 'start');
    const named = { ticket: number };
    const problem = assertProblem(await floor.operate('A1', 'call', named), 409, 'wrong-state');
    assert.deepEqual([problem.state, problem.ticket.window], ['serving', 'A2']);
    await floor.does('A2', 'park');
    assert.equal((await floor.does('A1', 'resume', named)).ticket.status, 'serving');
  });

  test(`at most ${TOLD_MAX} are told, a queue that nobody serves first`, async () => {
    for (let n = 0; n <= TOLD_MAX; n++) await sent({ window: 'A2' });
    const number = await sent({ queue: 'B' });
    const told = await toldAt('A1');
    assert.equal(told.length, TOLD_MAX);
    assert.deepEqual(told[0], { number, queue: 'B', reason: 'queue_unserved' });
    assert.ok(told.slice(1).every(({ window }) => window === 'A2'));
    await floor.service.audit();
  });

  test(`at most ${SENT_MAX} wait for one window; to its queue, or when it has called, more can be sent`, async () => {
    const first = await sent({ window: 'A2' });
    for (let n = 1; n < SENT_MAX; n++) await sent({ window: 'A2' });
    const { number } = await floor.walkIn();
    await floor.does('A1', 'call', { ticket: number });
    for (const to of [{ window: 'A2' }, { queue: 'B', window: 'A2' }]) {
      const full = assertProblem(await floor.operate('A1', 'transfer', to), 409, 'limit-reached');
      assert.equal(full.limit, 'window');
    }
    assert.equal((await floor.does('A1', 'start')).ticket.number, number, 'it is still at A1');
    assert.equal(await floor.servesNext('A2'), first);
    assert.equal((await floor.does('A1', 'transfer', { window: 'A2' })).ticket.status, 'waiting');
    const last = await floor.walkIn();
    await floor.does('A1', 'call', { ticket: last.number });
    assert.equal((await floor.does('A1', 'transfer', { queue: 'B' })).ticket.status, 'waiting');
    await floor.service.audit();
  });
});

test('to a window that is retired: anybody who serves the queue calls', async () => {
  const service = await startService({ catalogue: catalogue(), now: at('09:02') });
  try {
    const floor = await Floor.open(service);
    for (const window of ['A1', 'A2']) await floor.does(window, 'open');
    const [stays, goes] = [await floor.walkIn(), await floor.walkIn()];
    await floor.does('A2', 'call', { ticket: stays.number });
    await floor.does('A2', 'start');
    await floor.does('A1', 'call', { ticket: goes.number });
    await floor.does('A1', 'transfer', { window: 'A2' });
    const change = new Change(service);
    await change.load(withQueue(catalogue(), 'A', { windows: [{ id: 'A1', name: '窗口1' }] }), [
      '--retire',
    ]);
    assert.equal(await floor.callsNext('A1'), goes.number);
    assert.equal((await floor.does('A2', 'finish')).ticket.number, stays.number);
    await service.audit();
  } finally {
    await service.stop();
  }
});

describe('a package whose next step nobody serves', () => {
  let floor;
  before(async () => {
    const city = withQueue(catalogue(), 'A', { requeue_places: 2 });
    const service = await startService({ catalogue: city, now: at('08:20') });
    floor = await Floor.open(service);
  });
  after(() => floor?.service.stop());

  test('is told of', async () => {
    const booked = await floor.booked(1, { service: undefined, package: 'both', start: '09:00' });
    await moveClock(floor.service, at('09:02'));
    const { number } = await floor.checkedIn(booked);
    await floor.does('A1', 'open');
    assert.equal(await floor.servesNext('A1'), number);
    const { waiting } = await floor.does('A1', 'call-next');
    const [{ text, ...rest }] = waiting;
    assert.match(text, /社保窗口/);
    assert.deepEqual(rest, { number, queue: 'B', reason: 'queue_unserved' });
    await floor.does('B2', 'open');
    assert.equal(await floor.servesNext('B2'), number);
    await floor.service.audit();
  });
});
