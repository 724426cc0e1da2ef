// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What a clerk does at a window, from opening it to the last ticket.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, startService } from './harness.mjs';
import {
  catalogue,
  CITY,
  COUNTY_HALL,
  HALL,
  OTHER_CITY,
  otherCity,
  withQueue,
} from './catalogue.mjs';
import { inParallel } from './closing.mjs';
import { at, Floor, moveClock } from './tickets.mjs';

const errorsOf = (answer) =>
  assertProblem(answer, 400, 'invalid-request').errors.map(({ pointer }) => pointer);

/** A hall at two past nine, everybody gone. */
async function quietHall(options) {
  const service = await startService({ catalogue: catalogue(), now: at('09:02'), ...options });
  return Floor.open(service);
}

describe('a window', () => {
  let floor;
  before(async () => {
    floor = await quietHall({ catalogue: withQueue(catalogue(), 'B', { prefix: 'CX' }) });
  });
  after(() => floor?.service.stop());

  test('opens with its own queues, with others, with those that it served before', async () => {
    const { window, ticket } = await floor.does('A1', 'open');
    const { since, ...rest } = window;
    assert.match(since, /^2026-11-23T09:0/);
    const own = { id: 'A1', name: '综合窗口1', state: 'open', queues: ['A'], ticket: null };
    assert.deepEqual([rest, ticket], [own, null]);
    const both = await floor.does('A1', 'open', { queues: ['A', 'B'] });
    assert.deepEqual(both.window.queues, ['A', 'B']);
    assert.equal((await floor.does('A1', 'pause')).window.state, 'paused');
    assert.deepEqual((await floor.does('A1', 'open')).window.queues, ['A', 'B']);
    const closed = (await floor.does('A1', 'close')).window;
    assert.deepEqual([closed.state, closed.queues], ['closed', []]);
    assert.deepEqual((await floor.does('A1', 'open')).window.queues, ['A']);
  });

  test('calls nobody when nobody waits', async () => {
    const { ticket, window, reason } = await floor.does('A1', 'call-next');
    assert.deepEqual([ticket, window.ticket, reason], [null, null, undefined]);
  });

  test('serves a ticket from its call to its end', async () => {
    const { id, number } = await floor.walkIn();
    const called = await floor.does('A1', 'call-next');
    assert.equal(called.window.ticket, number);
    const { status, window, calls, ahead, wait_seconds, called_at, started_at } = called.ticket;
    assert.deepEqual([called.ticket.id, status, window, calls, ahead], [id, 'called', 'A1', 1, 0]);
    assert.deepEqual(wait_seconds, { p50: 0, p90: 0 });
    assert.ok(called_at && !started_at);
    assert.deepEqual([called.reason.rule, called.reason.class], ['only_one', 'walk_in']);
    const started = (await floor.does('A1', 'start')).ticket;
    assert.ok(started.started_at && !started.finished_at);
    assert.equal(started.status, 'serving');
    const finished = await floor.does('A1', 'finish');
    assert.deepEqual([finished.window.ticket, finished.ticket.status], [null, 'done']);
    assert.ok(finished.ticket.finished_at);
    const read = (await floor.read({ id })).body;
    assert.deepEqual(read, finished.ticket);
  });

  test('calls one by its number or its id', async () => {
    const [one, two] = [await floor.walkIn(), await floor.walkIn()];
    const chosen = await floor.does('A1', 'call', { ticket: two.number });
    assert.deepEqual([chosen.ticket.id, chosen.reason.rule], [two.id, 'chosen']);
    await floor.does('A1', 'miss');
    assert.equal((await floor.does('A1', 'call', { ticket: one.id })).ticket.number, one.number);
    await floor.does('A1', 'miss');
  });

  test('knows a number by the prefix of the queue that issued it', async () => {
    const { number, id } = await floor.walkIn({ service: 'card' });
    assert.equal(number, 'CX001');
    await floor.does('B1', 'open');
    const { ticket, window } = await floor.does('B1', 'call', { ticket: 'CX001' });
    assert.deepEqual([ticket.id, window.ticket], [id, number]);
    await floor.does('B1', 'miss');
    await floor.does('B1', 'close');
  });

  test('three calls without an answer, then missed', async () => {
    const { number } = await floor.walkIn();
    const call = (await floor.does('A1', 'call-next')).ticket;
    assert.deepEqual([call.number, call.calls], [number, 1]);
    assert.equal((await floor.does('A1', 'recall')).ticket.calls, 2);
    assert.deepEqual((await floor.does('A1', 'recall')).ticket.status, 'called');
    const fourth = await floor.does('A1', 'recall');
    assert.deepEqual([fourth.ticket.status, fourth.ticket.calls], ['missed', 3]);
    assert.deepEqual([fourth.window.ticket, fourth.ticket.finished_at], [null, null]);
    assert.equal(await floor.callsNext('A1'), null);
  });

  test('parks a ticket and takes it up where it was', async () => {
    const [one, two] = [await floor.walkIn(), await floor.walkIn()];
    await floor.callsNext('A1');
    const parked = await floor.does('A1', 'park');
    assert.deepEqual([parked.ticket.status, parked.window.ticket], ['parked', null]);
    assert.equal(await floor.servesNext('A1'), two.number);
    const called = (await floor.does('A1', 'resume', { ticket: one.number })).ticket;
    assert.deepEqual([called.status, called.window], ['called', 'A1']);
    const started = (await floor.does('A1', 'start')).ticket;
    await floor.does('A1', 'park');
    await floor.does('A2', 'open');
    const resumed = await floor.does('A2', 'resume', { ticket: one.number });
    assert.equal(resumed.window.ticket, one.number);
    assert.deepEqual(
      [resumed.ticket.status, resumed.ticket.window, resumed.ticket.started_at],
      ['serving', 'A2', started.started_at],
    );
    assert.equal((await floor.does('A2', 'finish')).ticket.status, 'done');
    await floor.does('A2', 'close');
  });

  test('transfers to a queue, where it keeps its time of arrival', async () => {
    const [wrong, later] = [await floor.walkIn(), await floor.walkIn({ service: 'card' })];
    await floor.does('B1', 'open');
    await floor.callsNext('A1');
    await floor.does('A1', 'start');
    const { ticket, window } = await floor.does('A1', 'transfer', { queue: 'B' });
    assert.deepEqual([ticket.status, ticket.queue, ticket.window], ['waiting', 'B', null]);
    assert.deepEqual([ticket.number, ticket.issued_at], [wrong.number, wrong.issued_at]);
    assert.equal(window.ticket, null);
    assert.equal(await floor.callsNext('A1'), null);
    assert.equal(await floor.servesNext('B1'), wrong.number);
    assert.equal(await floor.servesNext('B1'), later.number);
    await floor.does('B1', 'close');
  });

  test('transfers to a window, which alone calls it', async () => {
    const { number } = await floor.walkIn();
    await floor.does('A2', 'open');
    await floor.callsNext('A1');
    const { ticket } = await floor.does('A1', 'transfer', { window: 'B2' });
    assert.deepEqual([ticket.status, ticket.window], ['waiting', null]);
    assert.equal(await floor.callsNext('A1'), null);
    assert.equal(await floor.callsNext('A2'), null);
    await floor.does('B2', 'open');
    assert.equal(await floor.servesNext('B2'), number);
    for (const window of ['A2', 'B2']) await floor.does(window, 'close');
  });

  test('transfers to a window in another queue, by whose weights it waits', async () => {
    const { number } = await floor.walkIn();
    await floor.callsNext('A1');
    const { ticket } = await floor.does('A1', 'transfer', { queue: 'B', window: 'B2' });
    assert.deepEqual([ticket.status, ticket.queue, ticket.number], ['waiting', 'B', number]);
    for (const window of ['B1', 'B2']) await floor.does(window, 'open');
    assert.equal(await floor.callsNext('B1'), null);
    assert.equal(await floor.servesNext('B2'), number);
    for (const window of ['B1', 'B2']) await floor.does(window, 'close');
  });

  test('names what it does not know', async () => {
    const clerk = { token: floor.tokens.clerk };
    for (const [operation, body, pointers] of [
      ['open', { queues: ['A', 'Z', 7] }, ['/queues/1', '/queues/2']],
      ['open', { queues: [] }, ['/queues']],
      ['open', { queues: 'A' }, ['/queues']],
      ['open', { queue: 'A' }, ['/queue']],
      ['pause', { ticket: 'A001' }, ['/ticket']],
      ['call', {}, ['/ticket']],
      ['call', { ticket: 'Z001' }, ['/ticket']],
      ['call', { ticket: 'A' }, ['/ticket']],
      ['call', { ticket: 7 }, ['/ticket']],
      ['call', { ticket: `${COUNTY_HALL}.20261123.A-t1-K7Q9X2` }, ['/ticket']],
      ['resume', { ticket: `${HALL}.20261122.A-t1-K7Q9X2` }, ['/ticket']],
      ['transfer', {}, ['']],
      ['transfer', { queue: 'Z', window: 'Z9' }, ['/queue', '/window']],
      ['transfer', { queue: 'Z' }, ['/queue']],
      ['transfer', { window: 'Z9' }, ['/window']],
    ]) {
      const answer = await floor.operate('A1', operation, body);
      assert.deepEqual(errorsOf(answer), pointers, `${operation} ${JSON.stringify(body)}`);
    }
    assert.deepEqual(errorsOf(await floor.operate('A1', 'pause', '{')), ['']);
    assertProblem(await floor.operate('A1', 'call', { ticket: 'A900' }), 404, 'not-found');
    assertProblem(await floor.operate('A1', 'resume', { ticket: 'A900' }), 404, 'not-found');
    assertProblem(await floor.operate('Z9', 'open'), 404, 'not-found');
    const nowhere = '/v1/halls/410400-77/windows/A1/open';
    assertProblem(await floor.service.post(nowhere, undefined, clerk), 404, 'not-found');
    const path = `/v1/halls/${HALL}/windows/A1/dance`;
    assertProblem(await floor.service.post(path, undefined, clerk), 404, 'not-found');
    await floor.service.audit();
  });
});

describe('who may work at a window', () => {
  let floor;
  before(async () => {
    floor = await quietHall({ catalogue: [catalogue(), otherCity()] });
  });
  after(() => floor?.service.stop());

  const opens = async (role, extra) => {
    const token = await floor.service.token(role, { city: CITY, ttl: '0', ...extra });
    return floor.operate('A1', 'open', undefined, { token });
  };

  test('its clerk, those of the hall, the hall admin', async () => {
    for (const [role, extra] of [
      ['clerk', { hall: HALL, window: 'A1' }],
      ['clerk', { hall: HALL }],
      ['hall_admin', { hall: HALL }],
    ])
      assert.equal((await opens(role, extra)).status, 200, role);
  });

  test('nobody else', async () => {
    for (const [role, extra] of [
      ['clerk', { hall: HALL, window: 'A2' }],
      ['clerk', { hall: COUNTY_HALL }],
      ['hall_admin', { hall: COUNTY_HALL }],
      ['kiosk', { hall: HALL }],
      ['display', { hall: HALL }],
      ['gateway', {}],
      ['gateway', { city: OTHER_CITY }],
    ])
      assertProblem(await opens(role, extra), 403, 'forbidden');
    const path = `/v1/halls/${HALL}/windows/A1/open`;
    assertProblem(await floor.service.post(path), 401, 'unauthorized');
  });
});

describe('states', () => {
  let floor;
  before(async () => {
    floor = await quietHall();
  });
  after(() => floor?.service.stop());

  // Brings window A1 into a situation; returns the ticket that it has.
  const situations = {
    closed: () => null,
    open: () => floor.does('A1', 'open'),
    paused: async () => {
      await situations.open();
      return floor.does('A1', 'pause');
    },
    called: async () => {
      await situations.open();
      await floor.walkIn();
      return floor.does('A1', 'call-next');
    },
    'called, paused': async () => {
      await situations.called();
      return floor.does('A1', 'pause');
    },
    serving: async () => {
      await situations.called();
      return floor.does('A1', 'start');
    },
    'serving, paused': async () => {
      await situations.serving();
      return floor.does('A1', 'pause');
    },
  };

  /** Everything ends: the window is closed and nobody waits for it. */
  async function clear() {
    for (const operation of ['finish', 'miss']) await floor.operate('A1', operation);
    await floor.does('A1', 'open');
    while (await floor.callsNext('A1')) await floor.does('A1', 'miss');
    await floor.does('A1', 'close');
  }

  // y: done; otherwise the state that the refusal names.
  const names = Object.keys(situations);
  const table = {
    //           closed    open    paused    called    called, paused  serving    serving, paused
    open: ['y', 'y', 'y', 'y', 'y', 'y', 'y'],
    pause: ['closed', 'y', 'paused', 'y', 'paused', 'y', 'paused'],
    close: ['closed', 'y', 'y', 'called', 'called', 'serving', 'serving'],
    'call-next': ['closed', 'y', 'paused', 'called', 'paused', 'serving', 'paused'],
    call: ['closed', 'y', 'paused', 'called', 'paused', 'serving', 'paused'],
    recall: ['closed', 'open', 'paused', 'y', 'y', 'serving', 'serving'],
    start: ['closed', 'open', 'paused', 'y', 'y', 'serving', 'serving'],
    finish: ['closed', 'open', 'paused', 'called', 'called', 'y', 'y'],
    miss: ['closed', 'open', 'paused', 'y', 'y', 'serving', 'serving'],
    park: ['closed', 'open', 'paused', 'y', 'y', 'y', 'y'],
    resume: ['closed', 'y', 'paused', 'called', 'paused', 'serving', 'paused'],
    transfer: ['closed', 'open', 'paused', 'y', 'y', 'y', 'y'],
    requeue: ['closed', 'open', 'paused', 'y', 'y', 'serving', 'serving'],
  };

  /** What an operation needs besides the window: one who waits or is parked. */
  async function argumentOf(operation) {
    if (operation === 'transfer') return { queue: 'B' };
    if (operation === 'call') return { ticket: (await floor.walkIn()).number };
    if (operation !== 'resume') return undefined;
    const { number } = await floor.walkIn();
    await floor.does('A2', 'open');
    await floor.does('A2', 'call', { ticket: number });
    await floor.does('A2', 'park');
    return { ticket: number };
  }

  for (const [operation, expected] of Object.entries(table)) {
    test(`${operation}: ${names.filter((_, n) => expected[n] === 'y').join('; ')}`, async () => {
      for (const [n, name] of names.entries()) {
        await clear();
        const was = (await situations[name]())?.window;
        const body = await argumentOf(operation);
        const answer = await floor.operate('A1', operation, body);
        if (expected[n] === 'y') {
          assert.equal(answer.status, 200, `${name}: ${answer.text}`);
          continue;
        }
        const problem = assertProblem(answer, 409, 'wrong-state');
        assert.equal(problem.state, expected[n], `${name}: ${answer.text}`);
        // Nothing was done: the window is as it was.
        if (was) assert.deepEqual(problem.window, was);
        assert.equal(problem.ticket?.number ?? null, problem.window.ticket);
      }
    });
  }

  test('call takes who waits, resume who is parked or missed', async () => {
    const becomes = {
      waiting: [],
      called: ['call'],
      serving: ['call', 'start'],
      done: ['call', 'start', 'finish'],
      missed: ['call', 'miss'],
      parked: ['call', 'park'],
    };
    const allowed = { call: ['waiting'], resume: ['parked', 'missed'] };
    for (const operation of ['call', 'resume'])
      for (const [status, way] of Object.entries(becomes)) {
        await clear();
        const { number, id } = await floor.walkIn();
        await floor.does('A2', 'open');
        for (const step of way) {
          await floor.does('A2', step, step === 'call' ? { ticket: number } : undefined);
        }
        await floor.does('A1', 'open');
        const answer = await floor.operate('A1', operation, { ticket: number });
        if (allowed[operation].includes(status)) {
          assert.equal(answer.status, 200, `${operation} ${status}: ${answer.text}`);
        } else {
          const problem = assertProblem(answer, 409, 'wrong-state');
          assert.deepEqual([problem.state, problem.ticket.id], [status, id]);
        }
        for (const end of ['finish', 'miss']) await floor.operate('A2', end);
      }
  });
});

describe('the line', () => {
  let floor;
  const of = {};
  before(async () => {
    const city = withQueue(catalogue(), 'A', { requeue_places: 2 });
    floor = await quietHall({ catalogue: city, now: at('08:20') });
    for (const [n, [name, extra]] of Object.entries({
      due: { start: '09:30' },
      early: { start: '10:00' },
      missed: {},
      followed: {},
      package: { service: undefined, package: 'both' },
    }).entries())
      of[name] = await floor.booked(n, extra);
    await moveClock(floor.service, at('09:31'));
    await floor.does('A1', 'open');
    await floor.does('B1', 'open');
  });
  after(() => floor?.service.stop());

  test('who missed his calls and comes rejoins as many places back as the hall says', async () => {
    const numbers = [];
    for (let n = 0; n < 5; n++) numbers.push((await floor.walkIn()).number);
    const [first, second, third, fourth, fifth] = numbers;
    assert.equal(await floor.callsNext('A1'), first);
    await floor.does('A1', 'miss');
    const back = (await floor.does('A1', 'resume', { ticket: first })).ticket;
    assert.deepEqual([back.status, back.window, back.ahead], ['waiting', null, 2]);
    const order = [];
    for (let n = 0; n < 2; n++) order.push(await floor.servesNext('A1'));
    const due = await floor.does('A1', 'call-next');
    assert.deepEqual([due.ticket.number, due.ticket.calls], [first, 1]);
    assert.deepEqual([due.reason.rule, due.reason.next_best?.ticket], ['put_back', 'A004']);
    // Whoever is put back once more, by his wish, is it from there.
    const again = await floor.does('A1', 'requeue');
    assert.equal(again.ticket.status, 'waiting');
    for (let n = 0; n < 3; n++) order.push(await floor.servesNext('A1'));
    assert.deepEqual(order, [second, third, fourth, fifth, first]);
    assert.equal(await floor.callsNext('A1'), null);
  });

  test('a reservation that was missed rejoins by checking in again', async () => {
    const { number } = await floor.checkedIn(of.missed);
    const others = [await floor.walkIn(), await floor.walkIn(), await floor.walkIn()];
    assert.equal(await floor.callsNext('A1'), number);
    await floor.does('A1', 'miss');
    assert.equal((await floor.reservation(of.missed)).status, 'checked_in');
    const again = await floor.checkedIn(of.missed);
    assert.deepEqual([again.number, again.status, again.calls], [number, 'waiting', 0]);
    const order = [];
    for (let n = 0; n < 4; n++) order.push(await floor.servesNext('A1'));
    assert.deepEqual(order, [others[0].number, others[1].number, number, others[2].number]);
  });

  test('an appointment that is due comes before a walk-in, and why is told', async () => {
    const walkIn = await floor.walkIn();
    const early = await floor.checkedIn(of.early);
    const due = await floor.checkedIn(of.due);
    const called = await floor.does('A1', 'call-next');
    assert.equal(called.ticket.number, due.number);
    const { reason } = called;
    assert.deepEqual([reason.rule, reason.class, reason.weight], ['credit', 'appointment', 1]);
    // Since its half hour began, not since its arrival.
    assert.ok(reason.waited_seconds >= 60, JSON.stringify(reason));
    assert.deepEqual(
      [reason.ticket, reason.next_best.ticket, reason.next_best.class, reason.next_best.weight],
      [due.number, walkIn.number, 'walk_in', 0.5],
    );
    const sum = ({ weight, waited_seconds: seconds, credit }) =>
      `权重 ${weight} × ${seconds} 秒 = ${credit.toFixed(1)}`;
    assert.equal(
      reason.text,
      `累积优先值最高：预约号，${sum(reason)}；其次为 ${walkIn.number}（现场号，${sum(reason.next_best)}）`,
    );
    for (const operation of ['start', 'finish']) await floor.does('A1', operation);
    // Before its half hour an appointment waits as a walk-in does.
    assert.equal(await floor.servesNext('A1'), walkIn.number);
    assert.equal(await floor.servesNext('A1'), early.number);
  });

  test('the reservation goes the way of its ticket', async () => {
    const states = [];
    const told = async () => {
      const { status, number } = await floor.reservation(of.followed);
      states.push(number ? `${status} ${number.slice(0, 1)}` : status);
    };
    await told();
    const { number, reservation } = await floor.checkedIn(of.followed);
    assert.equal(reservation, of.followed.id);
    await told();
    const called = await floor.does('A1', 'call-next');
    assert.deepEqual([called.ticket.number, called.ticket.reservation], [number, of.followed.id]);
    // Late, beyond its half hour, it earns from its arrival.
    assert.ok(called.reason.waited_seconds < 60, JSON.stringify(called.reason));
    await told();
    for (const operation of ['requeue', 'call-next', 'start', 'finish']) {
      await floor.does('A1', operation);
      await told();
    }
    assert.deepEqual(states, [
      'booked',
      'checked_in A',
      'called A',
      'checked_in A',
      'called A',
      'serving A',
      'done A',
    ]);
  });

  test('a package is one number through its queues', async () => {
    const { number, id } = await floor.checkedIn(of.package);
    assert.equal(await floor.callsNext('B1'), null);
    assert.equal(await floor.callsNext('A1'), number);
    await floor.does('A1', 'start');
    const { ticket, window } = await floor.does('A1', 'finish');
    assert.deepEqual(
      [ticket.number, ticket.status, ticket.queue, ticket.service, ticket.window],
      [number, 'waiting', 'B', 'card', null],
    );
    assert.equal(window.ticket, null);
    assert.equal(await floor.callsNext('A1'), null);
    assert.equal(await floor.callsNext('B1'), number);
    await floor.does('B1', 'start');
    const done = (await floor.does('B1', 'finish')).ticket;
    assert.deepEqual([done.id, done.status, done.window], [id, 'done', 'B1']);
    const { status, steps } = await floor.reservation(of.package);
    assert.deepEqual([status, steps.length], ['done', 2]);
    await floor.service.audit();
  });

  test('a new day begins with closed windows and an empty line', async () => {
    const { number } = await floor.walkIn();
    await moveClock(floor.service, at('09:31', '2026-11-24'));
    assertProblem(await floor.operate('A1', 'call-next'), 409, 'wrong-state');
    await floor.does('A1', 'open');
    assert.equal(await floor.callsNext('A1'), null);
    assertProblem(await floor.operate('A1', 'call', { ticket: number }), 404, 'not-found');
  });
});

describe('a repeated request', () => {
  let floor;
  before(async () => {
    floor = await quietHall();
    await floor.does('A1', 'open');
  });
  after(() => floor?.service.stop());

  test('does not call a second person', async () => {
    const [one, two] = [await floor.walkIn(), await floor.walkIn()];
    const key = 'call-1';
    const first = await floor.operate('A1', 'call-next', undefined, { key });
    assert.equal(first.body.ticket.number, one.number, first.text);
    const again = await inParallel(Array.from({ length: 20 }), () =>
      floor.operate('A1', 'call-next', undefined, { key }),
    );
    for (const { status, body, text } of again) {
      assert.deepEqual([status, body.ticket?.id], [200, one.id], text);
      assert.equal(body.window.ticket, one.number);
    }
    await floor.does('A1', 'start');
    await floor.does('A1', 'finish');
    const later = await floor.operate('A1', 'call-next', undefined, { key });
    assert.deepEqual([later.body.ticket.id, later.body.ticket.status], [one.id, 'done']);
    assert.equal(later.body.window.ticket, null);
    assert.equal((await floor.read(two)).body.status, 'waiting');
    assert.equal(await floor.servesNext('A1'), two.number);
  });

  test('nor anybody, when the first found nobody', async () => {
    const key = 'call-2';
    const first = await floor.operate('A1', 'call-next', undefined, { key });
    assert.equal(first.body.ticket, null);
    const { number } = await floor.walkIn();
    const again = await floor.operate('A1', 'call-next', undefined, { key });
    assert.deepEqual([again.status, again.body.ticket], [200, null]);
    assert.equal(await floor.servesNext('A1'), number);
  });

  test('for something else is a mismatch; what was refused may be tried again', async () => {
    const others = {
      pause: [
        ['A1', 'close'],
        ['A2', 'pause'],
      ],
      open: [
        ['A1', 'open', { queues: ['B'] }],
        ['A1', 'open'],
      ],
    };
    for (const [first, requests] of Object.entries(others)) {
      const body = first === 'open' ? { queues: ['A'] } : undefined;
      const done = await floor.operate('A1', first, body, { key: first });
      assert.equal(done.status, 200, done.text);
      for (const [window, operation, other] of requests) {
        const answer = await floor.operate(window, operation, other, { key: first });
        assertProblem(answer, 422, 'idempotency-mismatch');
      }
    }
    await floor.does('A1', 'pause');
    const refused = 'call-4';
    const call = () => floor.operate('A1', 'call-next', undefined, { key: refused });
    assertProblem(await call(), 409, 'wrong-state');
    await floor.does('A1', 'open');
    const { number } = await floor.walkIn();
    assert.equal((await call()).body.ticket.number, number);
    await floor.service.audit();
  });
});

describe('twenty windows on two workers', () => {
  const WINDOWS = Array.from({ length: 20 }, (_, n) => `W${n + 1}`);
  const ROUNDS = 5;
  let floor;
  before(async () => {
    const city = withQueue(catalogue(), 'A', {
      windows: WINDOWS.map((id) => ({ id, name: `${id}号窗口` })),
    });
    floor = await quietHall({ catalogue: city, workers: 2 });
  });
  after(() => floor?.service.stop());

  test('that call at the same instant never get the same ticket', async () => {
    const workers = await floor.service.connectionsByWorker(10);
    assert.equal(workers.length, 2);
    const pipes = workers.flatMap((worker) => worker.pipes);
    const token = floor.tokens.clerk;
    const every = (operation) =>
      Promise.all(
        WINDOWS.map((window, n) =>
          pipes[n].send('POST', `/v1/halls/${HALL}/windows/${window}/${operation}`, { token }),
        ),
      );
    await every('open');
    // Fewer than windows in the last round: whoever finds nobody is told so.
    const count = WINDOWS.length * ROUNDS - 7;
    for (let n = 0; n < count; n++) await floor.walkIn();
    const called = [];
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await every('call-next');
      for (const { status, body, text } of answers) {
        assert.equal(status, 200, text);
        assert.equal(body.ticket?.number ?? null, body.window.ticket);
        if (body.ticket) assert.equal(body.ticket.window, body.window.id);
      }
      called.push(answers.flatMap(({ body }) => body.ticket?.number ?? []));
      await every('start');
      await every('finish');
    }
    const all = called.flat();
    assert.equal(all.length, count);
    assert.equal(new Set(all).size, count);
    // In the order of arrival, but for those that a round called at once.
    for (const [round, numbers] of called.entries())
      assert.deepEqual(
        numbers.map((number) => Math.floor((number.slice(1) - 1) / WINDOWS.length)),
        numbers.map(() => round),
      );
    for (const pipe of pipes) pipe.close();
    await floor.service.audit();
  });
});
