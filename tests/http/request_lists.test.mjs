// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Lists that a client sends: each is a set with a maximum. The store's limits on lists that grow.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openapi } from './contract.mjs';
import { assertProblem, startService } from './harness.mjs';
import { booking, catalogue, CITY, HALL, TOMORROW } from './catalogue.mjs';
import { person } from './person.mjs';

const pointers = ({ body }) => body.errors.map(({ pointer }) => pointer).sort();
const many = (count, item) => Array.from({ length: count }, (_, n) => item(n));
const halfHour = (n) => `${String(n >> 1).padStart(2, '0')}:${n % 2 ? '30' : '00'}`;
const code = (n, more) => ({ id_number: person(n).id_number, code: 'green', ...more });
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

describe('lists of a request', () => {
  let service;
  const tokens = {};
  before(async () => {
    service = await startService({ catalogue: catalogue() });
    for (const role of ['gateway', 'clerk', 'city_admin', 'health_authority'])
      tokens[role] = await service.token(role, { city: CITY, ...(role === 'clerk' && { hall: HALL }) });
  });
  after(() => service?.stop());

  const capacity = `/v1/halls/${HALL}/queues/A/capacity`;
  const waiting = { hall: HALL, service: 'one', date: TOMORROW, applicant: person(0) };
  const open = ['clerk', 'POST', `/v1/halls/${HALL}/windows/A1/open`];
  const codes = ['health_authority', 'POST', '/v1/health-codes'];
  const put = ['city_admin', 'PUT', capacity];
  const wait = ['gateway', 'POST', '/v1/waitlist'];
  const book = ['gateway', 'POST', '/v1/reservations'];

  for (const [what, [role, method, path], body, expected, maximum] of [
    ['a queue twice', open, { queues: ['A', 'A'] }, ['/queues/1']],
    ['a queue thrice', open, { queues: ['A', 'B', 'A', 'A'] }, ['/queues/2', '/queues/3']],
    ['a queue 12,000 times', open, { queues: many(12000, () => 'A') }, ['/queues'], '200'],
    ['201 queues', open, { queues: many(201, (n) => `Q${n}`) }, ['/queues'], '200'],
    ['a code twice', codes, { codes: [code(1), code(2), code(1)] }, ['/codes/2/id_number']],
    ['a person twice', codes, { codes: [code(1), code(1, { code: 'red' })] }, ['/codes/1/id_number']],
    ['501 codes', codes, { codes: many(501, code) }, ['/codes'], '500'],
    ['no code', codes, { codes: [] }, ['/codes'], '500'],
    ['a half hour twice', wait, { ...waiting, starts: ['09:00', '09:00'] }, ['/starts/1']],
    ['17 half hours', wait, { ...waiting, starts: many(17, halfHour) }, ['/starts'], '16'],
    ['5,000 half hours', wait, { ...waiting, starts: many(5000, halfHour) }, ['/starts'], '16'],
    ['a person of a party twice', book, booking(person(0), { party: [person(1), person(1)] }),
      ['/party/1/id_number']],
    ['a party of ten more', book, booking(person(0), { party: many(10, (n) => person(n + 1)) }),
      ['/party'], '9'],
    ['a window twice', put, { date: TOMORROW, closed_windows: ['A1', 'A1'] }, ['/closed_windows/1']],
    ['65 windows', put, { date: TOMORROW, closed_windows: many(65, (n) => `w${n}`) },
      ['/closed_windows'], '64'],
    ['49 half hours of capacity', put,
      { date: TOMORROW, slots: Object.fromEntries(many(49, (n) => [`t${n}`, 1])) }, ['/slots'], '48'],
    ['eight groups of weekdays', put,
      { weekly: Object.fromEntries([...days, 'mon-fri'].map((day) => [day, { default: 1 }])) },
      ['/weekly'], '7'],
  ])
    test(`${what}: 400 that names it`, async () => {
      for (const language of [undefined, 'en']) {
        const answer = await service.request(method, path, { token: tokens[role], body, language });
        assertProblem(answer, 400, 'invalid-request');
        assert.deepEqual(pointers(answer), expected);
        if (maximum) assert.match(answer.body.errors[0].detail, new RegExp(`\\b${maximum}\\b`));
      }
    });

  test('as many as may be are taken', async () => {
    const pushed = await service.post('/v1/health-codes', { codes: many(500, code) },
      { token: tokens.health_authority });
    assert.deepEqual([pushed.status, pushed.body], [200, { accepted: 500 }], pushed.text);
    const opened = await service.post(open[2], { queues: ['A', 'B'] }, { token: tokens.clerk });
    assert.deepEqual(opened.body.window.queues, ['A', 'B'], opened.text);
  });

  test('the document says it of each list and map of a request', () => {
    const seen = [];
    const look = (schema, where) => {
      if (schema.$ref) schema = schema.$ref.split('/').slice(1).reduce((at, name) => at[name], openapi);
      if (schema.type === 'array') {
        assert.ok(schema.maxItems > 0 && schema.uniqueItems, `${where} has no maximum or is no set`);
        seen.push(where);
        look(schema.items, `${where}[]`);
      }
      if (typeof schema.additionalProperties === 'object')
        assert.ok(schema.maxProperties > 0, `${where} has no maximum`);
      for (const [name, one] of Object.entries(schema.properties ?? {})) look(one, `${where}/${name}`);
      for (const one of [...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.allOf ?? [])])
        look(one, where);
      if (typeof schema.additionalProperties === 'object') look(schema.additionalProperties, where);
    };
    for (const [path, methods] of Object.entries(openapi.paths))
      for (const [method, { requestBody }] of Object.entries(methods))
        if (requestBody) look(requestBody.content['application/json'].schema, `${method} ${path}`);
    assert.ok(seen.length >= 4, seen.join());
  });
});
