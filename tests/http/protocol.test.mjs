// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 by its letter: what is no request, too long, too slow, cut off, and what must work.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { checkAnswer, checkFault } from './contract.mjs';
import { startService } from './harness.mjs';
import { booking, catalogue, HALL } from './catalogue.mjs';
import { person } from './person.mjs';
import { requestBytes } from './wire.mjs';

const KIB = 1024;
const CRLF = '\r\n';

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
      TLS: Buffer.from('16030100a5010000a10303', 'hex'),
      'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      noise: Buffer.from(Array.from({ length: 300 }, (_, n) => (n * 7919 + 13) & 0xff)),
    };
    for (const [what, bytes] of Object.entries(cases)) {
      const { answers, closed } = await service.raw([
        Buffer.concat([Buffer.from(bytes), Buffer.from(smuggled)]),
      ]);
      assert.ok(closed, what);
      assert.equal(answers.length, 1, `${what}: ${answers.length} answers`);
      const allowed =
        what === 'HTTP/2'
          ? [400, 505]
          : /^a (huge length|wide chunk size)$/.test(what)
            ? [400, 413]
            : [400];
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
    const just = await service.raw(`${get}X-A: ${'a'.repeat(15 * KIB)}${CRLF}${CRLF}`, {
      answers: 1,
    });
    assert.equal(just.answers[0].status, 200);
    // Trailers count too.
    const trailers = `${post}Transfer-Encoding: chunked${CRLF}${CRLF}0${CRLF}X-A: ${'a'.repeat(20 * KIB)}${CRLF}${CRLF}`;
    assert.ok(
      [400, 431].includes((await service.raw(trailers, { answers: 1 })).answers[0]?.status),
    );
    await assertWell();
  });

  test('a byte at a time', async () => {
    const bytes = [
      ...requestBytes('POST', '/v1/reservations', { token, body: fresh() }),
      ...Buffer.from(`${get}${CRLF}`),
    ].map((byte) => Buffer.from([byte]));
    const { answers } = await service.raw(bytes, { answers: 2 });
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 200],
    );
    const body = Buffer.from(JSON.stringify(fresh()));
    const chunks = [...body].map((byte) =>
      Buffer.concat([Buffer.from(`1;x=y${CRLF}`), Buffer.from([byte]), Buffer.from(CRLF)]),
    );
    const head = `${post}Authorization: Bearer ${token}${CRLF}Transfer-Encoding: chunked${CRLF}${CRLF}`;
    const chunked = await service.raw([head, ...chunks, `0${CRLF}X-Trailer: 1${CRLF}${CRLF}`], {
      answers: 1,
    });
    assert.equal(chunked.answers[0].status, 201, String(chunked.answers[0].body));
  });

  test('pipelined requests are answered in order, the last one with Connection: close', async () => {
    const paths = [
      '/healthz',
      `/v1/halls/${HALL}`,
      '/v1/nothing',
      '/readyz',
      '/openapi.json',
      '/healthz',
    ];
    const bytes = paths.map(
      (path, n) =>
        `GET ${path} HTTP/1.1${CRLF}Host: x${CRLF}${n === 5 ? `Connection: close${CRLF}` : ''}${CRLF}`,
    );
    const { answers, closed } = await service.raw([bytes.join('') + smuggled]);
    assert.deepEqual(
      [answers.map(({ status }) => status), closed],
      [[200, 200, 404, 200, 200, 200], true],
    );
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
    assert.deepEqual(
      [waiting.interim.map(({ status }) => status), waiting.answers[0].status],
      [[100], 201],
    );
    const odd = await service.raw(`${get}Expect: 200-ok${CRLF}${CRLF}`, { answers: 1 });
    assert.equal(odd.answers[0].status, 417);
    const absolute = await service.raw(
      `GET http://x/healthz HTTP/1.1${CRLF}Host: x${CRLF}${CRLF}`,
      { answers: 1 },
    );
    assert.equal(absolute.answers[0].status, 200);
    const blank = await service.raw(`${CRLF}${CRLF}${get}${CRLF}`, { answers: 1 });
    assert.equal(blank.answers[0].status, 200);
  });

  test('clients that close half, leave or break off', async () => {
    const half = await service.raw(
      requestBytes('POST', '/v1/reservations', { token, body: fresh() }),
      { half: true },
    );
    assert.deepEqual([half.answers.map(({ status }) => status), half.closed], [[201], true]);
    const whole = requestBytes('POST', '/v1/reservations', { token, body: fresh() });
    for (const cut of [1, 20, whole.length - 5]) {
      const { closed } = await service.raw(whole.subarray(0, cut), { half: true });
      assert.ok(closed);
    }
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        service
          .raw(whole.subarray(0, n % 2 ? whole.length : (n * 7) % whole.length), { reset: true })
          .catch(() => {}),
      ),
    );
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
    const seeds = [
      requestBytes('POST', '/v1/reservations', { token, key: 'm', body: fresh() }),
      requestBytes('GET', '/v1/reservations?date=2026-11-24&limit=2', { token }),
      Buffer.from(
        `${post}Transfer-Encoding: chunked${CRLF}${CRLF}2${CRLF}{}${CRLF}0${CRLF}${CRLF}`,
      ),
      requestBytes('GET', `/v1/cities/410400/halls?near=113.1,33.7`),
    ];
    const mutate = (bytes) => {
      const copy = Buffer.from(bytes);
      for (let n = random(4) + 1; n > 0; n--)
        copy[random(copy.length)] = random(2) ? random(256) : copy[random(copy.length)];
      return random(4)
        ? copy
        : Buffer.concat([
            copy.subarray(0, random(copy.length)),
            copy.subarray(random(copy.length)),
          ]);
    };
    for (let batch = 0; batch < 50; batch++) {
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          const bytes = mutate(seeds[random(seeds.length)]);
          // The sending side is closed, so that a request that wants more is given up, not waited for.
          const { answers } = await service.raw(bytes, {
            half: true,
            head: bytes.subarray(0, 4).equals(Buffer.from('HEAD')),
          });
          for (const { status } of answers)
            assert.ok(
              status < 500 || status === 505,
              `SEED=${seed}: ${status} for ${JSON.stringify(bytes.toString('latin1'))}`,
            );
        }),
      );
    }
    await assertWell();
    await service.audit();
  });
});
