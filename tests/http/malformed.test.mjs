// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What no well-behaved client sends: bad JSON, bad HTTP, too much, too slow, cut off.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { checkAnswer, checkFault, openapi } from './contract.mjs';
import { assertProblem, problemOf, startService } from './harness.mjs';
import { booking, catalogue, HALL } from './catalogue.mjs';
import { person } from './person.mjs';
import { requestBytes } from './wire.mjs';

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
    const inside = (bytes) => Buffer.concat([Buffer.from(good.slice(0, 9)), bytes, Buffer.from(good.slice(9))]);
    const bodies = {
      empty: '', brace: '{', word: 'nul', cut: good.slice(0, -1), tail: `${good}x`, two: good + good,
      comma: `${good.slice(0, -1)},}`, single: good.replaceAll('"', "'"), comment: `/* */${good}`, nan: '{"hall":NaN}',
      number: '{"hall":01}', plus: '{"hall":+1}', control: inside(Buffer.from([1])), newline: inside(Buffer.from('\n')),
      nul: inside(Buffer.from([0])), nulAfter: `${good}\0`, nulEscape: inside(Buffer.from('\\u0000')),
      deep: '['.repeat(30_000), deepObject: '{"a":'.repeat(10_000), lone: inside(Buffer.from('\\ud800')),
      escape: inside(Buffer.from('\\x41')), utf8: inside(Buffer.from([0xff])), overlong: inside(Buffer.from([0xc0, 0xaf])),
      surrogate: inside(Buffer.from([0xed, 0xa0, 0x80])), cutUtf8: inside(Buffer.from([0xe5, 0xbc])),
      beyond: inside(Buffer.from([0xf4, 0x90, 0x80, 0x80])), bom16: Buffer.from(`\ufeff${good}`, 'utf16le'),
      twice: good.replace('{', `{"hall":"${HALL}",`), array: `[${good}]`, string: '"x"', null: 'null', one: '1', true: 'true',
    };
    for (const [what, body] of Object.entries(bodies)) {
      const answer = await post(body);
      assert.equal(`${what}: ${answer.status} ${problemOf(answer)}`, `${what}: 400 invalid-request`);
    }
    await assertWell();
  });

  test('a value of the wrong type anywhere is named', async () => {
    const good = fresh();
    const places = ['hall', 'service', 'date', 'start', 'channel', 'applicant', 'applicant/name', 'applicant/id_number', 'applicant/phone'];
    for (const place of places) {
      for (const value of [1, 1.5e300, true, null, [], {}, ['x'], '', '\u{1f600}'.repeat(100), 'x'.repeat(10_000)]) {
        if (place === 'applicant' && typeof value === 'object' && value && !Array.isArray(value)) continue;
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
    const padded = (size) => JSON.stringify(fresh()).padEnd(size - 24, ' ').slice(0, size).padEnd(size);
    const exact = Buffer.from(padded(64 * KIB)).subarray(0, 64 * KIB);
    assert.equal((await post(exact)).status, 201);
    assertProblem(await post(Buffer.alloc(65 * KIB, ' ')), 413, 'payload-too-large');
    const head = `POST /v1/reservations HTTP/1.1${CRLF}Host: x${CRLF}Authorization: Bearer ${token}${CRLF}Content-Type: application/json${CRLF}`;
    const chunk = Buffer.from(`1000${CRLF}${' '.repeat(4 * KIB)}${CRLF}`);
    const chunked = await service.raw([`${head}Transfer-Encoding: chunked${CRLF}${CRLF}`, ...Array(17).fill(chunk)], { answers: 1 });
    assert.equal(chunked.answers[0]?.status, 413);
    checkFault(chunked.answers[0]);
    // The length alone decides: no byte of the body was sent.
    const announced = await service.raw(`${head}Content-Length: 99999999999${CRLF}${CRLF}`, { answers: 1 });
    assert.equal(announced.answers[0]?.status, 413);
    const expecting = await service.raw(`${head}Expect: 100-continue${CRLF}Content-Length: 70000${CRLF}${CRLF}`, { answers: 1 });
    assert.equal(expecting.answers[0]?.status, 413);
    assert.equal(expecting.interim.length, 0, 'no 100 Continue for what is refused');
    await assertWell();
  });

  test('media types', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'json', '', null]) {
      const answer = await post(fresh(), { headers: { 'content-type': type } });
      assert.equal(`${type}: ${answer.status} ${problemOf(answer)}`, `${type}: 415 unsupported-media-type`);
    }
    for (const type of ['application/json', 'Application/JSON; Charset=UTF-8', 'application/json;charset="utf-8"']) {
      assert.equal((await post(fresh(), { headers: { 'content-type': type } })).status, 201, type);
    }
  });
});

describe('paths, methods and fields', () => {
  test('every path: a method that it does not have is 405 with Allow', async () => {
    for (const [template, operations] of Object.entries(openapi.paths)) {
      const path = template.replace('{city}', '410400').replace('{hall}', HALL).replace('{id}', `${HALL}.20261124.0000000000`);
      const known = Object.keys(operations).filter((verb) => ['get', 'post'].includes(verb)).map((verb) => verb.toUpperCase());
      const allowed = [...known, ...(known.includes('GET') ? ['HEAD'] : [])].sort();
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        if (allowed.includes(method)) continue;
        const answer = await service.request(method, path, { token });
        assertProblem(answer, 405, 'method-not-allowed');
        const given = answer.headers.allow.split(',').map((name) => name.trim()).filter((name) => name !== 'OPTIONS');
        assert.deepEqual(given.sort(), allowed, path);
      }
    }
  });

  test('methods that nobody has', async () => {
    for (const method of ['BREW', 'get', 'GETS', 'TRACE', 'CONNECT', 'PROPFIND']) {
      const { answers } = await service.raw(`${method} /healthz HTTP/1.1${CRLF}Host: x${CRLF}${CRLF}`, { answers: 1 });
      assert.ok([400, 405].includes(answers[0].status), `${method}: ${answers[0].status}`);
      checkAnswer({ method, path: '/healthz', ...answers[0] });
    }
  });

  test('odd paths and queries', async () => {
    for (const path of ['/v1/halls/%', '/v1/halls/%zz', '/v1/halls/%00', '/v1/halls/410400-01%00', '/v1/halls/%ff', '/%2e%2e/etc/passwd',
      '/v1/../healthz', '/v1/halls/410400-01/', '//', '/v1/halls/410400-01;x=1', `/v1/halls/${'a'.repeat(8_000)}`]) {
      const answer = await service.get(path);
      assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
    }
    for (const query of ['service=one&days=1e3', 'service=one&days=99999999999999999999', 'service=one&days=-1', 'service=one&days=',
      'service=one&from=2026-11-24T00:00:00', 'service=one&from=%00', 'service=%ff', 'service=one&from=%E4', 'service', '&&=&',
      'service=one&days=63', 'service=one&days=1%', 'service=one&from=0000-00-00', 'service=one&from=9999-99-99', 'service=one%00']) {
      const answer = await service.get(`/v1/halls/${HALL}/availability?${query}`);
      assert.equal(`${query}: ${answer.status}`, `${query}: 400`);
    }
    for (const query of ['service=one&days=1', 'service=%6Fne&days=1', 'days=1&service=one&', 'service=one&from=9999-12-31&days=1']) {
      assert.equal((await service.get(`/v1/halls/${HALL}/availability?${query}`)).status, 200, query);
    }
    // The end of the calendar: refused or answered, as its schema has it.
    const end = await service.get(`/v1/halls/${HALL}/availability?service=one&from=9999-12-31&days=62`);
    assert.ok([200, 400].includes(end.status));
    await assertWell();
  });

  test('odd tokens', async () => {
    for (const authorization of ['Bearer', 'Bearer ', 'Basic eDp5', `Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Bearer  ${'a'.repeat(5_000)}`,
      `Token ${token}`, `Bearer ${token} ${token}`, token, 'Bearer \x80\xff']) {
      const answer = await service.request('GET', '/v1/reservations', { headers: { authorization } });
      assertProblem(answer, 401, 'unauthorized');
    }
    const lower = await service.request('GET', '/v1/reservations', { headers: { authorization: `bearer ${token}` } });
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
    assertProblem(await service.get('/v1/nothing', { headers: { 'accept-language': 'fr;q=0.9' } }), 404, 'not-found');
  });
});

describe('HTTP/1.1', () => {
  const get = `GET /healthz HTTP/1.1${CRLF}Host: x${CRLF}`;
  const post = `POST /v1/reservations HTTP/1.1${CRLF}Host: x${CRLF}Content-Type: application/json${CRLF}`;
  const smuggled = `GET /readyz HTTP/1.1${CRLF}Host: x${CRLF}${CRLF}`;

  test('what is no request is refused once, and the connection ends', async () => {
    const cases = {
      'TE with CL': `${post}Content-Length: 4${CRLF}Transfer-Encoding: chunked${CRLF}${CRLF}0${CRLF}${CRLF}`,
      'CL with TE': `${post}Transfer-Encoding: chunked${CRLF}Content-Length: 5${CRLF}${CRLF}0${CRLF}${CRLF}`,
      'two lengths': `${post}Content-Length: 2${CRLF}Content-Length: 3${CRLF}${CRLF}{} `,
      'a length twice': `${post}Content-Length: 2${CRLF}Content-Length: 2${CRLF}${CRLF}{}`,
      'a list of lengths': `${post}Content-Length: 2, 2${CRLF}${CRLF}{}`,
      'a signed length': `${post}Content-Length: +2${CRLF}${CRLF}{}`,
      'a negative length': `${post}Content-Length: -2${CRLF}${CRLF}{}`,
      'a hex length': `${post}Content-Length: 0x2${CRLF}${CRLF}{}`,
      'an empty length': `${post}Content-Length:${CRLF}${CRLF}{}`,
      'a huge length': `${post}Content-Length: 99999999999999999999999${CRLF}${CRLF}{}`,
      'chunked not last': `${post}Transfer-Encoding: chunked, gzip${CRLF}${CRLF}0${CRLF}${CRLF}`,
      'chunked twice': `${post}Transfer-Encoding: chunked, chunked${CRLF}${CRLF}0${CRLF}${CRLF}`,
      'another coding': `${post}Transfer-Encoding: xchunked${CRLF}${CRLF}0${CRLF}${CRLF}`,
      'two codings': `${post}Transfer-Encoding: chunked${CRLF}Transfer-Encoding: identity${CRLF}${CRLF}0${CRLF}${CRLF}`,
      'chunked in HTTP/1.0': `${post.replace('1.1', '1.0')}Transfer-Encoding: chunked${CRLF}${CRLF}0${CRLF}${CRLF}`,
      'a bad chunk size': `${post}Transfer-Encoding: chunked${CRLF}${CRLF}g${CRLF}${CRLF}`,
      'a negative chunk size': `${post}Transfer-Encoding: chunked${CRLF}${CRLF}-1${CRLF}${CRLF}`,
      'a prefixed chunk size': `${post}Transfer-Encoding: chunked${CRLF}${CRLF}0x2${CRLF}{}${CRLF}0${CRLF}${CRLF}`,
      'a wide chunk size': `${post}Transfer-Encoding: chunked${CRLF}${CRLF}${'f'.repeat(17)}${CRLF}${CRLF}`,
      'a chunk without its end': `${post}Transfer-Encoding: chunked${CRLF}${CRLF}2${CRLF}{}xx0${CRLF}${CRLF}`,
      'a folded field': `${get}X-A: 1${CRLF} 2${CRLF}${CRLF}`,
      'a space before the colon': `${get}X-A : 1${CRLF}${CRLF}`,
      'a space before a name': `GET /healthz HTTP/1.1${CRLF} Host: x${CRLF}${CRLF}`,
      'a field without a colon': `${get}X-A${CRLF}${CRLF}`,
      'a field without a name': `${get}: 1${CRLF}${CRLF}`,
      'NUL in a field': `${get}X-A: 1\0${CRLF}${CRLF}`,
      'NUL in a name': `${get}X\0A: 1${CRLF}${CRLF}`,
      'a control in a field': `${get}X-A: 1\x01${CRLF}${CRLF}`,
      'CR in a field': `${get}X-A: 1\rX-B: 2${CRLF}${CRLF}`,
      'no Host': `GET /healthz HTTP/1.1${CRLF}${CRLF}`,
      'two Hosts': `${get}Host: y${CRLF}${CRLF}`,
      'NUL in the path': `GET /heal\0thz HTTP/1.1${CRLF}Host: x${CRLF}${CRLF}`,
      'a space in the path': `GET /heal thz HTTP/1.1${CRLF}Host: x${CRLF}${CRLF}`,
      'no path': `GET HTTP/1.1${CRLF}Host: x${CRLF}${CRLF}`,
      'no version': `GET /healthz${CRLF}Host: x${CRLF}${CRLF}`,
      'a word for a version': `GET /healthz HTTPS/1.1${CRLF}Host: x${CRLF}${CRLF}`,
      'a digit too many': `GET /healthz HTTP/1.11${CRLF}Host: x${CRLF}${CRLF}`,
      'TLS': Buffer.from('16030100a5010000a10303', 'hex'),
      'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      noise: Buffer.from(Array.from({ length: 300 }, (_, n) => (n * 7919 + 13) & 0xff)),
    };
    for (const [what, bytes] of Object.entries(cases)) {
      const { answers, closed } = await service.raw([Buffer.concat([Buffer.from(bytes), Buffer.from(smuggled)])]);
      assert.ok(closed, what);
      assert.equal(answers.length, 1, `${what}: ${answers.length} answers`);
      const allowed = what === 'HTTP/2' ? [400, 505] : /^a (huge length|wide chunk size)$/.test(what) ? [400, 413] : [400];
      assert.ok(allowed.includes(answers[0].status), `${what}: ${answers[0].status}`);
      checkFault(answers[0]);
      assert.equal(answers[0].headers.connection, 'close', what);
    }
    await assertWell();
  });

  test('20 KiB of header, in one field or many, or in the request line', async () => {
    const one = `${get}X-A: ${'a'.repeat(20 * KIB)}${CRLF}${CRLF}`;
    const many = `${get}${`X-A: b${CRLF}`.repeat(2_600)}${CRLF}`;
    const line = `GET /${'a'.repeat(20 * KIB)} HTTP/1.1${CRLF}Host: x${CRLF}${CRLF}`;
    for (const bytes of [one, many, line]) {
      const { answers, closed } = await service.raw(bytes);
      assert.deepEqual([answers.map(({ status }) => status), closed], [[431], true]);
      checkFault(answers[0]);
    }
    const just = await service.raw(`${get}X-A: ${'a'.repeat(15 * KIB)}${CRLF}${CRLF}`, { answers: 1 });
    assert.equal(just.answers[0].status, 200);
    // Trailers count too.
    const trailers = `${post}Transfer-Encoding: chunked${CRLF}${CRLF}0${CRLF}X-A: ${'a'.repeat(20 * KIB)}${CRLF}${CRLF}`;
    assert.ok([400, 431].includes((await service.raw(trailers, { answers: 1 })).answers[0]?.status));
    await assertWell();
  });

  test('a byte at a time', async () => {
    const bytes = [...requestBytes('POST', '/v1/reservations', { token, body: fresh() }), ...Buffer.from(`${get}${CRLF}`)]
      .map((byte) => Buffer.from([byte]));
    const { answers } = await service.raw(bytes, { answers: 2 });
    assert.deepEqual(answers.map(({ status }) => status), [201, 200]);
    const body = Buffer.from(JSON.stringify(fresh()));
    const chunks = [...body].map((byte) => Buffer.concat([Buffer.from(`1;x=y${CRLF}`), Buffer.from([byte]), Buffer.from(CRLF)]));
    const head = `${post}Authorization: Bearer ${token}${CRLF}Transfer-Encoding: chunked${CRLF}${CRLF}`;
    const chunked = await service.raw([head, ...chunks, `0${CRLF}X-Trailer: 1${CRLF}${CRLF}`], { answers: 1 });
    assert.equal(chunked.answers[0].status, 201, String(chunked.answers[0].body));
  });

  test('pipelined requests are answered in order, the last one with Connection: close', async () => {
    const paths = ['/healthz', `/v1/halls/${HALL}`, '/v1/nothing', '/readyz', '/openapi.json', '/healthz'];
    const bytes = paths.map((path, n) => `GET ${path} HTTP/1.1${CRLF}Host: x${CRLF}${n === 5 ? `Connection: close${CRLF}` : ''}${CRLF}`);
    const { answers, closed } = await service.raw([bytes.join('') + smuggled]);
    assert.deepEqual([answers.map(({ status }) => status), closed], [[200, 200, 404, 200, 200, 200], true]);
    answers.forEach((answer, n) => checkAnswer({ method: 'GET', path: paths[n], ...answer }));
    const flood = await service.raw([bytes[0].repeat(500)], { answers: 500 });
    assert.ok(flood.answers.every(({ status }) => status === 200));
  });

  test('HEAD has the length of GET and no body; what follows is not disturbed', async () => {
    const heads = `HEAD /openapi.json HTTP/1.1${CRLF}Host: x${CRLF}${CRLF}`;
    const { answers, rest } = await service.raw(heads.repeat(3), { answers: 3, head: true });
    assert.equal(rest.length, 0);
    assert.ok(answers.every(({ headers }) => Number(headers['content-length']) > 10_000));
  });

  test('HTTP/1.0, 100-continue, absolute form, empty lines before a request', async () => {
    const old = await service.raw(`GET /healthz HTTP/1.0${CRLF}${CRLF}`);
    assert.deepEqual([old.answers[0].status, old.closed], [200, true]);
    const body = Buffer.from(JSON.stringify(fresh()));
    const head = `${post}Authorization: Bearer ${token}${CRLF}Content-Length: ${body.length}${CRLF}Expect: 100-continue${CRLF}${CRLF}`;
    const waiting = await service.raw([head, body], { answers: 1 });
    assert.deepEqual([waiting.interim.map(({ status }) => status), waiting.answers[0].status], [[100], 201]);
    const odd = await service.raw(`${get}Expect: 200-ok${CRLF}${CRLF}`, { answers: 1 });
    assert.equal(odd.answers[0].status, 417);
    const absolute = await service.raw(`GET http://x/healthz HTTP/1.1${CRLF}Host: x${CRLF}${CRLF}`, { answers: 1 });
    assert.equal(absolute.answers[0].status, 200);
    const blank = await service.raw(`${CRLF}${CRLF}${get}${CRLF}`, { answers: 1 });
    assert.equal(blank.answers[0].status, 200);
  });

  test('clients that close half, leave or break off', async () => {
    const half = await service.raw(requestBytes('POST', '/v1/reservations', { token, body: fresh() }), { half: true });
    assert.deepEqual([half.answers.map(({ status }) => status), half.closed], [[201], true]);
    const whole = requestBytes('POST', '/v1/reservations', { token, body: fresh() });
    for (const cut of [1, 20, whole.length - 5]) {
      const { closed } = await service.raw(whole.subarray(0, cut), { half: true });
      assert.ok(closed);
    }
    await Promise.all(Array.from({ length: 100 }, (_, n) =>
      service.raw(whole.subarray(0, n % 2 ? whole.length : (n * 7) % whole.length), { reset: true }).catch(() => {})));
    await assertWell();
  });

  test('a request that does not come whole in time is 408', async () => {
    const slow = [`GET /healthz HT`, `${get}X-A: `].map(async (bytes) => {
      const { answers, closed } = await service.raw(bytes, { timeout_ms: 40_000 });
      assert.deepEqual([answers.map(({ status }) => status), closed], [[408], true]);
      checkFault(answers[0]);
    });
    await Promise.all(slow);
  });

  test('1,000 mutations of good requests', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
    let state = seed || 1;
    const random = (bound) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * bound);
    };
    const seeds = [requestBytes('POST', '/v1/reservations', { token, key: 'm', body: fresh() }), requestBytes('GET', '/v1/reservations?date=2026-11-24&limit=2', { token }),
      Buffer.from(`${post}Transfer-Encoding: chunked${CRLF}${CRLF}2${CRLF}{}${CRLF}0${CRLF}${CRLF}`), requestBytes('GET', `/v1/cities/410400/halls?near=113.1,33.7`)];
    const mutate = (bytes) => {
      const copy = Buffer.from(bytes);
      for (let n = random(4) + 1; n > 0; n--) copy[random(copy.length)] = random(2) ? random(256) : copy[random(copy.length)];
      return random(4) ? copy : Buffer.concat([copy.subarray(0, random(copy.length)), copy.subarray(random(copy.length))]);
    };
    for (let batch = 0; batch < 50; batch++) {
      await Promise.all(Array.from({ length: 20 }, async () => {
        const bytes = mutate(seeds[random(seeds.length)]);
        // The sending side is closed, so that a request that wants more is given up, not waited for.
        const { answers } = await service.raw(bytes, { half: true, head: bytes.subarray(0, 4).equals(Buffer.from('HEAD')) });
        for (const { status } of answers) assert.ok(status < 500 || status === 505, `SEED=${seed}: ${status} for ${JSON.stringify(bytes.toString('latin1'))}`);
      }));
    }
    await assertWell();
    await service.audit();
  });
});
