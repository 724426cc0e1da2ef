// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What a request can make the service say, do or keep has a bound, whatever its 64 KiB hold.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { catalogue, CITY, HALL, TOMORROW } from './catalogue.mjs';
import { assertProblem, startService } from './harness.mjs';
import { pause, proceed } from './process.mjs';
import { Floor } from './tickets.mjs';

const FAULTS_MAX = 20;
const ANSWER_MAX = 16_384;
const BODY_MAX = 65_536;

/** An object of as many distinct members as 64 KiB hold. */
function crowded(begin = '{') {
  const parts = [];
  let length = begin.length + 1;
  for (let n = 0; length < BODY_MAX - 16; n++) {
    const part = `"x${n.toString(36)}":1`;
    parts.push(part);
    length += part.length + 1;
  }
  return { text: `${begin}${parts.join(',')}`, count: parts.length };
}

/** Milliseconds of its own time, whoever else is busy on the machine: in ticks of 10. */
async function spentBy(service) {
  const stat = await readFile(`/proc/${service.child.pid}/stat`, 'latin1');
  const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13);
  return 10 * (Number(user) + Number(system));
}

describe('faults of a request', () => {
  let service, floor;

  before(async () => {
    service = await startService({ catalogue: catalogue() });
    floor = await Floor.open(service);
    floor.tokens.health = await service.token('health_authority', { city: CITY });
    floor.reservation = await floor.booked(1, { date: TOMORROW });
  });
  after(() => service.stop());

  const posts = () => [
    ['POST', '/v1/reservations', 'gateway'],
    ['POST', '/v1/waitlist', 'gateway'],
    ['POST', `/v1/halls/${HALL}/tickets`, 'kiosk'],
    ['POST', `/v1/halls/${HALL}/check-in`, 'kiosk'],
    ['POST', `/v1/halls/${HALL}/windows/A1/open`, 'clerk'],
    ['POST', `/v1/halls/${HALL}/windows/A1/call-next`, 'clerk'],
    ['POST', `/v1/halls/${HALL}/closures`, 'admin'],
    ['PUT', `/v1/halls/${HALL}/queues/A/capacity`, 'admin'],
    ['POST', `/v1/reservations/${floor.reservation.id}/reschedule`, 'gateway'],
    ['POST', `/v1/reservations/${floor.reservation.id}/pardon`, 'admin'],
    ['POST', '/v1/health-codes', 'health'],
  ];

  /** The refusal: few faults, each once, and the number of the others. */
  async function refused([method, path, role], body, least = FAULTS_MAX) {
    const answer = await service.request(method, path, { token: floor.tokens[role], body });
    const { errors } = assertProblem(answer, 400, 'invalid-request');
    assert.ok(errors.length <= FAULTS_MAX, `${path}: ${errors.length} faults`);
    assert.ok(errors.length >= least, `${path}: ${errors.length} faults`);
    assert.ok(answer.text.length < ANSWER_MAX, `${path}: ${answer.text.length} bytes`);
    return answer.body;
  }

  test('of thousands 20 are told, and how many the others are', async () => {
    for (const route of posts()) {
      const { text, count } = crowded();
      if (route[1].endsWith('/capacity')) continue;
      const { detail } = await refused(route, `${text}}`);
      const more = Number(/(\d+)/.exec(detail.replace('errors', ''))?.[1]);
      assert.ok(more >= count - FAULTS_MAX && more <= count + 20, `${route[1]}: ${detail}`);
    }
    const [, english] = await Promise.all([
      null,
      service.post('/v1/waitlist', `${crowded().text}}`, {
        token: floor.tokens.gateway,
        language: 'en',
      }),
    ]);
    assert.match(english.body.detail, /\d{4,} more are not listed/);
  });

  test('at any depth: of lists, of objects in objects', async () => {
    const capacity = posts().find(([, path]) => path.endsWith('/capacity'));
    // A collection with more than its maximum is one fault.
    await refused(capacity, `${crowded(`{"date":"${TOMORROW}","slots":{`).text}}}`, 1);
    await refused(capacity, `${crowded('{"weekly":{').text}}}`, 1);
    await refused(capacity, `${crowded('{"weekly":{"mon-fri":{').text}}}}`, 1);
    await refused(posts()[0], `${crowded('{"applicant":{').text}}}`);
    await refused(posts()[0], `${crowded('{"party":[{').text}}]}`);
    const codes = Array.from({ length: 5000 }, () => ({ code: 1 }));
    await refused(posts().at(-1), { codes }, 1);
    const windows = Array.from({ length: 9000 }, (_, n) => `w${n}`).slice(0, 5000);
    await refused(capacity, { date: TOMORROW, closed_windows: windows }, 1);
  });

  test('exactly 20 are all of them', async () => {
    const members = (count) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`x${n}`, 1]));
    const route = posts().find(([, path]) => path.endsWith('/pardon'));
    for (const count of [18, 19]) {
      const { errors, detail } = await refused(route, members(count), count + 1);
      assert.equal(errors.length, count + 1, 'those, and the reason that is missing');
      assert.doesNotMatch(detail.replace('errors', ''), /\d/);
    }
    const { errors, detail } = await refused(route, members(20), 20);
    assert.equal(errors.length, 20);
    assert.match(detail, /1/);
  });

  test('a name as long as the body is not said again', async () => {
    for (const [begin, end] of [
      ['{"', '":1}'],
      ['{"applicant":{"', '":1}}'],
    ]) {
      const name = 'ab~/"'.replace('"', '\\"').repeat(9000);
      const { errors } = await refused(posts()[0], `${begin}${name}${end}`, 1);
      for (const { pointer } of errors) assert.ok(pointer.length <= 200, pointer);
    }
    const capacity = posts().find(([, path]) => path.endsWith('/capacity'));
    await refused(capacity, `{"weekly":{"${'m'.repeat(60_000)}":{}}}`, 1);
  });

  test('the work is no more than a large body is worth', async () => {
    const large = [
      `${crowded().text}}`,
      `{"x":${crowded().text.slice(0, -20)}}}`,
      `${crowded().text.slice(0, -20)},"x0":1}`,
      `{"a":${'['.repeat(900)}${']'.repeat(900)}}`,
      `{"a":[${'{},'.repeat(20_000)}{}]}`,
    ];
    for (const body of large) {
      const started_ms = await spentBy(service);
      for (let n = 0; n < 5; n++)
        assertProblem(
          await service.post('/v1/reservations', body, { token: floor.tokens.gateway }),
          400,
          'invalid-request',
        );
      const each_ms = ((await spentBy(service)) - started_ms) / 5;
      assert.ok(each_ms < 100, `${body.slice(0, 20)}…: ${each_ms.toFixed(1)} ms`);
    }
  });

  test('what is nested without an end is no JSON', async () => {
    const { errors } = await refused(posts()[0], `{"a":${'['.repeat(30_000)}`, 1);
    assert.deepEqual(errors.map(({ pointer }) => pointer), ['']);
    await refused(posts()[0], `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 1);
  });
});

test('answers behind a slow one are kept within bounds', { timeout: 120_000 }, async () => {
  const service = await startService({ catalogue: catalogue() });
  const held = async () => {
    const { text } = await service.get('/metrics');
    return Number(/^jiaohao_http_held_bytes (\d+)/m.exec(text)?.[1]);
  };
  try {
    const floor = await Floor.open(service);
    const ticket = await floor.walkIn();
    const document = Buffer.byteLength((await service.get('/openapi.json')).text);
    const redis = await service.redisPid();
    const pipes = Array.from({ length: 20 }, () => service.pipeline());
    const answers = [];
    pause(redis);
    try {
      for (const pipe of pipes) {
        answers.push(pipe.send('GET', `/v1/tickets/${ticket.id}`));
        for (let n = 0; n < 60; n++) answers.push(pipe.send('GET', '/openapi.json'));
      }
      await service.get('/healthz');
      await service.get('/healthz');
      const bytes = await held();
      const each = 256 * 1024 + 2.5 * document;
      assert.ok(bytes > 0 && bytes < pipes.length * each, `${bytes} bytes are held`);
    } finally {
      proceed(redis);
    }
    const all = await Promise.all(answers);
    assert.deepEqual([...new Set(all.map(({ status }) => status))], [200]);
    for (const pipe of pipes) pipe.close();
    assert.ok((await held()) < document);
  } finally {
    await service.stop();
  }
});

test('a crowd in a hall does not hold up a worker', { timeout: 120_000 }, async () => {
  const service = await startService({ catalogue: catalogue(), now: '2026-11-23T10:00:00+08:00' });
  try {
    const floor = await Floor.open(service);
    for (let n = 0; n < 2000; n += 50)
      await Promise.all(Array.from({ length: 50 }, () => floor.walkIn()));
    for (const path of [
      `/v1/halls/${HALL}`,
      `/v1/halls/${HALL}/display`,
      `/v1/cities/${CITY}/halls`,
    ]) {
      const started_ms = await spentBy(service);
      for (let n = 0; n < 100; n++) assert.equal((await service.get(path)).status, 200);
      const each_ms = ((await spentBy(service)) - started_ms) / 100;
      assert.ok(each_ms < 1.5, `${path}: ${each_ms} ms`);
    }
  } finally {
    await service.stop();
  }
});
