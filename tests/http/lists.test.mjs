// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Lists come in pages: the same edges for each of them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { booking, catalogue, CITY, COUNTY_HALL, HALL, TODAY, TOMORROW } from './catalogue.mjs';
import { openapi } from './contract.mjs';
import { assertProblem, startService } from './harness.mjs';
import { Desk, pointers } from './moving.mjs';
import { young } from './person.mjs';

const PAGE_MAX = 1000;

describe('every list', () => {
  let service, tokens;

  before(async () => {
    service = await startService({ catalogue: catalogue({ everywhere: 10 }) });
    const token = (role, extra) => service.token(role, { city: CITY, ...extra });
    tokens = {
      gateway: await token('gateway'),
      admin: await token('hall_admin', { hall: HALL }),
      clerk: await token('clerk', { hall: HALL }),
    };
    for (let n = 0; n < 7; n++) {
      const place = { date: n % 2 ? TODAY : TOMORROW, start: '14:00', service: n % 3 ? 'one' : 'card' };
      const hall = n === 5 ? COUNTY_HALL : HALL;
      const body = booking(young(n), { ...place, hall, ...(hall === COUNTY_HALL && { service: 'one' }) });
      const answer = await service.post('/v1/reservations', body, { token: tokens.gateway });
      assert.equal(answer.status, 201, answer.text);
    }
    for (let n = 0; n < 5; n++) {
      const body = { date: TOMORROW, start: '16:00', reason: `停电 ${n}`, rebook: 'none' };
      const path = `/v1/halls/${HALL}/closures`;
      const { status, text } = await service.post(path, body, { token: tokens.admin });
      assert.equal(status, 201, text);
    }
  });
  after(() => service.stop());

  // Each list of the interface: where it is, its items, and other queries of it.
  const lists = {
    '/v1/reservations': {
      items: 'reservations',
      role: 'gateway',
      queries: ['', `date=${TOMORROW}`, `hall=${HALL}`, 'status=booked', 'status=cancelled'],
    },
    '/v1/halls/{hall}/closures': {
      path: `/v1/halls/${HALL}/closures`,
      items: 'closures',
      role: 'clerk',
      queries: [`date=${TOMORROW}`, ''],
    },
    '/v1/cities/{city}/halls': {
      path: `/v1/cities/${CITY}/halls`,
      items: 'halls',
      queries: ['', 'near=113.3,33.7', 'level=city', 'service=one', 'region=410402', 'service=card&level=outlet'],
    },
  };

  test('is here: all that the interface has', () => {
    const paged = Object.entries(openapi.paths)
      .filter(([, { get }]) =>
        get?.parameters?.some(({ $ref }) => $ref === '#/components/parameters/cursor'),
      )
      .map(([path]) => path);
    assert.deepEqual(Object.keys(lists).sort(), paged.sort());
  });

  for (const [name, { path = name, items, role, queries }] of Object.entries(lists)) {
    const read = (query) =>
      service.get(`${path}?${query}`, role ? { token: tokens[role] } : undefined);
    const page = async (query) => {
      const { status, body, text } = await read(query);
      assert.equal(status, 200, text);
      return body;
    };
    const joined = (...parts) => parts.filter(Boolean).join('&');

    test(`${name}: whatever the page, each item once and no page too many`, async () => {
      for (const query of queries) {
        const whole = await page(query);
        assert.equal(whole.next, null);
        const count = whole[items].length;
        const limits = new Set([1, 2, count - 1, count, count + 1, PAGE_MAX]);
        for (const limit of [...limits].filter((one) => one >= 1)) {
          const found = [];
          let pages = 0;
          let cursor;
          do {
            const asked = joined(query, `limit=${limit}`, cursor && `cursor=${encodeURIComponent(cursor)}`);
            const one = await page(asked);
            assert.ok(one[items].length <= limit);
            assert.ok(one[items].length > 0 || count === 0, `${asked}: an empty page`);
            found.push(...one[items]);
            cursor = one.next;
            assert.ok(++pages <= count + 1, 'it ends');
          } while (cursor !== null);
          assert.deepEqual(found, whole[items], `${query} by ${limit}`);
          assert.equal(pages, Math.max(1, Math.ceil(count / limit)));
        }
      }
    });

    test(`${name}: cursors and limits that are none`, async () => {
      const query = queries[0];
      const { next } = await page(joined(query, 'limit=1'));
      assert.ok(next.length <= 256);
      for (const limit of ['0', '-1', '1001', '1.5', 'x', '', '99999999999999999999'])
        assert.deepEqual(pointers(await read(joined(query, `limit=${limit}`))), ['/limit']);
      const broken = [
        '',
        '!!',
        '%',
        '%00',
        'null',
        next.slice(0, -1) + (next.endsWith('Z') ? '%20' : '%7f'),
        next.slice(1),
        next.split('.')[0],
        `${next.split('.')[0]}.`,
        `${next.split('.')[0]}.nothing`,
        `00000000.${next.split('.').slice(1).join('.')}`,
        'x'.repeat(3000),
      ];
      for (const cursor of broken) {
        const answer = await read(joined(query, `cursor=${cursor}`));
        assertProblem(answer, 400, 'invalid-request');
        assert.deepEqual(pointers(answer), ['/cursor'], cursor);
      }
      for (const other of queries.slice(1)) {
        const answer = await read(joined(other, `cursor=${encodeURIComponent(next)}`));
        assertProblem(answer, 400, 'invalid-request');
      }
      assert.deepEqual(pointers(await read(joined(query, 'limit=0&cursor=x'))), ['/cursor', '/limit']);
    });
  }

  test('a cursor of one list is none of another', async () => {
    const { body } = await service.get(`/v1/cities/${CITY}/halls?limit=1`);
    const path = `/v1/reservations?cursor=${encodeURIComponent(body.next)}`;
    assertProblem(await service.get(path, { token: tokens.gateway }), 400, 'invalid-request');
  });

  test('a cursor that names no reservation is none of them', async () => {
    const { body } = await service.get(`/v1/reservations?limit=1`, { token: tokens.gateway });
    for (const kind of ['t', 'w', 'd']) {
      const cursor = body.next.replace(/-(\d+-\w+)$/, `-${kind}$1`);
      assert.notEqual(cursor, body.next);
      const answer = await service.get(`/v1/reservations?cursor=${cursor}`, { token: tokens.gateway });
      assertProblem(answer, 400, 'invalid-request');
    }
  });

  test('an item that came in front is not given again', async () => {
    const list = (query) => service.get(`/v1/reservations?${query}`, { token: tokens.gateway });
    const first = (await list(`date=${TOMORROW}&limit=2`)).body;
    const body = booking(young(50), { start: '15:00', service: 'card' });
    await service.post('/v1/reservations', body, { token: tokens.gateway });
    const rest = (await list(`date=${TOMORROW}&cursor=${encodeURIComponent(first.next)}`)).body;
    const ids = [...first.reservations, ...rest.reservations].map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });
});

test('a booking on a day that is not released is listed', async (t) => {
  const desk = await Desk.open(t, catalogue({ everywhere: 3 }));
  const { service } = desk;
  const admin = await service.token('hall_admin', { city: CITY, hall: HALL });
  const made = await desk.book({ date: TOMORROW, start: '10:00' });
  const body = { date: TOMORROW, reason: '停电', rebook: 'offer' };
  const closed = await service.post(`/v1/halls/${HALL}/closures`, body, { token: admin });
  assert.equal(closed.status, 201, closed.text);
  const [{ offer }] = closed.body.affected;
  assert.ok(offer.date > TOMORROW, 'the place is on a day that is not released yet');
  const accepted = await desk.post(`/v1/offers/${offer.id}/accept`);
  assert.equal(accepted.status, 200, accepted.text);
  const list = async (query, token = desk.token) => {
    const answer = await service.get(`/v1/reservations${query}`, { token });
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  };
  const ids = ({ reservations }) => reservations.map(({ id }) => id);
  assert.deepEqual(ids(await list('')), [made.id]);
  assert.deepEqual(ids(await list('?status=booked')), [made.id]);
  assert.deepEqual(ids(await list('', admin)), [made.id]);
  assert.deepEqual(ids(await list(`?date=${offer.date}`)), [made.id]);
  // By pages over the days: today's, then that one.
  const today = await desk.book({ date: TODAY, start: '14:00' });
  const first = await list('?limit=1');
  assert.deepEqual(ids(first), [today.id]);
  const second = await list(`?limit=1&cursor=${encodeURIComponent(first.next)}`);
  assert.deepEqual([ids(second), second.next], [[made.id], null]);
});
