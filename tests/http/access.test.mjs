// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Who may do what: each role by each call, in its own hall, in another hall, in another city; and
// without a token, with an expired and with a revoked one.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, problemOf, startService } from './harness.mjs';
import {
  booking,
  catalogue,
  CITY,
  COUNTY_HALL,
  HALL,
  otherCity,
  OTHER_CITY,
  OTHER_CITY_HALL,
  TOMORROW,
  withCapacity,
} from './catalogue.mjs';
import { person } from './person.mjs';
import { until } from './process.mjs';

const PLACES = { own: HALL, 'other hall': COUNTY_HALL, 'other city': OTHER_CITY_HALL };
const SCOPES = { city: { city: CITY }, hall: { hall: HALL } };
const BOOKING = ['book', 'read', 'list', 'move', 'cancel'];
const CLOSING = ['close', 'closures', 'lift'];
const ANSWERING = ['look', 'leave', 'accept', 'decline'];

// Role: what its token is bound to, and the calls it may make. Nothing else is allowed.
const TABLE = {
  gateway: { scope: 'city', may: [...BOOKING, ...ANSWERING, 'arrive', 'wait'] },
  city_admin: {
    scope: 'city',
    may: [
      ...BOOKING,
      ...ANSWERING,
      ...CLOSING,
      'pardon',
      'arrive',
      'wait',
      'adjust',
      'count',
      'count the city',
    ],
  },
  hall_admin: {
    scope: 'hall',
    may: [
      ...BOOKING,
      ...ANSWERING,
      ...CLOSING,
      'pardon',
      'arrive',
      'wait',
      'operate',
      'adjust',
      'count',
    ],
  },
  clerk: {
    scope: 'hall',
    may: [...BOOKING, ...ANSWERING, 'closures', 'arrive', 'show', 'wait', 'issue', 'operate'],
  },
  kiosk: { scope: 'hall', may: ['book', 'arrive', 'show', 'wait', 'issue'] },
  display: { scope: 'hall', may: [] },
  auditor: { scope: 'city', may: ['list', 'count', 'count the city'] },
  health_authority: { scope: 'city', may: ['push'] },
};
const REACH = { city: ['own', 'other hall'], hall: ['own'] };
// A pardon is of a no-show, which these are not; they are for tomorrow, so nobody may arrive; no
// closure is there to be lifted. What waited was given its place at once, which is no offer any more.
const GOOD = {
  book: 201,
  read: 200,
  list: 200,
  move: 200,
  pardon: '409 wrong-state',
  arrive: '409 too-early',
  show: '404 not-found',
  cancel: 200,
  wait: 201,
  issue: 201,
  operate: 200,
  push: 200,
  close: 201,
  closures: 200,
  lift: '404 not-found',
  look: 200,
  leave: '409 wrong-state',
  accept: '409 wrong-state',
  decline: '409 wrong-state',
  adjust: 200,
  count: 200,
  'count the city': 200,
};
const CALLS = Object.keys(GOOD);

let service;
let next = 0;
const reservations = {};
const entries = {};

/** A live reservation at the place, made by the gateway of its city. */
async function reserve(place) {
  const token = await service.token('gateway', {
    city: place === 'other city' ? OTHER_CITY : CITY,
  });
  const answer = await service.post(
    '/v1/reservations',
    booking(person(next++), { hall: PLACES[place] }),
    { token },
  );
  assert.equal(answer.status, 201, answer.text);
  return answer.body.id;
}

/** An entry of a waitlist at the place, of the same gateway, that was given a place at once. */
async function enter(place) {
  const token = await service.token('gateway', {
    city: place === 'other city' ? OTHER_CITY : CITY,
  });
  const [, path, body] = REQUESTS.wait(PLACES[place]);
  const answer = await service.post(path, body, { token });
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.body.status, 'promoted');
  return answer.body;
}

// Call: method, path and body at a hall, of the reservation that stands there.
const REQUESTS = {
  book: (hall) => ['POST', '/v1/reservations', booking(person(next++), { hall })],
  read: (hall, id) => ['GET', `/v1/reservations/${id}`],
  list: (hall) => ['GET', `/v1/reservations?date=${TOMORROW}&hall=${hall}`],
  move: (hall, id) => [
    'POST',
    `/v1/reservations/${id}/reschedule`,
    { date: TOMORROW, start: '14:00' },
  ],
  pardon: (hall, id) => ['POST', `/v1/reservations/${id}/pardon`, { reason: '大厅停电' }],
  arrive: (hall, id) => ['POST', `/v1/reservations/${id}/check-in`],
  show: (hall) => ['POST', `/v1/halls/${hall}/check-in`, { id_number: person(9_000).id_number }],
  cancel: (hall, id) => ['POST', `/v1/reservations/${id}/cancel`, {}],
  wait: (hall) => [
    'POST',
    '/v1/waitlist',
    { hall, service: 'one', date: TOMORROW, starts: ['14:00'], applicant: person(next++) },
  ],
  issue: (hall) => ['POST', `/v1/halls/${hall}/tickets`, { service: 'one' }],
  operate: (hall) => ['POST', `/v1/halls/${hall}/windows/A1/open`],
  push: () => [
    'POST',
    '/v1/health-codes',
    { codes: [{ id_number: person(9_000).id_number, code: 'green' }] },
  ],
  close: (hall) => [
    'POST',
    `/v1/halls/${hall}/closures`,
    { date: '2026-12-30', reason: '停电', rebook: 'none' },
  ],
  closures: (hall) => ['GET', `/v1/halls/${hall}/closures`],
  lift: (hall) => ['DELETE', `/v1/halls/${hall}/closures/20261231-1`],
  look: (hall, id, entry) => ['GET', `/v1/waitlist/${entry.id}`],
  leave: (hall, id, entry) => ['DELETE', `/v1/waitlist/${entry.id}`],
  accept: (hall, id, entry) => ['POST', `/v1/offers/${entry.reservation.id}/accept`],
  decline: (hall, id, entry) => ['POST', `/v1/offers/${entry.reservation.id}/decline`],
  adjust: (hall) => [
    'PUT',
    `/v1/halls/${hall}/queues/A/capacity`,
    { date: '2026-12-30', slots: { '09:00': 7 } },
  ],
  count: (hall) => ['GET', `/v1/halls/${hall}/statistics?from=${TOMORROW}&to=${TOMORROW}`],
  'count the city': (hall) => [
    'GET',
    `/v1/cities/${hall.slice(0, 4)}00/statistics?from=${TOMORROW}&to=${TOMORROW}`,
  ],
};

/** Makes the call at the place; `token` may be undefined. */
function call(name, place, token) {
  const [method, path, body] = REQUESTS[name](
    PLACES[place],
    reservations[place],
    entries[place],
  );
  return service.request(method, path, { token, body });
}

const shown = (answer) => `${answer.status}${answer.status < 400 ? '' : ` ${problemOf(answer)}`}`;

before(async () => {
  service = await startService({
    catalogue: [catalogue({ everywhere: 500 }), withCapacity(otherCity(), 500)],
  });
  for (const place of Object.keys(PLACES)) {
    reservations[place] = await reserve(place);
    entries[place] = await enter(place);
  }
});
after(() => service?.stop());

describe('role by call by place', () => {
  for (const [role, { scope, may }] of Object.entries(TABLE)) {
    test(role, async () => {
      const token = await service.token(role, SCOPES[scope]);
      for (const name of CALLS) {
        for (const place of Object.keys(PLACES)) {
          if (name === 'push' && place !== 'own') continue;
          const allowed = may.includes(name) && REACH[scope].includes(place);
          const answer = await call(name, place, token);
          assert.equal(
            `${name} ${place}: ${shown(answer)}`,
            `${name} ${place}: ${allowed ? GOOD[name] : '403 forbidden'}`,
          );
          if (name === 'cancel' && allowed) reservations[place] = await reserve(place);
        }
      }
    });
  }

  test('the list holds what the token reaches and nothing else', async () => {
    const reached = async (role, scope) => {
      const { body } = await service.get(`/v1/reservations?date=${TOMORROW}`, {
        token: await service.token(role, scope),
      });
      return [...new Set(body.reservations.map(({ hall }) => hall))].sort();
    };
    assert.deepEqual(await reached('hall_admin', SCOPES.hall), [HALL]);
    assert.deepEqual(await reached('gateway', SCOPES.city), [HALL, COUNTY_HALL]);
    assert.deepEqual(await reached('city_admin', { city: OTHER_CITY }), [OTHER_CITY_HALL]);
  });

  test('what anyone may ask', async () => {
    for (const token of [undefined, await service.token('display', SCOPES.hall)]) {
      for (const path of [
        `/v1/cities/${OTHER_CITY}/halls`,
        `/v1/halls/${COUNTY_HALL}`,
        `/v1/halls/${COUNTY_HALL}/services`,
        `/v1/halls/${COUNTY_HALL}/availability?service=one`,
        `/v1/cities/${OTHER_CITY}/availability?service=one`,
        '/healthz',
        '/readyz',
        '/openapi.json',
        '/metrics',
      ]) {
        assert.equal((await service.get(path, { token })).status, 200, path);
      }
    }
  });
});

describe('a token of a city that is not loaded', () => {
  test('reaches nothing', async () => {
    for (const [role, name] of [
      ['gateway', 'book'],
      ['gateway', 'list'],
      ['gateway', 'read'],
      ['city_admin', 'cancel'],
      ['health_authority', 'push'],
    ]) {
      const token = await service.token(role, { city: '411700' });
      const answer = await call(name, 'own', token);
      assert.ok([400, 403, 404].includes(answer.status), `${name}: ${answer.status}`);
    }
    assert.equal((await service.get('/healthz')).status, 200);
  });
});

describe('tokens', () => {
  async function refusedEverywhere(token) {
    for (const name of CALLS) assertProblem(await call(name, 'own', token), 401, 'unauthorized');
  }

  test('none', () => refusedEverywhere(undefined));
  test('unknown', () => refusedEverywhere('A'.repeat(43)));

  test('expired', async (t) => {
    // Tokens are made by the real clock, so this service runs on it too.
    const real = await startService({ catalogue: catalogue(), now: null });
    t.after(() => real.stop());
    const token = await real.token('city_admin', { ...SCOPES.city, ttl: '5s', fresh: true });
    const list = () => real.get('/v1/reservations', { token });
    assert.equal((await list()).status, 200);
    await until('the token is too old', async () => (await list()).status === 401, 30_000);
    for (const answer of [await list(), await real.post('/v1/reservations', {}, { token })])
      assertProblem(answer, 401, 'unauthorized');
  });

  test('revoked', async () => {
    const ids = async () =>
      new Set((await service.command(['token', 'list'])).stdout.match(/^\S+/gm));
    const known = await ids();
    const token = await service.token('city_admin', { ...SCOPES.city, fresh: true });
    const [id] = [...(await ids())].filter((one) => !known.has(one));
    assert.ok(id, 'token list shows the new one');
    const { stdout } = await service.command(['token', 'list']);
    assert.ok(!stdout.includes(token), 'token list shows no token');
    assert.equal((await call('list', 'own', token)).status, 200);
    await service.command(['token', 'revoke', id]);
    await until(
      'the token is refused',
      async () => (await call('list', 'own', token)).status === 401,
      30_000,
    );
    await refusedEverywhere(token);
    await service.restart();
    await refusedEverywhere(token);
  });

  test('a token that names what is not there, or no scope where one is needed, is not made', async () => {
    for (const argv of [
      ['--role', 'emperor', '--city', CITY],
      ['--role', 'hall_admin'],
      ['--role', 'gateway'],
      ['--role', 'gateway', '--city', CITY, '--ttl', 'soon'],
    ]) {
      const result = await service.command(['token', 'create', ...argv], { code: 2 });
      assert.equal(result.stdout, '');
    }
  });
});
