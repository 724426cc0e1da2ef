// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Whose affair a reservation is: that of the hall where it stands; a place held in another hall is
// the affair of the hall that was closed, and a refusal names nothing to those who may not read it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { booking, catalogue, CITY, HALL, TODAY, TOMORROW, TOWNSHIP_HALL } from './catalogue.mjs';
import { assertProblem, startService } from './harness.mjs';
import { masked, person } from './person.mjs';

const LATER = [25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38];

/** The date of a day counted from the first of November. */
const dateOf = (day) => new Date(Date.UTC(2026, 10, day)).toISOString().slice(0, 10);

let service;
let next = 0;
let gateway;
let admin;
const staff = {};

before(async () => {
  service = await startService({ catalogue: catalogue({ everywhere: 500 }) });
  gateway = await service.gateway();
  admin = await service.token('city_admin', { city: CITY });
  for (const [whose, hall] of Object.entries({ own: HALL, other: TOWNSHIP_HALL })) {
    staff[whose] = {};
    for (const role of ['clerk', 'hall_admin', 'kiosk'])
      staff[whose][role] = await service.token(role, { hall });
  }
});
after(() => service?.stop());

async function done(answer, status) {
  const { status: got, body, text } = await answer;
  assert.equal(got, status, text);
  return body;
}

const read = (token, { id }) => service.get(`/v1/reservations/${id}`, { token });
const change = (token, { id }, word, body = {}) =>
  service.post(`/v1/reservations/${id}/${word}`, body, { token });
const answerOffer = (token, { id }, word) =>
  service.post(`/v1/offers/${id}/${word}`, undefined, { token });
const book = (extra, { token = gateway, applicant = person(next++) } = {}) =>
  done(service.post('/v1/reservations', booking(applicant, extra), { token }), 201);

async function close(extra) {
  const body = { date: TOMORROW, reason: '停电', rebook: 'none', ...extra };
  return done(service.post(`/v1/halls/${HALL}/closures`, body, { token: admin }), 201);
}

async function list(token, hall, status) {
  const path = `/v1/reservations?date=${TOMORROW}&hall=${hall}&status=${status}`;
  return (await done(service.get(path, { token }), 200)).reservations;
}

describe('an offer in another hall is the affair of the hall that is closed', () => {
  /** A booking in a hall that is closed on every day near: its offer is held in another hall. */
  async function offered(t) {
    const reservation = await book({ start: '09:00' });
    const closures = [];
    for (const day of LATER) closures.push(await close({ date: dateOf(day) }));
    closures.push(await close({ rebook: 'offer' }));
    const { offer } = closures.at(-1).affected.at(-1);
    t.after(async () => {
      await change(gateway, reservation, 'cancel');
      for (const { id } of closures)
        await service.request('DELETE', `/v1/halls/${HALL}/closures/${id}`, { token: admin });
    });
    assert.equal(offer.hall, TOWNSHIP_HALL);
    return { reservation, offer };
  }

  test('the staff of the hall where it is held neither read, answer nor list it', async (t) => {
    const { reservation, offer } = await offered(t);
    const { applicant } = (await read(staff.own.hall_admin, reservation)).body;
    for (const token of [staff.other.clerk, staff.other.hall_admin]) {
      for (const answer of [
        await read(token, offer),
        await read(token, reservation),
        await answerOffer(token, offer, 'accept'),
        await answerOffer(token, offer, 'decline'),
        await change(token, offer, 'cancel'),
        await change(token, offer, 'check-in'),
        await change(token, offer, 'reschedule', { date: TOMORROW, start: '14:00' }),
      ]) {
        assertProblem(answer, 403, 'forbidden');
        for (const value of Object.values(applicant)) assert.ok(!answer.text.includes(value));
      }
    }
    assert.equal((await read(gateway, offer)).body.status, 'offered', 'nobody has answered it');
    for (const token of [staff.other.clerk, staff.other.hall_admin])
      assert.deepEqual(await list(token, TOWNSHIP_HALL, 'offered'), []);
    const city = await list(admin, TOWNSHIP_HALL, 'offered');
    assert.deepEqual(city.map(({ id }) => id), [offer.id]);
    await done(answerOffer(staff.own.clerk, offer, 'decline'), 200);
    assert.deepEqual(await list(staff.other.clerk, TOWNSHIP_HALL, 'lapsed'), []);
    assert.deepEqual((await list(admin, TOWNSHIP_HALL, 'lapsed')).map(({ id }) => id), [offer.id]);
  });

  for (const word of ['accept', 'decline'])
    test(`the staff of the closed hall read and ${word} it`, async (t) => {
      const { reservation, offer } = await offered(t);
      const held = await done(read(staff.own.clerk, offer), 200);
      assert.equal(held.status, 'offered');
      assert.match(held.applicant.id_number, /^\d{17}[\dX]$/);
      assert.deepEqual((await read(staff.own.clerk, reservation)).body.offer, offer);
      const answered = await done(answerOffer(staff.own.clerk, offer, word), 200);
      assert.equal(answered.id, reservation.id);
      const { applicant } = held; // whole, as long as it is his hall's affair
      assert.deepEqual(answered.applicant, word === 'accept' ? masked(applicant) : applicant);
      const { clerk } = staff.own;
      const [stands, gone] =
        word === 'accept' ? [staff.other.clerk, clerk] : [clerk, staff.other.clerk];
      await done(read(stands, reservation), 200);
      assertProblem(await read(gone, reservation), 403, 'forbidden');
      assert.deepEqual(await list(clerk, HALL, 'moved'), [], 'what left is the other hall’s affair');
      await service.audit();
    });

  for (const role of ['city_admin', 'gateway'])
    test(`${role}: it is read and answered wherever it is held`, async (t) => {
      const { offer } = await offered(t);
      const token = role === 'gateway' ? gateway : admin;
      await done(read(token, offer), 200);
      await done(answerOffer(token, offer, 'decline'), 200);
    });
});

describe('a reservation that moves to another hall', () => {
  test('is that hall’s affair from then on, by its old id too', async () => {
    const reservation = await book({ start: '09:00' });
    const goal = { date: TOMORROW, start: '09:00', hall: TOWNSHIP_HALL };
    assertProblem(await change(staff.own.clerk, reservation, 'reschedule', goal), 403, 'forbidden');
    await done(change(gateway, reservation, 'reschedule', goal), 200);
    assertProblem(await read(staff.own.clerk, reservation), 403, 'forbidden');
    assertProblem(await change(staff.own.clerk, reservation, 'cancel'), 403, 'forbidden');
    assert.equal((await read(staff.other.clerk, reservation)).body.hall, TOWNSHIP_HALL);
    await done(change(staff.other.clerk, reservation, 'cancel'), 200);
  });

  test('so is what an entry of a waitlist became', async () => {
    const body = { ...booking(person(next++), { start: undefined }), starts: ['10:00'] };
    const entry = await done(service.post('/v1/waitlist', body, { token: gateway }), 201);
    assert.equal(entry.status, 'promoted', 'there is room');
    const look = (token) => service.get(`/v1/waitlist/${entry.id}`, { token });
    assert.equal((await look(staff.own.clerk)).status, 200);
    assertProblem(await look(staff.other.clerk), 403, 'forbidden');
    const goal = { date: TOMORROW, start: '10:00', hall: TOWNSHIP_HALL };
    await done(change(gateway, entry.reservation, 'reschedule', goal), 200);
    assertProblem(await look(staff.own.clerk), 403, 'forbidden');
    assert.equal((await look(staff.other.clerk)).body.reservation.hall, TOWNSHIP_HALL);
  });
});

describe('a refusal names a reservation to those who may read it', () => {
  /** `reservation` of the refusal of a booking in the hall, by the token. */
  async function named(token, applicant, hall) {
    const answer = await service.post('/v1/reservations', booking(applicant, { hall }), { token });
    return assertProblem(answer, 409, 'already-reserved').reservation;
  }

  test('of its own hall to the staff and screens of a hall, of another hall never', async () => {
    const applicant = person(next++);
    const { id } = await book({ hall: TOWNSHIP_HALL }, { applicant });
    for (const role of ['clerk', 'hall_admin', 'kiosk']) {
      assert.equal(await named(staff.own[role], applicant, HALL), null, role);
      assert.equal(await named(staff.other[role], applicant, TOWNSHIP_HALL), id, role);
    }
    for (const token of [admin, gateway]) assert.equal(await named(token, applicant, HALL), id);
  });

  test('whatever refuses: a waitlist, an offer, a new time', async () => {
    const applicant = person(next++);
    const { id } = await book({ hall: TOWNSHIP_HALL }, { applicant });
    const wish = { ...booking(applicant, { start: undefined }), starts: ['10:00'] };
    for (const [token, expected] of [
      [staff.own.kiosk, null],
      [staff.own.clerk, null],
      [gateway, id],
    ]) {
      const answer = await service.post('/v1/waitlist', wish, { token });
      assert.equal(assertProblem(answer, 409, 'already-reserved').reservation, expected);
      assert.ok(expected || !answer.text.includes(TOWNSHIP_HALL), answer.text);
    }
    const other = await book({ date: TODAY, start: '14:00' }, { applicant });
    for (const [token, expected] of [
      [staff.own.clerk, null],
      [gateway, id],
    ]) {
      const goal = { date: TOMORROW, start: '10:00' };
      const answer = await change(token, other, 'reschedule', goal);
      assert.equal(assertProblem(answer, 409, 'already-reserved').reservation, expected);
    }
  });

  test('what no gateway booked is not named to one', async () => {
    const applicant = person(next++);
    const { id } = await book({}, { applicant, token: staff.own.clerk });
    assert.equal(await named(gateway, applicant, HALL), null);
    assertProblem(await read(gateway, { id }), 403, 'forbidden');
    assertProblem(await change(gateway, { id }, 'cancel'), 403, 'forbidden');
  });
});

describe('a gateway reaches what it booked itself', () => {
  const scope = { city: CITY, fresh: true };
  const bookedBy = async (token) => ({
    reservation: await book({ start: '15:00' }, { token }),
    entry: await done(
      service.post(
        '/v1/waitlist',
        { ...booking(person(next++), { start: undefined }), starts: ['15:00'] },
        { token },
      ),
      201,
    ),
  });
  const idsOf = (reservations) => reservations.map(({ id }) => id);

  test('another gateway of the same city reaches nothing of it', async () => {
    const [one, other] = [await service.token('gateway', scope), await service.token('gateway', scope)];
    const { reservation, entry } = await bookedBy(one);
    const own = [reservation.id, entry.reservation.id];
    for (const answer of [
      await read(other, reservation),
      await change(other, reservation, 'cancel'),
      await change(other, reservation, 'check-in'),
      await change(other, reservation, 'reschedule', { date: TOMORROW, start: '15:30' }),
      await read(other, entry.reservation),
      await service.get(`/v1/waitlist/${entry.id}`, { token: other }),
      await service.request('DELETE', `/v1/waitlist/${entry.id}`, { token: other }),
    ])
      assertProblem(answer, 403, 'forbidden');
    assert.deepEqual(idsOf(await list(other, HALL, 'booked')), []);
    assert.deepEqual(idsOf(await list(one, HALL, 'booked')), own);
    const twice = booking((await read(admin, reservation)).body.applicant, {});
    for (const [token, named] of [
      [one, reservation.id],
      [other, null],
    ]) {
      const answer = await service.post('/v1/reservations', twice, { token });
      assert.equal(assertProblem(answer, 409, 'already-reserved').reservation, named);
    }
    await done(read(staff.own.clerk, reservation), 200);
    const goal = { date: TOMORROW, start: '09:30', hall: TOWNSHIP_HALL };
    await done(change(one, reservation, 'reschedule', goal), 200);
    assertProblem(await read(other, reservation), 403, 'forbidden');
    for (const { id } of [reservation, entry.reservation])
      await done(change(one, { id }, 'cancel'), 200);
  });

  test('a token that takes the place of another goes on where that one was', async () => {
    const create = (...argv) =>
      service.command(['token', 'create', '--role', 'gateway', '--city', CITY, ...argv]);
    const made = await create();
    const [, id] = /token id: (\w+)/.exec(made.stderr);
    const old = made.stdout.trim();
    const { reservation } = await bookedBy(old);
    const renewed = (await create('--as', id)).stdout.trim();
    const key = 'renewed';
    const body = booking(person(next++), { start: '16:00' });
    const first = await done(service.post('/v1/reservations', body, { token: old, key }), 201);
    await service.command(['token', 'revoke', id]);
    assertProblem(await read(old, reservation), 401, 'unauthorized');
    const repeated = await done(service.post('/v1/reservations', body, { token: renewed, key }), 201);
    assert.equal(repeated.id, first.id, 'a repeated request is the same request');
    await service.restart();
    await done(change(renewed, reservation, 'cancel'), 200);
    for (const argv of [
      ['--role', 'gateway', '--city', CITY, '--as', 'nobody'],
      ['--role', 'gateway', '--city', CITY, '--as', `${id}0`],
      ['--role', 'clerk', '--hall', HALL, '--as', id],
    ])
      await service.command(['token', 'create', ...argv], { code: 2 });
    await service.audit();
  });
});
