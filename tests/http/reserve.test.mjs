// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Booking, reading, listing and cancelling, one at a time and by hundreds at once.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { count, outcome, stampede } from './crowd.mjs';
import { assertProblem, startService } from './harness.mjs';
import { booking, catalogue, COUNTY_HALL, HALL, slotsOf, TODAY, TOMORROW } from './catalogue.mjs';
import { masked, person } from './person.mjs';

const pointers = (answer) => answer.body.errors.map(({ pointer }) => pointer).sort();

describe('many at once', () => {
  let service;
  let token;
  before(async () => {
    service = await startService({ catalogue: catalogue() });
    token = await service.gateway();
  });
  after(() => service?.stop());

  test('500 clients on a slot of 10', async () => {
    const answers = await stampede(
      service,
      Array.from({ length: 500 }, (_, n) => booking(person(n))),
      { token },
    );
    assert.deepEqual(count(answers.map(outcome)), { 201: 10, 'slot-full': 490 });
    const won = answers.filter(({ status }) => status === 201).map(({ body }) => body);
    assert.deepEqual(
      won.map(({ sequence }) => sequence).sort((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    assert.equal(new Set(won.map(({ code }) => code)).size, 10);
    const slot = (await slotsOf(service, 'one', TOMORROW))['09:30'];
    assert.deepEqual([slot.remaining, slot.bookable], [0, false]);
    const list = await service.get(`/v1/reservations?date=${TOMORROW}`, { token });
    assert.deepEqual(
      list.body.reservations.map(({ id }) => id).sort(),
      won.map(({ id }) => id).sort(),
    );
    await service.audit();
  });

  test('the same person, service and day from 50 clients', async () => {
    const starts = ['10:00', '10:30', '11:00'];
    const bodies = Array.from({ length: 50 }, (_, n) =>
      booking(person(1000), { start: starts[n % 3] }),
    );
    const answers = await stampede(service, bodies, { token });
    assert.deepEqual(count(answers.map(outcome)), { 201: 1, 'already-reserved': 49 });
    const { id } = answers.find(({ status }) => status === 201).body;
    for (const answer of answers) {
      if (answer.status !== 201) assert.equal(answer.body.reservation, id);
    }
    await service.audit();
  });

  test('the same Idempotency-Key 50 times at once', async () => {
    const body = booking(person(1001), { start: '11:30' });
    const answers = await stampede(service, Array(50).fill(body), { token, key: 'fifty' });
    assert.deepEqual(count(answers.map(({ status }) => status)), { 201: 50 });
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1, 'identical answers');
    assert.equal(new Set(answers.map(({ headers }) => headers.location)).size, 1);
    assert.equal((await slotsOf(service, 'one', TOMORROW))['11:30'].remaining, 9);
    const later = await service.post('/v1/reservations', body, { token, key: 'fifty' });
    assert.equal(later.text, answers[0].text);
    await service.audit();
  });
});

describe('one booking', () => {
  let service;
  let token;
  let next = 0;
  const fresh = () => person(next++);
  const book = (extra, options) =>
    service.post('/v1/reservations', booking(fresh(), extra), { token, ...options });
  before(async () => {
    service = await startService({ catalogue: catalogue() });
    token = await service.gateway();
  });
  after(() => service?.stop());

  test('the answer, its Location and the slot', async () => {
    const applicant = fresh();
    const answer = await service.post('/v1/reservations', booking(applicant, { channel: 'app' }), {
      token,
    });
    assert.equal(answer.status, 201, answer.text);
    const { body } = answer;
    assert.equal(answer.headers.location, `/v1/reservations/${body.id}`);
    assert.equal(body.id, `${HALL}.20261124.${body.code}`);
    assert.deepEqual(
      {
        hall: body.hall,
        queue: body.queue,
        service: body.service,
        date: body.date,
        start: body.start,
        end: body.end,
        status: body.status,
        number: body.number,
        channel: body.channel,
        sequence: body.sequence,
      },
      {
        hall: HALL,
        queue: 'A',
        service: 'one',
        date: TOMORROW,
        start: '09:30',
        end: '10:00',
        status: 'booked',
        number: null,
        channel: 'app',
        sequence: 1,
      },
    );
    assert.match(body.created_at, /^2026-11-23T10:\d\d:\d\d(\.\d+)?\+08:00$/);
    assert.ok(!('desk_check' in body));
    const { id_number, phone } = masked(applicant);
    assert.deepEqual(body.applicant, { name: applicant.name, id_number, phone });
    const read = await service.get(answer.headers.location, { token });
    assert.deepEqual([read.status, read.body], [200, body]);
    assert.equal((await slotsOf(service, 'one', TOMORROW))['09:30'].remaining, 9);
  });

  test('span and units', async () => {
    const two = await book({ service: 'two', start: '10:00' });
    assert.deepEqual([two.status, two.body.start, two.body.end], [201, '10:00', '11:00'], two.text);
    const double = await book({ service: 'double', start: '11:00' });
    assert.equal(double.status, 201, double.text);
    const slots = await slotsOf(service, 'one', TOMORROW);
    assert.deepEqual(
      ['10:00', '10:30', '11:00', '11:30'].map((start) => slots[start].remaining),
      [9, 9, 8, 10],
    );
  });

  test('already-reserved names the reservation, in another hall too; another day or service is free', async () => {
    const applicant = fresh();
    const first = await service.post('/v1/reservations', booking(applicant), { token });
    assert.equal(first.status, 201, first.text);
    const again = (extra) => service.post('/v1/reservations', booking(applicant, extra), { token });
    for (const extra of [{}, { start: '14:00' }, { hall: COUNTY_HALL }]) {
      assert.equal(
        assertProblem(await again(extra), 409, 'already-reserved').reservation,
        first.body.id,
      );
    }
    assert.equal((await again({ date: TODAY, start: '14:00' })).status, 201);
    assert.equal((await again({ service: 'card', start: '10:00' })).status, 201);
    const cancelled = await service.post(`/v1/reservations/${first.body.id}/cancel`, undefined, {
      token,
    });
    assert.deepEqual([cancelled.status, cancelled.body.status], [200, 'cancelled']);
    assert.equal((await again({ start: '14:00' })).status, 201);
  });

  test('Idempotency-Key: the first answer again, another body is a mismatch', async () => {
    const body = booking(fresh(), { start: '15:00' });
    const first = await service.post('/v1/reservations', body, { token, key: 'k-1' });
    assert.equal(first.status, 201, first.text);
    assert.equal(
      (await service.post('/v1/reservations', body, { token, key: 'k-1' })).text,
      first.text,
    );
    const reordered = Object.fromEntries(Object.entries(body).reverse());
    const same = await service.post('/v1/reservations', JSON.stringify(reordered, null, 1), {
      token,
      key: 'k-1',
    });
    assert.equal(same.text, first.text, 'the same request in another spelling');
    const other = { ...body, start: '15:30' };
    assertProblem(
      await service.post('/v1/reservations', other, { token, key: 'k-1' }),
      422,
      'idempotency-mismatch',
    );
    assertProblem(
      await service.post('/v1/reservations', body, { token, key: 'k-2' }),
      409,
      'already-reserved',
    );
    await service.post(`/v1/reservations/${first.body.id}/cancel`, {}, { token });
    const cancelled = await service.post('/v1/reservations', body, { token, key: 'k-1' });
    assert.equal(
      cancelled.text,
      first.text,
      'the first answer, whatever became of the reservation',
    );
  });

  test('too-late, slot-closed and not-released', async () => {
    for (const start of ['09:00', '10:00', '10:30']) {
      assertProblem(await book({ date: TODAY, start }), 409, 'too-late');
    }
    assert.equal((await book({ date: TODAY, start: '11:00' })).status, 201);
    assertProblem(await book({ date: '2026-11-20' }), 409, 'too-late');
    for (const start of ['08:30', '12:00', '13:00', '17:00', '00:00', '23:30']) {
      assertProblem(await book({ start }), 409, 'slot-closed');
    }
    for (const start of ['11:30', '16:30'])
      assertProblem(await book({ service: 'two', start }), 409, 'slot-closed');
    for (const date of ['2026-11-29', '2026-12-24'])
      assertProblem(await book({ date }), 409, 'slot-closed');
    for (const [date, opens_at] of [
      ['2026-11-25', '2026-11-24T00:00:00+08:00'],
      ['2026-12-08', '2026-12-07T00:00:00+08:00'],
    ]) {
      assert.equal(assertProblem(await book({ date }), 409, 'not-released').opens_at, opens_at);
    }
  });

  test('all faults of a body at once', async () => {
    const bad = {
      hall: '410400-99',
      service: 'no.such',
      date: '2026-02-30',
      start: '09:15',
      applicant: { name: 'Zhang', id_number: '11010519491231002x1', phone: '12345678901', age: 3 },
      extra: 1,
    };
    const answer = await service.post('/v1/reservations', bad, { token });
    assertProblem(answer, 400, 'invalid-request');
    assert.deepEqual(pointers(answer), [
      '/applicant/age',
      '/applicant/id_number',
      '/applicant/name',
      '/applicant/phone',
      '/date',
      '/extra',
      '/hall',
      '/service',
      '/start',
    ]);
    const english = await service.post('/v1/reservations', bad, { token, language: 'en' });
    assert.equal(english.status, 400);
    const empty = await service.post('/v1/reservations', {}, { token });
    assertProblem(empty, 400, 'invalid-request');
    assert.deepEqual(pointers(empty), ['/applicant', '/date', '/hall', '/service', '/start']);
    const elsewhere = await book({ service: 'county.only' });
    assertProblem(elsewhere, 400, 'invalid-request');
    assert.deepEqual(pointers(elsewhere), ['/service']);
  });

  test('applicants', async () => {
    const good = person(900);
    const cases = [
      [
        { id_number: `${good.id_number.slice(0, 17)}${good.id_number[17] === '1' ? '2' : '1'}` },
        '/applicant/id_number',
      ],
      [{ id_number: '110105194912310021' }, '/applicant/id_number'],
      [{ id_number: '11010519491331002X' }, '/applicant/id_number'],
      [{ id_number: good.id_number.slice(0, 17) }, '/applicant/id_number'],
      [{ phone: '23800005678' }, '/applicant/phone'],
      [{ phone: '1380000567' }, '/applicant/phone'],
      [{ phone: 13800005678 }, '/applicant/phone'],
      [{ name: '张' }, '/applicant/name'],
      [{ name: '张三 ' }, '/applicant/name'],
      [{ name: '' }, '/applicant/name'],
      [{ name: '·张三' }, '/applicant/name'],
      [{ name: null }, '/applicant/name'],
    ];
    for (const [extra, pointer] of cases) {
      const answer = await service.post(
        '/v1/reservations',
        booking({ ...good, ...extra }, { start: '16:00' }),
        { token },
      );
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(pointers(answer), [pointer], JSON.stringify(extra));
    }
    for (const extra of [{ id_number: '11010519491231002x', name: '阿卜杜勒·热合曼' }]) {
      const answer = await service.post(
        '/v1/reservations',
        booking({ ...good, ...extra }, { start: '16:00' }),
        { token },
      );
      assert.equal(answer.status, 201, answer.text);
      const upper = await service.post(
        '/v1/reservations',
        booking({ ...good, id_number: '11010519491231002X' }, { start: '16:00' }),
        { token },
      );
      assertProblem(upper, 409, 'already-reserved');
    }
  });

  test('cancel frees the units, once', async () => {
    const booked = await book({ service: 'two', start: '13:30' });
    const units = async () => {
      const slots = await slotsOf(service, 'one', TOMORROW);
      return [slots['13:30'].remaining, slots['14:00'].remaining];
    };
    const before = await units();
    const cancel = () => service.post(`/v1/reservations/${booked.body.id}/cancel`, {}, { token });
    const first = await cancel();
    assert.deepEqual([first.status, first.body], [200, { ...booked.body, status: 'cancelled' }]);
    const freed = before.map((n) => n + 1);
    assert.deepEqual(await units(), freed);
    assert.equal(assertProblem(await cancel(), 409, 'wrong-state').state, 'cancelled');
    assert.deepEqual(await units(), freed);
    const all = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        if (n === 0) return book({ service: 'two', start: '13:30' });
        return cancel();
      }),
    );
    assert.deepEqual(count(all.map(({ status }) => status)), { 201: 1, 409: 19 });
    await service.audit();
  });

  test('an id is found whole or not at all', async () => {
    const { id } = (await book({ start: '16:00' })).body;
    const [hall, day, code] = id.split('.');
    const [queue, sequence, salt] = code.split('-');
    const other = (salt[0] === '0' ? '1' : '0') + salt.slice(1);
    const wrong = [
      `${hall}.${day}.${queue}-${sequence}-${other}`,
      `${hall}.${day}.${queue}-${Number(sequence) + 1}-${salt}`,
      `${hall}.${day}.${queue}-0${sequence}-${salt}`,
      `${hall}.${day}.${queue}-${sequence}-${salt}0`,
      `${hall}.${day}.${queue}-${sequence}`,
      `${hall}.${day}.B-${sequence}-${salt}`,
      `${hall}.20261125.${code}`,
      `${hall}.20261324.${code}`,
      `${COUNTY_HALL}.${day}.${code}`,
      `${hall}.${day}.${queue}-99999999999-${salt}`,
      `${hall}.${day}.${queue}-0-${salt}`,
      `${hall}.${day}.x`,
    ];
    for (const one of wrong) {
      const cancel = await service.post(`/v1/reservations/${one}/cancel`, {}, { token });
      assert.equal(`${one}: ${cancel.status}`, `${one}: 404`);
      assertProblem(await service.get(`/v1/reservations/${one}`, { token }), 404, 'not-found');
    }
    const read = await service.get(`/v1/reservations/${id}`, { token });
    assert.deepEqual([read.status, read.body.status], [200, 'booked']);
  });

  test('20 cancellations of one reservation at once free its units once', async () => {
    const booked = await book({ start: '16:30' });
    const before = (await slotsOf(service, 'one', TOMORROW))['16:30'].remaining;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        service.post(`/v1/reservations/${booked.body.id}/cancel`, {}, { token }),
      ),
    );
    assert.deepEqual(count(answers.map(({ status }) => status)), { 200: 1, 409: 19 });
    assert.equal((await slotsOf(service, 'one', TOMORROW))['16:30'].remaining, before + 1);
    await service.audit();
  });

  test('all of it is there after a restart', async () => {
    const read = async () => [
      (await service.get('/v1/reservations', { token })).text,
      await slotsOf(service, 'one', TOMORROW),
    ];
    const before = await read();
    await service.restart();
    assert.deepEqual(await read(), before);
  });
});

describe('the list', () => {
  let service;
  let token;
  const made = [];
  before(async () => {
    service = await startService({ catalogue: catalogue() });
    token = await service.gateway();
    for (let n = 0; n < 12; n++) {
      const extra = {
        date: n % 3 ? TOMORROW : TODAY,
        start: '14:00',
        hall: n % 4 ? HALL : COUNTY_HALL,
      };
      const answer = await service.post('/v1/reservations', booking(person(n), extra), { token });
      if (answer.status === 201) made.push(answer.body);
    }
    const { id } = made[1];
    made[1] = (await service.post(`/v1/reservations/${id}/cancel`, {}, { token })).body;
  });
  after(() => service?.stop());
  const list = (query) => service.get(`/v1/reservations${query}`, { token });
  const idsWhere = (keep) =>
    made
      .filter(keep)
      .map(({ id }) => id)
      .sort();
  const idsOf = ({ body }) => body.reservations.map(({ id }) => id).sort();

  test('by date, state and hall', async () => {
    assert.equal(made.length, 12);
    const all = await list('');
    assert.equal(all.body.next, null);
    assert.deepEqual(
      idsOf(all),
      idsWhere(() => true),
    );
    assert.deepEqual(
      idsOf(await list(`?date=${TOMORROW}`)),
      idsWhere(({ date }) => date === TOMORROW),
    );
    assert.deepEqual(idsOf(await list('?status=cancelled')), [made[1].id]);
    assert.deepEqual(
      idsOf(await list(`?hall=${COUNTY_HALL}&date=${TODAY}`)),
      idsWhere(({ hall, date }) => hall === COUNTY_HALL && date === TODAY),
    );
    assert.deepEqual(idsOf(await list(`?date=${TOMORROW}&status=done`)), []);
    assert.deepEqual(
      all.body.reservations.find(({ id }) => id === made[0].id),
      made[0],
    );
  });

  test('by pages: each entry once', async () => {
    for (const limit of [1, 5, 11, 12]) {
      const found = [];
      let cursor;
      do {
        const page = await list(
          `?limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
        );
        assert.ok(page.body.reservations.length <= limit);
        found.push(...page.body.reservations.map(({ id }) => id));
        cursor = page.body.next;
        assert.ok(found.length <= 12, 'more than there are');
      } while (cursor);
      assert.deepEqual(
        found.sort(),
        idsWhere(() => true),
      );
    }
  });

  test('faults of the query', async () => {
    const answer = await list('?date=x&status=gone&limit=1001&hall=410400-99');
    assertProblem(answer, 400, 'invalid-request');
    assert.deepEqual(pointers(answer), ['/date', '/hall', '/limit', '/status']);
    assertProblem(await list('?limit=0'), 400, 'invalid-request');
    assertProblem(await list('?cursor=!!'), 400, 'invalid-request');
  });
});

describe('limits of a person', () => {
  test('live reservations', async (t) => {
    const service = await startService({
      catalogue: catalogue({ limits: { live_per_person: 2 } }),
    });
    t.after(() => service.stop());
    const token = await service.gateway();
    const book = (extra) => service.post('/v1/reservations', booking(person(1), extra), { token });
    const first = await book({});
    assert.equal(first.status, 201, first.text);
    assert.equal((await book({ service: 'card', start: '10:00' })).status, 201);
    assertProblem(await book({ service: 'two', start: '14:00' }), 409, 'limit-reached');
    assertProblem(await book({ date: TODAY, start: '14:00' }), 409, 'limit-reached');
    await service.post(`/v1/reservations/${first.body.id}/cancel`, {}, { token });
    const answers = await stampede(
      service,
      Object.entries({ one: '14:00', two: '14:30', double: '15:30' }).map(([id, start]) =>
        booking(person(1), { service: id, start }),
      ),
      { token },
    );
    assert.deepEqual(count(answers.map(outcome)), { 201: 1, 'limit-reached': 2 });
    await service.audit();
  });
});
