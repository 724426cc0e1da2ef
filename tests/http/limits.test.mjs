// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What a person may have and do: live reservations, cancellations a month; and that the clock's
// rules hold in a rush.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { booking, catalogue, COUNTY_HALL, HALL, slotsOf, TODAY, TOMORROW } from './catalogue.mjs';
import { count, outcome, stampede } from './crowd.mjs';
import { assertProblem, startService } from './harness.mjs';
import { person } from './person.mjs';

describe('live reservations', () => {
  let service;
  let token;
  let next = 0;
  const fresh = () => person(next++);
  const book = (applicant, extra) =>
    service.post('/v1/reservations', booking(applicant, extra), { token });
  const cancel = ({ body }) => service.post(`/v1/reservations/${body.id}/cancel`, {}, { token });
  before(async () => {
    service = await startService({ catalogue: catalogue({ limits: { live_per_person: 3 } }) });
    token = await service.gateway();
  });
  after(async () => {
    await service?.audit();
    await service?.stop();
  });

  test('so many over all halls, days and services; a cancelled one makes room', async () => {
    const one = fresh();
    const wishes = [
      {},
      { date: TODAY, start: '15:00' },
      { service: 'county.only', hall: COUNTY_HALL, start: '10:00' },
    ];
    const made = [];
    for (const wish of wishes) {
      const answer = await book(one, wish);
      assert.equal(answer.status, 201, answer.text);
      made.push(answer);
    }
    const fourth = () => book(one, { service: 'card', start: '11:00' });
    const before = (await slotsOf(service, 'card', TOMORROW))['11:00'].remaining;
    const problem = assertProblem(await fourth(), 409, 'limit-reached');
    assert.deepEqual([problem.limit, problem.until], ['live_per_person', undefined]);
    assert.equal((await slotsOf(service, 'card', TOMORROW))['11:00'].remaining, before);
    assert.equal((await cancel(made[1])).status, 200);
    assert.equal((await fourth()).status, 201);
  });

  test('a package counts once', async () => {
    const one = fresh();
    const { service: _service, ...packaged } = booking(one, { package: 'both', start: '13:30' });
    const answer = await service.post('/v1/reservations', packaged, { token });
    assert.equal(answer.status, 201, answer.text);
    assert.equal((await book(one, { date: TODAY, start: '15:00' })).status, 201);
    assert.equal((await book(one, { date: TODAY, start: '16:00', service: 'card' })).status, 201);
    const far = await book(one, { service: 'county.only', hall: COUNTY_HALL });
    assertProblem(far, 409, 'limit-reached');
  });

  test('of a party, the one who has too many is named', async () => {
    const [one, two] = [fresh(), fresh()];
    for (const wish of [
      { service: 'card' },
      { date: TODAY, start: '15:30' },
      { date: TODAY, start: '15:00', service: 'card' },
    ]) {
      assert.equal((await book(two, wish)).status, 201);
    }
    const refused = await book(one, { start: '10:00', party: [fresh(), two] });
    const problem = assertProblem(refused, 409, 'limit-reached');
    assert.deepEqual([problem.limit, problem.pointer], ['live_per_person', '/party/1']);
  });
});

describe('cancellations of a month', () => {
  let service;
  let token;
  let clerk;
  let next = 0;
  const fresh = () => person(next++);
  const book = (applicant, extra, options) =>
    service.post('/v1/reservations', booking(applicant, extra), { token, ...options });
  const cancel = ({ body }, by = token) =>
    service.post(`/v1/reservations/${body.id}/cancel`, {}, { token: by });
  const bookAndCancel = async (applicant, times, by) => {
    for (let n = 0; n < times; n++) {
      const answer = await book(applicant);
      assert.equal(answer.status, 201, answer.text);
      assert.equal((await cancel(answer, by)).status, 200);
    }
  };
  before(async () => {
    service = await startService({
      catalogue: catalogue({ limits: { cancellations_per_month: 3 } }),
    });
    token = await service.gateway();
    clerk = await service.token('clerk', { city: '410400', hall: HALL });
  });
  after(async () => {
    await service?.audit();
    await service?.stop();
  });

  test('once used up, booking is refused until the next month; cancelling never is', async () => {
    const one = fresh();
    const kept = await book(one, { date: TODAY, start: '16:00' });
    await bookAndCancel(one, 3);
    const before = (await slotsOf(service, 'one', TOMORROW))['09:30'].remaining;
    const problem = assertProblem(await book(one), 409, 'limit-reached');
    assert.deepEqual(
      [problem.limit, problem.until],
      ['cancellations_per_month', '2026-12-01T00:00:00+08:00'],
    );
    assert.equal((await slotsOf(service, 'one', TOMORROW))['09:30'].remaining, before);
    const inParty = await book(fresh(), { party: [one] });
    assert.deepEqual(
      [assertProblem(inParty, 409, 'limit-reached').limit, inParty.body.pointer],
      ['cancellations_per_month', '/party/0'],
    );
    const { service: _service, ...packaged } = booking(one, { package: 'both' });
    const visit = await service.post('/v1/reservations', packaged, { token });
    assert.equal(assertProblem(visit, 409, 'limit-reached').limit, 'cancellations_per_month');
    assert.equal((await cancel(kept)).status, 200, 'a place is freed whoever asks');
    assert.equal((await book(fresh())).status, 201, 'others are free');
  });

  test('the staff’s cancellations do not count', async () => {
    const one = fresh();
    await bookAndCancel(one, 4, clerk);
    await bookAndCancel(one, 2);
    assert.equal((await book(one)).status, 201);
  });

  test('a refused cancellation does not count, a package counts once', async () => {
    const one = fresh();
    const { service: _service, ...packaged } = booking(one, { package: 'both', start: '13:30' });
    for (let n = 0; n < 2; n++) {
      const answer = await service.post('/v1/reservations', packaged, { token });
      assert.equal(answer.status, 201, answer.text);
      assert.equal((await cancel(answer)).status, 200);
      assertProblem(await cancel(answer), 409, 'wrong-state');
    }
    await bookAndCancel(one, 1);
    assertProblem(await book(one), 409, 'limit-reached');
  });

  test('the first answer is given again whatever is used up since', async () => {
    const one = fresh();
    const first = await book(one, {}, { key: 'c-1' });
    await cancel(first);
    await bookAndCancel(one, 2);
    assert.equal((await book(one, {}, { key: 'c-1' })).text, first.text);
    assertProblem(await book(one, {}, { key: 'c-2' }), 409, 'limit-reached');
  });

  test('many at once: no more than that', async () => {
    const one = fresh();
    await bookAndCancel(one, 2);
    const last = await book(one);
    await Promise.all(Array.from({ length: 10 }, () => cancel(last)));
    assertProblem(await book(one), 409, 'limit-reached');
  });

  test('a new month begins from nothing', async () => {
    const one = fresh();
    await bookAndCancel(one, 3);
    assertProblem(await book(one), 409, 'limit-reached');
    service.options.now = '2026-12-01T00:00:10+08:00';
    service.started_ms = null;
    await service.restart();
    const extra = { date: '2026-12-01', start: '10:00' };
    const answer = await book(one, extra);
    assert.equal(answer.status, 201, answer.text);
    await cancel(answer);
    assert.equal((await book(one, extra)).status, 201);
  });
});

describe('the clock', () => {
  test('in a rush: no half hour past its cut-off, no day before its release', async () => {
    const service = await startService({ catalogue: catalogue({ capacity: 400 }), workers: 2 });
    try {
      const token = await service.gateway();
      const wishes = [
        {},
        { date: TODAY, start: '10:00' },
        { date: '2026-11-25' },
        { service: 'two', start: '23:30' },
      ];
      const bodies = Array.from({ length: 400 }, (_, n) => booking(person(n), wishes[n % 4]));
      const answers = await stampede(service, bodies, { token });
      assert.deepEqual(count(answers.map(outcome)), {
        201: 100,
        'too-late': 100,
        'not-released': 100,
        'slot-closed': 100,
      });
      await service.audit();
    } finally {
      await service.stop();
    }
  });

  test('a key that was used gives its answer past the cut-off, another one does not', async () => {
    const service = await startService({ catalogue: catalogue() });
    try {
      const token = await service.gateway();
      const book = (body, key) => service.post('/v1/reservations', body, { token, key });
      const body = booking(person(1), { date: TODAY, start: '15:00' });
      const first = await book(body, 'k-1');
      assert.equal(first.status, 201, first.text);
      service.options.now = '2026-11-23T15:10:00+08:00';
      service.started_ms = null;
      await service.restart();
      assert.equal((await book(body, 'k-1')).text, first.text);
      assertProblem(await book({ ...body, start: '14:30' }, 'k-1'), 422, 'idempotency-mismatch');
      assertProblem(await book({ ...body, applicant: person(2) }, 'k-2'), 409, 'too-late');
      const beyond = { ...body, date: TOMORROW, service: 'two', start: '23:30' };
      assertProblem(await book(beyond, 'k-1'), 422, 'idempotency-mismatch');
      assertProblem(await book(beyond, 'k-3'), 409, 'slot-closed');
      await service.audit();
    } finally {
      await service.stop();
    }
  });
});
