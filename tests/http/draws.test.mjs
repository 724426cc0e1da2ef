// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// The lottery of a queue: entries, the draw, what is left, and the published list.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { assertProblem, binaryPath, startService } from './harness.mjs';
import {
  booking,
  catalogue,
  CITY,
  COUNTY_HALL,
  HALF_HOURS,
  HALL,
  slotsOf,
  TODAY,
  TOMORROW,
} from './catalogue.mjs';
import { young } from './person.mjs';
import { run, until } from './process.mjs';

const RELEASE = '10:00';
const drawPath = (queue = 'A', hall = HALL, date = TOMORROW) =>
  `/v1/halls/${hall}/draws/${queue}/${date}`;
const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The catalogue with a lottery in queue A of the city hall and of the county hall. */
function withLottery(capacity, minutes, queueExtra) {
  const city = catalogue({ eligibility: { mode: 'required', on_unknown: 'allow' } });
  for (const hall of city.halls.slice(0, 2)) {
    hall.release = { days_ahead: 1, at: RELEASE, closes_minutes_before: 30 };
    Object.assign(hall.queues[0], { allocation: 'lottery', lottery_minutes: minutes });
  }
  Object.assign(city.halls[0].queues[0], { capacity: { 'mon-fri': capacity }, ...queueExtra });
  return city;
}

/** What the definition in api/openapi.yaml gives for a published list. */
function recomputed({ hall, queue, date, seed, places, entries, result }) {
  const bytes = Buffer.from(seed, 'hex');
  const lines = entries.map(({ id, start, units, span }) => `${id} ${start} ${units} ${span}\n`);
  const digest = sha256(lines.join(''));
  const refused = new Map(result.map((one) => [one.id, one.refused]));
  const left = new Map(places.map(({ start, units }) => [HALF_HOURS.indexOf(start), units]));
  const drawn = entries
    .map((entry) => ({ ...entry, ticket: sha256(bytes, digest, entry.id).toString('hex') }))
    .sort((a, b) => (a.ticket < b.ticket ? -1 : 1));
  return {
    commitment: sha256(`jiaohao-draw-1\n${hall}\n${queue}\n${date}\n${seed}\n`).toString('hex'),
    digest: digest.toString('hex'),
    result: drawn.map(({ id, start, units, span }) => {
      const first = HALF_HOURS.indexOf(start);
      const slots = Array.from({ length: span }, (_, n) => first + n);
      const placed = !refused.get(id) && slots.every((slot) => (left.get(slot) ?? 0) >= units);
      if (placed) for (const slot of slots) left.set(slot, left.get(slot) - units);
      return { id, placed, ...(refused.get(id) && { refused: refused.get(id) }) };
    }),
  };
}

function assertRecomputed(list) {
  const { commitment, digest, result } = list;
  assert.deepEqual({ commitment, digest, result }, recomputed(list));
}

/** Polls until the draw is made; its list. */
const drawn = (service, path) =>
  until(`${path} is drawn`, async () => {
    const { body } = await service.get(path);
    return body.state === 'drawn' && body;
  }, 90_000);

/** Runs `jiaohao draw verify`: {code, stdout, stderr}. */
const verify = (file, options) => run(binaryPath(), ['draw', 'verify', file], options);

describe('a lottery', () => {
  const names = ['first', 'second', 'third', 'fourth', 'fifth'];
  const people = Object.fromEntries(names.map((name, n) => [name, young(n)]));
  const red = young(10);
  const undecided = young(11);
  const entries = new Map();
  let service;
  let token;
  let before_draw;
  let list;

  const enter = (applicant, extra, options) =>
    service.post('/v1/reservations', booking(applicant, extra), { token, ...options });
  const statusOf = async ({ id }) =>
    (await service.get(`/v1/reservations/${id}`, { token })).body.status;
  const resultOf = ({ draw }) => list.result.find(({ id }) => id === draw.entry);

  before(async () => {
    // 4 units of which one is kept, so that three go into the draw; it ends within 25 s.
    service = await startService({
      catalogue: withLottery({ default: 4 }, 1, { priority_share: 0.25 }),
      now: `${TODAY}T10:00:35+08:00`,
    });
    token = await service.gateway();
  });
  after(() => service?.stop());

  test('the commitment stands before the first entry', async () => {
    before_draw = await until('the draw is prepared', async () => {
      const { body } = await service.get(drawPath());
      return body.state === 'open' && body;
    });
    assert.match(before_draw.commitment, /^[0-9a-f]{64}$/);
    assert.equal(before_draw.draws_at, `${TODAY}T10:01:00+08:00`);
    assert.equal(before_draw.entries_count, 0);
  });

  test('bookings of the first minutes are entries', async () => {
    for (const name of names) {
      const { status, headers, body } = await enter(people[name]);
      assert.equal(status, 202);
      assert.equal(body.status, 'in_draw');
      assert.match(body.draw.entry, /^[0-9a-f]{16}$/);
      assert.equal(body.draw.draws_at, before_draw.draws_at);
      assert.equal(headers.location, `/v1/reservations/${body.id}`);
      assert.equal(await statusOf(body), 'in_draw');
      entries.set(name, body);
    }
    assert.equal(new Set([...entries.values()].map(({ draw }) => draw.entry)).size, 5);
  });

  test('one entry a person and service', async () => {
    const again = await enter(people.first, { start: '10:00' });
    const { reservation } = assertProblem(again, 409, 'already-reserved');
    assert.equal(reservation, entries.get('first').id);
  });

  test('a repeated Idempotency-Key is the same entry', async () => {
    const [one, two] = [
      await enter(young(12), { start: '15:00' }, { key: 'draws-12' }),
      await enter(young(12), { start: '15:00' }, { key: 'draws-12' }),
    ];
    assert.deepEqual([one.status, two.status], [202, 202]);
    assert.deepEqual(two.body, one.body);
    entries.set('repeated', one.body);
  });

  test('who cancels leaves the draw, and may enter again', async () => {
    const { body } = await enter(undecided, { start: '10:00' });
    const left = await service.post(`/v1/reservations/${body.id}/cancel`, undefined, { token });
    assert.equal(left.status, 200);
    assert.equal(left.body.status, 'cancelled');
    const again = await enter(undecided, { start: '10:30' });
    assert.equal(again.status, 202);
    entries.set('left', body);
    entries.set('again', again.body);
  });

  test('a person whose code turns red stays in until the draw', async () => {
    const { status, body } = await enter(red, { start: '11:00' });
    assert.equal(status, 202);
    entries.set('red', body);
    const authority = await service.token('health_authority', { city: CITY });
    const codes = [{ id_number: red.id_number, code: 'red' }];
    assert.equal((await service.post('/v1/health-codes', { codes }, { token: authority })).status, 200);
    assert.equal(await statusOf(body), 'in_draw');
  });

  test('before the draw the list shows how many, and no seed', async () => {
    const { body } = await service.get(drawPath());
    assert.deepEqual(body, { ...before_draw, entries_count: 9 });
    const { code, stderr } = await verify('-', { input: JSON.stringify(body) });
    assert.equal(code, 1);
    assert.match(stderr, /\/state: the draw was not made yet/);
  });

  test('the draw is made by itself, as it was committed to', async () => {
    list = await drawn(service, drawPath());
    assert.equal(list.commitment, before_draw.commitment);
    assert.deepEqual(
      list.places,
      HALF_HOURS.map((start) => ({ start, units: 3 })),
    );
    const stood = [...entries].filter(([name]) => name !== 'left').map(([, entry]) => entry);
    assert.equal(list.entries_count, 8);
    assert.deepEqual(
      list.entries,
      stood.map(({ draw, start }) => ({ id: draw.entry, start, units: 1, span: 1 })),
    );
    assertRecomputed(list);
  });

  test('three of five are placed, the others are not drawn', async () => {
    const five = names.map((name) => entries.get(name));
    assert.equal(five.filter((entry) => resultOf(entry).placed).length, 3);
    for (const entry of [...five, entries.get('again'), entries.get('repeated')]) {
      assert.equal(await statusOf(entry), resultOf(entry).placed ? 'booked' : 'not_drawn');
    }
    assert.equal(await statusOf(entries.get('left')), 'cancelled');
    assert.equal((await slotsOf(service, 'one', TOMORROW))['09:30'].capacity, 4);
  });

  test('a rule that refuses at the draw is published', async () => {
    assert.deepEqual(resultOf(entries.get('red')), {
      id: entries.get('red').draw.entry,
      placed: false,
      refused: 'health-code-not-green',
    });
    assert.equal(await statusOf(entries.get('red')), 'not_drawn');
  });

  test('what is left is first come', async () => {
    const loser = names.find((name) => !resultOf(entries.get(name)).placed);
    assertProblem(await enter(people[loser]), 409, 'slot-full');
    const { status, body } = await enter(people[loser], { start: '14:00' });
    assert.equal(status, 201);
    assert.equal(body.status, 'booked');
    const winner = names.find((name) => resultOf(entries.get(name)).placed);
    const again = assertProblem(await enter(people[winner], { start: '14:00' }), 409, 'already-reserved');
    assert.equal(again.reservation, entries.get(winner).id);
  });

  test('a winner who cancels changes nothing of the list', async () => {
    const winner = entries.get(names.find((name) => resultOf(entries.get(name)).placed));
    const { status, body } = await service.post(`/v1/reservations/${winner.id}/cancel`, undefined, {
      token,
    });
    assert.deepEqual([status, body.status, body.id], [200, 'cancelled', winner.id]);
    assert.equal(await statusOf(winner), 'cancelled');
    await service.restart(); // what was published is read anew
    const { text } = await service.get(drawPath());
    assert.deepEqual(JSON.parse(text), list);
    const { code, stdout } = await verify('-', { input: text });
    assert.deepEqual([code, stdout], [0, 'draw verified: 8 entries, 5 placed\n']);
  });

  test('a draw without entries opens the day', async () => {
    const empty = await drawn(service, drawPath('A', COUNTY_HALL));
    assert.deepEqual([empty.entries, empty.result, empty.entries_count], [[], [], 0]);
    assertRecomputed(empty);
    const { status } = await enter(young(20), { hall: COUNTY_HALL, service: 'county.only' });
    assert.equal(status, 201);
  });

  test('no draw elsewhere', async () => {
    for (const path of [
      drawPath('B'),
      drawPath('Z'),
      drawPath('A', HALL, '2026-11-31'),
      drawPath('A', HALL, '20261124'),
      drawPath('A', '410400-09'),
    ]) {
      assertProblem(await service.get(path), 404, 'not-found');
    }
    const later = await service.get(drawPath('A', HALL, '2026-11-26'));
    assert.deepEqual([later.body.state, later.body.commitment], ['pending', null]);
    assert.equal(later.body.draws_at, '2026-11-25T10:01:00+08:00');
  });

  test('the ledger agrees', () => service.audit());

  test('draw verify takes one file', async () => {
    for (const argv of [[], ['verify'], ['verify', 'a', 'b'], ['prove', 'a']]) {
      const { code, stdout } = await run(binaryPath(), ['draw', ...argv]);
      assert.deepEqual([code, stdout], [2, ''], argv.join(' '));
    }
    const { code, stderr } = await verify('/nowhere/list.json');
    assert.equal(code, 1);
    assert.match(stderr, /nowhere\/list.json: No such file/);
  });
});

describe('10,000 people on a lottery queue of 300', () => {
  const PEOPLE = 10_000;
  const CONNECTIONS = 16;
  const entries = new Map(); // id of the entry → id of the reservation
  let service;
  let token;
  let text;
  let list;

  before(async () => {
    // 12 half hours of 23 and one of 24; the ten minutes end when the clock is moved.
    service = await startService({
      catalogue: withLottery({ default: 23, '09:00': 24 }, 10),
      now: `${TODAY}T10:00:10+08:00`,
      workers: 2,
    });
    token = await service.gateway();
  });
  after(() => service?.stop());

  test('all of them enter', async () => {
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async (_, connection) => {
        const pipe = service.pipeline();
        for (let n = connection; n < PEOPLE; n += CONNECTIONS * 32) {
          const answers = [];
          for (let k = n; k < Math.min(PEOPLE, n + CONNECTIONS * 32); k += CONNECTIONS) {
            const body = booking(young(k), { start: HALF_HOURS[k % HALF_HOURS.length] });
            answers.push(pipe.send('POST', '/v1/reservations', { token, body }));
          }
          for (const { status, body, text: shown } of await Promise.all(answers)) {
            assert.equal(status, 202, shown);
            entries.set(body.draw.entry, body.id);
          }
        }
        pipe.close();
      }),
    );
    assert.equal(entries.size, PEOPLE);
    const { body } = await service.get(drawPath());
    assert.deepEqual([body.state, body.entries_count], ['open', PEOPLE]);
  });

  test('exactly 300 are placed', async () => {
    await service.terminate();
    service.options.now = `${TODAY}T10:10:00+08:00`;
    service.started_ms = null;
    await service.start();
    await drawn(service, drawPath());
    ({ text, body: list } = await service.get(drawPath()));
    assert.deepEqual(new Set(list.entries.map(({ id }) => id)), new Set(entries.keys()));
    assert.equal(list.result.filter(({ placed }) => placed).length, 300);
    assertRecomputed(list);
    const booked = await service.get(`/v1/reservations?date=${TOMORROW}`, { token });
    assert.deepEqual(
      booked.body.reservations.map(({ id }) => id).sort(),
      list.result
        .filter(({ placed }) => placed)
        .map(({ id }) => entries.get(id))
        .sort(),
    );
    const slots = await slotsOf(service, 'one', TOMORROW);
    assert.deepEqual(
      Object.values(slots).map(({ remaining }) => remaining),
      HALF_HOURS.map(() => 0),
    );
    await service.audit();
  });

  test('many who ask at once get the same list', async () => {
    const answers = await Promise.all(Array.from({ length: 24 }, () => service.get(drawPath())));
    for (const answer of answers) assert.ok(answer.text === text);
  });

  test('draw verify agrees, and finds a changed byte', async () => {
    const file = join(service.dir, 'list.json');
    await writeFile(file, text);
    const { code, stdout } = await verify(file);
    assert.deepEqual([code, stdout], [0, `draw verified: ${PEOPLE} entries, 300 placed\n`]);

    const parts = {
      seed: [text.indexOf('"seed":"') + 8, 64],
      entries: [text.indexOf('"entries":[') + 11, text.indexOf('],"result"')],
      result: [text.indexOf('"result":[') + 10, text.length - 2],
    };
    parts.seed[1] += parts.seed[0];
    for (const [name, [from, to]] of Object.entries(parts)) {
      for (let n = 0; n < 4; n++) {
        let at = from + Math.floor(Math.random() * (to - from));
        while (!/[0-9a-f]/.test(text[at])) at = at + 1 < to ? at + 1 : from;
        const digit = '0123456789abcdef'[(parseInt(text[at], 16) + 1 + n) % 16];
        await writeFile(file, text.slice(0, at) + digit + text.slice(at + 1));
        const changed = await verify(file);
        assert.equal(changed.code, 1, `${name}: ${digit} for ${text[at]} at ${at}`);
        assert.match(changed.stderr, /list\.json: \S/);
      }
    }
  });
});
