// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Dates at the ends of the calendar, 0001-01-01 to 9999-12-31: a range that leaves it is refused,
// no date outside it is ever given, and one that is inside is a date like others.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { assertProblem, binaryPath, startService } from './harness.mjs';
import { booking, catalogue, HALL, TOMORROW, withQueue } from './catalogue.mjs';
import { person } from './person.mjs';

const pointers = (answer) => answer.body.errors.map(({ pointer }) => pointer).sort();

let service;
let tokens;
before(async () => {
  const city = catalogue({ capacity: 10, release: { days_ahead: 30 } });
  city.calendar.holidays = { ...city.calendar.holidays, '0001-01-02': '始', '9999-12-30': '终' };
  service = await startService({
    catalogue: withQueue(city, 'B', { allocation: 'lottery', lottery_minutes: 10 }),
  });
  const scope = { city: '410400', hall: HALL };
  tokens = {
    gateway: await service.gateway(),
    admin: await service.token('hall_admin', scope),
    kiosk: await service.token('kiosk', scope),
  };
});
after(() => service?.stop());

const availability = (query) => service.get(`/v1/halls/${HALL}/availability?service=one&${query}`);
const dates = ({ body }) => body.days.map(({ date }) => date);

describe('availability', () => {
  for (const [query, expected] of [
    ['from=9999-12-29&days=3', ['9999-12-29', '9999-12-30', '9999-12-31']],
    ['from=9999-12-31&days=1', ['9999-12-31']],
    ['from=9999-12-31', ['9999-12-31']],
    ['from=0001-01-01&days=2', ['0001-01-01', '0001-01-02']],
    ['from=1969-12-31&days=2', ['1969-12-31', '1970-01-01']],
    ['from=2000-02-28&days=3', ['2000-02-28', '2000-02-29', '2000-03-01']],
    ['from=2100-02-28&days=2', ['2100-02-28', '2100-03-01']],
  ])
    test(`${query} is inside`, async () => {
      const answer = await availability(query);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(dates(answer), expected);
      assert.ok(!answer.text.includes('"0000-'), answer.text);
    });

  for (const [query, where] of [
    ['from=9999-12-31&days=3', '/days'],
    ['from=9999-12-31&days=2', '/days'],
    ['from=9999-12-01&days=62', '/days'],
    ['from=0000-12-31&days=2', '/from'],
    ['from=0000-01-01', '/from'],
    ['from=10000-01-01', '/from'],
    ['from=-001-01-01', '/from'],
    ['from=1900-02-29', '/from'],
    ['from=2027-02-29', '/from'],
    ['from=0001-02-29', '/from'],
  ])
    test(`${query} is refused`, async () => {
      const answer = await availability(query);
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(pointers(answer), [where]);
      assert.match(answer.body.errors[0].detail, /0001-01-01.*9999-12-31/);
    });

  test('what the calendar says of its last days is heard', async () => {
    const { body } = await availability('from=9999-12-30&days=1');
    assert.deepEqual([body.days[0].open, body.days[0].reason], [false, '终']);
  });

  test('of a city', async () => {
    const at = (date) => service.get(`/v1/cities/410400/availability?service=one&date=${date}`);
    for (const date of ['0001-01-01', '9999-12-31']) assert.equal((await at(date)).status, 200);
    for (const date of ['0000-12-31', '10000-01-01', '2026-02-29'])
      assert.deepEqual(pointers(await at(date)), ['/date']);
  });
});

test('statistics', async () => {
  const of = (query) =>
    service.get(`/v1/halls/${HALL}/statistics?${query}`, { token: tokens.admin });
  const first = await of('to=0001-01-03');
  assert.deepEqual(dates(first), ['0001-01-01', '0001-01-02', '0001-01-03'], first.text);
  const last = await of('from=9999-12-30&to=9999-12-31');
  assert.deepEqual(dates(last), ['9999-12-30', '9999-12-31']);
  assert.deepEqual(pointers(await of('from=0000-12-31&to=0001-01-02')), ['/from']);
  assert.deepEqual(pointers(await of('from=9999-12-31&to=10000-01-01')), ['/to']);
  assert.deepEqual(pointers(await of('from=0001-01-01&to=9999-12-31')), ['/to']);
});

test('draws: a queue that draws no lots has none on any day, one that does has them on each', async () => {
  const draw = async (queue, date) => {
    const answer = await service.get(`/v1/halls/${HALL}/draws/${queue}/${date}`);
    assert.ok(!answer.text.includes('"0000-'), answer.text);
    return answer.status;
  };
  for (const date of ['0001-01-01', '1969-12-31', '1970-01-01', '1970-01-02', '9999-12-31'])
    assert.deepEqual([await draw('A', date), await draw('B', date)], [404, 200], date);
  for (const date of ['0000-12-31', '10000-01-01', '2026-02-29'])
    assert.equal(await draw('B', date), 404);
});

describe('in bodies and paths', () => {
  for (const [date, type] of [
    ['0001-01-01', 'too-late'],
    ['1969-12-31', 'too-late'],
    ['9999-12-31', 'not-released'],
  ])
    test(`a booking on ${date}: ${type}`, async () => {
      const body = booking(person(1), { date });
      const answer = await service.post('/v1/reservations', body, { token: tokens.gateway });
      assertProblem(answer, 409, type);
      assert.ok(!answer.text.includes('"0000-'), answer.text);
    });

  test('a reservation is not moved there, nobody waits there', async () => {
    const token = tokens.gateway;
    const made = await service.post('/v1/reservations', booking(person(2), { date: TOMORROW }), {
      token,
    });
    assert.equal(made.status, 201, made.text);
    for (const [date, type] of [
      ['0001-01-01', 'too-late'],
      ['9999-12-31', 'not-released'],
    ]) {
      const path = `/v1/reservations/${made.body.id}/reschedule`;
      assertProblem(await service.post(path, { date, start: '10:00' }, { token }), 409, type);
      const entry = { hall: HALL, service: 'one', date, starts: ['10:00'], applicant: person(3) };
      assertProblem(await service.post('/v1/waitlist', entry, { token }), 409, type);
    }
    const path = `/v1/reservations/${made.body.id}/reschedule`;
    for (const date of ['0000-12-31', '10000-01-01', '2026-02-29'])
      assert.deepEqual(pointers(await service.post(path, { date, start: '10:00' }, { token })), [
        '/date',
      ]);
  });

  test('a closure and a capacity of the last day', async () => {
    const close = (date) =>
      service.post(
        `/v1/halls/${HALL}/closures`,
        { date, reason: '终', rebook: 'offer' },
        { token: tokens.admin },
      );
    const last = await close('9999-12-31');
    assert.equal(last.status, 201, last.text);
    assert.deepEqual(pointers(await close('0001-01-01')), ['/date']);
    assert.deepEqual(pointers(await close('0000-12-31')), ['/date']);
    const put = (date) =>
      service.request('PUT', `/v1/halls/${HALL}/queues/A/capacity`, {
        body: { date, slots: { '09:00': 1 } },
        token: tokens.admin,
      });
    for (const date of ['9999-12-31', '0001-01-01', '0000-12-31'])
      assert.deepEqual(pointers(await put(date)), ['/date']);
  });

  test('draws', async () => {
    const of = (date) => service.get(`/v1/halls/${HALL}/draws/B/${date}`);
    for (const date of ['0001-01-01', '9999-12-31']) {
      const answer = await of(date);
      assert.ok([200, 404].includes(answer.status), answer.text);
      assert.ok(!answer.text.includes('"0000-'), answer.text);
    }
    for (const date of ['0000-12-31', '10000-01-01', '2026-02-29'])
      assertProblem(await of(date), 404, 'not-found');
  });

  test('ids and cursors', async () => {
    for (const date of ['00000101', '00010101', '99991231', '99990229', '100000101']) {
      const id = `${HALL}.${date}.A-1-K7Q9X2`;
      const found = await service.get(`/v1/reservations/${id}`, { token: tokens.gateway });
      assertProblem(found, 404, 'not-found');
      const shown = await service.post(
        `/v1/halls/${HALL}/check-in`,
        { code: id },
        { token: tokens.kiosk },
      );
      assert.ok([400, 404].includes(shown.status), shown.text);
      const ticket = await service.get(`/v1/tickets/${HALL}.${date}.A-t1-K7Q9X2`);
      assertProblem(ticket, 404, 'not-found');
    }
  });

  test('a cursor of another day does not make the list walk centuries', async () => {
    const list = (query) =>
      service.get(`/v1/reservations?${query}`, { token: tokens.admin });
    const cursor = `cursor=${HALL}.00010101.A-1-K7Q9X2`;
    assert.deepEqual(pointers(await list(`date=9999-12-31&${cursor}`)), ['/cursor']);
    assert.deepEqual(pointers(await list(cursor)), ['/cursor'], 'no page led there');
    assert.equal((await list('date=9999-12-31')).status, 200);
  });
});

test('the clock leaves the service room in the calendar', () => {
  for (const now of ['9999-12-31T23:00:00+08:00', '1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z']) {
    const { status, stderr } = spawnSync(
      binaryPath(),
      ['serve', '--data', '/nonexistent', '--listen', '127.0.0.1:0', '--now', now],
      { encoding: 'utf8', timeout: 60_000 },
    );
    assert.equal(status, 2, stderr);
    assert.match(stderr, /--now .*1971.*9997/);
  }
});
