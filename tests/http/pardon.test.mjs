// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Pardoning no-shows: who may, with what reason, and what it lifts.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, startService } from './harness.mjs';
import { booking, catalogue, CITY, COUNTY_HALL, HALL, TODAY, TOMORROW } from './catalogue.mjs';
import { young } from './person.mjs';
import { until } from './process.mjs';

const MORNING = '2026-11-23T08:00:00+08:00';
const EVENING = '2026-11-23T17:00:00+08:00';

describe('a pardon', () => {
  let service;
  let gateway;
  let admin;
  const missed = {};
  const token = (role, hall) => service.token(role, { city: CITY, hall, ttl: '0' });
  const book = (n, extra) =>
    service.post('/v1/reservations', booking(young(n), { date: TODAY, start: '09:00', ...extra }), {
      token: gateway,
    });
  const pardon = ({ id }, body, by = admin) =>
    service.post(`/v1/reservations/${id}/pardon`, body, { token: by });

  // One no-show suspends. The clock goes on from the morning, when they book, to the evening.
  before(async () => {
    const limits = { no_shows: 1 };
    service = await startService({ catalogue: catalogue({ limits }), now: MORNING });
    gateway = await token('gateway');
    admin = await token('hall_admin', HALL);
    const wanted = {
      plain: {},
      ascii: {},
      han: {},
      moved: {},
      package: { service: undefined, package: 'both' },
      kept: {},
    };
    for (const [n, [name, extra]] of Object.entries(wanted).entries()) {
      const { status, body, text } = await book(n, extra);
      assert.equal(status, 201, text);
      missed[name] = { ...body, person: n };
    }
    const there = await service.post(
      `/v1/reservations/${missed.moved.id}/reschedule`,
      { date: TODAY, start: '09:00', hall: COUNTY_HALL },
      { token: gateway },
    );
    assert.equal(there.body.hall, COUNTY_HALL, there.text);
    service.options.now = EVENING;
    service.started_ms = null;
    await service.restart();
    for (const { id } of Object.values(missed)) {
      await until(`${id} is a no-show`, async () => {
        const { body } = await service.get(`/v1/reservations/${id}`, { token: gateway });
        return body.status === 'no_show';
      });
    }
  });
  after(() => service?.stop());

  test('lifts the suspension that the no-show led to, once', async () => {
    const suspended = async (name) => {
      const { person } = missed[name];
      return assertProblem(await book(person, { date: TOMORROW }), 403, 'booking-suspended');
    };
    await suspended('kept');
    await suspended('plain');
    const answer = await pardon(missed.plain, { reason: '大厅停电，群众已到场' });
    assert.deepEqual([answer.status, answer.body.id], [200, missed.plain.id], answer.text);
    assert.equal(answer.body.status, 'no_show');
    assert.equal((await book(missed.plain.person, { date: TOMORROW })).status, 201);
    const again = assertProblem(await pardon(missed.plain, { reason: '再次' }), 409, 'wrong-state');
    assert.equal(again.state, 'no_show');
    await suspended('kept');
    await service.audit();
  });

  test('of a package is one, for its steps were one visit', async () => {
    const { id, person } = missed.package;
    assert.equal((await pardon({ id }, { reason: '系统故障' })).status, 200);
    assert.equal((await book(person, { date: TOMORROW })).status, 201);
    await service.audit();
  });

  test('is the matter of the hall where it stood', async () => {
    const body = { reason: '县大厅停水' };
    assertProblem(await pardon(missed.moved, body), 403, 'forbidden');
    const county = await token('hall_admin', COUNTY_HALL);
    assertProblem(await pardon(missed.kept, body, county), 403, 'forbidden');
    assert.equal((await pardon(missed.moved, body, county)).status, 200);
  });

  test('is of a no-show and nothing else', async () => {
    const { body } = await book(50, { date: TOMORROW });
    const reason = '没有爽约';
    const problem = assertProblem(await pardon(body, { reason }), 409, 'wrong-state');
    assert.equal(problem.state, 'booked');
    const salt = body.id.slice(-6);
    const other = body.id.replace(salt, (salt[0] === '0' ? '1' : '0') + salt.slice(1));
    assertProblem(await pardon({ id: other }, { reason }), 404, 'not-found');
  });

  test('has a reason of 1 to 100 characters', async () => {
    const faulty = [
      {},
      { reason: '' },
      { reason: ' \t' },
      { reason: 7 },
      { reason: 'x'.repeat(101) },
      { reason: '电'.repeat(86) },
      { reason: '停电', by: 'me' },
    ];
    for (const body of faulty) {
      const answer = await pardon(missed.ascii, body);
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(
        answer.body.errors.map(({ pointer }) => pointer),
        [body.by ? '/by' : '/reason'],
      );
    }
    assert.equal((await pardon(missed.ascii, { reason: 'x'.repeat(100) })).status, 200);
    assert.equal((await pardon(missed.han, { reason: '电'.repeat(85) })).status, 200);
    await service.audit();
  });
});
