// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Moving a reservation to another half hour, day or hall: what changes, what stays, and that the
// old place is kept unless the new one is won.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, problemOf, startService } from './harness.mjs';
import {
  catalogue,
  CITY,
  COUNTY_HALL,
  HALL,
  otherCity,
  OTHER_CITY,
  OTHER_CITY_HALL,
  TODAY,
  TOMORROW,
} from './catalogue.mjs';
import { count } from './crowd.mjs';
import { Desk, pointers } from './moving.mjs';
import { masked } from './person.mjs';

describe('a move', () => {
  let service;
  let desk;
  before(async () => {
    service = await startService({ catalogue: [catalogue(), otherCity()] });
    desk = new Desk(service, await service.gateway());
  });
  after(() => service?.stop());

  test('to another half hour: the id stays, code and sequence are of the new place', async () => {
    const applicant = desk.fresh();
    const booked = await desk.book({ channel: 'app' }, applicant);
    const other = await desk.book({ start: '10:00' });
    const before = await desk.remaining('one', TOMORROW);
    const moved = await desk.moved(booked, { start: '14:00' });
    const sequence = other.sequence + 1;
    assert.deepEqual(moved, {
      ...booked,
      start: '14:00',
      end: '14:30',
      sequence,
      code: `A-${sequence}-${booked.id.slice(-6)}`,
    });
    assert.equal(moved.applicant.name, applicant.name);
    assert.equal(moved.applicant.phone, masked(applicant).phone);
    assert.deepEqual(await desk.remaining('one', TOMORROW), {
      ...before,
      '09:30': before['09:30'] + 1,
      '14:00': before['14:00'] - 1,
    });
    assert.deepEqual((await desk.read(booked)).body, moved);
    await service.audit();
  });

  test('the list shows it once, where it stands; the place it left when asked', async () => {
    const booked = await desk.book({ start: '15:00' });
    const moved = await desk.moved(booked, { start: '15:30' });
    const shown = async (query) => (await desk.list(query)).filter(({ id }) => id === booked.id);
    assert.deepEqual(await shown(''), [moved]);
    assert.deepEqual(await shown('?status=booked'), [moved]);
    assert.deepEqual(await shown('?status=moved'), [{ ...booked, status: 'moved' }]);
    assert.deepEqual(await shown(`?date=${TODAY}`), []);
  });

  test('the same place again changes nothing', async () => {
    const booked = await desk.book({ start: '11:00' });
    const before = await desk.everything(booked);
    assert.deepEqual(await desk.moved(booked, { start: '11:00' }), booked);
    assert.deepEqual(await desk.moved(booked, { start: '11:00', hall: HALL }), booked);
    assert.deepEqual(await desk.everything(booked), before);
  });

  test('to another day and to another hall; old ids read on, however often', async () => {
    const booked = await desk.book({ start: '16:00' });
    const places = [
      { start: '14:00', date: TODAY },
      { start: '10:00', hall: COUNTY_HALL },
      { start: '16:00', hall: HALL },
      { start: '16:30', date: TODAY, hall: COUNTY_HALL },
    ];
    const before = await desk.remaining('one', TOMORROW);
    for (let n = 0; n < 12; n++) {
      const { start, date = TOMORROW, hall } = places[n % places.length];
      const moved = await desk.moved(booked, places[n % places.length]);
      assert.deepEqual(
        [moved.id, moved.start, moved.date, moved.hall],
        [booked.id, start, date, hall ?? (n ? COUNTY_HALL : HALL)],
      );
      assert.deepEqual((await desk.read(booked)).body, moved);
    }
    assert.deepEqual(await desk.remaining('one', TOMORROW), {
      ...before,
      '16:00': before['16:00'] + 1,
    });
    await service.audit();
  });

  test('with all its units and half hours, over its own too', async () => {
    const booked = await desk.book({ service: 'two', start: '13:30' });
    const double = await desk.book({ service: 'double', start: '11:30' });
    const before = await desk.remaining('one', TOMORROW);
    assert.equal((await desk.moved(booked, { start: '14:00' })).end, '15:00');
    await desk.moved(double, { start: '16:30' });
    assert.deepEqual(await desk.remaining('one', TOMORROW), {
      ...before,
      '13:30': before['13:30'] + 1,
      '14:30': before['14:30'] - 1,
      '11:30': before['11:30'] + 2,
      '16:30': before['16:30'] - 2,
    });
  });

  test('is cancelled by its id, and the place where it stood is free', async () => {
    const booked = await desk.book({ start: '10:30' });
    const before = await desk.remaining('one', TODAY, COUNTY_HALL);
    const moved = await desk.moved(booked, { start: '15:00', date: TODAY, hall: COUNTY_HALL });
    const cancelled = await desk.cancel(booked);
    assert.deepEqual([cancelled.status, cancelled.body], [200, { ...moved, status: 'cancelled' }]);
    assert.deepEqual(await desk.remaining('one', TODAY, COUNTY_HALL), before);
    assert.equal(assertProblem(await desk.cancel(booked), 409, 'wrong-state').state, 'cancelled');
    const problem = assertProblem(await desk.move(booked, { start: '10:30' }), 409, 'wrong-state');
    assert.equal(problem.state, 'cancelled');
    await service.audit();
  });

  test('a full half hour is slot-full and changes nothing', async () => {
    const booked = await desk.book({ start: '09:30' });
    const held = [];
    for (let n = 0; n < 3; n++) held.push(await desk.book({ start: '11:00', hall: COUNTY_HALL }));
    await desk.refused(booked, { start: '11:00', hall: COUNTY_HALL }, 409, 'slot-full');
    const two = await desk.book({ service: 'two', start: '09:00' });
    const { '10:00': free } = await desk.remaining('one', TOMORROW);
    for (let n = 0; n < free; n++) await desk.book({ start: '10:00' });
    await desk.refused(two, { start: '09:30' }, 409, 'slot-full');
    await desk.cancel(held[1]);
    const moved = await desk.moved(booked, { start: '11:00', hall: COUNTY_HALL });
    assert.deepEqual([moved.hall, moved.start], [COUNTY_HALL, '11:00']);
    await service.audit();
  });

  test('closed, too late, not released', async () => {
    const booked = await desk.book({ start: '14:30' });
    for (const start of ['12:00', '08:30', '17:00'])
      await desk.refused(booked, { start }, 409, 'slot-closed');
    await desk.refused(booked, { start: '10:00', date: '2026-11-29' }, 409, 'slot-closed');
    const opened = await service.redis(`EXISTS {${CITY}}:units:20261129`);
    assert.deepEqual(opened, [':0'], 'no inventory is made for a day that is closed');
    await desk.refused(booked, { start: '14:30', hall: '410402001-01' }, 409, 'slot-closed');
    for (const start of ['09:00', '10:30'])
      await desk.refused(booked, { start, date: TODAY }, 409, 'too-late');
    await desk.refused(booked, { start: '10:00', date: '2026-11-20' }, 409, 'too-late');
    const place = { start: '10:00', date: '2026-11-25' };
    const { opens_at } = await desk.refused(booked, place, 409, 'not-released');
    assert.equal(opens_at, '2026-11-24T00:00:00+08:00');
    const two = await desk.book({ service: 'two', start: '14:30' });
    await desk.refused(two, { start: '11:30' }, 409, 'slot-closed');
  });

  test('a day on which the person has the service already', async () => {
    const applicant = desk.fresh();
    const first = await desk.book({ start: '15:00', date: TODAY }, applicant);
    const second = await desk.book({ start: '15:00' }, applicant);
    const place = { start: '16:00', date: TODAY };
    const { reservation } = await desk.refused(second, place, 409, 'already-reserved');
    assert.equal(reservation, first.id);
    await desk.moved(first, { start: '11:30', date: TODAY, hall: COUNTY_HALL });
    const elsewhere = await desk.refused(second, place, 409, 'already-reserved');
    assert.equal(elsewhere.reservation, first.id, 'the id, not the place where it stands');
    await desk.moved(second, { start: '16:30' });
    await desk.cancel(first);
    await desk.moved(second, place);
  });

  test('faults of the body, all at once', async () => {
    const booked = await desk.book({ start: '13:30' });
    const send = (body) => desk.post(`/v1/reservations/${booked.id}/reschedule`, body);
    const cases = [
      [{}, ['/date', '/start']],
      [
        { date: '2026-02-30', start: '9:30', hall: '410400-99', x: 1 },
        ['/date', '/hall', '/start', '/x'],
      ],
      [{ date: TOMORROW, start: '10:00', hall: 7 }, ['/hall']],
      [{ date: TOMORROW, start: '10:00', hall: '999999-01' }, ['/hall']],
    ];
    for (const [body, expected] of cases) {
      const answer = await send(body);
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(pointers(answer), expected);
    }
    const card = await desk.book({ service: 'card', start: '10:00' });
    const answer = await desk.move(card, { start: '10:00', hall: COUNTY_HALL });
    assertProblem(answer, 400, 'invalid-request');
    assert.deepEqual(pointers(answer), ['/hall']);
    assert.equal((await send('{')).status, 400);
    assert.deepEqual((await desk.read(booked)).body, booked);
  });

  test('who may: by the hall where it stands now, to a hall that the token reaches', async () => {
    const booked = await desk.book({ start: '14:00' });
    const city = await service.token('clerk', { city: CITY, hall: HALL });
    const county = await service.token('clerk', { city: CITY, hall: COUNTY_HALL });
    const kiosk = await service.token('kiosk', { city: CITY, hall: HALL });
    const foreign = await service.token('gateway', { city: OTHER_CITY });
    for (const token of [county, kiosk, foreign])
      assertProblem(await desk.move(booked, { start: '15:00' }, token), 403, 'forbidden');
    for (const hall of [COUNTY_HALL, OTHER_CITY_HALL])
      assertProblem(await desk.move(booked, { start: '15:00', hall }, city), 403, 'forbidden');
    assertProblem(
      await desk.move(booked, { start: '15:00', hall: OTHER_CITY_HALL }),
      403,
      'forbidden',
    );
    assert.equal((await desk.move(booked, { start: '15:00' }, null)).status, 401);
    assert.deepEqual((await desk.read(booked)).body, booked);

    assert.equal((await desk.move(booked, { start: '15:00' }, city)).body.start, '15:00');
    await desk.moved(booked, { start: '15:00', hall: COUNTY_HALL });
    assertProblem(await desk.read(booked, city), 403, 'forbidden');
    assertProblem(await desk.move(booked, { start: '15:30' }, city), 403, 'forbidden');
    const path = `/v1/reservations/${booked.id}/cancel`;
    assertProblem(await desk.post(path, undefined, city), 403, 'forbidden');
    const read = await desk.read(booked, county);
    assert.deepEqual([read.status, read.body.hall], [200, COUNTY_HALL]);
    assert.equal((await desk.move(booked, { start: '15:30' }, county)).body.start, '15:30');
    assert.equal((await desk.post(path, undefined, county)).body.status, 'cancelled');
  });

  test('an id that is none is not found', async () => {
    const { id } = await desk.book({ start: '16:30' });
    const salt = id.slice(-6);
    const other = (salt[0] === '0' ? '1' : '0') + salt.slice(1);
    for (const one of [id.replace(salt, other), id.replace('.A-', '.B-'), 'x'])
      assertProblem(await desk.move({ id: one }, { start: '15:00' }), 404, 'not-found');
  });
});

describe('many moves at once', () => {
  let desk;
  before(async () => {
    const service = await startService({ catalogue: catalogue({ capacity: 60 }) });
    desk = new Desk(service, await service.gateway());
  });
  after(() => desk?.service.stop());

  /** Sends all at once, each over a connection of its own. */
  async function together(requests) {
    const pipes = requests.map(() => desk.service.pipeline());
    await Promise.all(pipes.map((pipe) => pipe.send('GET', '/healthz')));
    const answers = await Promise.all(
      requests.map(([id, operation, body], n) =>
        pipes[n].send('POST', `/v1/reservations/${id}/${operation}`, { token: desk.token, body }),
      ),
    );
    for (const pipe of pipes) pipe.close();
    return answers;
  }
  const outcome = (answer) => (answer.status === 200 ? '200' : problemOf(answer));

  test('50 into a half hour with 5 free', async () => {
    for (let n = 0; n < 55; n++) await desk.book({ start: '14:00' });
    const movers = [];
    for (let n = 0; n < 50; n++) movers.push(await desk.book({ start: '09:30' }));
    const place = { date: TOMORROW, start: '14:00' };
    const answers = await together(movers.map(({ id }) => [id, 'reschedule', place]));
    assert.deepEqual(count(answers.map(outcome)), { 200: 5, 'slot-full': 45 });
    const { '09:30': left, '14:00': won } = await desk.remaining('one', TOMORROW);
    assert.deepEqual([left, won], [60 - 45, 0]);
    for (const [n, { id }] of movers.entries()) {
      const { body } = await desk.read({ id });
      assert.equal(body.start, answers[n].status === 200 ? '14:00' : '09:30');
    }
    await desk.service.audit();
  });

  test('one reservation to many places: it stands at one of them', async () => {
    const booked = await desk.book({ start: '10:00' });
    const starts = ['10:30', '11:00', '15:00', '15:30'];
    const answers = await together(
      starts.map((start) => [booked.id, 'reschedule', { date: TOMORROW, start }]),
    );
    assert.deepEqual(count(answers.map(outcome)), { 200: 4 }, 'each goes on from where it stands');
    const { body } = await desk.read(booked);
    assert.ok(answers.some((answer) => answer.body.start === body.start));
    const remaining = await desk.remaining('one', TOMORROW);
    assert.equal(remaining['10:00'], 60);
    for (const start of starts) assert.equal(remaining[start], start === body.start ? 59 : 60);
    await desk.service.audit();
  });

  test('moves and cancellations of one: it ends cancelled and holds nothing', async () => {
    const booked = await desk.book({ start: '16:30', date: TODAY });
    const before = await desk.remaining('one', TODAY, COUNTY_HALL);
    const place = { date: TODAY, start: '16:30', hall: COUNTY_HALL };
    const answers = await together([
      [booked.id, 'reschedule', place],
      [booked.id, 'cancel'],
      [booked.id, 'reschedule', { ...place, hall: HALL, start: '16:00' }],
      [booked.id, 'cancel'],
    ]);
    assert.equal([answers[1], answers[3]].filter(({ status }) => status === 200).length, 1);
    for (const answer of answers) assert.match(outcome(answer), /^(200|wrong-state)$/);
    assert.equal((await desk.read(booked)).body.status, 'cancelled');
    const { '16:30': first, '16:00': second } = await desk.remaining('one', TODAY);
    assert.deepEqual([first, second], [60, 60]);
    assert.deepEqual(await desk.remaining('one', TODAY, COUNTY_HALL), before);
    await desk.service.audit();
  });
});

test('an inventory that is not open yet is opened', async (t) => {
  const desk = await Desk.open(t, catalogue());
  const booked = await desk.book({ start: '11:30' });
  const gone = await desk.service.redis(`HDEL {${CITY}}:units:20261123 "${HALL} A seq"`);
  assert.deepEqual(gone, [':1']);
  const moved = await desk.moved(booked, { start: '16:00', date: TODAY });
  assert.deepEqual([moved.date, moved.sequence], [TODAY, 1]);
  assert.equal((await desk.remaining('one', TODAY))['16:00'], 9);
  await desk.service.audit();
});
