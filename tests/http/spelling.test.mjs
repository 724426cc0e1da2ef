// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What people type and scanners read is found: small letters, blanks, the line break behind a code.
// What is blank where something must stand is refused.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { booking, catalogue, CITY, HALL, TODAY, TOMORROW, withQueue } from './catalogue.mjs';
import { assertProblem, startService } from './harness.mjs';
import { pointers } from './moving.mjs';
import { checkCharacter, young } from './person.mjs';
import { Floor } from './tickets.mjs';

const release = { days_ahead: 1, at: '00:00', closes_minutes_before: 0 };
const SOON = '10:30'; // who is booked then may check in now

/** Ways to write the same thing. */
const spellings = {
  'small letters': (text) => text.toLowerCase(),
  'a line feed': (text) => `${text}\n`,
  'a carriage return and a line feed': (text) => `${text}\r\n`,
  'a tab, as some scanners send': (text) => `${text}\t`,
  'blanks around it': (text) => `  ${text} `,
  'all of it': (text) => ` ${text.toLowerCase()}\r\n`,
};

/** Somebody whose ID number ends with X. */
function withX(from) {
  for (let n = from; ; n++) {
    const one = young(n);
    if (one.id_number.endsWith('X')) return one;
  }
}

describe('what is shown', () => {
  let service, floor, next;

  before(async () => {
    service = await startService({
      catalogue: withQueue(catalogue({ everywhere: 60, release }), 'A', { waitlist_offer_minutes: 5 }),
    });
    floor = await Floor.open(service);
    next = 100;
  });
  after(() => service.stop());

  test('a code at the kiosk, and a whole id', async () => {
    for (const [name, spell] of Object.entries(spellings)) {
      for (const what of ['code', 'id']) {
        const made = await floor.booked(next++, { start: SOON });
        const { status, body, text } = await floor.show({ code: spell(made[what]) });
        assert.equal(status, 200, `${name}: ${text}`);
        assert.equal(body.reservation, made.id);
      }
    }
    const made = await floor.booked(next++, { start: SOON });
    for (const code of ['', ' ', '\n', 'A', made.code.replaceAll('-', ' '), `${made.code}!`])
      assert.deepEqual(pointers(await floor.show({ code })), ['/code']);
    // The random part has no I, L or O; who reads a 1 or 0 may type them.
    const typed = made.code.replace(/[^-]*$/, (salt) =>
      salt.replaceAll('1', 'l').replaceAll('0', 'o'),
    );
    assert.equal((await floor.show({ code: typed })).status, 200);
  });

  test('an ID number at the kiosk and in a booking', async () => {
    for (const [name, spell] of Object.entries(spellings)) {
      const applicant = withX(next);
      next = 1000 + next * 2;
      const id_number = spell(applicant.id_number);
      const body = booking({ ...applicant, id_number }, { date: TODAY, start: SOON });
      const made = await service.post('/v1/reservations', body, { token: floor.tokens.clerk });
      assert.equal(made.status, 201, `${name}: ${made.text}`);
      assert.equal(made.body.applicant.id_number, applicant.id_number);
      const shown = await floor.show({ id_number });
      assert.equal(shown.status, 200, `${name}: ${shown.text}`);
      assert.equal(shown.body.reservation, made.body.id);
    }
    const { id_number } = withX(next);
    const wrong = id_number.slice(0, 16) + ((Number(id_number[16]) + 1) % 10) + id_number[17];
    assert.notEqual(checkCharacter(wrong), wrong[17]);
    for (const one of [wrong, `${id_number.slice(0, 9)} ${id_number.slice(9)}`, ' ', '\n'.repeat(18)])
      assert.deepEqual(pointers(await floor.show({ id_number: one.padEnd(18) })), ['/id_number']);
  });

  test('the id in the path of everything that has one', async () => {
    const token = floor.tokens.gateway;
    for (const [name, spell] of Object.entries(spellings)) {
      const path = (id) => encodeURIComponent(spell(id));
      const made = await floor.booked(next++, { date: TOMORROW, start: '15:00' });
      const read = await service.get(`/v1/reservations/${path(made.id)}`, { token });
      assert.equal(read.status, 200, `${name}: ${read.text}`);
      assert.deepEqual([read.body.id, read.body.code], [made.id, made.code]);
      const place = { date: TOMORROW, start: '15:30' };
      const at = `/v1/reservations/${path(made.id)}`;
      const moved = await service.post(`${at}/reschedule`, place, { token });
      assert.equal(moved.status, 200, `${name}: ${moved.text}`);
      const cancelled = await service.post(`${at}/cancel`, undefined, { token });
      assert.equal(cancelled.status, 200, `${name}: ${cancelled.text}`);
      const booked = await floor.booked(next++, { start: SOON });
      const entered = await service.post(`/v1/reservations/${path(booked.id)}/check-in`, undefined, {
        token: floor.tokens.kiosk,
      });
      assert.equal(entered.status, 200, `${name}: ${entered.text}`);
      const ticket = await service.get(`/v1/tickets/${path(entered.body.id)}`);
      assert.equal(ticket.body.id, entered.body.id, `${name}: ${ticket.text}`);
    }
  });

  test('a ticket at a window, by number and by id', async () => {
    await floor.does('A1', 'open', { queues: ['A'] });
    for (const [name, spell] of Object.entries(spellings)) {
      for (const what of ['number', 'id']) {
        const ticket = await floor.walkIn();
        const path = `/v1/halls/${HALL}/windows/A1/call`;
        const called = await service.post(path, { ticket: spell(ticket[what]) }, {
          token: floor.tokens.clerk,
        });
        assert.equal(called.status, 200, `${name}: ${called.text}`);
        assert.equal(called.body.ticket.id, ticket.id);
        await floor.does('A1', 'start');
        await floor.does('A1', 'finish');
      }
    }
  });

  test('an entry of a waitlist and an offer', async () => {
    const token = floor.tokens.gateway;
    const full = { date: TOMORROW, start: '09:00', service: 'card' };
    const made = [];
    for (let left = 60; left > 0; left--) made.push(await floor.booked(next++, full));
    const enter = async () => {
      const body = { ...booking(young(next++), full), starts: ['09:00'] };
      delete body.start;
      const answer = await service.post('/v1/waitlist', body, { token });
      assert.equal(answer.status, 201, answer.text);
      return answer.body;
    };
    for (const spell of Object.values(spellings)) {
      const { id } = await enter();
      const path = `/v1/waitlist/${encodeURIComponent(spell(id))}`;
      assert.equal((await service.get(path, { token })).body.id, id);
      assert.ok((await service.request('DELETE', path, { token })).status < 300);
    }
  });

  test('explain, on the command line', async () => {
    const ticket = await floor.walkIn();
    const { stdout } = await service.command(['explain', '--ticket', ticket.id]);
    assert.match(stdout, new RegExp(ticket.number));
    for (const spell of Object.values(spellings)) {
      const told = await service.command(['explain', '--ticket', spell(ticket.id)]);
      assert.equal(told.stdout, stdout);
    }
    await service.command(['explain', '--ticket', ' '], { code: 2 });
  });
});

test('queues whose ids differ in case alone stay two', async () => {
  const city = catalogue({ release });
  const [hall] = city.halls;
  const [a, b] = hall.queues;
  city.halls[0] = { ...hall, queues: [a, { ...b, id: 'a', prefix: 'B' }] };
  const service = await startService({ catalogue: city });
  try {
    const floor = await Floor.open(service);
    const big = await floor.booked(1, { start: SOON });
    const small = await floor.booked(2, { start: SOON, service: 'card' });
    assert.deepEqual([big.queue, small.queue], ['A', 'a']);
    assert.equal((await floor.show({ code: `${big.code}\n` })).body.reservation, big.id);
    assert.equal((await floor.show({ code: `${small.code}\n` })).body.reservation, small.id);
  } finally {
    await service.stop();
  }
});

describe('an Idempotency-Key', () => {
  let service, floor;

  before(async () => {
    service = await startService({ catalogue: catalogue() });
    floor = await Floor.open(service);
  });
  after(() => service.stop());

  test('that is blank or too long is refused, wherever one is taken', async () => {
    await floor.does('A1', 'open', { queues: ['A'] });
    const closure = { date: TOMORROW, reason: '停电', rebook: 'none' };
    const waiting = { ...booking(young(3)), starts: ['09:00'] };
    delete waiting.start;
    const posts = [
      ['/v1/reservations', booking(young(1)), 'gateway'],
      ['/v1/waitlist', waiting, 'gateway'],
      [`/v1/halls/${HALL}/tickets`, { service: 'one' }, 'kiosk'],
      [`/v1/halls/${HALL}/closures`, closure, 'admin'],
      [`/v1/halls/${HALL}/windows/A1/call-next`, undefined, 'clerk'],
    ];
    for (const [path, body, role] of posts) {
      for (const key of ['', ' ', '\t ', 'k'.repeat(256)]) {
        const headers = { 'idempotency-key': key };
        const answer = await service.post(path, body, { token: floor.tokens[role], headers });
        assertProblem(answer, 400, 'invalid-request');
        assert.deepEqual(pointers(answer), ['/Idempotency-Key'], `${path} ${JSON.stringify(key)}`);
      }
      const headers = { 'idempotency-key': 'k'.repeat(255) };
      const { status, text } = await service.post(path, body, { token: floor.tokens[role], headers });
      assert.ok(status < 300 || path.endsWith('waitlist'), `${path}: ${text}`);
    }
    const list = await service.get('/v1/reservations', { token: floor.tokens.gateway });
    assert.equal(list.body.reservations.length, 1, 'the one with a key that is right');
  });
});

test('an auditor lists reservations, masked', async () => {
  const service = await startService({ catalogue: catalogue() });
  try {
    const floor = await Floor.open(service);
    const made = await floor.booked(1, { start: '14:00' });
    const token = await service.token('auditor', { city: CITY });
    const { status, body, text } = await service.get('/v1/reservations', { token });
    assert.equal(status, 200, text);
    const [one] = body.reservations;
    const { name, id_number, phone } = young(1);
    assert.equal(one.id, made.id);
    assert.match(one.applicant.name, /\*/);
    assert.match(one.applicant.id_number, /\*{11}/);
    assert.match(one.applicant.phone, /\*{4}/);
    for (const secret of [name, id_number, phone]) assert.ok(!text.includes(secret));
    const here = await service.token('auditor', { city: CITY, hall: HALL });
    assert.equal((await service.get('/v1/reservations', { token: here })).body.reservations.length, 1);
    assertProblem(await service.post(`/v1/reservations/${made.id}/cancel`, undefined, { token }), 403, 'forbidden');
  } finally {
    await service.stop();
  }
});
