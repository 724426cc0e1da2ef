// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Every parameter of every query takes what the OpenAPI document says, and nothing else.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { catalogue, CITY, HALL, TODAY, TOMORROW } from './catalogue.mjs';
import { openapi } from './contract.mjs';
import { assertProblem, startService } from './harness.mjs';
import { pointers } from './moving.mjs';

const resolve = (one) =>
  one.$ref ? one.$ref.slice(2).split('/').reduce((node, part) => node[part], openapi) : one;

/** {path, role, parameter, schema} of each parameter of each query. */
const all = Object.entries(openapi.paths).flatMap(([path, { get }]) =>
  (get?.parameters ?? [])
    .map(resolve)
    .filter((parameter) => parameter.in === 'query' && parameter.name !== 'token')
    .map((parameter) => ({ path, name: parameter.name, required: parameter.required, schema: resolve(parameter.schema) })),
);

// By name: values that are right here. By the kind of schema: values that are wrong.
const right = {
  region: ['410400', '410402', '410402001'],
  level: ['city', 'county', 'township', 'outlet'],
  service: ['one', 'card'],
  near: ['113.19,33.77', '0,0', '-180,-90', '180,90', '113.123456789,33.123456789'],
  date: [TODAY, TOMORROW, '2027-02-28'],
  from: [TODAY],
  to: [TODAY],
  days: ['1', '7', '62'],
  window: ['A1', 'B2'],
  status: ['booked', 'no_show', 'in_draw'],
  hall: [HALL],
  limit: ['1', '1000'],
  cursor: [],
  table: ['reservations', 'tickets'],
};
const wrong = {
  region: ['', '4104', '41040', '4104000', '41040200', '4104020011', '41040x', '４１０４００', ' 410400', '-41040', '+410400', '410400%00', '%ff'],
  level: ['', 'City', 'hall', 'city,county', 'city%20'],
  service: ['', 'nothing', 'ONE', 'one%20', '.one'],
  near: ['', '113.19', '113.19,', ',33.77', '113.19;33.77', '113.19,33.77,1', '1131.19,33.77', '113.19,133.77', '181,0', '0,91', '113.,33', '.5,33', '113.19, 33.77', '+113,33', '1e2,33', '0x10,33', '113.1234567890,33', '--1,2', 'nan,nan'],
  date: ['', '2026-1-1', '2026-02-30', '2026-13-01', '20261124', '2026-11-24T00:00', '2026-11-24%0a', 'today', '0'],
  days: ['', '0', '63', '-1', '1.5', 'x', '99999999999999999999'],
  window: ['', 'A9', 'a1', 'A1%20', '%00', 'A'.repeat(9)],
  status: ['', 'gone', 'Booked', 'booked,done'],
  hall: ['', 'x', '410400', '410400-1', '410400-001', '4104000-01', '410400-99', '41040a-01', '%ff'],
  limit: ['', '0', '1001', '-1', '1.5'],
  cursor: ['', '!', 'x'.repeat(257)],
  table: ['', 'Tickets', 'people'],
};
wrong.from = wrong.to = wrong.date;

describe('parameters of queries', () => {
  let service, admin;

  before(async () => {
    service = await startService({ catalogue: catalogue() });
    admin = await service.token('city_admin', { city: CITY });
  });
  after(() => service.stop());

  const read = (path, query) => {
    const filled = path.replace('{city}', CITY).replace('{hall}', HALL).replace('{queue}', 'A').replace('{date}', TODAY);
    const { security } = openapi.paths[path].get;
    return service.get(`${filled}?${query}`, security?.length === 0 ? {} : { token: admin });
  };
  const needed = ({ path, name }) =>
    all
      .filter((one) => one.path === path && one.required && one.name !== name)
      .map((one) => `${one.name}=${right[one.name][0]}&`)
      .join('');

  test('all of them are here', () => {
    assert.ok(all.length >= 20);
    for (const { path, name } of all) assert.ok(right[name] && wrong[name], `${path} ${name}`);
  });

  test('the examples are what the document says', () => {
    for (const { path, name, schema } of all) {
      const fits = (text) => {
        const value = decodeURIComponent(text.replace('%ff', '%EF%BF%BD'));
        if (schema.type === 'integer')
          return /^-?\d+$/.test(value) && Number(value) >= schema.minimum && Number(value) <= schema.maximum;
        return (
          (!schema.pattern || new RegExp(schema.pattern).test(value)) &&
          (!schema.enum || schema.enum.includes(value)) &&
          value.length >= (schema.minLength ?? 0) &&
          value.length <= (schema.maxLength ?? Infinity)
        );
      };
      for (const value of right[name]) assert.ok(fits(value), `${path} ${name}=${value}`);
      assert.ok(wrong[name].filter((value) => !fits(value)).length >= 2, `${path} ${name}`);
    }
  });

  test('what is right is taken', async () => {
    for (const one of all)
      for (const value of right[one.name]) {
        if (one.path.endsWith('/display/events')) continue; // has no end
        const answer = await read(one.path, `${needed(one)}${one.name}=${value}`);
        assert.equal(answer.status, 200, `${one.path} ${one.name}=${value}: ${answer.text}`);
      }
  });

  test('what is wrong is named', async () => {
    for (const one of all)
      for (const value of wrong[one.name]) {
        const answer = await read(one.path, `${needed(one)}${one.name}=${encodeURI(value).replaceAll('%25', '%')}`);
        const what = `${one.path} ${one.name}=${value}`;
        assert.equal(answer.status, 400, `${what}: ${answer.text}`);
        assertProblem(answer, 400, 'invalid-request');
        assert.ok(pointers(answer).includes(`/${one.name}`), `${what}: ${answer.text}`);
      }
  });

  test('what is required is missed', async () => {
    for (const one of all.filter(({ required }) => required))
      assert.deepEqual(pointers(await read(one.path, needed(one))), [`/${one.name}`]);
  });
});

test('a region takes in all below it, and only those', async () => {
  const service = await startService({ catalogue: catalogue() });
  try {
    const of = async (region) => {
      const { body } = await service.get(`/v1/cities/${CITY}/halls?region=${region}`);
      return body.halls.map(({ id }) => id);
    };
    const [everywhere, county, township, nowhere] = await Promise.all(
      ['410400', '410402', '410402001', '410499'].map(of),
    );
    assert.equal(everywhere.length, 3);
    assert.equal(county.length, 2);
    assert.equal(township.length, 1);
    assert.deepEqual(nowhere, []);
  } finally {
    await service.stop();
  }
});

test('a hall is not open now while it is closed for once', async () => {
  const service = await startService({ catalogue: catalogue() });
  try {
    const token = await service.token('hall_admin', { city: CITY, hall: HALL });
    const path = `/v1/halls/${HALL}/closures`;
    const open = async () => {
      const { body } = await service.get(`/v1/halls/${HALL}`);
      const list = await service.get(`/v1/cities/${CITY}/halls`);
      const same = list.body.halls.find(({ id }) => id === HALL).open_now;
      assert.equal(body.open_now, same);
      return same;
    };
    const close = async (body) => {
      const answer = await service.post(path, { date: TODAY, reason: '停电', rebook: 'none', ...body }, { token });
      assert.equal(answer.status, 201, answer.text);
      return () => service.request('DELETE', `${path}/${answer.body.id}`, { token });
    };
    assert.equal(await open(), true);
    const later = await close({ start: '14:00' });
    assert.equal(await open(), true, 'a closure of this afternoon');
    const lift = await close({ start: '10:00', end: '10:30' });
    assert.equal(await open(), false, 'the whole hall');
    await lift();
    assert.equal(await open(), true, 'it was lifted');
    const one = await close({ queue: 'A', start: '09:30', end: '11:00' });
    assert.equal(await open(), true, 'another queue serves');
    const other = await close({ queue: 'B' });
    assert.equal(await open(), false, 'no queue serves');
    await one();
    assert.equal(await open(), true);
    await Promise.all([other(), later()]);
  } finally {
    await service.stop();
  }
});
