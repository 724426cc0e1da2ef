// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Work in progress is never cut off by the clock: the end of a day takes whoever waits, never
// whoever is called or served.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { catalogue, CITY, HALL, TODAY, TOMORROW } from './catalogue.mjs';
import { assertProblem, startService } from './harness.mjs';
import { Listener } from './listener.mjs';
import { until } from './process.mjs';
import { at, Floor, moveClock } from './tickets.mjs';

const [SUNDAY, SATURDAY] = ['2026-11-22', '2026-11-28'];

/** The catalogue with its city hall open at these hours of every day. */
function openAt(...ranges) {
  const city = catalogue();
  const hours = Object.fromEntries(['mon-fri', 'sat', 'sun'].map((days) => [days, ranges]));
  const everyDay = { 'mon-fri': { default: 10 }, sat: { default: 10 }, sun: { default: 10 } };
  const queues = (hall) => hall.queues.map((queue) => ({ ...queue, capacity: everyDay }));
  const halls = city.halls.map((hall) =>
    hall.id === HALL
      ? { ...hall, hours: { ...hours, make_up_workdays: true }, queues: queues(hall) }
      : hall,
  );
  return { ...city, halls };
}

/** What the tests share: people by name, and how it is with them. */
class Evening {
  of = {}; // reservations
  tickets = {};

  static async begin({ now, ...options }) {
    const evening = new Evening();
    evening.service = await startService({ now, ...options });
    evening.floor = await Floor.open(evening.service);
    return evening;
  }

  async status(name) {
    return (await this.floor.read(this.tickets[name])).body.status;
  }

  async reservation(name) {
    return (await this.floor.reservation(this.of[name])).status;
  }

  async becomes(name, status) {
    await until(`${name} is ${status}`, async () => (await this.status(name)) === status, 30_000);
  }

  /** Somebody's ticket is called to a window. */
  async called(name, window) {
    const answer = await this.floor.does(window, 'call', { ticket: this.tickets[name].number });
    assert.equal(answer.ticket.status, 'called');
  }

  async served(day) {
    const token = await this.service.token('auditor', { city: CITY, ttl: '0' });
    const path = `/v1/halls/${HALL}/statistics?from=${day}&to=${day}`;
    return (await this.service.get(path, { token })).body.tickets.totals;
  }
}

describe('a hall that closes at 17:00', () => {
  let evening;
  let floor;
  before(async () => {
    evening = await Evening.begin({ catalogue: catalogue(), now: at('15:55') });
    floor = evening.floor;
    for (const [n, name] of ['serving', 'parked'].entries())
      evening.of[name] = await floor.booked(n, { start: '16:30' });
    await moveClock(evening.service, at('16:40'));
    for (const name of ['serving', 'parked'])
      evening.tickets[name] = await floor.checkedIn(evening.of[name]);
    for (const name of ['called', 'waiting', 'sent'])
      evening.tickets[name] = await floor.walkIn();
    evening.tickets.card = await floor.walkIn({ service: 'card' });
    for (const window of ['A1', 'A2', 'B1', 'B2']) await floor.does(window, 'open');
    await evening.called('serving', 'A1');
    await floor.does('A1', 'start');
    await evening.called('parked', 'A2');
    await floor.does('A2', 'park');
    await evening.called('sent', 'A2');
    await floor.does('A2', 'transfer', { window: 'B2' });
    await evening.called('called', 'A2');
    await evening.called('card', 'B1');
    await floor.does('B1', 'start');
    await floor.does('B1', 'pause');
  });
  after(() => evening?.service.stop());

  test('18:00: whoever waits, is parked or was sent lapses', async () => {
    await moveClock(evening.service, `${TODAY}T17:59:50+08:00`);
    assert.equal(await evening.status('waiting'), 'waiting');
    for (const name of ['waiting', 'parked', 'sent']) await evening.becomes(name, 'cancelled');
    assert.equal(await evening.reservation('parked'), 'cancelled');
    const idle = assertProblem(await floor.operate('B2', 'call-next'), 409, 'wrong-state');
    assert.equal(idle.state, 'closed');
  });

  test('whoever is called or served does not, the windows stay', async () => {
    assert.deepEqual(
      [await evening.status('serving'), await evening.status('called'), await evening.status('card')],
      ['serving', 'called', 'serving'],
    );
    assert.equal(await evening.reservation('serving'), 'serving');
    const recalled = await floor.does('A2', 'recall');
    assert.deepEqual([recalled.ticket.calls, recalled.window.state], [2, 'open']);
    await evening.service.audit();
  });

  test('… also behind a restart, an hour later', async () => {
    await moveClock(evening.service, at('19:30'));
    await floor.does('A2', 'start');
    assert.equal(await evening.status('serving'), 'serving');
    const { ticket, window } = await floor.does('A1', 'finish');
    assert.deepEqual([ticket.status, window.state, window.ticket], ['done', 'open', null]);
    assert.equal(await evening.reservation('serving'), 'done');
    assert.equal((await floor.does('A2', 'finish')).ticket.status, 'done');
    assert.equal((await floor.does('B1', 'finish')).window.state, 'paused');
  });

  test('an hour after the last work the windows close', async () => {
    await moveClock(evening.service, `${TODAY}T20:31:00+08:00`);
    await until('A1 is closed', async () => {
      const { body } = await floor.operate('A1', 'call-next');
      return body.state === 'closed';
    });
    const { served, lapsed } = await evening.served(TODAY);
    assert.deepEqual([served, lapsed], [3, 3]);
    await evening.service.audit();
  });
});

describe('a hall that never closes, at midnight', () => {
  let evening;
  let floor;
  let screen;
  before(async () => {
    const options = { catalogue: openAt('00:00-24:00'), workers: 2 };
    evening = await Evening.begin({ ...options, now: at('21:55') });
    floor = evening.floor;
    for (const [n, name] of ['serving', 'parts'].entries()) {
      const visit = { service: undefined, package: 'both', start: '22:30' };
      evening.of[name] = await floor.booked(n, name === 'parts' ? visit : { start: '23:30' });
    }
    await moveClock(evening.service, at('23:20'));
    for (const name of ['serving', 'parts'])
      evening.tickets[name] = await floor.checkedIn(evening.of[name]);
    for (const name of ['called', 'waiting']) evening.tickets[name] = await floor.walkIn();
    for (const name of ['absent', 'late']) evening.tickets[name] = await floor.walkIn();
    for (const window of ['A1', 'A2', 'B1', 'B2'])
      await floor.does(window, 'open', { queues: ['A', 'B'] });
    await evening.called('serving', 'A1');
    await floor.does('A1', 'start');
    await evening.called('called', 'A2');
    await evening.called('parts', 'B1');
    await floor.does('B1', 'start');
    await evening.called('absent', 'B2');
  });
  after(async () => {
    screen?.close();
    await evening?.service.stop();
  });

  test('whoever waits lapses, whoever is called or served does not', async () => {
    await moveClock(evening.service, `${TODAY}T23:59:57+08:00`);
    screen = await new Listener(evening.service).open();
    await evening.becomes('waiting', 'cancelled');
    await evening.becomes('late', 'cancelled');
    const tomorrow = await floor.walkIn();
    assert.match(tomorrow.issued_at, new RegExp(`^${TOMORROW}T00:0`));
    evening.tickets.tomorrow = tomorrow;
    assert.deepEqual(
      [await evening.status('serving'), await evening.status('called'), await evening.status('parts')],
      ['serving', 'called', 'serving'],
    );
    assert.equal(await evening.reservation('serving'), 'serving');
    await evening.service.audit();
  });

  test('its window calls nobody before it has ended that work', async () => {
    const problem = assertProblem(await floor.operate('A1', 'call-next'), 409, 'wrong-state');
    assert.deepEqual(
      [problem.state, problem.ticket.id, problem.window.state],
      ['serving', evening.tickets.serving.id, 'open'],
    );
    assert.equal(problem.window.ticket, evening.tickets.serving.number);
  });

  test('a recall is told to the displays, and a restart changes nothing', async () => {
    const { ticket } = await floor.does('A2', 'recall');
    assert.deepEqual([ticket.id, ticket.calls], [evening.tickets.called.id, 2]);
    const isTold = ({ type, data }) =>
      type === 'called' && data.number === ticket.number && data.calls === 2;
    await until('the display tells the recall', () => screen.events.some(isTold));
    screen.close();
    await moveClock(evening.service, at('00:20', TOMORROW));
    assert.equal(await evening.status('serving'), 'serving');
    assert.equal((await floor.does('A2', 'start')).ticket.status, 'serving');
    await floor.does('A2', 'pause');
  });

  test('what is repeated with its key is done once', async () => {
    const key = 'over-midnight';
    const first = await floor.operate('A1', 'finish', undefined, { key });
    const again = await floor.operate('A1', 'finish', undefined, { key });
    for (const { status, body, text } of [first, again]) {
      assert.equal(status, 200, text);
      assert.deepEqual([body.ticket.id, body.ticket.status], [evening.tickets.serving.id, 'done']);
      assert.match(body.ticket.finished_at, new RegExp(`^${TOMORROW}T00:2`));
      assert.equal(body.window.ticket, null);
    }
    assert.equal(await evening.reservation('serving'), 'done');
  });

  test('behind it the window goes on with the new day, as it was', async () => {
    const { ticket, window } = await floor.does('A1', 'call-next');
    assert.deepEqual([window.state, window.queues], ['open', ['A', 'B']]);
    assert.equal(ticket.id, evening.tickets.tomorrow.id);
    for (const operation of ['start', 'finish']) await floor.does('A1', operation);
    assert.equal((await floor.does('A2', 'finish')).window.state, 'paused');
    assertProblem(await floor.operate('A2', 'call-next'), 409, 'wrong-state');
    assert.equal((await floor.does('A2', 'open')).window.state, 'open');
  });

  test('nobody is sent on into a day that is over: that is refused', async () => {
    for (const [operation, body] of [
      ['transfer', { queue: 'A' }],
      ['park'],
    ]) {
      const answer = await floor.operate('B1', operation, body);
      const problem = assertProblem(answer, 409, 'wrong-state');
      assert.deepEqual([problem.state, problem.ticket.id], ['serving', evening.tickets.parts.id]);
      assert.match(problem.detail, /办结/);
    }
    assertProblem(await floor.operate('B2', 'requeue'), 409, 'wrong-state');
  });

  test('a package ends with the step in progress, a missed one lapses', async () => {
    const { ticket, window } = await floor.does('B1', 'finish');
    assert.deepEqual([ticket.status, window.state], ['cancelled', 'open']);
    const { status, steps } = await floor.reservation(evening.of.parts);
    assert.deepEqual([status, steps.length], ['done', 2]);
    const [{ queue, sequence }] = steps.slice(1);
    const field = `"${HALL} ${queue} ${sequence}"`;
    const record = await evening.service.redis(
      `HGET {${CITY}}:reservations:${TODAY.replaceAll('-', '')} ${field}`,
    );
    assert.equal(record[1][0], 'x', 'the step that nobody began lapses');
    assert.equal((await floor.does('B2', 'miss')).ticket.status, 'cancelled');
    assert.equal((await floor.does('B2', 'call-next')).ticket, null);
  });

  test('everybody counts on the own day', async () => {
    assert.deepEqual(
      [await evening.served(TODAY), await evening.served(TOMORROW)].map(({ served, lapsed, missed }) => {
        return { served, lapsed, missed };
      }),
      [
        { served: 2, lapsed: 4, missed: 1 },
        { served: 1, lapsed: 0, missed: 0 },
      ],
    );
    await evening.service.audit();
  });
});

describe('who was forgotten at a window', () => {
  let evening;
  let floor;
  before(async () => {
    evening = await Evening.begin({ catalogue: openAt('09:00-17:00'), now: at('15:25', SUNDAY) });
    floor = evening.floor;
    const visit = { service: undefined, package: 'both', date: SUNDAY, start: '16:00' };
    evening.of.parts = await floor.booked(1, visit);
    await moveClock(evening.service, at('16:20', SUNDAY));
    evening.tickets.parts = await floor.checkedIn(evening.of.parts);
    for (const name of ['opened', 'served', 'called']) evening.tickets[name] = await floor.walkIn();
    for (const [name, window] of [
      ['opened', 'A1'],
      ['served', 'A2'],
      ['called', 'B1'],
      ['parts', 'B2'],
    ]) {
      await floor.does(window, 'open', { queues: ['A'] });
      await evening.called(name, window);
      if (name !== 'called') await floor.does(window, 'start');
    }
  });
  after(() => evening?.service.stop());

  test('ends when the window is opened on the next day: the service was done', async () => {
    await moveClock(evening.service, at('09:05', TODAY));
    assert.deepEqual(
      [await evening.status('opened'), await evening.status('served'), await evening.status('called')],
      ['serving', 'serving', 'called'],
    );
    const { number } = await floor.walkIn();
    assertProblem(await floor.operate('A1', 'call-next'), 409, 'wrong-state');
    const { window, ticket } = await floor.does('A1', 'open');
    assert.deepEqual([window.state, window.ticket, ticket], ['open', null, null]);
    const ended = (await floor.read(evening.tickets.opened)).body;
    assert.deepEqual([ended.status, ended.finished_at], ['done', null], 'nobody knows when');
    assert.equal(await floor.servesNext('A1'), number);
    await evening.service.audit();
  });

  test('… of a package the step in progress was done, the others lapse', async () => {
    await floor.does('B2', 'open');
    assert.equal(await evening.status('parts'), 'cancelled');
    assert.equal(await evening.reservation('parts'), 'done');
    await evening.service.audit();
  });

  test('at the latest with the end of that day', async () => {
    await moveClock(evening.service, at('18:10', TODAY));
    assert.deepEqual(
      [await evening.status('served'), await evening.status('called')],
      ['serving', 'called'],
    );
    await moveClock(evening.service, `${TODAY}T23:59:58+08:00`);
    await evening.becomes('served', 'done');
    await evening.becomes('called', 'cancelled');
    const { served, missed, lapsed, service_seconds } = await evening.served(SUNDAY);
    assert.deepEqual([served, missed, lapsed, service_seconds], [2, 1, 2, null]);
    await evening.service.audit();
  });

  test('also behind days without the service', async () => {
    await moveClock(evening.service, at('10:00', TOMORROW));
    evening.tickets.left = await floor.walkIn();
    await floor.does('A1', 'open');
    await evening.called('left', 'A1');
    await moveClock(evening.service, at('10:00', SATURDAY));
    await evening.becomes('left', 'cancelled');
    await evening.service.audit();
  });
});
