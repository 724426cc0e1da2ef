// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Requests that no well-behaved client sends: bad JSON, too much, odd paths, methods and fields.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { checkAnswer, checkFault, openapi } from './contract.mjs';
import { assertProblem, problemOf, startService } from './harness.mjs';
import { booking, catalogue, HALL } from './catalogue.mjs';
import { person } from './person.mjs';

const KIB = 1024;
const CRLF = '\r\n';
const pointers = (answer) => answer.body.errors.map(({ pointer }) => pointer).sort();

let service;
let token;
let next = 0;
const fresh = (extra) => booking(person(next++), extra);
before(async () => {
  service = await startService({ catalogue: catalogue({ capacity: 1_000 }) });
  token = await service.gateway();
});
after(() => service?.stop());

/** The last thing in each part: the service is as well as before. */
async function assertWell() {
  assert.equal((await service.get('/healthz')).status, 200);
  const answer = await service.post('/v1/reservations', fresh(), { token });
  assert.equal(answer.status, 201, answer.text);
}

describe('bodies', () => {
  const post = (body, options) => service.post('/v1/reservations', body, { token, ...options });

  test('malformed JSON', async () => {
    const good = JSON.stringify(fresh());
    const inside = (bytes) =>
      Buffer.concat([Buffer.from(good.slice(0, 9)), bytes, Buffer.from(good.slice(9))]);
    const bodies = {
      empty: '',
      brace: '{',
      word: 'nul',
      cut: good.slice(0, -1),
      tail: `${good}x`,
      two: good + good,
      comma: `${good.slice(0, -1)},}`,
      single: good.replaceAll('"', "'"),
      comment: `/* */${good}`,
      nan: '{"hall":NaN}',
      number: '{"hall":01}',
      plus: '{"hall":+1}',
      control: inside(Buffer.from([1])),
      newline: inside(Buffer.from('\n')),
      nul: inside(Buffer.from([0])),
      nulAfter: `${good}\0`,
      nulEscape: inside(Buffer.from('\\u0000')),
      deep: '['.repeat(30_000),
      deepObject: '{"a":'.repeat(10_000),
      lone: inside(Buffer.from('\\ud800')),
      escape: inside(Buffer.from('\\x41')),
      utf8: inside(Buffer.from([0xff])),
      overlong: inside(Buffer.from([0xc0, 0xaf])),
      surrogate: inside(Buffer.from([0xed, 0xa0, 0x80])),
      cutUtf8: inside(Buffer.from([0xe5, 0xbc])),
      beyond: inside(Buffer.from([0xf4, 0x90, 0x80, 0x80])),
      bom16: Buffer.from(`\ufeff${good}`, 'utf16le'),
      twice: good.replace('{', `{"hall":"${HALL}",`),
      array: `[${good}]`,
      string: '"x"',
      null: 'null',
      one: '1',
      true: 'true',
    };
    for (const [what, body] of Object.entries(bodies)) {
      const answer = await post(body);
      assert.equal(
        `${what}: ${answer.status} ${problemOf(answer)}`,
        `${what}: 400 invalid-request`,
      );
    }
    await assertWell();
  });

  test('a value of the wrong type anywhere is named', async () => {
    const good = fresh();
    const places = [
      'hall',
      'service',
      'date',
      'start',
      'channel',
      'applicant',
      'applicant/name',
      'applicant/id_number',
      'applicant/phone',
    ];
    for (const place of places) {
      for (const value of [
        1,
        1.5e300,
        true,
        null,
        [],
        {},
        ['x'],
        '',
        '\u{1f600}'.repeat(100),
        'x'.repeat(10_000),
      ]) {
        if (place === 'applicant' && typeof value === 'object' && value && !Array.isArray(value))
          continue;
        const body = structuredClone(good);
        const [first, second] = place.split('/');
        if (second) body[first][second] = value;
        else body[first] = value;
        const answer = await post(body);
        assertProblem(answer, 400, 'invalid-request');
        assert.deepEqual(pointers(answer), [`/${place}`], JSON.stringify(value).slice(0, 40));
      }
    }
    await assertWell();
  });

  test('unknown fields and odd names are named', async () => {
    const answer = await post({ ...fresh(), 'a/b': 1, 'c~d': 2, 余号: 3, '': 4 });
    assertProblem(answer, 400, 'invalid-request');
    assert.deepEqual(pointers(answer), ['/', '/a~1b', '/c~0d', '/余号']);
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`f${n}`, n]));
    assertProblem(await post({ ...fresh(), ...many }), 400, 'invalid-request');
  });

  test('64 KiB pass, 65 KiB do not, with a length or in chunks', async () => {
    const padded = (size) =>
      JSON.stringify(fresh())
        .padEnd(size - 24, ' ')
        .slice(0, size)
        .padEnd(size);
    const exact = Buffer.from(padded(64 * KIB)).subarray(0, 64 * KIB);
    assert.equal((await post(exact)).status, 201);
    assertProblem(await post(Buffer.alloc(65 * KIB, ' ')), 413, 'payload-too-large');
    const head = `POST /v1/reservations HTTP/1.1${CRLF}Host: x${CRLF}Authorization: Bearer ${token}${CRLF}Content-Type: application/json${CRLF}`;
    const chunk = Buffer.from(`1000${CRLF}${' '.repeat(4 * KIB)}${CRLF}`);
    const chunked = await service.raw(
      [`${head}Transfer-Encoding: chunked${CRLF}${CRLF}`, ...Array(17).fill(chunk)],
      { answers: 1 },
    );
    assert.equal(chunked.answers[0]?.status, 413);
    checkFault(chunked.answers[0]);
    // The length alone decides: no byte of the body was sent.
    const announced = await service.raw(`${head}Content-Length: 99999999999${CRLF}${CRLF}`, {
      answers: 1,
    });
    assert.equal(announced.answers[0]?.status, 413);
    const expecting = await service.raw(
      `${head}Expect: 100-continue${CRLF}Content-Length: 70000${CRLF}${CRLF}`,
      { answers: 1 },
    );
    assert.equal(expecting.answers[0]?.status, 413);
    assert.equal(expecting.interim.length, 0, 'no 100 Continue for what is refused');
    await assertWell();
  });

  test('media types', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonx',
      'json',
      '',
      null,
    ]) {
      const answer = await post(fresh(), { headers: { 'content-type': type } });
      assert.equal(
        `${type}: ${answer.status} ${problemOf(answer)}`,
        `${type}: 415 unsupported-media-type`,
      );
    }
    for (const type of [
      'application/json',
      'Application/JSON; Charset=UTF-8',
      'application/json;charset="utf-8"',
    ]) {
      assert.equal((await post(fresh(), { headers: { 'content-type': type } })).status, 201, type);
    }
  });
});

describe('paths, methods and fields', () => {
  test('every path: a method that it does not have is 405 with Allow', async () => {
    for (const [template, operations] of Object.entries(openapi.paths)) {
      const path = template
        .replace('{city}', '410400')
        .replace('{hall}', HALL)
        .replace('{queue}', 'A')
        .replace('{date}', '2026-11-24')
        .replace('{id}', `${HALL}.20261124.A-1-000000`);
      const known = Object.keys(operations)
        .filter((verb) => ['get', 'post', 'put', 'delete'].includes(verb))
        .map((verb) => verb.toUpperCase());
      const allowed = [...known, ...(known.includes('GET') ? ['HEAD'] : [])].sort();
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        if (allowed.includes(method)) continue;
        const answer = await service.request(method, path, { token });
        assertProblem(answer, 405, 'method-not-allowed');
        const given = answer.headers.allow
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== 'OPTIONS');
        assert.deepEqual(given.sort(), allowed, path);
      }
    }
  });

  test('methods that nobody has', async () => {
    for (const method of ['BREW', 'get', 'GETS', 'TRACE', 'CONNECT', 'PROPFIND']) {
      const { answers } = await service.raw(
        `${method} /healthz HTTP/1.1${CRLF}Host: x${CRLF}${CRLF}`,
        { answers: 1 },
      );
      assert.ok([400, 405].includes(answers[0].status), `${method}: ${answers[0].status}`);
      checkAnswer({ method, path: '/healthz', ...answers[0] });
    }
  });

  test('odd paths and queries', async () => {
    for (const path of [
      '/v1/halls/%',
      '/v1/halls/%zz',
      '/v1/halls/%00',
      '/v1/halls/410400-01%00',
      '/v1/halls/%ff',
      '/%2e%2e/etc/passwd',
      '/v1/../healthz',
      '/v1/halls/410400-01/',
      '//',
      '/v1/halls/410400-01;x=1',
      `/v1/halls/${'a'.repeat(8_000)}`,
    ]) {
      const answer = await service.get(path);
      assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
    }
    for (const query of [
      'service=one&days=1e3',
      'service=one&days=99999999999999999999',
      'service=one&days=-1',
      'service=one&days=',
      'service=one&from=2026-11-24T00:00:00',
      'service=one&from=%00',
      'service=%ff',
      'service=one&from=%E4',
      'service',
      '&&=&',
      'service=one&days=63',
      'service=one&days=1%',
      'service=one&from=0000-00-00',
      'service=one&from=9999-99-99',
      'service=one%00',
    ]) {
      const answer = await service.get(`/v1/halls/${HALL}/availability?${query}`);
      assert.equal(`${query}: ${answer.status}`, `${query}: 400`);
    }
    for (const query of [
      'service=one&days=1',
      'service=%6Fne&days=1',
      'days=1&service=one&',
      'service=one&from=9999-12-31&days=1',
    ]) {
      assert.equal(
        (await service.get(`/v1/halls/${HALL}/availability?${query}`)).status,
        200,
        query,
      );
    }
    // The end of the calendar: refused or answered, as its schema has it.
    const end = await service.get(
      `/v1/halls/${HALL}/availability?service=one&from=9999-12-31&days=62`,
    );
    assert.ok([200, 400].includes(end.status));
    await assertWell();
  });

  test('odd tokens', async () => {
    for (const authorization of [
      'Bearer',
      'Bearer ',
      'Basic eDp5',
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      `Bearer  ${'a'.repeat(5_000)}`,
      `Token ${token}`,
      `Bearer ${token} ${token}`,
      token,
      'Bearer \x80\xff',
    ]) {
      const answer = await service.request('GET', '/v1/reservations', {
        headers: { authorization },
      });
      assertProblem(answer, 401, 'unauthorized');
    }
    const lower = await service.request('GET', '/v1/reservations', {
      headers: { authorization: `bearer ${token}` },
    });
    assert.equal(lower.status, 200, 'the scheme has no case');
  });

  test('odd keys', async () => {
    const book = (key) => service.post('/v1/reservations', fresh(), { token, key });
    for (const key of ['x'.repeat(256), 'x'.repeat(10_000)]) {
      const answer = await book(key);
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(pointers(answer), ['/Idempotency-Key']);
    }
    for (const key of ['x'.repeat(255), 'a b', 'schl\xfcssel', '"quoted"', '; DROP', '%00']) {
      assert.equal((await book(key)).status, 201, key);
      assertProblem(await book(key), 422, 'idempotency-mismatch');
    }
  });

  test('titles and details in English when asked', async () => {
    for (const language of ['en', 'en-GB,en;q=0.8']) {
      assertProblem(await service.get('/v1/nothing', { language }), 404, 'not-found');
    }
    assertProblem(
      await service.get('/v1/nothing', { headers: { 'accept-language': 'fr;q=0.9' } }),
      404,
      'not-found',
    );
  });
});
