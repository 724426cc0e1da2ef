// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// The health-code gate at booking: pushed codes, their expiry, the city's policy for unknown ones.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, startService } from './harness.mjs';
import { booking, catalogue, slotsOf, TOMORROW } from './catalogue.mjs';
import { person } from './person.mjs';
import { until } from './process.mjs';

const pointers = (answer) => answer.body.errors.map(({ pointer }) => pointer).sort();

/** Refusals at the gate by code, as /metrics counts them. */
async function interceptions(service) {
  const { text } = await service.get('/metrics');
  const counts = {};
  for (const [, code, value] of text.matchAll(
    /^jiaohao_\w*health\w*\{[^}]*code="(\w+)"[^}]*\} (\d+)$/gm,
  ))
    counts[code] = Number(value);
  return counts;
}

async function startWith(t, eligibility) {
  const service = await startService({
    catalogue: catalogue({ eligibility: { mode: 'required', ...eligibility } }),
  });
  t?.after(() => service.stop());
  const token = await service.gateway();
  const authority = await service.token('health_authority', { city: '410400' });
  return {
    service,
    token,
    authority,
    book: (applicant, extra) =>
      service.post('/v1/reservations', booking(applicant, extra), { token }),
    push: (codes) => service.post('/v1/health-codes', { codes }, { token: authority }),
  };
}

describe('codes that were pushed', () => {
  let gate;
  before(async () => {
    gate = await startWith(undefined, { on_unknown: 'refuse' });
  });
  after(() => gate?.service.stop());

  for (const [index, code] of [
    [1, 'yellow'],
    [2, 'red'],
  ]) {
    test(`${code}: refused, nothing held, counted; green later: the next request books`, async () => {
      const { service, book, push } = gate;
      const { id_number } = person(index);
      assert.deepEqual((await push([{ id_number, code }])).body, { accepted: 1 });
      const counted = await interceptions(service);
      const slots = await slotsOf(service, 'one', TOMORROW);
      for (let n = 0; n < 3; n++) {
        assert.equal(
          assertProblem(await book(person(index)), 403, 'health-code-not-green').code,
          code,
        );
      }
      assert.deepEqual(await slotsOf(service, 'one', TOMORROW), slots);
      const { body } = await service.get('/v1/reservations', { token: gate.token });
      assert.ok(
        body.reservations.every(
          ({ applicant }) => !applicant.id_number.endsWith(id_number.slice(-4)),
        ),
      );
      assert.equal((await interceptions(service))[code], (counted[code] ?? 0) + 3);
      assert.equal((await push([{ id_number, code: 'green' }])).status, 200);
      const booked = await book(person(index));
      assert.equal(booked.status, 201, booked.text);
      assert.ok(!('desk_check' in booked.body));
    });
  }

  test('green turned red: a booking that stands is not answered again as a new one', async () => {
    const { book, push } = gate;
    const { id_number } = person(3);
    await push([{ id_number, code: 'green' }]);
    assert.equal((await book(person(3))).status, 201);
    await push([{ id_number, code: 'red' }]);
    assert.equal(
      assertProblem(await book(person(3), { service: 'card' }), 403, 'health-code-not-green').code,
      'red',
    );
  });

  test('a refusal is no outcome of its Idempotency-Key for good', async () => {
    const { service, token, push } = gate;
    const { id_number } = person(4);
    await push([{ id_number, code: 'yellow' }]);
    const body = booking(person(4));
    const post = (key) => service.post('/v1/reservations', body, { token, key });
    assertProblem(await post('a-key'), 403, 'health-code-not-green');
    await push([{ id_number, code: 'green' }]);
    const again = await post('another-key');
    assert.equal(again.status, 201, again.text);
  });

  test('a green code past its end is not green', async () => {
    const { book, push } = gate;
    const { id_number } = person(5);
    for (const valid_until of [
      '2026-11-23T09:59:00+08:00',
      '1970-01-01T00:00:00Z',
      '1969-12-31T23:59:59Z',
      '2026-11-23T02:00:00.000Z',
    ]) {
      await push([{ id_number, code: 'green', valid_until }]);
      assertProblem(await book(person(5)), 403, 'health-code-not-green');
    }
    await push([{ id_number, code: 'green', valid_until: '2026-12-01T00:00:00Z' }]);
    assert.equal((await book(person(5))).status, 201);
  });

  test('unknown: refused', async () => {
    assertProblem(await gate.book(person(6)), 403, 'health-code-not-green');
  });

  test('many codes in one call, lower-case x too', async () => {
    const { book, push } = gate;
    const codes = Array.from({ length: 500 }, (_, n) => ({
      id_number: person(100 + n).id_number.toLowerCase(),
      code: n % 2 ? 'green' : 'red',
    }));
    assert.deepEqual((await push(codes)).body, { accepted: 500 });
    assertProblem(await book(person(598)), 403, 'health-code-not-green');
    assert.equal((await book(person(599))).status, 201);
  });

  test('a call with a fault takes none of its codes', async () => {
    const { push, book } = gate;
    const good = person(700).id_number;
    const answer = await push([
      { id_number: good, code: 'green' },
      { id_number: '1', code: 'blue' },
      { id_number: person(701).id_number, code: 'green', valid_until: 'soon', extra: 1 },
      7,
    ]);
    assertProblem(answer, 400, 'invalid-request');
    assert.deepEqual(pointers(answer), [
      '/codes/1/code',
      '/codes/1/id_number',
      '/codes/2/extra',
      '/codes/2/valid_until',
      '/codes/3',
    ]);
    assertProblem(await book(person(700)), 403, 'health-code-not-green');
    for (const body of [{}, { codes: [] }, { codes: 1 }, []]) {
      assertProblem(
        await gate.service.post('/v1/health-codes', body, { token: gate.authority }),
        400,
        'invalid-request',
      );
    }
  });

  test('only the health authority pushes', async () => {
    const { service, token } = gate;
    const body = { codes: [{ id_number: person(1).id_number, code: 'green' }] };
    assertProblem(await service.post('/v1/health-codes', body, { token }), 403, 'forbidden');
    assertProblem(await service.post('/v1/health-codes', body), 401, 'unauthorized');
  });

  test('codes outlive a restart, and the audit is clean', async () => {
    const { service, book, push } = gate;
    await push([
      { id_number: person(800).id_number, code: 'red' },
      { id_number: person(801).id_number, code: 'green' },
    ]);
    await service.restart();
    assert.equal(assertProblem(await book(person(800)), 403, 'health-code-not-green').code, 'red');
    assert.equal((await book(person(801))).status, 201);
    await service.audit();
  });
});

describe('the policy for unknown codes', () => {
  test('desk: booked, and the desk checks', async (t) => {
    const { book, push, service, token } = await startWith(t, { on_unknown: 'desk' });
    const unknown = await book(person(1));
    assert.deepEqual([unknown.status, unknown.body.desk_check], [201, true], unknown.text);
    const read = await service.get(`/v1/reservations/${unknown.body.id}`, { token });
    assert.equal(read.body.desk_check, true);
    await push([
      { id_number: person(2).id_number, code: 'green' },
      { id_number: person(3).id_number, code: 'yellow' },
    ]);
    const green = await book(person(2));
    assert.deepEqual([green.status, green.body.desk_check], [201, undefined]);
    assertProblem(await book(person(3)), 403, 'health-code-not-green');
    await service.audit();
  });

  test('allow: booked without a check', async (t) => {
    const { book, service } = await startWith(t, { on_unknown: 'allow' });
    const unknown = await book(person(1));
    assert.deepEqual([unknown.status, unknown.body.desk_check], [201, undefined], unknown.text);
    await service.audit();
  });

  test('off: nobody is asked', async (t) => {
    const { book, push, service } = await startWith(t, { mode: 'off' });
    await push([{ id_number: person(1).id_number, code: 'red' }]);
    assert.equal((await book(person(1))).status, 201);
    await service.audit();
  });

  test('a policy that is loaded anew holds for the next bookings', async (t) => {
    const { book, service } = await startWith(t, { mode: 'off' });
    assert.equal((await book(person(1))).status, 201);
    await service.load(catalogue({ eligibility: { mode: 'required', on_unknown: 'refuse' } }));
    let index = 10;
    await until(
      'the gate is shut',
      async () => (await book(person(index++), { service: 'card' })).status === 403,
    );
  });
});
