// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Nobody is in two places at once: no two live reservations of a person share a half hour, in
// whichever way they come to be.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { booking, catalogue, CITY, COUNTY_HALL, HALL, TODAY, TOMORROW } from './catalogue.mjs';
import { count, outcome, stampede } from './crowd.mjs';
import { cityWith, openDesk } from './desk.mjs';
import { assertProblem } from './harness.mjs';
import { until } from './process.mjs';

const COUNTY = { hall: COUNTY_HALL, service: 'county.only' };

/** The reservation that an answer of 409 already-reserved names. */
const inTheWay = (answer) => assertProblem(answer, 409, 'already-reserved').reservation;

describe('two places in one half hour', () => {
  let desk;
  before(async () => {
    desk = await openDesk(null, catalogue());
  });
  after(async () => {
    await desk?.service.audit();
    await desk?.service.stop();
  });

  test('are refused in another hall and in the same one, and nothing is held', async () => {
    const one = desk.fresh();
    const first = await desk.book({}, one);
    const refused = await desk.try(COUNTY, one);
    assert.equal(inTheWay(refused), first.id);
    assert.match(refused.body.detail, /时段/);
    assert.equal(inTheWay(await desk.try({ service: 'card' }, one)), first.id);
    const english = await desk.post('/v1/reservations', booking(one, COUNTY), { language: 'en' });
    assert.match(english.body.detail, /half hour/);
    await desk.book({ ...COUNTY, start: '10:00' }, one);
    await desk.book({ service: 'card', start: '09:00' }, one);
  });

  test('are refused wherever the spans meet', async () => {
    const one = desk.fresh();
    const long = await desk.book({ service: 'two', start: '10:00' }, one);
    for (const start of ['10:00', '10:30'])
      assert.equal(inTheWay(await desk.try({ ...COUNTY, start }, one)), long.id);
    const short = await desk.book({ ...COUNTY, start: '11:00' }, one);
    await desk.cancel(long);
    assert.equal(inTheWay(await desk.try({ service: 'two', start: '10:30' }, one)), short.id);
    await desk.book({ service: 'two', start: '10:00' }, one);
  });

  test('on two days, of two people, or after a cancellation are none', async () => {
    const one = desk.fresh();
    const first = await desk.book({ start: '15:00' }, one);
    await desk.book({ ...COUNTY, start: '15:00', date: TODAY }, one);
    await desk.book({ ...COUNTY, start: '15:00' });
    await desk.cancel(first);
    await desk.book({ ...COUNTY, start: '15:00' }, one);
  });

  test('the same request again gets its first answer', async () => {
    const body = booking(desk.fresh(), { start: '14:00' });
    const first = await desk.post('/v1/reservations', body, { key: 'overlap-1' });
    const again = await desk.post('/v1/reservations', body, { key: 'overlap-1' });
    assert.deepEqual([again.status, again.text], [201, first.text]);
  });

  test('of a party, whoever is elsewhere then is named', async () => {
    const [one, two] = [desk.fresh(), desk.fresh()];
    const first = await desk.book({ ...COUNTY, start: '11:00' }, two);
    const refused = await desk.try({ start: '11:00', party: [two] }, one);
    assert.deepEqual([inTheWay(refused), refused.body.pointer], [first.id, '/party/0']);
    await desk.book({ start: '11:00' }, one);
  });

  test('every step of a package is asked; its own follow one another', async () => {
    const one = desk.fresh();
    const packaged = { service: undefined, package: 'both', start: '13:30' };
    const first = await desk.book({ ...COUNTY, start: '14:00' }, one);
    assert.equal(inTheWay(await desk.try(packaged, one)), first.id);
    await desk.cancel(first);
    const visit = await desk.book(packaged, one);
    assert.equal(inTheWay(await desk.try({ ...COUNTY, start: '13:30' }, one)), visit.id);
    assertProblem(await desk.try({ ...COUNTY, start: '14:00' }, one), 409, 'already-reserved');
  });

  test('the agent may be elsewhere', async () => {
    const [one, agent] = [desk.fresh(), desk.fresh()];
    await desk.book({ start: '16:00' }, agent);
    await desk.book({ ...COUNTY, start: '16:00', agent }, one);
  });

  test('moving asks too, but not of the place that is left', async () => {
    const one = desk.fresh();
    const move = ({ id }, place) =>
      desk.post(`/v1/reservations/${id}/reschedule`, { date: TOMORROW, ...place });
    const fixed = await desk.book({ ...COUNTY, start: '15:30' }, one);
    const moving = await desk.book({ service: 'two', start: '13:30' }, one);
    for (const start of ['15:00', '15:30'])
      assert.equal(inTheWay(await move(moving, { start })), fixed.id);
    assert.equal((await desk.get(`/v1/reservations/${moving.id}`)).body.start, '13:30');
    const shifted = await move(moving, { start: '14:00' });
    assert.deepEqual([shifted.status, shifted.body.start], [200, '14:00'], shifted.text);
    const back = await move(moving, { start: '16:00' });
    assert.deepEqual([back.status, back.body.start], [200, '16:00'], back.text);
  });
});

test('many at once in all halls: one of them', async (t) => {
  const desk = await openDesk(t, catalogue({ everywhere: 50 }), { workers: 2 });
  const one = desk.fresh();
  const wishes = [{ service: 'one' }, { service: 'card' }, { service: 'double' }, COUNTY];
  const bodies = Array.from({ length: 40 }, (_, n) => booking(one, wishes[n % wishes.length]));
  const answers = await stampede(desk.service, bodies, { token: desk.token });
  assert.deepEqual(count(answers.map(outcome)), { 201: 1, 'already-reserved': 39 });
  const booked = answers.find(({ status }) => status === 201).body.id;
  for (const answer of answers) if (answer.status !== 201) assert.equal(inTheWay(answer), booked);
  await desk.service.audit();
});

test('a city may allow it, and may change its mind', async (t) => {
  const allowing = catalogue({ limits: { overlap: 'allow' } });
  const desk = await openDesk(t, allowing);
  const one = desk.fresh();
  await desk.book({}, one);
  const second = await desk.book(COUNTY, one);
  await desk.service.load(catalogue({ limits: { overlap: 'refuse' } }));
  const third = await desk.try({ service: 'card' }, one);
  assertProblem(third, 409, 'already-reserved');
  await desk.cancel(second);
  assertProblem(await desk.try(COUNTY, one), 409, 'already-reserved');
  await desk.service.load(catalogue({ limits: { overlap: 'maybe' } }), { code: 1 });
});

test('who waits is passed over while he is elsewhere, and has his place after that', async (t) => {
  const desk = await openDesk(t, catalogue({ capacity: 1 }));
  const [first, second] = [await desk.book({ start: '09:30' }), await desk.book({ start: '11:00' })];
  const one = desk.fresh();
  const waiting = await desk.join(['09:30', '11:00'], { applicant: one });
  const other = await desk.join(['09:30']);
  const elsewhere = await desk.book({ ...COUNTY, start: '09:30' }, one);
  await desk.cancel(first);
  assert.deepEqual(await desk.states(waiting, other), [
    ['waiting', 1, null],
    ['promoted', 0, '09:30'],
  ]);
  await desk.service.audit();
  // Of his half hours the one that does not meet the other reservation.
  await desk.cancel(second);
  assert.deepEqual(await desk.states(waiting), [['promoted', 0, '11:00']]);
  const refused = await desk.ask(['09:30'], { applicant: one, service: 'double' });
  assert.equal(inTheWay(refused), elsewhere.id);
  const partly = await desk.ask(['09:30', '10:00'], { applicant: one, service: 'card' });
  assert.equal(partly.body.reservation?.start, '10:00', partly.text);
  await desk.service.audit();
});

test('an offer cannot be accepted by whoever is elsewhere then', async (t) => {
  const desk = await openDesk(t, cityWith({ waitlist_offer_minutes: 5 }, { capacity: 1 }));
  const [held] = await desk.fill(1);
  const applicant = desk.fresh();
  const entry = await desk.join(['09:30'], { applicant });
  await desk.cancel(held);
  const { offer } = await desk.entry(entry);
  const elsewhere = await desk.book(COUNTY, applicant);
  assert.equal(inTheWay(await desk.accept(offer)), elsewhere.id);
  await desk.cancel(elsewhere);
  const accepted = await desk.accept(offer);
  assert.deepEqual([accepted.status, accepted.body.status], [200, 'booked'], accepted.text);
  await desk.service.audit();
});

test('a closure offers a half hour in which its person is free', async (t) => {
  const desk = await openDesk(t, catalogue());
  const admin = await desk.service.token('city_admin', { city: CITY });
  const [one, two] = [desk.fresh(), desk.fresh()];
  const before_it = await desk.book({ service: 'card', start: '09:00' }, one);
  await desk.book({}, one);
  const other = await desk.book({}, two);
  const body = { date: TOMORROW, start: '09:30', end: '10:00', queue: 'A', reason: '停电', rebook: 'offer' };
  const closed = await desk.service.post(`/v1/halls/${HALL}/closures`, body, { token: admin });
  assert.equal(closed.status, 201, closed.text);
  const offers = closed.body.affected.map(({ offer }) => offer);
  assert.deepEqual(
    offers.map(({ start }) => start),
    ['10:00', '09:00'],
  );
  // Whoever books there meanwhile cannot move there; what is left does not count.
  const elsewhere = await desk.book({ ...COUNTY, start: '09:00' }, two);
  assert.equal(inTheWay(await desk.accept(offers[1])), elsewhere.id);
  assert.equal((await desk.get(`/v1/reservations/${other.id}`)).body.start, '09:30');
  const moved = await desk.accept(offers[0]);
  assert.deepEqual([moved.status, moved.body.start], [200, '10:00'], moved.text);
  assert.equal(await desk.statusOf(before_it), 'booked');
  await desk.service.audit();
});

test('a draw passes over whoever is elsewhere then', async (t) => {
  const city = cityWith({ allocation: 'lottery', lottery_minutes: 10 }, {
    release: { at: '10:00' },
  });
  const now = (time) => `${TODAY}T${time}:00+08:00`;
  const desk = await openDesk(t, city, { now: now('10:01') });
  const [one, two] = [desk.fresh(), desk.fresh()];
  const entries = [];
  for (const who of [one, two]) {
    const answer = await desk.try({}, who);
    assert.equal(answer.status, 202, answer.text);
    entries.push(answer.body);
  }
  const elsewhere = await desk.book(COUNTY, one);
  const late = await desk.try({ service: 'double' }, one);
  assert.equal(inTheWay(late), elsewhere.id);
  await desk.moveTo(now('10:10'));
  const path = `/v1/halls/${HALL}/draws/A/${TOMORROW}`;
  const list = await until('the draw is made', async () => {
    const { body } = await desk.get(path);
    return body.state === 'drawn' && body;
  }, 60_000);
  const resultOf = ({ draw }) => list.result.find(({ id }) => id === draw.entry);
  assert.equal(resultOf(entries[0]).refused, 'already-reserved');
  assert.equal(resultOf(entries[1]).placed, true);
  assert.equal(await desk.statusOf(entries[0]), 'not_drawn');
  await desk.service.audit();
});

test('people who booked before half hours stood in their entries are asked as well', async (t) => {
  const desk = await openDesk(t, catalogue());
  const one = desk.fresh();
  const first = await desk.book({}, one);
  // As an older version wrote the index of persons.
  const script = `local k = '{${CITY}}:persons' for _, p in ipairs(redis.call('HKEYS', k)) do redis.call('HSET', k, p, (redis.call('HGET', k, p):gsub('%+..', ''))) end return 1`;
  assert.deepEqual(await desk.service.redis(`EVAL "${script}" 0`), [':1']);
  assert.equal(inTheWay(await desk.try(COUNTY, one)), first.id);
  const inVisit = await desk.try({ ...COUNTY, party: [one] });
  assert.equal(inTheWay(inVisit), first.id);
  await desk.book({ ...COUNTY, start: '10:00' }, one);
  await desk.service.audit();
  await desk.cancel(first);
  await desk.book({ service: 'card' }, one);
  await desk.service.audit();
});
