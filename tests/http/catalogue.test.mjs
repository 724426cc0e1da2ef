// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What anyone may ask: halls, services, free slots; hours, holidays, release and cut-off.
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
  otherCity,
  OTHER_CITY_HALL,
  slotsOf,
  TODAY,
  TOMORROW,
  TOWNSHIP_HALL,
} from './catalogue.mjs';
import { person } from './person.mjs';
import { until } from './process.mjs';

const ids = ({ body }) => body.halls.map(({ id, hall }) => id ?? hall);
const pointers = ({ body }) => body.errors.map(({ pointer }) => pointer).sort();
const day = (service, date, { hall = HALL, id = 'one' } = {}) =>
  service.get(availabilityPath(id, date, hall)).then(({ body }) => body.days[0]);

describe('halls and services', () => {
  let service;
  before(async () => {
    service = await startService({ catalogue: [catalogue(), otherCity()] });
  });
  after(() => service?.stop());

  test('halls of a city, filtered', async () => {
    const halls = (query = '') => service.get(`/v1/cities/${CITY}/halls${query}`).then(ids);
    assert.deepEqual((await halls()).sort(), [HALL, COUNTY_HALL, TOWNSHIP_HALL].sort());
    assert.deepEqual(await halls('?level=county'), [COUNTY_HALL]);
    assert.deepEqual((await halls('?region=410402')).sort(), [TOWNSHIP_HALL, COUNTY_HALL].sort());
    assert.deepEqual(await halls('?service=card'), [HALL]);
    assert.deepEqual(await halls('?service=county.only&level=city'), []);
    const other = await service.get('/v1/cities/410100/halls');
    assert.deepEqual(ids(other), [OTHER_CITY_HALL]);
    assert.ok(!('distance_m' in other.body.halls[0]));
  });

  test('halls by distance', async () => {
    const { body } = await service.get(`/v1/cities/${CITY}/halls?near=113.334518,33.740127`);
    assert.deepEqual(
      body.halls.map(({ id }) => id),
      [COUNTY_HALL, TOWNSHIP_HALL, HALL],
    );
    assert.equal(body.halls[0].distance_m, 0);
    // Great circle to (113.19, 33.77).
    assert.ok(Math.abs(body.halls[2].distance_m - 13_766) < 15, String(body.halls[2].distance_m));
    assert.deepEqual(body.halls[0].location, [113.334518, 33.740127], 'to the metre');
  });

  test('faults of a query come all at once', async () => {
    const answer = await service.get(
      `/v1/cities/${CITY}/halls?level=province&near=1&service=no.such`,
    );
    assertProblem(answer, 400, 'invalid-request');
    assert.deepEqual(pointers(answer), ['/level', '/near', '/service']);
    const slots = await service.get(`/v1/halls/${HALL}/availability?from=2026-02-30&days=0`);
    assertProblem(slots, 400, 'invalid-request');
    assert.deepEqual(pointers(slots), ['/days', '/from', '/service']);
    for (const near of ['181,0', '0,91', '113.1', '113.1,33.7,5', 'nan,nan', '']) {
      const bad = await service.get(`/v1/cities/${CITY}/halls?near=${near}`);
      assertProblem(bad, 400, 'invalid-request');
      assert.deepEqual(pointers(bad), ['/near'], near);
    }
  });

  test('unknown places are not found', async () => {
    for (const path of [
      '/v1/cities/999999/halls',
      '/v1/cities/x/halls',
      '/v1/halls/410400-99',
      '/v1/halls/x',
      '/v1/halls/410400-99/services',
      `/v1/halls/410400-99/availability?service=one`,
      '/v1/cities/999999/availability?service=one',
      '/v1',
      '/v1/nothing',
      '/',
      '/v1/halls/',
      '/v1//halls',
    ]) {
      assertProblem(await service.get(path), 404, 'not-found');
    }
  });

  test('a hall with its queues', async () => {
    const { body } = await service.get(`/v1/halls/${HALL}`);
    assert.equal(body.open_now, true);
    assert.equal(body.name, '测试市大厅');
    assert.deepEqual(body.location, [113.19, 33.77]);
    assert.deepEqual(body.release, { days_ahead: 1, at: '00:00', closes_minutes_before: 30 });
    assert.equal(body.hours.make_up_workdays, true);
    assert.deepEqual(body.hours['mon-fri'] ?? body.hours.mon, ['09:00-12:00', '13:30-17:00']);
    assert.deepEqual(
      body.queues.map(({ id, prefix, services }) => [id, prefix, [...services].sort()]),
      [
        ['A', 'A', ['double', 'one', 'two']],
        ['B', 'B', ['card']],
      ],
    );
    assert.deepEqual(body.queues[0].windows, [
      { id: 'A1', name: '综合窗口1' },
      { id: 'A2', name: '综合窗口2' },
    ]);
  });

  test('services and packages of a hall', async () => {
    const { body } = await service.get(`/v1/halls/${HALL}/services`);
    const byId = Object.fromEntries(body.services.map((entry) => [entry.id, entry]));
    assert.deepEqual(Object.keys(byId).sort(), ['card', 'double', 'one', 'two']);
    assert.deepEqual(byId.card, {
      id: 'card',
      name: '社保卡申领',
      minutes: 10,
      units: 1,
      span: 1,
      materials: ['身份证', '照片'],
      audience: 'personal',
      queue: 'B',
    });
    assert.deepEqual([byId.two.span, byId.double.units, byId.double.audience], [2, 2, 'business']);
    assert.deepEqual(body.packages, [{ id: 'both', name: '两件一起办', steps: ['one', 'card'] }]);
  });

  test('HEAD is GET without the body', async () => {
    for (const path of ['/healthz', `/v1/halls/${HALL}`, availabilityPath()]) {
      const [head, get] = [await service.request('HEAD', path), await service.get(path)];
      assert.equal(head.status, 200);
      assert.equal(head.text, '');
      assert.equal(head.headers['content-length'], String(Buffer.byteLength(get.text)));
    }
  });

  test('percent-encoded paths are decoded once', async () => {
    assert.equal((await service.get(`/v1/halls/410400%2D01`)).body.id, HALL);
    assertProblem(await service.get('/v1/halls/410400%252D01'), 404, 'not-found');
    assertProblem(await service.get('/v1/halls/410400%2F01'), 404, 'not-found');
  });
});

describe('free slots of a hall', () => {
  let service;
  before(async () => {
    service = await startService({ catalogue: catalogue() });
  });
  after(() => service?.stop());

  test('a working day that is released', async () => {
    const tomorrow = await day(service, TOMORROW);
    assert.equal(tomorrow.open, true);
    assert.ok(!('reason' in tomorrow), tomorrow.reason);
    assert.equal(tomorrow.opens_at, `${TODAY}T00:00:00+08:00`);
    assert.deepEqual(
      tomorrow.slots.map(({ start }) => start),
      HALF_HOURS,
    );
    assert.deepEqual(tomorrow.slots[0], {
      start: '09:00',
      end: '09:30',
      capacity: 10,
      remaining: 10,
      bookable: true,
    });
    assert.ok(tomorrow.slots.every(({ bookable, remaining }) => bookable && remaining === 10));
  });

  test('capacity by half hour', async () => {
    const slots = await slotsOf(service, 'card', TOMORROW);
    assert.equal(slots['09:00'].capacity, 6);
    assert.equal(slots['09:30'].capacity, 4);
  });

  test('a service that spans two half hours', async () => {
    const slots = await slotsOf(service, 'two', TOMORROW);
    const bookable = Object.keys(slots).filter((start) => slots[start].bookable);
    assert.deepEqual(
      bookable,
      HALF_HOURS.filter((start) => start !== '11:30' && start !== '16:30'),
    );
  });

  test('the cut-off today', async () => {
    const slots = await slotsOf(service, 'one', TODAY);
    const bookable = Object.keys(slots).filter((start) => slots[start].bookable);
    // 10:00 now, closed 30 minutes before: 10:30 is gone, 11:00 is not.
    assert.deepEqual(
      bookable,
      HALF_HOURS.filter((start) => start >= '11:00'),
    );
  });

  test('days that cannot be booked say why', async () => {
    const past = await day(service, '2026-11-20');
    assert.deepEqual([past.open, past.reason], [false, 'past']);
    const later = await day(service, '2026-11-25');
    assert.equal(later.reason, 'not-released');
    assert.equal(later.opens_at, '2026-11-24T00:00:00+08:00');
    assert.ok(later.slots.every(({ bookable }) => !bookable));
    for (const [date, reason] of [
      ['2026-11-29', 'weekend'],
      ['2026-12-24', '测试节'],
    ]) {
      const closed = await day(service, date);
      assert.deepEqual([closed.open, closed.reason, closed.slots], [false, reason, []], date);
    }
  });

  test('from and days', async () => {
    const dates = async (query) =>
      (await service.get(`/v1/halls/${HALL}/availability?service=one${query}`)).body.days.map(
        ({ date }) => date,
      );
    assert.deepEqual(await dates('&from=2026-11-30&days=3'), [
      '2026-11-30',
      '2026-12-01',
      '2026-12-02',
    ]);
    assert.deepEqual(await dates(''), [TODAY, TOMORROW]);
    assert.equal((await dates('&days=62')).length, 62);
    assert.deepEqual(await dates('&from=2026-12-31&days=2'), ['2026-12-31', '2027-01-01']);
  });

  test('a service that the hall does not handle', async () => {
    const answer = await service.get(availabilityPath('county.only'));
    assertProblem(answer, 400, 'invalid-request');
    assert.deepEqual(pointers(answer), ['/service']);
  });
});

describe('free slots of a city', () => {
  let service;
  before(async () => {
    service = await startService({ catalogue: catalogue() });
  });
  after(() => service?.stop());

  test('only halls with a free slot, with the reason for their order', async () => {
    const { body } = await service.get(
      `/v1/cities/${CITY}/availability?service=one&date=${TOMORROW}`,
    );
    assert.deepEqual(
      body.halls.map(({ hall }) => hall).sort(),
      [HALL, COUNTY_HALL, TOWNSHIP_HALL].sort(),
    );
    for (const hall of body.halls) {
      assert.match(hall.reason, /\p{Script=Han}/u);
      assert.equal(
        hall.remaining,
        hall.slots.reduce((sum, { remaining }) => sum + remaining, 0),
      );
      assert.ok(!('distance_m' in hall));
    }
    assert.equal(body.halls[0].hall, HALL, 'the most units are free in the city hall');
    const none = await service.get(`/v1/cities/${CITY}/availability?service=one&date=2026-11-29`);
    assert.deepEqual(none.body.halls, []);
  });

  test('the nearest first', async () => {
    const { body } = await service.get(
      `/v1/cities/${CITY}/availability?service=one&date=${TOMORROW}&near=113.30,33.80`,
    );
    assert.equal(body.halls[0].hall, TOWNSHIP_HALL);
    assert.equal(body.halls[0].distance_m, 0);
    assert.ok(body.halls.every(({ distance_m }) => Number.isInteger(distance_m)));
  });

  test('tomorrow is the date when none is given; today slots past the cut-off are left out', async () => {
    assert.equal(
      (await service.get(`/v1/cities/${CITY}/availability?service=card`)).body.date,
      TOMORROW,
    );
    const { body } = await service.get(
      `/v1/cities/${CITY}/availability?service=card&date=${TODAY}`,
    );
    assert.deepEqual(
      body.halls[0].slots.map(({ start }) => start),
      HALF_HOURS.filter((start) => start >= '11:00'),
    );
  });

  test('faults', async () => {
    const answer = await service.get(`/v1/cities/${CITY}/availability?date=tomorrow&near=x`);
    assertProblem(answer, 400, 'invalid-request');
    assert.deepEqual(pointers(answer), ['/date', '/near', '/service']);
  });
});

describe('the calendar', () => {
  test('a make-up workday, at halls that keep it and at one that does not', async (t) => {
    const service = await startService({
      catalogue: catalogue(),
      now: '2026-11-27T10:00:00+08:00',
    });
    t.after(() => service.stop());
    const open = await day(service, '2026-11-28');
    assert.equal(open.open, true);
    assert.deepEqual(
      open.slots.map(({ start }) => start),
      HALF_HOURS,
      "Monday's hours",
    );
    assert.ok(open.slots.every(({ capacity, bookable }) => capacity === 10 && bookable));
    const closed = await day(service, '2026-11-28', { hall: TOWNSHIP_HALL });
    assert.deepEqual([closed.open, closed.slots], [false, []]);
    const token = await service.gateway();
    const booked = await service.post(
      '/v1/reservations',
      booking(person(1), { date: '2026-11-28' }),
      { token },
    );
    assert.equal(booked.status, 201, booked.text);
    assertProblem(
      await service.post(
        '/v1/reservations',
        booking(person(2), { date: '2026-11-28', hall: TOWNSHIP_HALL }),
        { token },
      ),
      409,
      'slot-closed',
    );
  });

  test('Saturday hours of one hall, a holiday, and a hall that is closed now', async (t) => {
    const service = await startService({
      catalogue: catalogue(),
      now: '2026-12-04T12:15:00+08:00',
    });
    t.after(() => service.stop());
    const saturday = await day(service, '2026-12-05', { hall: COUNTY_HALL });
    assert.deepEqual(
      saturday.slots.map(({ start, capacity }) => [start, capacity]),
      ['09:00', '09:30', '10:00', '10:30'].map((start) => [start, 2]),
    );
    assert.equal((await day(service, '2026-12-05')).reason, 'weekend');
    assert.equal((await service.get(`/v1/halls/${HALL}`)).body.open_now, false, 'the midday break');
  });

  test('days ahead and the hour of release', async (t) => {
    const release = { days_ahead: 3, at: '12:30' };
    const service = await startService({ catalogue: catalogue({ release }) });
    t.after(() => service.stop());
    const wednesday = await day(service, '2026-11-25');
    assert.equal(wednesday.open, true);
    const thursday = await day(service, '2026-11-26');
    assert.deepEqual(
      [thursday.reason, thursday.opens_at],
      ['not-released', `${TODAY}T12:30:00+08:00`],
    );
    const answer = await service.post(
      '/v1/reservations',
      booking(person(1), { date: '2026-11-26' }),
      { token: await service.gateway() },
    );
    assert.equal(assertProblem(answer, 409, 'not-released').opens_at, `${TODAY}T12:30:00+08:00`);
  });

  test('a day opens while the service runs', async (t) => {
    const service = await startService({
      catalogue: catalogue(),
      now: '2026-11-22T23:59:45+08:00',
    });
    t.after(() => service.stop());
    assert.equal((await day(service, TOMORROW)).reason, 'not-released');
    await until(
      'the day is open',
      async () => (await day(service, TOMORROW)).slots[0]?.bookable,
      60_000,
    );
    const answer = await service.post('/v1/reservations', booking(person(1)), {
      token: await service.gateway(),
    });
    assert.equal(answer.status, 201, answer.text);
  });
});

describe('load', () => {
  let service;
  before(async () => {
    service = await startService({ catalogue: catalogue() });
  });
  after(() => service?.stop());

  test('a running service sees a new version and keeps what is booked', async () => {
    const token = await service.gateway();
    const booked = await service.post('/v1/reservations', booking(person(1)), { token });
    assert.equal(booked.status, 201, booked.text);
    await service.load(catalogue({ capacity: 20 }));
    await until(
      'the new capacity',
      async () => (await slotsOf(service, 'one', TOMORROW))['09:30'].capacity === 20,
    );
    assert.equal((await slotsOf(service, 'one', TOMORROW))['09:30'].remaining, 19);
    const again = await service.get(`/v1/reservations/${booked.body.id}`, { token });
    assert.deepEqual([again.status, again.body.status], [200, 'booked']);
    await service.audit();
  });

  test('faults are named by JSON pointer and nothing of the file is taken', async () => {
    const before = (await service.get(`/v1/halls/${HALL}`)).text;
    const bad = catalogue();
    bad.halls[0].name = '改名的大厅';
    bad.halls[0].hours['mon-fri'] = ['12:00-09:00'];
    bad.halls[1].queues[0].services = ['no.such'];
    bad.halls[2].id = 'x';
    bad.services[0].span = 0;
    const { stderr } = await service.load(bad, { code: 1 });
    for (const pointer of [
      '/halls/0/hours/mon-fri',
      '/halls/1/queues/0/services/0',
      '/halls/2/id',
      '/services/0/span',
    ]) {
      assert.ok(stderr.includes(pointer), `${pointer} is not in:\n${stderr}`);
    }
    assert.equal((await service.get(`/v1/halls/${HALL}`)).text, before);
  });
});
