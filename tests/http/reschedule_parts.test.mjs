// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Moving and cancelling what is more than one record: packages, places that are offered, entries of
// a draw; and by the clock and the health code.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertProblem } from './harness.mjs';
import { booking, catalogue, CITY, COUNTY_HALL, HALL, TODAY, TOMORROW } from './catalogue.mjs';
import { cityWith, Desk, pointers } from './moving.mjs';
import { until } from './process.mjs';

const EIGHT = '2026-11-23T08:00:00+08:00';

describe('a package', () => {
  test('is shown, moved and cancelled with all its steps', async (t) => {
    const desk = await Desk.open(t, catalogue());
    const all = async () => [
      await desk.remaining('one', TOMORROW),
      await desk.remaining('card', TOMORROW),
    ];
    const empty = await all();
    const booked = await desk.book({ service: undefined, package: 'both', start: '09:00' });
    const steps = (start, end, later, sequences) => [
      { service: 'one', queue: 'A', start, end, sequence: sequences[0] },
      { service: 'card', queue: 'B', start: end, end: later, sequence: sequences[1] },
    ];
    assert.equal(booked.package, 'both');
    assert.deepEqual(booked.steps, steps('09:00', '09:30', '10:00', [1, 1]));
    assert.deepEqual((await desk.read(booked)).body, booked);
    assert.deepEqual(await desk.list(''), [booked]);

    for (let n = 0; n < 4; n++) await desk.book({ service: 'card', start: '11:00' });
    const before = await all();
    assertProblem(await desk.move(booked, { start: '10:30' }), 409, 'slot-full');
    assert.deepEqual(await all(), before);
    assert.deepEqual((await desk.read(booked)).body, booked);
    const answer = await desk.move(booked, { start: '10:30', hall: COUNTY_HALL });
    assert.deepEqual(pointers(answer), ['/hall'], 'it does not offer the second step');

    const moved = await desk.moved(booked, { start: '09:30' });
    assert.deepEqual(moved, {
      ...booked,
      start: '09:30',
      end: '10:00',
      sequence: 2,
      code: `A-2-${booked.id.slice(-6)}`,
      steps: steps('09:30', '10:00', '10:30', [2, 6]),
    });
    assert.deepEqual((await desk.read(booked)).body, moved);
    assert.deepEqual(
      (await desk.list('')).filter(({ id }) => id === booked.id),
      [moved],
    );
    assert.deepEqual(await desk.moved(booked, { start: '09:30' }), moved);
    await desk.service.audit();

    const cancelled = await desk.cancel(booked);
    assert.deepEqual([cancelled.status, cancelled.body], [200, { ...moved, status: 'cancelled' }]);
    const [one, card] = await all();
    assert.deepEqual([one, card], [empty[0], { ...empty[1], '11:00': 0 }]);
    await desk.service.audit();
  });

  test('is found, moved and cancelled by a later step too', async (t) => {
    const desk = await Desk.open(t, catalogue());
    const applicant = desk.fresh();
    const booked = await desk.book({ service: undefined, package: 'both' }, applicant);
    const second = await desk.post('/v1/reservations', booking(applicant, { service: 'card' }));
    const step = { id: assertProblem(second, 409, 'already-reserved').reservation };
    assert.notEqual(step.id, booked.id);
    assert.deepEqual((await desk.read(step)).body, booked);
    const moved = await desk.moved(step, { start: '14:00' });
    assert.deepEqual([moved.id, moved.start], [booked.id, '14:00']);
    assert.deepEqual((await desk.read(step)).body, moved);
    const cancelled = await desk.cancel(step);
    assert.deepEqual([cancelled.status, cancelled.body], [200, { ...moved, status: 'cancelled' }]);
    await desk.service.audit();
  });
});

test('units that come back later are cancelled all the same', async (t) => {
  const desk = await Desk.open(t, cityWith({ resale_delay_minutes: 60 }));
  const booked = await desk.book();
  const expected = { ...booked, status: 'cancelled' };
  assert.deepEqual((await desk.cancel(booked)).body, expected);
  assert.deepEqual((await desk.read(booked)).body, expected);
  assert.deepEqual(await desk.list('?status=cancelled'), [expected]);
  assert.deepEqual(await desk.list('?status=booked'), []);
  assert.equal(assertProblem(await desk.cancel(booked), 409, 'wrong-state').state, 'cancelled');
  await desk.service.audit();
});

describe('a place that a closure offers', () => {
  const remaining = async (desk, { start, date, hall }) =>
    (await desk.remaining('one', date, hall))[start];

  /** A reservation whose half hour is closed, and what it is offered. */
  async function offered(t, closed = { start: '09:30', end: '10:00' }) {
    const desk = await Desk.open(t, catalogue());
    const booked = await desk.book();
    const admin = await desk.service.token('city_admin', { city: CITY });
    const closure = { date: TOMORROW, reason: '停电', rebook: 'offer', ...closed };
    const answer = await desk.post(`/v1/halls/${HALL}/closures`, closure, admin);
    assert.equal(answer.status, 201, answer.text);
    const { offer } = answer.body.affected[0];
    assert.deepEqual((await desk.read(booked)).body, { ...booked, offer });
    assert.deepEqual(await desk.list(`?date=${TOMORROW}`), [{ ...booked, offer }]);
    return { desk, booked, offer, left: await remaining(desk, offer) };
  }

  async function isGone(desk, offer, left) {
    assert.equal(await remaining(desk, offer), left + 1);
    assert.equal((await desk.read(offer)).body.status, 'lapsed');
    assertProblem(await desk.post(`/v1/offers/${offer.id}/accept`), 409, 'wrong-state');
    await desk.service.audit();
  }

  test('is shown with the reservation, and in the list only when asked', async (t) => {
    const { desk, offer } = await offered(t);
    const [held] = await desk.list('?status=offered');
    assert.deepEqual([held.id, held.start, held.status], [offer.id, offer.start, 'offered']);
  });

  for (const [what, closed] of [
    ['of the day', undefined],
    ['of another day or hall', { queue: 'A' }],
  ]) {
    test(`${what} goes back when the reservation is moved`, async (t) => {
      const { desk, booked, offer, left } = await offered(t, closed);
      assert.equal(offer.date === TOMORROW && offer.hall === HALL, !closed);
      const moved = await desk.moved(booked, { start: '16:00', hall: COUNTY_HALL });
      assert.deepEqual([moved.id, moved.start, moved.offer], [booked.id, '16:00', undefined]);
      assert.deepEqual((await desk.read(booked)).body, moved);
      await isGone(desk, offer, left);
    });

    test(`${what} goes back when the reservation is cancelled`, async (t) => {
      const { desk, booked, offer, left } = await offered(t, closed);
      const expected = { ...booked, status: 'cancelled' };
      assert.deepEqual((await desk.cancel(booked)).body, expected);
      assert.deepEqual((await desk.read(booked)).body, expected);
      await isGone(desk, offer, left);
    });
  }
});

describe('the clock', () => {
  test('what is over can be neither moved nor cancelled', async (t) => {
    const desk = await Desk.open(t, catalogue(), { now: EIGHT });
    const over = await desk.book({ date: TODAY, start: '09:00' });
    const still = await desk.book({ date: TODAY, start: '09:30' });
    desk.service.options.now = '2026-11-23T09:40:00+08:00';
    desk.service.started_ms = null;
    await desk.service.restart();
    assertProblem(await desk.move(over, { start: '14:00' }), 409, 'too-late');
    assertProblem(await desk.cancel(over), 409, 'too-late');
    assert.equal((await desk.read(over)).body.status, 'booked');
    await desk.moved(still, { start: '14:00' });
  });

  test('a lottery queue takes moves when it has been drawn', async (t) => {
    const city = cityWith({ allocation: 'lottery', lottery_minutes: 10 });
    const desk = await Desk.open(t, city, { now: '2026-11-23T00:05:00+08:00' });
    const booked = await desk.book({ hall: COUNTY_HALL });
    const place = { start: '09:30', hall: HALL };
    const { opens_at } = await desk.refused(booked, place, 409, 'not-released');
    assert.equal(opens_at, '2026-11-23T00:10:00+08:00');
    desk.service.options.now = '2026-11-23T00:10:01+08:00';
    desk.service.started_ms = null;
    await desk.service.restart();
    assert.equal((await desk.moved(booked, place)).hall, HALL);
    await desk.service.audit();
  });

  test('an entry of a draw is cancelled until it is drawn, moved once it has won', async (t) => {
    const city = cityWith({ allocation: 'lottery', lottery_minutes: 10 }, { capacity: 1 });
    const desk = await Desk.open(t, city, { now: '2026-11-23T00:05:00+08:00' });
    const enter = async () => {
      const answer = await desk.post('/v1/reservations', booking(desk.fresh()));
      assert.deepEqual([answer.status, answer.body.status], [202, 'in_draw'], answer.text);
      return (await desk.read(answer.body)).body;
    };
    const state = async (answer) => assertProblem(await answer, 409, 'wrong-state').state;
    const left = await enter();
    assert.equal(await state(desk.move(left, { start: '14:00' })), 'in_draw');
    assert.deepEqual((await desk.cancel(left)).body, { ...left, status: 'cancelled' });
    assert.equal(await state(desk.cancel(left)), 'cancelled');
    const both = [await enter(), await enter()];
    assert.deepEqual(await desk.list('?status=in_draw'), both);
    desk.service.options.now = '2026-11-23T00:10:01+08:00';
    desk.service.started_ms = null;
    await desk.service.restart();
    const first = async () => (await desk.read(both[0])).body.status;
    await until('the draw is over', async () => (await first()) !== 'in_draw');
    const drawn = await Promise.all(both.map(async (one) => (await desk.read(one)).body));
    const won = drawn.find(({ status }) => status === 'booked');
    const lost = drawn.find(({ status }) => status === 'not_drawn');
    assert.ok(won && lost, JSON.stringify(drawn));
    assert.deepEqual(await desk.list('?status=in_draw'), []);
    assert.deepEqual(await desk.list('?status=not_drawn'), [lost]);
    assert.deepEqual(await desk.list(''), [won]);
    assert.equal(await state(desk.cancel(lost)), 'not_drawn');
    assert.equal(await state(desk.move(lost, { start: '14:00' })), 'not_drawn');
    assert.deepEqual((await desk.moved(won, { start: '14:00' })).id, won.id);
    assert.equal((await desk.cancel(won)).body.status, 'cancelled');
    await desk.service.audit();
  });
});

describe('the health code', () => {
  test('is asked again: what is not green keeps its old place', async (t) => {
    const desk = await Desk.open(t, catalogue({ eligibility: { mode: 'required' } }));
    const authority = await desk.service.token('health_authority', { city: CITY });
    const applicant = desk.fresh();
    const { id_number } = applicant;
    const push = (code) =>
      desk.post('/v1/health-codes', { codes: [{ id_number, code }] }, authority);
    await push('green');
    const booked = await desk.book({}, applicant);
    await push('red');
    const { code } = await desk.refused(booked, { start: '14:00' }, 403, 'health-code-not-green');
    assert.equal(code, 'red');
    await push('green');
    await desk.moved(booked, { start: '14:00' });
    await desk.service.audit();
  });
});
