// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Closures of a hall, a queue or some half hours: who is affected, the places held instead, and how
// it ends.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, problemOf, startService } from './harness.mjs';
import {
  availabilityPath,
  booking,
  catalogue,
  CITY,
  COUNTY_HALL,
  HALL,
  slotsOf,
  TODAY,
  TOMORROW,
  TOWNSHIP_HALL,
} from './catalogue.mjs';
import { closeDay, fillDay, inParallel } from './closing.mjs';
import { person } from './person.mjs';
import { pause, proceed, until } from './process.mjs';

const pointers = (answer) => answer.body.errors.map(({ pointer }) => pointer).sort();
const ids = (reservations) => reservations.map(({ id }) => id);
const affectedIds = ({ affected }) => affected.map(({ reservation }) => reservation.id);
const closuresPath = (hall = HALL) => `/v1/halls/${hall}/closures`;

/** What the tests do at a service of their own; tokens do not end wherever its clock is moved to. */
class City {
  #next = 0;

  static async start(t, options = {}) {
    const city = new City();
    city.service = await startService({ catalogue: catalogue(), ...options });
    t?.after(() => city.service.stop());
    city.token = await city.service.token('gateway', { city: CITY, ttl: '0' });
    city.admin = await city.service.token('city_admin', { city: CITY, ttl: '0' });
    return city;
  }

  /** A booking of somebody new; its answer. */
  try(extra) {
    const body = booking(person(this.#next++), extra);
    return this.service.post('/v1/reservations', body, { token: this.token });
  }

  /** A booking that is made, in a millisecond of its own; its body. */
  async book(extra) {
    const answer = await this.try(extra);
    assert.equal(answer.status, 201, answer.text);
    const made = performance.now();
    await until('the next millisecond', () => performance.now() > made + 1);
    return answer.body;
  }

  post(body, { hall, token = this.admin, ...options } = {}) {
    return this.service.post(closuresPath(hall), body, { token, ...options });
  }

  /** A closure that is made: of queue A tomorrow, without offers, unless told otherwise. */
  async close(extra, options) {
    const body = { date: TOMORROW, reason: '停电', rebook: 'none', ...extra };
    const answer = await this.post(body, options);
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }

  async lift({ hall, id }) {
    const path = `${closuresPath(hall)}/${id}`;
    const answer = await this.service.request('DELETE', path, { token: this.admin });
    assert.deepEqual([answer.status, answer.body.status], [200, 'lifted'], answer.text);
    return answer.body;
  }

  async list(query = `?date=${TOMORROW}`, hall) {
    const answer = await this.service.get(`${closuresPath(hall)}${query}`, { token: this.admin });
    assert.equal(answer.status, 200, answer.text);
    return answer.body.closures;
  }

  answerOffer({ id }, word) {
    return this.service.post(`/v1/offers/${id}/${word}`, undefined, { token: this.token });
  }

  async get(id) {
    const answer = await this.service.get(`/v1/reservations/${id}`, { token: this.token });
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  }

  async remaining(start, { id = 'one', date = TOMORROW, hall = HALL } = {}) {
    return (await slotsOf(this.service, id, date, hall))[start]?.remaining;
  }

  /** Ends the service and starts it again at another instant of its clock. */
  async moveTo(now) {
    await this.service.terminate();
    this.service.options.now = now;
    this.service.started_ms = null;
    await this.service.start();
  }
}

describe('what a closure takes', () => {
  let city;
  before(async () => {
    city = await City.start();
  });
  after(() => city?.service.stop());

  test('half hours of a queue: those in them are listed, in the order of booking', async () => {
    const late = await city.book({ start: '10:00' });
    const across = await city.book({ service: 'two', start: '09:00' });
    const early = await city.book({ start: '09:30' });
    await city.book({ start: '09:00' });
    await city.book({ start: '10:30' });
    await city.book({ service: 'card', start: '10:00' });
    const gone = await city.book({ start: '10:00' });
    await city.service.post(`/v1/reservations/${gone.id}/cancel`, undefined, {
      token: city.token,
    });
    const closure = await city.close({ queue: 'A', start: '09:30', end: '10:30' });
    assert.deepEqual(
      { ...closure, created_at: null, affected: affectedIds(closure) },
      {
        id: '20261124-1',
        hall: HALL,
        queue: 'A',
        date: TOMORROW,
        start: '09:30',
        end: '10:30',
        reason: '停电',
        rebook: 'none',
        created_at: null,
        status: 'in_force',
        affected: ids([late, across, early]),
      },
    );
    for (const { reservation, offer } of closure.affected)
      assert.deepEqual([reservation.status, offer], ['booked', null]);
    assert.match(closure.affected[0].reservation.applicant.id_number, /^\d{17}[\dX]$/);
    assert.equal((await city.get(late.id)).status, 'booked');

    for (const extra of [{ start: '09:30' }, { start: '10:00' }, { service: 'two', start: '09:00' }])
      assertProblem(await city.try(extra), 409, 'slot-closed');
    const slots = await slotsOf(city.service, 'one', TOMORROW);
    assert.ok(!slots['09:30']?.bookable && !slots['10:00']?.bookable, JSON.stringify(slots));
    assert.equal((await city.try({ start: '10:30' })).status, 201, 'the half hour behind it');
    assert.equal((await city.try({ service: 'card', start: '09:30' })).status, 201, 'queue B');
    await city.service.audit();
  });

  test('a whole hall for a day, and the rest of a day', async () => {
    const date = TODAY;
    const both = [
      await city.book({ date, start: '16:00' }),
      await city.book({ date, start: '15:00', service: 'card' }),
    ];
    const rest = await city.close({ date, start: '15:30' });
    assert.deepEqual([rest.queue, rest.start, rest.end], [null, '15:30', '24:00']);
    assert.deepEqual(affectedIds(rest), [both[0].id]);
    const all = await city.close({ date });
    assert.deepEqual([all.start, all.end], ['00:00', '24:00']);
    assert.deepEqual(affectedIds(all), ids(both));
    const { days } = (await city.service.get(availabilityPath('card', date))).body;
    assert.ok(days[0].slots.every(({ bookable }) => !bookable));
    assert.deepEqual(
      (await city.list('')).map(({ id, status }) => [id, status]),
      [
        [rest.id, 'in_force'],
        [all.id, 'in_force'],
      ],
      'of today, when no date is given',
    );
    assert.ok(!('affected' in (await city.list(''))[0]));
    assert.deepEqual(await city.list('?date=2026-11-25'), []);
    await city.service.audit();
  });

  test('a day that is not open yet opens closed', async () => {
    await city.close({ date: '2026-11-25', queue: 'A', end: '12:00' });
    await city.moveTo('2026-11-24T10:00:00+08:00');
    const slots = await slotsOf(city.service, 'one', '2026-11-25');
    assert.ok(!slots['11:30']?.bookable && slots['13:30'].bookable, JSON.stringify(slots));
    assertProblem(await city.try({ date: '2026-11-25', start: '11:30' }), 409, 'slot-closed');
    assert.equal((await city.try({ date: '2026-11-25', start: '13:30' })).status, 201);
    await city.service.audit();
  });
});

describe('a request for a closure', () => {
  let city;
  before(async () => {
    city = await City.start();
  });
  after(() => city?.service.stop());

  for (const [what, body, expected] of [
    ['nothing', {}, ['/date', '/reason', '/rebook']],
    [
      'much',
      {
        date: '2026-11-22',
        start: '09:15',
        end: '10:10',
        queue: 'Z',
        reason: '',
        rebook: 'maybe',
        hall: HALL,
      },
      ['/date', '/end', '/hall', '/queue', '/reason', '/rebook', '/start'],
    ],
    ['an end before the start', { start: '10:00', end: '09:30' }, ['/end']],
    ['no half hour', { start: '10:00', end: '10:00' }, ['/end']],
    ['a start at the end of the day', { start: '24:00' }, ['/start']],
    ['an end behind the day', { end: '24:30' }, ['/end']],
    ['a span that is over', { date: TODAY, start: '09:00', end: '10:00' }, ['/end']],
    ['a date that does not exist', { date: '2026-02-30' }, ['/date']],
    ['a blank reason', { reason: ' ' }, ['/reason']],
    ['a long reason', { reason: '停'.repeat(101) }, ['/reason']],
    ['a number for a queue', { queue: 1 }, ['/queue']],
  ]) {
    test(`faults: ${what}`, async () => {
      const good = { date: TOMORROW, reason: '停电', rebook: 'none' };
      const whole = what === 'nothing' ? body : { ...good, ...body };
      const answer = await city.post(whole);
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(pointers(answer), expected);
      assert.deepEqual(await city.list(), []);
    });
  }

  test('a span that goes on may be closed, with the longest reason', async () => {
    const reason = '停'.repeat(100);
    const closure = await city.close({ date: TODAY, start: '10:00', end: '10:30', reason });
    assert.equal(closure.reason, reason);
  });

  test('only admins of the hall; staff may look', async () => {
    const { service } = city;
    const body = { date: '2026-11-25', reason: '停电', rebook: 'none' };
    const own = await service.token('hall_admin', { hall: HALL });
    const others = await service.token('hall_admin', { hall: COUNTY_HALL });
    const clerk = await service.token('clerk', { hall: HALL });
    for (const token of [others, clerk, city.token])
      assertProblem(await city.post(body, { token }), 403, 'forbidden');
    assertProblem(await service.post(closuresPath(), body), 401, 'unauthorized');
    const { id } = await city.close(body, { token: own });
    const path = `${closuresPath()}/${id}`;
    for (const token of [others, clerk, city.token])
      assertProblem(await service.request('DELETE', path, { token }), 403, 'forbidden');
    assert.equal((await service.get(closuresPath(), { token: clerk })).status, 200);
    assertProblem(await service.get(closuresPath(), { token: others }), 403, 'forbidden');
    assertProblem(
      await service.get(`${closuresPath()}?date=soon`, { token: own }),
      400,
      'invalid-request',
    );
    assert.equal((await city.list('?date=2026-11-25'))[0].status, 'in_force');
  });

  test('what is not there', async () => {
    assertProblem(await city.post({}, { hall: '410400-99' }), 404, 'not-found');
    for (const id of ['20261124-9', '20261124-0', '20261124', 'x-1', '20261332-1']) {
      const path = `${closuresPath()}/${id}`;
      const answer = await city.service.request('DELETE', path, { token: city.admin });
      assertProblem(answer, 404, 'not-found');
    }
    const { id } = await city.close({ date: '2026-11-26' });
    const path = `${closuresPath(COUNTY_HALL)}/${id}`;
    const answer = await city.service.request('DELETE', path, { token: city.admin });
    assertProblem(answer, 404, 'not-found');
  });

  test('the same key and body again closes nothing twice; another body is refused', async () => {
    const date = TOMORROW;
    const people = [
      await city.book({ service: 'card', start: '10:00' }),
      await city.book({ start: '09:00' }),
      await city.book({ service: undefined, package: 'both', start: '09:00' }),
    ];
    const body = { date, queue: 'B', reason: '消防演练', rebook: 'offer' };
    const first = await city.post(body, { key: 'fire' });
    assert.deepEqual(affectedIds(first.body), ids([people[0], people[2]]));
    const again = await city.post(body, { key: 'fire' });
    assert.equal(first.headers.location, `${closuresPath()}/${first.body.id}`);
    assert.deepEqual([again.status, again.body], [201, first.body]);
    assert.equal(again.headers.location, first.headers.location);
    for (const other of [{ queue: 'A' }, { reason: '演练' }, { rebook: 'none' }, { start: '09:00' }])
      assertProblem(
        await city.post({ ...body, ...other }, { key: 'fire' }),
        422,
        'idempotency-mismatch',
      );
    assert.equal((await city.list()).length, 1);
    assertProblem(await city.post(body, { key: 'k'.repeat(256) }), 400, 'invalid-request');
    const hall = { date, reason: '停电', rebook: 'none' };
    const second = await city.post(hall, { key: 'another' });
    assert.notEqual(second.body.id, first.body.id);
    assert.deepEqual(affectedIds(second.body), ids(people));
    assert.deepEqual((await city.post(hall, { key: 'another' })).body, second.body);
    await city.lift(second.body);
    await city.lift(first.body);
    const lifted = await city.post(body, { key: 'fire' });
    assert.deepEqual(
      [lifted.status, lifted.body.status, lifted.body.affected],
      [201, 'lifted', []],
    );
    await city.service.audit();
  });
});

describe('offers', () => {
  test('the nearest half hour with room, held for nobody else; accepted or declined', async (t) => {
    const city = await City.start(t, { catalogue: catalogue({ capacity: 2 }) });
    const people = [];
    for (let n = 0; n < 2; n++) people.push(await city.book({ start: '10:00' }));
    await city.book({ start: '09:30' });
    const { affected, ...closure } = await city.close({
      queue: 'A',
      start: '10:00',
      end: '10:30',
      rebook: 'offer',
    });
    assert.deepEqual(affectedIds({ affected }), ids(people));
    assert.deepEqual(
      affected.map(({ offer }) => [offer.kind, offer.hall, offer.queue, offer.date, offer.start]),
      [
        ['closure', HALL, 'A', TOMORROW, '09:30'],
        ['closure', HALL, 'A', TOMORROW, '10:30'],
      ],
    );
    assert.ok(!('offer' in affected[0].reservation), 'it stands beside it');
    const held = { before: await city.remaining('09:30'), behind: await city.remaining('10:30') };
    assert.deepEqual(held, { before: 0, behind: 1 });
    assert.ok(Date.parse(affected[0].offer.until) <= Date.parse('2026-11-24T09:00:00+08:00'));
    assertProblem(await city.try({ start: '09:30' }), 409, 'slot-full');

    const [first, second] = affected.map(({ offer }) => offer);
    const accepted = await city.answerOffer(first, 'accept');
    assert.equal(accepted.status, 200, accepted.text);
    assert.deepEqual(
      [accepted.body.id, accepted.body.status, accepted.body.start],
      [people[0].id, 'booked', '09:30'],
    );
    assert.equal((await city.get(people[0].id)).start, '09:30');
    assert.equal(await city.remaining('09:30'), 0);

    const declined = await city.answerOffer(second, 'decline');
    assert.equal(declined.status, 200, declined.text);
    assert.deepEqual(
      [declined.body.id, declined.body.status, declined.body.start],
      [people[1].id, 'booked', '10:00'],
    );
    assert.equal(await city.remaining('10:30'), 2);
    assertProblem(await city.answerOffer(second, 'accept'), 409, 'wrong-state');
    await city.service.audit();

    const lifted = await city.lift({ ...closure });
    assert.deepEqual(affectedIds(lifted), [people[1].id], 'who accepted stays where he is');
    await city.service.audit();
  });

  test('an offer lapses after a day, and gives its place back', async (t) => {
    const date = '2026-11-27';
    const city = await City.start(t, {
      catalogue: catalogue({ capacity: 1, release: { days_ahead: 8 } }),
    });
    const reservation = await city.book({ date, start: '10:00' });
    const { affected } = await city.close({
      date,
      queue: 'A',
      start: '10:00',
      end: '10:30',
      rebook: 'offer',
    });
    const [{ offer }] = affected;
    const day = Date.parse(offer.until) - Date.parse(affected[0].reservation.created_at);
    assert.ok(day >= 86_395_000 && day < 86_500_000, offer.until);
    assert.equal(await city.remaining(offer.start, { date }), 0);
    await city.moveTo('2026-11-24T09:50:00+08:00');
    assert.equal(await city.remaining(offer.start, { date }), 0);
    await city.moveTo('2026-11-24T10:05:00+08:00');
    await until('the place is free', async () => (await city.remaining(offer.start, { date })) === 1);
    assertProblem(await city.answerOffer(offer, 'accept'), 409, 'wrong-state');
    assert.equal((await city.get(reservation.id)).start, '10:00', 'and the person stays listed');
    await city.service.audit();
  });

  test('the next day of the hall, then the nearest hall with room', async (t) => {
    const made = catalogue();
    const [hall] = made.halls;
    hall.queues[0].capacity = { tue: { '10:00': 4 }, wed: { '10:30': 1 } };
    const city = await City.start(t, { catalogue: made });
    const people = [];
    for (let n = 0; n < 4; n++) people.push(await city.book({ start: '10:00' }));
    // Every other day of the next two weeks is closed, too: only Wednesday's one unit is left.
    for (const date of ['2026-12-01', '2026-12-02', '2026-12-08']) await city.close({ date });
    const { affected } = await city.close({ rebook: 'offer' });
    assert.deepEqual(
      affected.map(({ offer }) => [offer.hall, offer.date, offer.start]),
      [
        [HALL, '2026-11-25', '10:30'],
        [TOWNSHIP_HALL, TOMORROW, '10:00'],
        [TOWNSHIP_HALL, TOMORROW, '10:00'],
        [TOWNSHIP_HALL, TOMORROW, '09:30'],
      ],
    );
    assert.deepEqual(affectedIds({ affected }), ids(people));
    assertProblem(await city.try({ date: '2026-11-25', start: '10:30' }), 409, 'not-released');
    assert.equal(await city.remaining('10:00', { hall: TOWNSHIP_HALL }), 0);
    const accepted = await city.answerOffer(affected[1].offer, 'accept');
    assert.deepEqual(
      [accepted.body.id, accepted.body.hall],
      [people[1].id, TOWNSHIP_HALL],
      accepted.text,
    );
    const early = await city.answerOffer(affected[0].offer, 'accept');
    assert.deepEqual([early.status, early.body.date], [200, '2026-11-25'], early.text);
    await city.service.audit();
  });

  test('no room anywhere: listed, and offered nothing', async (t) => {
    const made = catalogue();
    for (const { queues } of made.halls) queues[0].capacity = { tue: { '10:00': 1 } };
    made.calendar.holidays['2026-12-01'] = '测试节';
    made.calendar.holidays['2026-12-08'] = '测试节';
    const city = await City.start(t, { catalogue: made });
    for (const hall of [HALL, COUNTY_HALL, TOWNSHIP_HALL]) await city.book({ hall, start: '10:00' });
    const { affected } = await city.close({ rebook: 'offer' });
    assert.deepEqual(
      affected.map(({ offer }) => offer),
      [null],
    );
    await city.service.audit();
  });

  test('a visit of two services is listed once, by its first', async (t) => {
    const city = await City.start(t);
    const answer = await city.try({ service: undefined, package: 'both', start: '09:00' });
    assert.equal(answer.status, 201, answer.text);
    const single = await city.book({ service: 'card', start: '09:30' });
    const closure = await city.close({ queue: 'B', rebook: 'offer' });
    assert.deepEqual(affectedIds(closure), [answer.body.id, single.id]);
    const [visit, other] = closure.affected;
    assert.deepEqual(
      visit.reservation.steps.map(({ service, queue }) => [service, queue]),
      [
        ['one', 'A'],
        ['card', 'B'],
      ],
    );
    assert.equal(visit.offer, null, 'the hall arranges it itself');
    assert.notEqual(other.offer, null);
    assert.deepEqual(affectedIds(await city.lift(closure)), [answer.body.id, single.id]);
    await city.service.audit();
  });

  test('a place that is held where the next closure strikes is offered anew elsewhere', async (t) => {
    const city = await City.start(t, { catalogue: catalogue({ capacity: 1 }) });
    const reservation = await city.book({ start: '10:00' });
    const span = { queue: 'A', rebook: 'offer' };
    const first = await city.close({ ...span, start: '10:00', end: '10:30' });
    const [{ offer }] = first.affected;
    assert.equal(offer.start, '09:30');
    await city.close({ ...span, start: '09:00', end: '10:00' });
    assertProblem(await city.answerOffer(offer, 'accept'), 409, 'wrong-state');
    const third = await city.close({ ...span, start: '09:00', end: '11:00' });
    assert.deepEqual(affectedIds(third), [reservation.id]);
    assert.equal(third.affected[0].offer.start, '11:00');
    await city.service.audit();
  });
});

describe('lifting a closure', () => {
  test('restores the half hours and the reservations, withdraws what was offered', async (t) => {
    const city = await City.start(t, { catalogue: catalogue({ capacity: 2 }) });
    const people = [await city.book({ start: '10:00' }), await city.book({ start: '10:00' })];
    const closure = await city.close({
      queue: 'A',
      start: '10:00',
      end: '10:30',
      rebook: 'offer',
    });
    const offers = closure.affected.map(({ offer }) => offer);
    assert.equal(await city.remaining('09:30'), 0);
    const lifted = await city.lift(closure);
    assert.deepEqual(affectedIds(lifted), ids(people));
    for (const { reservation, offer } of lifted.affected)
      assert.deepEqual([reservation.status, reservation.start, offer], ['booked', '10:00', null]);
    assert.deepEqual(
      { ...lifted, affected: null },
      { ...closure, status: 'lifted', affected: null },
    );
    assert.equal(await city.remaining('09:30'), 2);
    assert.equal(await city.remaining('10:00'), 0);
    for (const offer of offers)
      assertProblem(await city.answerOffer(offer, 'accept'), 409, 'wrong-state');
    const cancel = `/v1/reservations/${people[0].id}/cancel`;
    assert.equal((await city.service.post(cancel, undefined, { token: city.token })).status, 200);
    assert.equal((await city.try({ start: '10:00' })).status, 201);

    assert.deepEqual((await city.lift(closure)).affected, [], 'once more');
    assert.deepEqual(
      (await city.list()).map(({ id, status }) => [id, status]),
      [[closure.id, 'lifted']],
    );
    await city.service.audit();
  });

  test('of two that overlap leaves the half hours of the other closed', async (t) => {
    const city = await City.start(t);
    const [first, second, third] = [
      await city.book({ start: '09:00' }),
      await city.book({ start: '10:00' }),
      await city.book({ start: '10:00', service: 'card' }),
    ];
    const early = await city.close({ queue: 'A', start: '09:00', end: '10:30', rebook: 'offer' });
    const late = await city.close({ start: '10:00', end: '10:30', rebook: 'offer' });
    assert.deepEqual(affectedIds(early), ids([first, second]));
    assert.deepEqual(affectedIds(late), ids([second, third]));
    assert.deepEqual(
      late.affected[0].offer,
      early.affected[1].offer,
      'the place that is held already',
    );
    assert.deepEqual(affectedIds(await city.lift(early)), [first.id]);
    const slots = await slotsOf(city.service, 'one', TOMORROW);
    assert.ok(slots['09:00'].bookable && slots['09:30'].bookable);
    assertProblem(await city.try({ start: '10:00' }), 409, 'slot-closed');
    const accepted = await city.answerOffer(late.affected[0].offer, 'accept');
    assert.equal(accepted.status, 200, accepted.text);
    assert.deepEqual(affectedIds(await city.lift(late)), [third.id]);
    assert.ok((await slotsOf(city.service, 'one', TOMORROW))['10:00'].bookable);
    await city.service.audit();
  });

  test('nobody is a no-show in a closed half hour', async (t) => {
    const limits = { no_shows: 1 };
    const city = await City.start(t, { catalogue: catalogue({ limits }) });
    const date = TODAY;
    const closed = await city.book({ date, start: '11:00' });
    const across = await city.book({ date, start: '11:00', service: 'two' });
    const missed = await city.book({ date, start: '11:30' });
    const lifted = await city.book({ date, start: '13:30' });
    await city.close({ date, start: '11:00', end: '11:30' });
    const { id } = await city.close({ date, start: '13:30', end: '14:00' });
    await city.moveTo('2026-11-23T13:45:00+08:00');
    assert.deepEqual(affectedIds(await city.lift({ hall: HALL, id })), [lifted.id]);
    await city.moveTo('2026-11-23T15:00:00+08:00');
    await until('the no-show', async () => (await city.get(missed.id)).status === 'no_show');
    await until('the last', async () => (await city.get(lifted.id)).status !== 'booked');
    for (const one of [closed, across, lifted])
      assert.equal((await city.get(one.id)).status, 'cancelled');
    const again = (n) =>
      city.service.post('/v1/reservations', booking(person(n)), { token: city.token });
    for (const n of [0, 1, 3]) assert.equal((await again(n)).status, 201);
    assertProblem(await again(2), 403, 'booking-suspended');
    await city.service.audit();
  });
});

describe('at once', () => {
  test('bookings during a closure: each that was made before it is listed', async (t) => {
    const city = await City.start(t, {
      catalogue: catalogue({ capacity: 200 }),
      workers: 2,
    });
    const bookings = inParallel(Array.from({ length: 120 }), () => city.try({ start: '10:00' }));
    await city.book({ start: '10:00' });
    const closure = await city.close({ queue: 'A', start: '10:00', end: '10:30' });
    const made = [];
    for (const answer of await bookings)
      if (answer.status === 201) made.push(answer.body.id);
      else assert.equal(problemOf(answer), 'slot-closed', answer.text);
    const listed = new Set(affectedIds(closure));
    assert.equal(listed.size, closure.affected.length);
    assert.deepEqual(
      made.filter((id) => !listed.has(id)),
      [],
    );
    assert.equal(listed.size, made.length + 1);
    await city.service.audit();
  });

  test('closures at once, and lifted at another worker, all count', async (t) => {
    const city = await City.start(t, { workers: 2 });
    const spans = [
      { queue: 'A', start: '09:00', end: '09:30' },
      { queue: 'A', start: '09:30', end: '10:00' },
      { queue: 'B', start: '10:00', end: '10:30' },
      { start: '10:30', end: '11:00' },
    ];
    const closures = await Promise.all(spans.map((span) => city.close(span)));
    assert.deepEqual(closures.map(({ id }) => id).sort(), [
      '20261124-1',
      '20261124-2',
      '20261124-3',
      '20261124-4',
    ]);
    for (const [service, start] of [
      ['one', '09:00'],
      ['one', '09:30'],
      ['card', '10:00'],
      ['card', '10:30'],
      ['one', '10:30'],
    ])
      assertProblem(await city.try({ service, start }), 409, 'slot-closed');
    await Promise.all(closures.map((closure) => city.lift(closure)));
    for (const [service, start] of [
      ['one', '09:00'],
      ['one', '09:30'],
      ['card', '10:00'],
      ['one', '10:30'],
    ])
      assert.equal((await city.try({ service, start })).status, 201);
    await city.service.audit();
  });
});

describe('workers', () => {
  test('one that has not heard of a closure yet lists it, lifts it and makes no second', async (t) => {
    const city = await City.start(t, { workers: 2 });
    const [here, there] = await city.service.connectionsByWorker(1);
    const [pipe] = there.pipes;
    const token = city.admin;
    const body = { date: TOMORROW, reason: '停电', rebook: 'none' };
    for (let n = 1; n <= 5; n++) {
      // It stands still meanwhile, and finds our requests beside the news.
      await pause(there.pid);
      const options = { token, body, key: `key ${n}` };
      const made = await here.pipes[0].send('POST', closuresPath(), options);
      const { id } = made.body;
      const wishes = [
        pipe.send('POST', closuresPath(), options),
        pipe.send('GET', `${closuresPath()}?date=${TOMORROW}`, { token }),
        pipe.send('DELETE', `${closuresPath()}/${id}`, { token }),
      ];
      proceed(there.pid);
      const [again, list, lifted] = await Promise.all(wishes);
      assert.deepEqual([again.status, again.body.id], [201, id], again.text);
      assert.equal(list.body.closures.length, n);
      assert.equal(list.body.closures[n - 1].id, id);
      assert.deepEqual([lifted.status, lifted.body.status], [200, 'lifted'], lifted.text);
      const booked = await city.try({ start: '10:00' });
      assert.equal(booked.status, 201, booked.text);
    }
    here.pipes[0].close();
    pipe.close();
    await city.service.audit();
  });
});

describe('800 reservations', () => {
  test('each listed once, each offer a held place, nothing oversold', async (t) => {
    const made = catalogue();
    const [hall] = made.halls;
    hall.queues[0].capacity = { 'mon-tue': { default: 50 }, wed: { default: 30 }, thu: { default: 60 } };
    hall.queues[1].capacity = { 'mon-tue': { default: 20 }, 'wed-thu': { default: 15 } };
    const city = await City.start(t, { catalogue: made });
    const { service, admin: token } = city;
    const booked = await fillDay(service, {
      hall: HALL,
      date: TOMORROW,
      count: 800,
      token: city.token,
    });
    const { body, ms } = await closeDay(service, { hall: HALL, date: TOMORROW, token });
    t.diagnostic(`closed in ${ms.toFixed(0)} ms`);
    assert.ok(ms < 5_000, `${ms} ms`);

    assert.deepEqual(affectedIds(body).sort(), ids(booked).sort());
    const times = body.affected.map(({ reservation }) => reservation.created_at);
    assert.deepEqual(times, [...times].sort());
    const offers = body.affected.map(({ offer }) => offer);
    assert.ok(offers.every((offer) => offer !== null));
    assert.equal(new Set(ids(offers)).size, 800);
    const held = {};
    for (const { queue, date, start, hall: where } of offers) {
      const name = `${where} ${queue} ${date} ${start}`;
      held[name] = (held[name] ?? 0) + 1;
    }
    for (const [service_id, queue] of [
      ['one', 'A'],
      ['card', 'B'],
    ])
      for (const date of [...new Set(offers.map((offer) => offer.date))]) {
        const { days } = (await service.get(availabilityPath(service_id, date))).body;
        for (const { start, capacity, remaining } of days[0].slots) {
          assert.ok(remaining >= 0);
          assert.equal(capacity - remaining, held[`${HALL} ${queue} ${date} ${start}`] ?? 0);
        }
      }
    await service.audit();

    const lifted = await city.lift(body);
    assert.deepEqual(affectedIds(lifted), affectedIds(body));
    await service.audit();
  });
});
