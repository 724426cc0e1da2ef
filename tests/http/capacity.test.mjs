// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What admins do to a day's capacity: overrides, closed windows, the weekly template; and days that
// open by themselves.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, startService } from './harness.mjs';
import {
  availabilityPath,
  booking,
  catalogue,
  CITY,
  COUNTY_HALL,
  HALF_HOURS,
  HALL,
  slotsOf,
  TODAY,
  TOMORROW,
} from './catalogue.mjs';
import { person, young } from './person.mjs';
import { pause, proceed, until } from './process.mjs';

const THURSDAY = '2026-11-26'; // not released yet
const FRIDAY = '2026-11-27';
const SATURDAY = '2026-11-28'; // a make-up workday
const SUNDAY = '2026-11-29';

const path = (queue = 'A', hall = HALL) => `/v1/halls/${hall}/queues/${queue}/capacity`;
const put = (service, token, body, { queue, hall, ...options } = {}) =>
  service.request('PUT', path(queue, hall), { token, body, ...options });
const byStart = ({ body }) => Object.fromEntries(body.slots.map((slot) => [slot.start, slot]));
const capacities = async (service, date, id = 'one', hall = HALL) =>
  Object.fromEntries(
    Object.entries(await slotsOf(service, id, date, hall)).map(([start, slot]) => [
      start,
      slot.capacity,
    ]),
  );
const all = (units, others = {}) => ({
  ...Object.fromEntries(HALF_HOURS.map((start) => [start, units])),
  ...others,
});
const pointers = ({ body }) => body.errors.map(({ pointer }) => pointer).sort();
const hallAdmin = (service, hall = HALL) => service.token('hall_admin', { city: CITY, hall });

/** The service, but asked through one connection. */
const through = (pipe) => ({ get: (at) => pipe.send('GET', at) });

async function book(service, index, extra) {
  const token = await service.gateway();
  return service.post('/v1/reservations', booking(person(index), extra), { token });
}

async function cancel(service, { body }) {
  const token = await service.gateway();
  const answer = await service.post(`/v1/reservations/${body.id}/cancel`, undefined, { token });
  assert.equal(answer.status, 200, answer.text);
}

/** Words of the city's event stream from `id` on; waits until there is one. */
async function nextEvents(service, id) {
  const lines = await service.redis(`XREAD BLOCK 30000 STREAMS {${CITY}}:events ${id}`);
  assert.ok(lines.length > 1, `no event behind ${id} within 30 s`);
  const words = lines.filter((line) => !/^[*$]/.test(line)).slice(1);
  return { words, last: words.filter((word) => /^\d+-\d+$/.test(word)).pop() };
}

/** Waits for the event of an inventory's opening; resolves to its id. */
async function opened(service, inventory) {
  for (let id = '0'; ;) {
    const { words, last } = await nextEvents(service, id);
    for (const [n, word] of words.entries()) {
      if (!word.startsWith(`${inventory} `) || words[n - 1] !== 'capacity') continue;
      return words.slice(0, n).findLast((each) => /^\d+-\d+$/.test(each));
    }
    id = last;
  }
}

describe('the capacity of a day', () => {
  let service;
  let admin;
  before(async () => {
    service = await startService({
      catalogue: catalogue({ limits: { live_per_person: 100, cancellations_per_month: 1_000 } }),
    });
    admin = await hallAdmin(service);
  });
  after(() => service?.stop());

  test('a day that is not open yet', async () => {
    const answer = await put(service, admin, { date: THURSDAY, slots: { '09:00': 3, '16:30': 0 } });
    assert.equal(answer.status, 200, answer.text);
    const { hall, queue, date, slots, overbooked } = answer.body;
    assert.deepEqual([hall, queue, date, overbooked], [HALL, 'A', THURSDAY, []]);
    assert.deepEqual(
      slots.map(({ start }) => start),
      HALF_HOURS,
    );
    assert.deepEqual(byStart(answer)['09:00'], { start: '09:00', capacity: 3, remaining: 3 });
    assert.deepEqual(byStart(answer)['09:30'], { start: '09:30', capacity: 10, remaining: 10 });
    assert.deepEqual(byStart(answer)['16:30'], { start: '16:30', capacity: 0, remaining: 0 });
    const shown = all(10, { '09:00': 3 });
    delete shown['16:30'];
    assert.deepEqual(await capacities(service, THURSDAY), shown);
    assert.deepEqual(await capacities(service, FRIDAY), all(10), 'no other day');
  });

  test('half hours of further changes join, null gives one back', async () => {
    await put(service, admin, { date: FRIDAY, slots: { '09:00': 3, '09:30': 4 } });
    await put(service, admin, { date: FRIDAY, slots: { '10:00': 5, '09:30': 6 } });
    assert.deepEqual(
      await capacities(service, FRIDAY),
      all(10, { '09:00': 3, '09:30': 6, '10:00': 5 }),
    );
    await put(service, admin, { date: FRIDAY, slots: { '09:00': null, '09:30': 7 } });
    assert.deepEqual(await capacities(service, FRIDAY), all(10, { '09:30': 7, '10:00': 5 }));
    await put(service, admin, { date: FRIDAY, slots: { '10:00': null, '09:30': null } });
    assert.deepEqual(await capacities(service, FRIDAY), all(10));
    const [left] = await service.redis(
      `HEXISTS {${CITY}}:plan "${HALL} A ${FRIDAY.replaceAll('-', '')}"`,
    );
    assert.equal(left, ':0', 'an override that says nothing is gone');
  });

  test('raised and lowered while open', async () => {
    const start = '10:30';
    const more = await put(service, admin, { date: TOMORROW, slots: { [start]: 12 } });
    assert.deepEqual(byStart(more)[start], { start, capacity: 12, remaining: 12 });
    assert.equal((await book(service, 1, { start })).status, 201);
    assert.deepEqual((await slotsOf(service))[start], {
      start,
      end: '11:00',
      capacity: 12,
      remaining: 11,
      bookable: true,
    });
    const less = await put(service, admin, { date: TOMORROW, slots: { [start]: 2 } });
    assert.deepEqual(byStart(less)[start], { start, capacity: 2, remaining: 1 });
    assert.equal((await book(service, 2, { start })).status, 201);
    assertProblem(await book(service, 3, { start }), 409, 'slot-full');
    await put(service, admin, { date: TOMORROW, slots: { [start]: 3 } });
    assert.equal((await book(service, 3, { start })).status, 201);
    assertProblem(await book(service, 4, { start }), 409, 'slot-full');
  });

  test('below what is booked: bookings stay, and come back only below the capacity', async () => {
    const start = '11:00';
    const held = [];
    for (let n = 0; n < 4; n++) held.push(await book(service, 100 + n, { start }));
    held.forEach((one) => assert.equal(one.status, 201, one.text));
    const lowered = await put(service, admin, { date: TOMORROW, slots: { [start]: 2 } });
    assert.deepEqual(lowered.body.overbooked, [start]);
    assert.deepEqual(byStart(lowered)[start], { start, capacity: 2, remaining: 0 });
    const expectFull = async (why) => {
      const slot = (await slotsOf(service))[start];
      assert.deepEqual([slot.capacity, slot.remaining, slot.bookable], [2, 0, false], why);
      assertProblem(await book(service, 110, { start }), 409, 'slot-full');
    };
    await expectFull('4 of 2');
    for (const left of [3, 2]) {
      await cancel(service, held.pop());
      await expectFull(`${left} of 2`);
    }
    await cancel(service, held.pop());
    assert.equal((await slotsOf(service))[start].remaining, 1);
    assert.equal((await book(service, 110, { start })).status, 201);
    const again = await put(service, admin, { date: TOMORROW, slots: { [start]: 2 } });
    assert.deepEqual(again.body.overbooked, []);
    await service.audit();
  });

  test('closed windows leave their part, rounded down; named half hours stand', async () => {
    const closed = { date: FRIDAY, closed_windows: ['B2'] };
    const answer = await put(service, admin, closed, { queue: 'B' });
    assert.equal(byStart(answer)['09:00'].capacity, 3, 'of 6');
    assert.deepEqual(await capacities(service, FRIDAY, 'card'), all(2, { '09:00': 3 }), 'of 4');
    await put(service, admin, { date: FRIDAY, slots: { '09:30': 3 } }, { queue: 'B' });
    assert.deepEqual(
      await capacities(service, FRIDAY, 'card'),
      all(2, { '09:00': 3, '09:30': 3 }),
      'windows stay closed',
    );
    const county = await service.token('city_admin', { city: CITY });
    const one = await put(
      service,
      county,
      { date: FRIDAY, closed_windows: ['A1'], slots: { '10:00': 9 } },
      { hall: COUNTY_HALL },
    );
    assert.equal(byStart(one)['09:00'].capacity, 1, 'half of 3');
    assert.equal(byStart(one)['10:00'].capacity, 9);
    await put(service, admin, { date: FRIDAY, closed_windows: ['B1', 'B2'] }, { queue: 'B' });
    const left = await slotsOf(service, 'card', FRIDAY);
    assert.deepEqual(Object.keys(left), ['09:30'], 'only what is named');
    await put(service, admin, { date: FRIDAY, closed_windows: [] }, { queue: 'B' });
    assert.deepEqual(
      await capacities(service, FRIDAY, 'card'),
      all(4, { '09:00': 6, '09:30': 3 }),
    );
  });

  test('a closure keeps its half hours at 0 and says so', async () => {
    const hours = { start: '15:00', end: '16:00' };
    const body = { date: TOMORROW, ...hours, reason: '停电检修', rebook: 'none' };
    const closed = await service.post(`/v1/halls/${HALL}/closures`, body, { token: admin });
    assert.equal(closed.status, 201, closed.text);
    const answer = await put(service, admin, {
      date: TOMORROW,
      slots: { '15:00': 20, '14:30': 9 },
    });
    assert.deepEqual(byStart(answer)['15:00'], { start: '15:00', capacity: 0, remaining: 0 });
    const slots = await slotsOf(service);
    const none = { capacity: 0, remaining: 0, bookable: false, closed: '停电检修' };
    assert.deepEqual(slots['15:00'], { start: '15:00', end: '15:30', ...none });
    assert.deepEqual(slots['15:30'], { start: '15:30', end: '16:00', ...none });
    assert.equal(slots['14:30'].capacity, 9);
    assert.ok(!('closed' in slots['16:00']));
    const lifted = await service.request('DELETE', closed.headers.location, { token: admin });
    assert.equal(lifted.status, 200, lifted.text);
    await until(
      'the override holds again',
      async () => (await slotsOf(service))['15:00']?.capacity === 20,
      5_000,
    );
  });

  test('a day that is wholly closed', async () => {
    const body = { date: FRIDAY, reason: '大雪', rebook: 'none' };
    const closed = await service.post(`/v1/halls/${COUNTY_HALL}/closures`, body, {
      token: await hallAdmin(service, COUNTY_HALL),
    });
    assert.equal(closed.status, 201, closed.text);
    const at = availabilityPath('one', FRIDAY, COUNTY_HALL);
    const day = await until(
      'the day is closed',
      async () => {
        const [shown] = (await service.get(at)).body.days;
        return shown.open ? null : shown;
      },
      5_000,
    );
    assert.deepEqual([day.reason, day.slots], ['大雪', []]);
  });

  test('a service that is started again knows it all', async () => {
    const before = await slotsOf(service);
    await service.restart();
    assert.deepEqual(await slotsOf(service), before);
    assert.equal((await capacities(service, THURSDAY))['09:00'], 3);
    await service.audit();
  });

  test('a change makes a worker read the plan and the catalogue, not every day', async () => {
    const reads = async () => {
      const lines = await service.redis('INFO commandstats');
      return Number(/calls=(\d+)/.exec(lines.find((line) => /_hgetall:/.test(line)))[1]);
    };
    const before = await reads();
    for (let n = 1; n <= 10; n++) {
      await put(service, admin, { date: THURSDAY, slots: { '09:00': n } });
      assert.equal((await capacities(service, THURSDAY))['09:00'], n);
    }
    const more = (await reads()) - before;
    assert.ok(more >= 10 && more <= 30, `${more} reads for 10 changes`);
  });

  test('who may', async () => {
    const body = { date: FRIDAY, slots: { '09:00': 9 } };
    const roles = [
      ['hall_admin', { city: CITY, hall: HALL }, 200],
      ['city_admin', { city: CITY }, 200],
      ['hall_admin', { city: CITY, hall: COUNTY_HALL }, 403],
      ['city_admin', { city: '410100' }, 403],
      ['clerk', { city: CITY, hall: HALL }, 403],
      ['gateway', { city: CITY }, 403],
      ['auditor', { city: CITY }, 403],
    ];
    for (const [role, options, status] of roles) {
      const answer = await put(service, await service.token(role, options), body);
      assert.equal(answer.status, status, `${role} ${JSON.stringify(options)}: ${answer.text}`);
    }
    assertProblem(await put(service, undefined, body), 401, 'unauthorized');
  });

  test('what is not there', async () => {
    const body = { date: FRIDAY, slots: { '09:00': 9 } };
    const city = await service.token('city_admin', { city: CITY });
    assertProblem(await put(service, city, body, { queue: 'Z' }), 404, 'not-found');
    assertProblem(await put(service, city, body, { hall: '410400-77' }), 404, 'not-found');
    const answer = await service.request('GET', path(), { token: city });
    assertProblem(answer, 405, 'method-not-allowed');
    assert.equal(answer.headers.allow, 'PUT');
  });

  const faulty = [
    ['neither', {}, ['']],
    ['both', { date: FRIDAY, weekly: { mon: { default: 1 } } }, ['']],
    ['nothing to change', { date: FRIDAY }, ['/slots']],
    ['no half hour', { date: FRIDAY, slots: {} }, ['/slots']],
    ['another member', { date: FRIDAY, slots: { '09:00': 1 }, reason: 'x' }, ['/reason']],
    ['a past date', { date: '2026-11-20', slots: { '09:00': 1 } }, ['/date']],
    ['too far ahead', { date: '2027-11-25', slots: { '09:00': 1 } }, ['/date']],
    ['no date', { date: '2026-11-31', slots: { '09:00': 1 } }, ['/date']],
    ['a closed day', { date: SUNDAY, slots: { '09:00': 1 } }, ['/date']],
    ['a holiday', { date: '2026-12-24', slots: { '09:00': 1 } }, ['/date']],
    [
      'outside the hours',
      { date: FRIDAY, slots: { '12:00': 1, '17:00': 1, '09:00': 1 } },
      ['/slots/12:00', '/slots/17:00'],
    ],
    [
      'no half hours',
      { date: FRIDAY, slots: { '9:00': 1, '09:15': 1, 'a/b~c': 1 } },
      ['/slots/09:15', '/slots/9:00', '/slots/a~1b~0c'],
    ],
    [
      'no numbers',
      { date: FRIDAY, slots: { '09:00': -1, '09:30': 10_001, '10:00': 1.5, '10:30': '1' } },
      ['/slots/09:00', '/slots/09:30', '/slots/10:00', '/slots/10:30'],
    ],
    ['no object', { date: FRIDAY, slots: [1] }, ['/slots']],
    [
      'windows of another queue',
      { date: FRIDAY, closed_windows: ['A1', 'B1', 7, 'A1'] },
      ['/closed_windows/1', '/closed_windows/2', '/closed_windows/3'],
    ],
    ['windows that are no list', { date: FRIDAY, closed_windows: 'A1' }, ['/closed_windows']],
    [
      'all at once',
      { date: '2026-11-22', slots: { '09:00': -1 }, closed_windows: ['x'], y: 1 },
      ['/closed_windows/0', '/date', '/slots/09:00', '/y'],
    ],
    ['weekly that is none', { weekly: 8 }, ['/weekly']],
    ['weekly without weekdays', { weekly: {} }, ['/weekly']],
    ['weekly with more', { weekly: { mon: { default: 1 } }, slots: {} }, ['/slots']],
  ];
  for (const [what, body, expected] of faulty) {
    test(`at fault: ${what}`, async () => {
      const answer = await put(service, admin, body);
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(pointers(answer), expected, answer.text);
      for (const { detail } of answer.body.errors) assert.match(detail, /\p{Script=Han}/u);
    });
  }

  test('bounds that are none', async () => {
    const slots = { '09:00': 10_000, '16:30': 0 };
    const answer = await put(service, admin, { date: TODAY, slots });
    assert.equal(answer.status, 200, answer.text);
    const last = await put(service, admin, { date: '2027-11-24', slots: { '09:00': 1 } });
    assert.equal(last.status, 200, last.text);
    const saturday = await put(service, admin, { date: SATURDAY, slots: { '09:00': 1 } });
    assert.equal(saturday.status, 200, 'a make-up workday is open');
  });
});

describe('the weekly template', () => {
  let service;
  let admin;
  const base = catalogue();
  before(async () => {
    service = await startService({ catalogue: base });
    admin = await hallAdmin(service);
  });
  after(() => service?.stop());

  test('open days and days to come follow; bookings stay', async () => {
    for (let n = 0; n < 3; n++) assert.equal((await book(service, n)).status, 201);
    const weekly = { 'mon-wed': { default: 2, '10:00': 5 }, fri: { default: 7 } };
    const answer = await put(service, admin, { weekly });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.body, {
      hall: HALL,
      queue: 'A',
      weekly,
      overbooked: [`${TOMORROW} 09:30`],
    });
    assert.deepEqual(await capacities(service, TOMORROW), all(2, { '10:00': 5 }));
    assert.deepEqual(await capacities(service, FRIDAY), all(7));
    assert.deepEqual(await capacities(service, THURSDAY), {}, 'Thursday is not named');
    assert.deepEqual(await capacities(service, TOMORROW, 'card'), all(4, { '09:00': 6 }));
    const slot = (await slotsOf(service))['09:30'];
    assert.deepEqual([slot.capacity, slot.remaining, slot.bookable], [2, 0, false]);
    const { body } = await service.get(`/v1/halls/${HALL}`);
    assert.deepEqual(body.queues.map(({ id }) => id), ['A', 'B'], 'the rest of the hall stays');
    await service.audit();
  });

  test('an override stands over it', async () => {
    await put(service, admin, { date: TOMORROW, slots: { '11:00': 1 } });
    await put(service, admin, { weekly: { 'mon-fri': { default: 6 } } });
    assert.deepEqual(await capacities(service, TOMORROW), all(6, { '11:00': 1 }));
  });

  test('a catalogue file that is loaded later wins', async () => {
    await put(service, admin, { weekly: { 'mon-fri': { default: 6 } } });
    await service.load(base);
    assert.deepEqual(await capacities(service, TOMORROW), all(10, { '11:00': 1 }));
    await put(service, admin, { weekly: { 'mon-fri': { default: 8 } } });
    await service.load({ city: base.city, limits: { live_per_person: 6 } });
    assert.deepEqual(
      await capacities(service, TOMORROW),
      all(8, { '11:00': 1 }),
      'a file without the hall leaves it',
    );
    await service.restart();
    assert.deepEqual(await capacities(service, TOMORROW), all(8, { '11:00': 1 }));
  });

  const faulty = [
    [
      'weekdays',
      { monday: { default: 1 }, 'fri-mon': { default: 1 } },
      ['/weekly/fri-mon', '/weekly/monday'],
    ],
    ['a weekday twice', { 'mon-fri': { default: 1 }, tue: { default: 2 } }, ['/weekly/tue']],
    [
      'half hours',
      { mon: { '9:00': 1, '12:00': 1, '09:00': 1 } },
      ['/weekly/mon/12:00', '/weekly/mon/9:00'],
    ],
    [
      'numbers',
      { mon: { default: -1, '09:00': 1.5, '09:30': 'x' }, tue: 7 },
      ['/weekly/mon/09:00', '/weekly/mon/09:30', '/weekly/mon/default', '/weekly/tue'],
    ],
  ];
  for (const [what, weekly, expected] of faulty) {
    test(`at fault: ${what}`, async () => {
      const before = await capacities(service, TOMORROW);
      const answer = await put(service, admin, { weekly });
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(pointers(answer), expected, answer.text);
      for (const { detail } of answer.body.errors) assert.match(detail, /\p{Script=Han}/u);
      const english = await put(service, admin, { weekly }, { language: 'en' });
      for (const { detail } of english.body.errors) assert.match(detail, /^[\x20-\x7e]+$/);
      assert.deepEqual(await capacities(service, TOMORROW), before, 'nothing of it is in force');
    });
  }
});

describe('units kept for priority people', () => {
  let service;
  const base = catalogue({ capacity: 5 });
  before(async () => {
    base.halls[0].queues[0].priority_share = 0.5;
    base.halls[0].queues[0].priority_until_minutes = 60;
    service = await startService({ catalogue: base });
  });
  after(() => service?.stop());

  const shown = async (date, start) => {
    const slot = (await slotsOf(service, 'one', date))[start];
    return [slot.capacity, slot.remaining, slot.priority_remaining, slot.bookable];
  };

  /** What the city's list of free half hours tells everyone who asks. */
  const forEveryone = async (start) => {
    const { body } = await service.get(
      `/v1/cities/${CITY}/availability?service=two&date=${TOMORROW}`,
    );
    return body.halls[0].slots.find((slot) => slot.start === start)?.remaining;
  };

  test('shown until they are for everyone', async () => {
    assert.deepEqual(await shown(TOMORROW, '09:30'), [5, 5, 3, true], 'half of 5, rounded up');
    for (const n of [1, 2]) {
      const answer = await service.post('/v1/reservations', booking(young(n)), {
        token: await service.gateway(),
      });
      assert.equal(answer.status, 201, answer.text);
    }
    assert.deepEqual(await shown(TOMORROW, '09:30'), [5, 3, 3, false]);
    assert.deepEqual(await shown(THURSDAY, '09:30'), [5, 5, 3, false], 'not released');
    // The clock stands at 10:00: what begins by 11:00 is for everyone.
    assert.deepEqual(await shown(TODAY, '11:00'), [5, 5, 0, true]);
    assert.deepEqual(await shown(TODAY, '11:30'), [5, 5, 3, true]);
    assert.equal(await forEveryone('09:30'), undefined);
    assert.equal(await forEveryone('10:00'), 2);
  });

  test('they follow the capacity and the share', async () => {
    const admin = await hallAdmin(service);
    await put(service, admin, { date: TOMORROW, slots: { '10:00': 8, '10:30': 1 } });
    assert.deepEqual(await shown(TOMORROW, '10:00'), [8, 8, 4, true]);
    assert.deepEqual(await shown(TOMORROW, '10:30'), [1, 1, 1, false]);
    base.halls[0].queues[0].priority_share = 0.2;
    await service.load(base);
    assert.deepEqual(await shown(TOMORROW, '10:00'), [8, 8, 2, true]);
    base.halls[0].queues[0].priority_share = 0.6;
    await service.load(base);
    assert.deepEqual(await shown(TOMORROW, '10:00'), [8, 8, 5, true]);
    delete base.halls[0].queues[0].priority_share;
    await service.load(base);
    assert.deepEqual(await shown(TOMORROW, '10:00'), [8, 8, undefined, true]);
    assert.equal(await forEveryone('10:00'), 8);
    await service.audit();
  });
});

describe('two workers', () => {
  const DAYS = ['2026-12-01', '2026-12-02'];
  let service;
  let groups;
  let workers;
  before(async () => {
    service = await startService({ catalogue: catalogue(), workers: 2 });
    groups = await service.connectionsByWorker(2);
    workers = groups.map(({ pipes }) => pipes);
    assert.equal(workers.length, 2);
  });
  after(async () => {
    for (const pipe of workers.flat()) pipe.close();
    await service.stop();
  });

  const set = (pipe, token, body, queue = 'A') => pipe.send('PUT', path(queue), { token, body });

  test('admins who change the same days at once lose nothing', async () => {
    const token = await hallAdmin(service);
    const wanted = Object.fromEntries(DAYS.map((date) => [date, {}]));
    const lanes = workers.flatMap((pipes, w) =>
      pipes.flatMap((pipe, p) =>
        DAYS.map(async (date) => {
          const mine = HALF_HOURS.filter((_, n) => n % 4 === w * 2 + p);
          for (const [n, start] of mine.entries()) {
            for (const units of [1, 20 + n]) {
              const answer = await set(pipe, token, { date, slots: { [start]: units } });
              assert.equal(answer.status, 200, answer.text);
              wanted[date][start] = units;
            }
          }
        }),
      ),
    );
    await Promise.all(lanes);
    for (const date of DAYS) {
      for (const [pipe] of workers) {
        await until(
          `${date} stands at each worker`,
          async () => {
            const slots = await slotsOf(through(pipe), 'one', date);
            return HALF_HOURS.every((start) => slots[start]?.capacity === wanted[date][start]);
          },
          5_000,
        );
      }
    }
  });

  test('a template and a day at once, at different workers', async () => {
    const token = await hallAdmin(service);
    for (let n = 1; n <= 5; n++) {
      const answers = await Promise.all([
        set(workers[0][0], token, { weekly: { 'mon-fri': { default: 30 + n } } }),
        set(workers[1][0], token, { weekly: { 'mon-fri': { default: 40 + n } } }, 'B'),
        set(workers[1][1], token, { date: TOMORROW, slots: { '09:00': 50 + n } }),
        set(workers[0][1], token, { date: TOMORROW, slots: { '09:30': 60 + n } }, 'B'),
      ]);
      answers.forEach((answer) => assert.equal(answer.status, 200, answer.text));
      for (const [pipe] of workers) {
        await until(
          'both stand at each worker',
          async () => {
            const a = await slotsOf(through(pipe), 'one');
            const b = await slotsOf(through(pipe), 'card');
            return (
              a['09:00'].capacity === 50 + n &&
              a['10:00'].capacity === 30 + n &&
              b['09:30'].capacity === 60 + n &&
              b['10:00'].capacity === 40 + n
            );
          },
          5_000,
        );
      }
    }
    await service.audit();
  });

  test('a template is known to the other worker at once', async () => {
    const token = await hallAdmin(service);
    const answer = await set(workers[0][0], token, { weekly: { 'mon-fri': { default: 19 } } }, 'B');
    assert.equal(answer.status, 200, answer.text);
    await until(
      'it stands for days to come',
      async () => (await capacities(through(workers[1][0]), FRIDAY, 'card'))['10:00'] === 19,
      5_000,
    );
  });

  test('a worker that missed events knows what they said all the same', async () => {
    const admin = await hallAdmin(service);
    const token = await service.gateway();
    const [[here], [there]] = workers;
    const start = '16:00';
    const before = (await slotsOf(through(there)))[start].remaining;
    await pause(groups[1].pid);
    // The first one's event is on its way to the other worker already; the second one's is lost.
    for (const n of [500, 501]) {
      const body = booking(young(n), { start });
      const booked = await here.send('POST', '/v1/reservations', { token, body });
      assert.equal(booked.status, 201, booked.text);
    }
    await service.redis(`XTRIM {${CITY}}:events MAXLEN 0`);
    const answer = await set(here, admin, { date: TOMORROW, slots: { '16:30': 77 } });
    assert.equal(answer.status, 200, answer.text);
    proceed(groups[1].pid);
    await until(
      'the other worker has read all of it anew',
      async () => {
        const slots = await slotsOf(through(there));
        return slots['16:30'].capacity === 77 && slots[start].remaining === before - 2;
      },
      5_000,
    );
  });

  test('a booking at the other worker goes by what was just set', async () => {
    const admin = await hallAdmin(service);
    const token = await service.gateway();
    for (let n = 0; n < 20; n++) {
      const [here, there] = [workers[n % 2][0], workers[(n + 1) % 2][0]];
      const start = '14:00';
      const lowered = await set(here, admin, { date: TOMORROW, slots: { [start]: n } });
      assert.equal(lowered.status, 200, lowered.text);
      const refused = await there.send('POST', '/v1/reservations', {
        token,
        body: booking(young(n), { start }),
      });
      assertProblem(refused, 409, n ? 'slot-full' : 'slot-closed');
      await set(here, admin, { date: TOMORROW, slots: { [start]: n + 1 } });
      const answer = await there.send('POST', '/v1/reservations', {
        token,
        body: booking(young(n), { start }),
      });
      assert.equal(answer.status, 201, `round ${n}: ${answer.text}`);
    }
    await service.audit();
  });
});

describe('days open by themselves', () => {
  const WEDNESDAY = '2026-11-25';
  const LEAD_MS = 15_000;
  let service;
  before(async () => {
    service = await startService({
      catalogue: catalogue(),
      now: '2026-11-23T23:59:45+08:00',
      workers: 2,
    });
  });
  after(() => service?.stop());

  test('at the minute of their release, once, with what was set before', async () => {
    const inventory = `${HALL} A ${WEDNESDAY.replaceAll('-', '')}`;
    const token = await hallAdmin(service);
    const answer = await put(service, token, { date: WEDNESDAY, slots: { '09:00': 4 } });
    assert.equal(answer.status, 200, answer.text);
    const units = `{${CITY}}:units:${WEDNESDAY.replaceAll('-', '')}`;
    assert.deepEqual(await service.redis(`EXISTS ${units}`), [':0'], 'the test came too late');
    const [ms] = (await opened(service, inventory)).split('-').map(Number);
    const late = ms - service.started_ms - LEAD_MS;
    assert.ok(late >= 0 && late < 3_000, `opened ${late} ms after the minute`);
    const [, nine] = await service.redis(`HGET ${units} "${HALL} A c18"`);
    const [, ten] = await service.redis(`HGET ${units} "${HALL} A c20"`);
    assert.deepEqual([nine, ten], ['4', '10']);
    const slot = (await slotsOf(service, 'one', WEDNESDAY))['09:00'];
    assert.deepEqual([slot.capacity, slot.remaining, slot.bookable], [4, 4, true]);
    const all_events = (await nextEvents(service, '0')).words;
    const openings = all_events.filter((word) => word.startsWith(`${inventory} `));
    assert.equal(openings.length, 1, 'two workers open it once');
  });
});

test('what was decided for days long past is forgotten', async () => {
  const service = await startService({
    catalogue: catalogue(),
    args: ['--retention-days', '1'],
  });
  try {
    const admin = await hallAdmin(service);
    for (const date of [TODAY, TOMORROW]) {
      const answer = await put(service, admin, { date, slots: { '16:00': 4 } });
      assert.equal(answer.status, 200, answer.text);
      const body = { date, start: '16:30', reason: '停电', rebook: 'none' };
      const closed = await service.post(`/v1/halls/${HALL}/closures`, body, { token: admin });
      assert.equal(closed.status, 201, closed.text);
    }
    service.options.now = '2026-11-26T10:00:00+08:00';
    service.started_ms = null;
    await service.restart();
    const fields = async () => {
      const lines = await service.redis(`HKEYS {${CITY}}:plan`);
      return lines.filter((line) => line.startsWith(HALL)).sort();
    };
    await until('Monday is forgotten', async () => (await fields()).length === 2, 5_000);
    const tuesday = TOMORROW.replaceAll('-', '');
    assert.deepEqual(await fields(), [`${HALL} ${tuesday} 2`, `${HALL} A ${tuesday}`]);
  } finally {
    await service.stop();
  }
});
