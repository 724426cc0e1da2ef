// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A catalogue that pulls away what is in use: refused, or with --retire what is there ends orderly.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertProblem } from './harness.mjs';
import { booking, catalogue, CITY, COUNTY_HALL, HALL, TOMORROW } from './catalogue.mjs';
import { young } from './person.mjs';
import { until } from './process.mjs';
import { Change, withHall, withoutQueue, withQueueChanged } from './retire.mjs';
import { at, moveClock } from './tickets.mjs';

const DAY_AFTER = '2026-11-25';
const full = (options) => catalogue({ capacity: 5, ...options });
const QUEUE_A = `/halls/${HALL}/queues/A`;

/** Five bookings in one half hour of tomorrow, and one who waits for it. */
async function fullHalfHour(change, start = '09:30') {
  const booked = [];
  for (let n = 0; n < 5; n++) booked.push(await change.booked(n, { date: TOMORROW, start }));
  const body = booking(young(5), { start: undefined, starts: [start] });
  const waiting = await change.service.post('/v1/waitlist', body, { token: change.tokens.gateway });
  assert.equal(waiting.status, 201, waiting.text);
  return { booked, waiting: waiting.body };
}

const entryOf = async (change, { id }) =>
  (await change.get(`/v1/waitlist/${id}`, change.tokens.gateway)).body;

test('a queue with bookings is not pulled away; retired it ends orderly', async (t) => {
  const change = await Change.start(t, full());
  const { booked, waiting } = await fullHalfHour(change);
  const changed = withoutQueue(full(), 'A');

  const before = await change.stored();
  const lines = await change.refused(changed);
  const named = lines.find((line) => line.includes(`${QUEUE_A}:`));
  assert.match(named, /5 bookings/);
  assert.match(named, /1 waiting/);
  assert.match(named, /6 people/);
  assert.match(named, /--retire/);
  assert.deepEqual(await change.stored(), before, 'a refused file changes nothing');
  assert.equal((await change.book(6, { date: TOMORROW, start: '10:00' })).status, 201);

  await change.load(changed, ['--retire']);
  assert.equal((await change.list(`date=${TOMORROW}&status=booked`)).length, 6);
  assertProblem(await change.book(7, { date: TOMORROW, start: '10:30' }), 400, 'invalid-request');
  const { body: offered } = await change.get(`/v1/halls/${HALL}/services`);
  assert.deepEqual(offered.services.map(({ id }) => id), ['card']);
  const { body: hall } = await change.get(`/v1/halls/${HALL}`);
  assert.deepEqual(hall.queues.map(({ id }) => id), ['B']);

  await change.cancelled(booked[0]);
  const ended = await until('the entry has ended', async () => {
    const entry = await entryOf(change, waiting);
    return entry.status !== 'waiting' && entry;
  });
  assert.notEqual(ended.status, 'promoted');
  assert.equal(ended.reservation, null);
  assert.equal((await change.list(`date=${TOMORROW}&status=booked`)).length, 5);

  const token = change.tokens.admin;
  const body = { date: TOMORROW, start: '09:30', end: '10:00', reason: '检修', rebook: 'none' };
  const closure = await change.service.post(`/v1/halls/${HALL}/closures`, body, { token });
  assert.equal(closure.status, 201, closure.text);
  assert.equal(closure.body.affected.length, 4);
  const path = `/v1/halls/${HALL}/closures/${closure.body.id}`;
  assert.equal((await change.service.request('DELETE', path, { token })).status, 200);

  await moveClock(change.service, at('09:20', TOMORROW));
  const served = [];
  await change.does('A1', 'open');
  for (const one of booked.slice(1, 4)) {
    const ticket = await change.checkedIn(one);
    assert.equal(ticket.number, `A00${served.length + 1}`);
    assert.equal(await change.servesNext('A1'), ticket.number);
    served.push(one);
  }
  assertProblem(await change.issue(), 400, 'invalid-request');
  await change.service.audit();

  await moveClock(change.service, at('10:00', DAY_AFTER));
  for (const one of served) assert.equal((await change.reservation(one)).status, 'done');
  const query = `from=${TOMORROW}&to=${TOMORROW}`;
  const { body: statistics } = await change.get(`/v1/halls/${HALL}/statistics?${query}`);
  const queue = statistics.queues.find((one) => one.queue === 'A');
  // Who did not come to a queue that is not offered any more is no no-show.
  assert.deepEqual([queue.booked, queue.cancelled, queue.no_show], [6, 3, 0]);
  await change.service.audit();
});

test('load twice, restart, name it again', async (t) => {
  const change = await Change.start(t, full(), { workers: 2 });
  const { booked } = await fullHalfHour(change);
  const changed = withoutQueue(full(), 'A');
  await change.load(changed, ['--retire']);
  const stored = await change.stored();
  await change.load(changed);
  assert.deepEqual(await change.stored(), stored, 'what is retired stands in nobody’s way again');
  const plan = await change.service.redis('HGET {410400}:plan version');
  await change.load(changed);
  assert.deepEqual(await change.service.redis('HGET {410400}:plan version'), plan);

  for (const { pipes } of await change.service.connectionsByWorker(1)) {
    const [pipe] = pipes;
    const { body } = await pipe.send('GET', `/v1/halls/${HALL}`);
    assert.deepEqual(body.queues.map(({ id }) => id), ['B']);
    pipe.close();
  }
  await change.service.restart();
  assert.equal((await change.list(`date=${TOMORROW}`)).length, 5);
  await change.load(full());
  assert.equal((await change.book(9, { date: TOMORROW, start: '11:00' })).status, 201);
  assert.equal((await change.cancelled(booked[0])).status, 'cancelled');
  await change.service.audit();
});

test('--dry-run shows what is different and whom it hits, and changes nothing', async (t) => {
  const change = await Change.start(t, full());
  await fullHalfHour(change);
  const before = await change.stored();
  const changed = withHall(withoutQueue(full(), 'A'), () => ({ name: '新市大厅' }));

  const refused = await change.load(changed, ['--dry-run'], 1);
  assert.match(refused.stdout, new RegExp(`^- ${QUEUE_A}$`, 'm'));
  assert.match(refused.stdout, new RegExp(`^~ /halls/${HALL}/name: .*"新市大厅"`, 'm'));
  assert.match(refused.stderr, /5 bookings/);
  const passing = await change.load(changed, ['--dry-run', '--retire']);
  assert.match(passing.stdout, /5 bookings/);
  assert.match(passing.stdout, /6 people/);
  const added = withHall(full(), ({ queues }) => ({
    queues: [...queues, { ...queues[1], id: 'C', prefix: 'C', services: ['county.only'] }],
  }));
  const { stdout } = await change.load(added, ['--dry-run']);
  assert.match(stdout, new RegExp(`^\\+ /halls/${HALL}/queues/C$`, 'm'));
  assert.deepEqual(await change.stored(), before);
});

test('a queue under another id, and its services and prefix with it', async (t) => {
  const change = await Change.start(t, full());
  const { booked } = await fullHalfHour(change);
  const renamed = withQueueChanged(full(), 'A', () => ({ id: 'Z' }));
  const [named] = (await change.refused(renamed)).filter((line) => line.includes(QUEUE_A));
  assert.match(named, /5 bookings/);
  await change.load(renamed, ['--retire']);
  const made = await change.booked(8, { date: TOMORROW, start: '09:30' });
  assert.equal(made.queue, 'Z');
  const token = change.tokens.gateway;
  const moved = await change.service.post(
    `/v1/reservations/${booked[0].id}/reschedule`,
    { date: TOMORROW, start: '10:30' },
    { token },
  );
  assert.deepEqual([moved.status, moved.body.queue], [200, 'Z'], moved.text);

  await moveClock(change.service, at('09:10', TOMORROW));
  const old = await change.checkedIn(booked[1]);
  const young = await change.checkedIn(made);
  assert.equal(old.number, 'A001');
  assert.notEqual(young.number, old.number, 'two people of a day never hear the same number');
  await change.service.audit();
});

test('a service that a queue handles no more, or another one does', async (t) => {
  const change = await Change.start(t, full());
  const { booked, waiting } = await fullHalfHour(change);
  const moved = withHall(full(), ({ queues: [a, b] }) => ({
    queues: [
      { ...a, services: ['two', 'double'] },
      { ...b, services: ['card', 'one'] },
    ],
  }));
  const [named] = (await change.refused(moved)).filter((line) => line.includes('services/one'));
  assert.match(named, new RegExp(`${QUEUE_A}/services/one: .*5 bookings.*1 waiting`));
  await change.load(moved, ['--retire']);
  assert.equal((await change.booked(8, { date: TOMORROW, start: '09:30' })).queue, 'B');
  await change.cancelled(booked[0]);
  await until('the entry has ended', async () =>
    (await entryOf(change, waiting)).status !== 'waiting');
  assert.equal((await entryOf(change, waiting)).reservation, null);
  const two = await change.booked(9, { date: TOMORROW, start: '10:00', service: 'two' });
  assert.equal(two.queue, 'A');
  const body = { date: TOMORROW, queue: 'A', reason: '检修', rebook: 'offer' };
  const token = change.tokens.admin;
  const closure = await change.service.post(`/v1/halls/${HALL}/closures`, body, { token });
  assert.deepEqual([closure.status, closure.body.affected?.length], [201, 5], closure.text);
  await change.service.audit();
});

test('hours and holidays that leave bookings outside', async (t) => {
  const change = await Change.start(t, full());
  const morning = await change.booked(0, { date: TOMORROW, start: '09:30' });
  const afternoon = await change.booked(1, { date: TOMORROW, start: '15:30' });
  const hours = { 'mon-fri': ['09:00-12:00'], sat: [], sun: [], make_up_workdays: true };
  const shortened = withHall(full(), () => ({ hours }));
  const [named] = (await change.refused(shortened)).filter((line) => line.includes('hours'));
  assert.match(named, new RegExp(`/halls/${HALL}/hours: .*1 booking`));
  const holiday = full();
  holiday.calendar.holidays[TOMORROW] = '停办日';
  const [closed] = (await change.refused(holiday)).filter((line) => line.includes('holidays'));
  assert.match(closed, new RegExp(`/calendar/holidays/${TOMORROW}: .*2 bookings`));

  await change.load(shortened, ['--retire']);
  assertProblem(await change.book(2, { date: TOMORROW, start: '16:00' }), 409, 'slot-closed');
  await moveClock(change.service, at('15:20', TOMORROW));
  assert.equal((await change.reservation(afternoon)).status, 'booked');
  const ticket = await change.checkedIn(afternoon);
  await moveClock(change.service, at('15:50', TOMORROW));
  assert.equal((await change.ticket(ticket)).status, 'waiting', 'the day has not ended for them');
  await change.does('A1', 'open');
  assert.equal(await change.servesNext('A1'), ticket.number);
  assert.equal((await change.reservation(morning)).status, 'no_show');
  await change.service.audit();
});

test('a hall can be retired, a package and a service, too', async (t) => {
  const change = await Change.start(t, full());
  const { booked } = await fullHalfHour(change);
  const hall = withHall(full(), () => ({ retired: true }));
  const [named] = (await change.refused(hall)).filter((line) => line.includes(`/halls/${HALL}`));
  assert.match(named, /5 bookings/);
  await change.load(hall, ['--retire']);
  const { body } = await change.get(`/v1/cities/${CITY}/halls`);
  assert.ok(!body.halls.some(({ id }) => id === HALL));
  assert.equal((await change.list(`date=${TOMORROW}`)).length, 5);
  const token = change.tokens.gateway;
  const moved = await change.service.post(
    `/v1/reservations/${booked[0].id}/reschedule`,
    { hall: COUNTY_HALL, date: TOMORROW, start: '09:30' },
    { token },
  );
  assert.equal(moved.status, 200, moved.text);
  await change.load(full());

  const service = full();
  service.services = service.services.map((one) =>
    one.id === 'one' ? { ...one, retired: true } : one,
  );
  service.packages = service.packages.map((one) => ({ ...one, retired: true }));
  const lines = await change.refused(service);
  assert.ok(lines.some((line) => /services\/one: .*4 bookings/.test(line)), lines.join('\n'));
  await change.load(service, ['--retire']);
  const offered = (await change.get(`/v1/halls/${HALL}/services`)).body;
  assert.deepEqual(offered.packages, []);
  assert.deepEqual(offered.services.map(({ id }) => id).sort(), ['card', 'double', 'two']);
  assert.equal((await change.list(`date=${TOMORROW}&status=booked`)).length, 5);
});

test('a package that somebody has booked is not pulled away', async (t) => {
  const change = await Change.start(t, full());
  const packaged = { ...booking(young(1), { package: 'both' }), service: undefined };
  const made = await change.service.post('/v1/reservations', packaged, {
    token: change.tokens.gateway,
  });
  assert.equal(made.status, 201, made.text);
  const without = full();
  without.packages = without.packages.map((one) =>
    one.id === 'both' ? { ...one, retired: true } : one,
  );
  const before = await change.stored();
  assert.deepEqual(
    (await change.refused(without)).map((line) => line.replace(/^.*\.json: |; leave .*$/g, '')),
    ['/packages/both: is in use: 1 booking (1 person)'],
  );
  assert.deepEqual(await change.stored(), before);
  const { stdout } = await change.load(without, ['--dry-run', '--retire']);
  assert.match(stdout, /^retires \/packages\/both: 1 booking \(1 person\)$/m);

  await change.load(without, ['--retire']);
  const again = { ...booking(young(2), { package: 'both' }), service: undefined };
  const refused = await change.service.post('/v1/reservations', again, {
    token: change.tokens.gateway,
  });
  assertProblem(refused, 400, 'invalid-request');
  const moved = await change.service.post(
    `/v1/reservations/${made.body.id}/reschedule`,
    { date: TOMORROW, start: '10:30' },
    { token: change.tokens.gateway },
  );
  assert.equal(moved.status, 200, moved.text);
  const kept = await change.reservation(made.body);
  assert.deepEqual([kept.package, kept.status, kept.steps.length], ['both', 'booked', 2]);
  assert.equal((await change.cancelled(made.body)).status, 'cancelled');
  await change.load(full());
  await change.load(without);
  await change.service.audit();
});

test('the time zone stays while anything is booked', async (t) => {
  const change = await Change.start(t, full());
  const city = { ...full(), city: { ...full().city, time_zone: 'Asia/Urumqi' } };
  await fullHalfHour(change);
  for (const flags of [[], ['--retire']]) {
    const [line] = (await change.refused(city, flags)).filter((one) => one.includes('time_zone'));
    assert.match(line, /\/city\/time_zone: .*5 bookings/);
  }
});

test('days that were open stay so when a hall looks less far ahead', async (t) => {
  const far = full({ release: { days_ahead: 30 } });
  const change = await Change.start(t, far);
  const late = await change.booked(0, { date: '2026-12-22', start: '09:30' });
  await change.load(full());
  assertProblem(await change.book(1, { date: '2026-12-22', start: '10:00' }), 409, 'not-released');
  assert.equal((await change.list('date=2026-12-22')).length, 1);
  const body = { date: '2026-12-22', reason: '检修', rebook: 'none' };
  const token = change.tokens.admin;
  const closure = await change.service.post(`/v1/halls/${HALL}/closures`, body, { token });
  assert.deepEqual([closure.status, closure.body.affected?.length], [201, 1], closure.text);
  assert.equal((await change.reservation(late)).status, 'booked');
  await change.service.audit();
});
