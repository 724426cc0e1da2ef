// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// The share of a half hour that is kept for the elderly, disabled, military and pregnant (绿色通道).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { booking, catalogue, HALL, slotsOf, TOMORROW, withQueue } from './catalogue.mjs';
import { count, outcome, stampede } from './crowd.mjs';
import { assertProblem, startService } from './harness.mjs';
import { person, young } from './person.mjs';

const share = { priority_share: 0.3, priority_until_minutes: 120 };
const city = (extra) => withQueue(catalogue(), 'A', { ...share, ...extra });
const pointers = (answer) => answer.body.errors.map(({ pointer }) => pointer).sort();

/** Books one after another; the outcomes in order. */
async function books(service, token, people, extra) {
  const answers = [];
  for (const applicant of people) {
    answers.push(await service.post('/v1/reservations', booking(applicant, extra), { token }));
  }
  return answers;
}

describe('kept units', () => {
  let service;
  let token;
  let next = 0;
  const elderly = (size) => Array.from({ length: size }, () => person(next++));
  const others = (size) => Array.from({ length: size }, () => young(next++));
  before(async () => {
    service = await startService({ catalogue: city() });
    token = await service.gateway();
  });
  after(async () => {
    await service?.audit();
    await service?.stop();
  });

  test('ordinary people leave them, the elderly have them by their ID number', async () => {
    const ordinary = await books(service, token, others(9));
    assert.deepEqual(count(ordinary.map(outcome)), { 201: 7, 'slot-full': 2 });
    assert.ok(ordinary.slice(0, 7).every(({ body }) => !('priority' in body)));
    const old = await books(service, token, elderly(5));
    assert.deepEqual(old.map(outcome), ['201', '201', '201', 'slot-full', 'slot-full']);
    assert.ok(old.slice(0, 3).every(({ body }) => body.priority === 'elderly'));
    const { body } = await service.get(`/v1/reservations/${old[0].body.id}`, { token });
    assert.deepEqual(body, old[0].body);
  });

  test('whoever declares it has them; elderly is checked', async () => {
    const extra = { start: '10:00' };
    assert.deepEqual(
      count((await books(service, token, others(8), extra)).map(outcome)),
      { 201: 7, 'slot-full': 1 },
    );
    for (const priority of ['disabled', 'military', 'pregnant']) {
      const [answer] = await books(service, token, others(1), { ...extra, priority });
      assert.deepEqual([answer.status, answer.body.priority], [201, priority], answer.text);
    }
    for (const priority of ['elderly', 'rich', 5]) {
      const [answer] = await books(service, token, others(1), { ...extra, priority });
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(pointers(answer), ['/priority']);
    }
  });

  test('from the sixtieth birthday on, at the day of the half hour', async () => {
    const extra = { start: '13:30' };
    await books(service, token, others(7), extra);
    const born = (date) => {
      const days = (Date.parse(date) - Date.parse('1960-01-01')) / 86_400_000;
      return person(days * 999);
    };
    const [before] = await books(service, token, [born('1966-11-25')], extra);
    assertProblem(before, 409, 'slot-full');
    const [on] = await books(service, token, [born('1966-11-24')], extra);
    assert.deepEqual([on.status, on.body.priority], [201, 'elderly'], on.text);
  });

  test('priority people who came first have used them up', async () => {
    const extra = { start: '10:30' };
    assert.deepEqual(
      count((await books(service, token, elderly(2), extra)).map(outcome)),
      { 201: 2 },
    );
    const ordinary = await books(service, token, others(9), extra);
    assert.deepEqual(count(ordinary.map(outcome)), { 201: 7, 'slot-full': 2 });
    assert.deepEqual(
      count((await books(service, token, elderly(2), extra)).map(outcome)),
      { 201: 1, 'slot-full': 1 },
    );
  });

  test('a unit that an elderly person gives back is kept again', async () => {
    const extra = { start: '11:00' };
    const [first] = await books(service, token, elderly(1), extra);
    await books(service, token, elderly(2), extra);
    assert.deepEqual(
      count((await books(service, token, others(8), extra)).map(outcome)),
      { 201: 7, 'slot-full': 1 },
    );
    await service.post(`/v1/reservations/${first.body.id}/cancel`, {}, { token });
    const [young1] = await books(service, token, others(1), extra);
    assertProblem(young1, 409, 'slot-full');
    const [old1] = await books(service, token, elderly(1), extra);
    assert.equal(old1.status, 201, old1.text);
  });

  test('a party: each by himself', async () => {
    const extra = { start: '11:30' };
    await books(service, token, others(6), extra);
    const [first, second, third] = others(3);
    const [old] = elderly(1);
    const two = await service.post(
      '/v1/reservations',
      booking(first, { ...extra, party: [old, second] }),
      { token },
    );
    assertProblem(two, 409, 'slot-full');
    const one = await service.post(
      '/v1/reservations',
      booking(third, { ...extra, party: [old] }),
      { token },
    );
    assert.equal(one.status, 201, one.text);
    assert.deepEqual([one.body.priority, one.body.party[0].priority], [undefined, 'elderly']);
  });

  test('60 ordinary people and then 10 elderly on 10 units: 7 and 3', async () => {
    const bodies = (people) => people.map((one) => booking(one, { start: '14:00' }));
    const ordinary = await stampede(service, bodies(others(60)), { token });
    assert.deepEqual(count(ordinary.map(outcome)), { 201: 7, 'slot-full': 53 });
    const old = await stampede(service, bodies(elderly(10)), { token });
    assert.deepEqual(count(old.map(outcome)), { 201: 3, 'slot-full': 7 });
    await service.audit();
  });

  test('all at once: never more ordinary people than the others leave', async () => {
    const people = [...others(40), ...elderly(20)].map((one, n, all) => all[(n * 37) % all.length]);
    const bodies = people.map((one) => booking(one, { start: '14:30' }));
    const answers = await stampede(service, bodies, { token });
    const won = answers.filter(({ status }) => status === 201).map(({ body }) => body);
    assert.equal(won.length, 10);
    assert.ok(won.filter(({ priority }) => !priority).length <= 7);
    assert.equal((await slotsOf(service, 'one', TOMORROW))['14:30'].remaining, 0);
    await service.audit();
  });
});

describe('near the half hour', () => {
  let service;
  let token;
  let next = 0;
  const others = (size) => Array.from({ length: size }, () => young(next++));
  before(async () => {
    // 09:30 and 10:00 are everyone's from 07:30 and 08:00 on; 10:30 is not yet.
    service = await startService({ catalogue: city(), now: '2026-11-24T08:05:00+08:00' });
    token = await service.gateway();
  });
  after(async () => {
    await service?.audit();
    await service?.stop();
  });

  test('kept units are everyone’s', async () => {
    const open = await books(service, token, others(11));
    assert.deepEqual(count(open.map(outcome)), { 201: 10, 'slot-full': 1 });
    const kept = await books(service, token, others(8), { start: '11:00' });
    assert.deepEqual(count(kept.map(outcome)), { 201: 7, 'slot-full': 1 });
  });

  test('half hours on both sides of that time', async () => {
    const extra = { service: 'two', start: '10:00' };
    const answers = await books(service, token, others(8), extra);
    assert.deepEqual(count(answers.map(outcome)), { 201: 7, 'slot-full': 1 });
    const rest = await books(service, token, others(4), { start: '10:00' });
    assert.deepEqual(count(rest.map(outcome)), { 201: 3, 'slot-full': 1 });
    const old = await books(service, token, [person(1), person(2), person(3), person(4)], {
      start: '10:30',
    });
    assert.deepEqual(count(old.map(outcome)), { 201: 3, 'slot-full': 1 });
  });

  test('in one batch, half hours before and behind that time', async () => {
    const starts = ['09:00', '14:00', '15:00'];
    const bodies = others(60).map((one, n) => booking(one, { start: starts[n % 3] }));
    const answers = await stampede(service, bodies, { token });
    const won = answers.filter(({ status }) => status === 201).map(({ body }) => body.start);
    assert.deepEqual(count(won), { '09:00': 10, '14:00': 7, '15:00': 7 });
  });
});

describe('a queue that keeps nothing', () => {
  test('priority neither helps nor hinders', async () => {
    const service = await startService({ catalogue: catalogue({ capacity: 2 }) });
    try {
      const token = await service.gateway();
      const [answer] = await books(service, token, [young(1)], { priority: 'disabled' });
      assert.equal(answer.status, 201, answer.text);
      const all = await books(service, token, [young(2), person(1), young(3)]);
      assert.deepEqual(all.map(outcome), ['201', 'slot-full', 'slot-full']);
      assert.equal(all[0].body.hall, HALL);
      await service.audit();
    } finally {
      await service.stop();
    }
  });
});
