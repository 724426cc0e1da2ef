// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A hall that never closes, around midnight: the half hour before it is late until behind it, the
// one after it is early before it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { catalogue, HALL, TODAY, TOMORROW } from './catalogue.mjs';
import { assertProblem, startService } from './harness.mjs';
import { young } from './person.mjs';
import { until } from './process.mjs';
import { at, Floor, moveClock } from './tickets.mjs';

/** The city hall is open day and night. */
function dayAndNight(options) {
  const city = catalogue(options);
  const hours = { 'mon-fri': ['00:00-24:00'], sat: [], sun: [], make_up_workdays: true };
  return { ...city, halls: city.halls.map((hall) => (hall.id === HALL ? { ...hall, hours } : hall)) };
}

const who = (n) => ({ applicant: young(n) });
const withNumber = (n) => ({ id_number: young(n).id_number });

describe('who is late for the last half hour comes behind midnight', () => {
  const people = ['by id', 'by number', 'by code', 'walks in', 'no walk-in left', 'absent', 'later'];
  let floor;
  const of = {};
  before(async () => {
    const city = dayAndNight({ limits: { no_shows: 1 } });
    const service = await startService({ catalogue: city, now: at('21:55'), workers: 2 });
    floor = await Floor.open(service);
    for (const [n, name] of people.entries()) of[name] = await floor.booked(n, { start: '23:30' });
    of.package = await floor.booked(20, { service: undefined, package: 'both', start: '23:00' });
    await moveClock(service, `${TOMORROW}T00:05:00+08:00`);
  });
  after(() => floor?.service.stop());

  const status = async (name) => (await floor.reservation(of[name])).status;
  const isTold = (answer) => {
    const { detail } = assertProblem(answer, 409, 'too-late');
    assert.match(detail, /现场取号/);
    assert.match(detail, /爽约/);
  };

  test('he is told to take a number, and that it does not count', async () => {
    isTold(await floor.checkIn(of['by id']));
    isTold(await floor.checkIn(of['by id'], floor.tokens.clerk));
    isTold(await floor.show(withNumber(people.indexOf('by number'))));
    isTold(await floor.show({ code: of['by code'].code.toLowerCase() }));
    assert.equal(await status('by id'), 'booked');
    const path = `/v1/reservations/${of['by id'].id}/check-in`;
    const english = await floor.service.post(path, undefined, {
      token: floor.tokens.kiosk,
      language: 'en',
    });
    assert.match(english.body.detail, /no-show/);
  });

  test('a number that he takes with his identity tells as much', async () => {
    await floor.walkIn(who(people.indexOf('walks in')));
    await floor.walkIn(who(people.indexOf('by id')));
  });

  test('with his late minutes his reservation ends; who was absent is a no-show', async () => {
    await moveClock(floor.service, `${TOMORROW}T00:29:58+08:00`);
    await until('the late minutes are over', async () => (await status('absent')) !== 'booked');
    for (const name of ['by id', 'by number', 'by code', 'walks in'])
      assert.equal(await status(name), 'cancelled', name);
    assert.equal(await status('absent'), 'no_show');
    assert.equal(await status('package'), 'no_show');
    for (const name of people.slice(0, 4))
      await floor.booked(people.indexOf(name), { date: TOMORROW, start: '15:00' });
    const absent = await floor.book(people.indexOf('absent'), { date: TOMORROW, start: '15:00' });
    assertProblem(absent, 403, 'booking-suspended');
    await floor.service.audit();
  });

  test('behind them he is too late', async () => {
    await moveClock(floor.service, `${TOMORROW}T00:31:30+08:00`);
    const { detail } = assertProblem(await floor.checkIn(of.later), 409, 'wrong-state');
    assert.match(detail, /现场取号/);
    assertProblem(await floor.show({ code: of.later.code }), 404, 'not-found');
    assertProblem(await floor.show(withNumber(people.indexOf('later'))), 404, 'not-found');
    await floor.service.audit();
  });
});

describe('who is early for the first half hour comes before midnight', () => {
  let floor;
  const of = {};
  before(async () => {
    const service = await startService({ catalogue: dayAndNight(), now: at('21:55') });
    floor = await Floor.open(service);
    for (const [n, name] of ['number', 'code', 'both'].entries())
      of[name] = await floor.booked(n, { date: TOMORROW, start: '00:00' });
    of.tonight = await floor.booked(2, { start: '23:00' });
    of.next = await floor.booked(3, { date: TOMORROW, start: '00:30' });
    await moveClock(service, at('23:20'));
  });
  after(() => floor?.service.stop());

  test('more than half an hour before, it is another day', async () => {
    assertProblem(await floor.show(withNumber(0)), 404, 'not-found');
    assertProblem(await floor.show({ code: of.code.code }), 404, 'not-found');
    const { number } = await floor.walkIn(who(30));
    assert.equal(assertProblem(await floor.issue(who(30)), 409, 'already-ticketed').number, number);
  });

  test('from then on he is found by number and by code, and needs no walk-in number', async () => {
    await moveClock(floor.service, at('23:40'));
    const walkIn = assertProblem(await floor.issue(who(0)), 409, 'already-ticketed');
    assert.equal(walkIn.reservation, of.number.id);
    const tickets = [
      await floor.show(withNumber(0)),
      await floor.show(withNumber(0)),
      await floor.show({ code: of.code.code }),
    ];
    for (const answer of tickets) assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(
      tickets.map(({ body }) => body.reservation),
      [of.number.id, of.number.id, of.code.id],
    );
    for (const shown of [withNumber(3), { code: of.next.code }])
      assert.equal(
        assertProblem(await floor.show(shown), 409, 'too-early').opens_at,
        at('00:00', TOMORROW),
      );
    await floor.walkIn(who(3));
  });

  test('what he has tonight comes first', async () => {
    const first = await floor.show(withNumber(2));
    assert.deepEqual([first.status, first.body.reservation], [200, of.tonight.id], first.text);
  });

  test('behind midnight he is called', async () => {
    await moveClock(floor.service, `${TODAY}T23:59:58+08:00`);
    await until('the day is over', async () => (await floor.issue()).body.issued_at?.startsWith(TOMORROW));
    await floor.does('A1', 'open');
    const { ticket } = await floor.does('A1', 'call-next');
    assert.equal(ticket.reservation, of.number.id);
    await floor.service.audit();
  });
});
