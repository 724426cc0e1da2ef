// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Walk-ins who say who they are: one open number a person, so many a day, and whoever has booked is
// checked in.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { catalogue, COUNTY_HALL, HALL, TOMORROW } from './catalogue.mjs';
import { assertProblem, startService } from './harness.mjs';
import { young } from './person.mjs';
import { at, Floor, moveClock } from './tickets.mjs';

/** The catalogue with rules for walk-ins in the city hall. */
const withWalkIns = (walk_ins, city = catalogue({ capacity: 50 })) => ({
  ...city,
  halls: city.halls.map((hall) => (hall.id === HALL ? { ...hall, walk_ins } : hall)),
});

async function openFloor(t, city, now = '09:02', options) {
  const service = await startService({ catalogue: city, now: at(now), ...options });
  t?.after(() => service.stop());
  return Floor.open(service);
}

const who = (n) => ({ applicant: young(n) });
const errorsOf = (answer) =>
  assertProblem(answer, 400, 'invalid-request').errors.map(({ pointer }) => pointer);
const ticketed = (answer) => assertProblem(answer, 409, 'already-ticketed');
const daysLimit = (answer) => assertProblem(answer, 409, 'limit-reached').limit;

describe('one open number a person', () => {
  let floor;
  before(async () => {
    floor = await openFloor(null, withWalkIns({ per_person_day: 100 }));
    await floor.does('A1', 'open');
  });
  after(async () => {
    await floor?.service.audit();
    await floor?.service.stop();
  });

  test('the same card again is told its number, for whichever service and by whom', async () => {
    const first = await floor.walkIn(who(1));
    const answers = [
      await floor.issue(who(1)),
      await floor.issue({ ...who(1), service: 'card' }),
      await floor.issue({ ...who(1), priority: 'pregnant' }, { token: floor.tokens.clerk }),
    ];
    for (const answer of answers) {
      const { ticket, number, reservation, detail } = ticketed(answer);
      assert.deepEqual([ticket, number, reservation], [first.id, first.number, undefined]);
      assert.match(detail, /请勿重复取号/);
    }
    const english = await floor.issue(who(1), { language: 'en' });
    assert.match(english.body.detail, /number/);
    assert.notEqual((await floor.walkIn(who(2))).id, first.id);
    assert.notEqual((await floor.walkIn()).id, first.id, 'who is not named is nobody');
    assert.equal(await floor.callsNext('A1'), first.number);
    assert.equal(ticketed(await floor.issue(who(1))).ticket, first.id, 'called');
    await floor.does('A1', 'start');
    assert.equal(ticketed(await floor.issue(who(1))).ticket, first.id, 'serving');
    await floor.does('A1', 'park');
    assert.equal(ticketed(await floor.issue(who(1))).ticket, first.id, 'parked');
    await floor.does('A1', 'resume', { ticket: first.id });
    await floor.does('A1', 'transfer', { queue: 'B' });
    assert.equal(ticketed(await floor.issue(who(1))).ticket, first.id, 'transferred');
    await floor.does('B1', 'open');
    assert.equal(await floor.servesNext('B1'), first.number);
    assert.notEqual((await floor.walkIn(who(1))).id, first.id, 'done');
  });

  test('who was missed may take another; who came back is in line again', async () => {
    for (;;) {
      const { ticket } = await floor.does('A1', 'call-next');
      if (!ticket) break;
      await floor.does('A1', 'start');
      await floor.does('A1', 'finish');
    }
    const first = await floor.walkIn(who(3));
    await floor.callsNext('A1');
    await floor.does('A1', 'miss');
    const second = await floor.walkIn(who(3));
    assert.notEqual(second.id, first.id);
    await floor.does('A1', 'resume', { ticket: first.id });
    assert.equal(ticketed(await floor.issue(who(3))).ticket, first.id);
  });

  test('a repeated request gets its first answer, also while the number is open', async () => {
    const key = 'walk-in-4';
    const first = await floor.issue(who(4), { key });
    assert.equal(first.status, 201, first.text);
    const again = await floor.issue(who(4), { key });
    assert.deepEqual([again.status, again.body.id], [201, first.body.id], again.text);
    assert.equal(ticketed(await floor.issue(who(4), { key: 'walk-in-5' })).ticket, first.body.id);
    const refused = await floor.issue(who(4), { key: 'walk-in-5' });
    assert.equal(ticketed(refused).ticket, first.body.id, 'a refused key is free');
  });

  test('another hall is another line', async () => {
    const there = await Floor.open(floor.service, COUNTY_HALL);
    const first = await floor.walkIn(who(6));
    const other = await there.issue(who(6));
    assert.equal(other.status, 201, other.text);
    assert.equal(ticketed(await there.issue(who(6))).ticket, other.body.id);
    assert.equal(ticketed(await floor.issue(who(6))).ticket, first.id);
  });

  test('the next day begins anew', async () => {
    const first = await floor.walkIn(who(7));
    await moveClock(floor.service, at('09:02', TOMORROW));
    assert.notEqual((await floor.walkIn(who(7))).id, first.id);
    await floor.service.audit();
    await moveClock(floor.service, at('09:10'));
  });
});

describe('who has booked is checked in', () => {
  let floor;
  const of = {};
  before(async () => {
    floor = await openFloor(null, catalogue({ capacity: 50 }), '08:20');
    const wanted = {
      same: {},
      other: { service: 'card', start: '14:00' },
      package: { service: undefined, package: 'both', start: '09:30' },
      companion: {},
      late: { start: '09:00' },
      elsewhere: { hall: COUNTY_HALL, start: '10:00' },
      tomorrow: { date: TOMORROW },
      cancelled: { start: '11:00' },
    };
    for (const [n, [name, extra]] of Object.entries(wanted).entries()) {
      const party = name === 'companion' ? { party: [young(200)] } : {};
      of[name] = { ...(await floor.booked(100 + n, { ...extra, ...party })), person: 100 + n };
    }
    await floor.service.post(`/v1/reservations/${of.cancelled.id}/cancel`, undefined, {
      token: floor.tokens.gateway,
    });
    await moveClock(floor.service, at('09:02'));
    await floor.does('A1', 'open');
  });
  after(async () => {
    await floor?.service.audit();
    await floor?.service.stop();
  });

  test('a walk-in number is refused with the reservation, for whichever service', async () => {
    for (const [one, service] of [
      ['same', 'one'],
      ['same', 'card'],
      ['other', 'card'],
      ['other', 'one'],
      ['package', 'one'],
      ['package', 'card'],
    ]) {
      const { reservation, ticket, detail } = ticketed(
        await floor.issue({ ...who(of[one].person), service }),
      );
      assert.deepEqual([reservation, ticket], [of[one].id, undefined]);
      assert.match(detail, /签到/);
    }
    const companion = ticketed(await floor.issue(who(200)));
    assert.match(companion.reservation, new RegExp(`^${HALL}\\.20261123\\.A-`));
    assert.notEqual(companion.reservation, of.companion.id);
    const english = await floor.issue(who(of.same.person), { language: 'en' });
    assert.match(english.body.detail, /[Cc]heck/);
  });

  test('once checked in, the number that there is; served, another one', async () => {
    const ticket = await floor.checkedIn(of.same);
    assert.equal(ticketed(await floor.issue(who(of.same.person))).ticket, ticket.id);
    await floor.does('A1', 'call', { ticket: ticket.id });
    await floor.does('A1', 'miss');
    const missed = ticketed(await floor.issue(who(of.same.person)));
    assert.equal(missed.reservation, of.same.id, 'who missed the call checks in again');
    assert.equal((await floor.checkedIn(of.same)).id, ticket.id);
    await floor.does('A1', 'call', { ticket: ticket.id });
    await floor.does('A1', 'start');
    await floor.does('A1', 'finish');
    assert.equal((await floor.reservation(of.same)).status, 'done');
    assert.equal((await floor.walkIn(who(of.same.person))).kind, 'walk_in');
  });

  test('of another hall, another day, or one that is cancelled stands in nobody’s way', async () => {
    for (const one of ['elsewhere', 'tomorrow', 'cancelled'])
      await floor.walkIn(who(of[one].person));
  });

  test('two at once, one checking in and one taking a number: one number', async () => {
    const { id_number } = young(of.package.person);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 ? floor.issue(who(of.package.person)) : floor.show({ id_number }),
      ),
    );
    const given = answers.filter(({ status }) => status < 300).map(({ body }) => body.id);
    assert.deepEqual([new Set(given).size, given.length], [1, 10]);
    for (const answer of answers.filter(({ status }) => status >= 300)) ticketed(answer);
  });

  test('who comes to his booking with an open number for it gives that one up', async () => {
    const first = await floor.walkIn(who(300));
    const other = await floor.walkIn(who(301));
    const booked = await floor.booked(300, { start: '10:00' });
    const card = await floor.booked(301, { service: 'card', start: '10:00' });
    assert.equal(ticketed(await floor.issue(who(300))).ticket, first.id);
    await moveClock(floor.service, at('09:32'));
    const ticket = await floor.checkedIn(booked);
    assert.notEqual(ticket.id, first.id);
    assert.equal((await floor.read(first)).body.status, 'cancelled');
    assert.equal(ticketed(await floor.issue(who(300))).ticket, ticket.id);
    // For another service he waits in two lines.
    await floor.checkedIn(card);
    assert.equal((await floor.read(other)).body.status, 'waiting');
    await floor.service.audit();
  });

  test('once it has lapsed, a walk-in number it is, and the person stays a no-show', async () => {
    assert.equal(ticketed(await floor.issue(who(of.late.person))).reservation, of.late.id);
    await moveClock(floor.service, at('10:02'));
    await floor.walkIn(who(of.late.person));
  });
});

test('who missed his call, took another number and is resumed gives the other one up', async (t) => {
  const floor = await openFloor(t, withWalkIns({ one_open: true }));
  await floor.does('A1', 'open');
  const missedBy = async (n) => {
    const { number } = await floor.walkIn(who(n));
    await floor.does('A1', 'call', { ticket: number });
    await floor.does('A1', 'miss');
    return number;
  };
  const status = async (ticket) => (await floor.read(ticket)).body.status;
  const first = await missedBy(1);
  const second = await floor.walkIn({ ...who(1), service: 'card' });
  const others = [await floor.walkIn(who(2)), await floor.walkIn()];
  const { ticket } = await floor.does('A1', 'resume', { ticket: first });
  assert.equal(ticket.status, 'waiting');
  assert.equal(await status(second), 'cancelled');
  for (const other of others) assert.equal(await status(other), 'waiting');
  assert.equal(ticketed(await floor.issue(who(1))).ticket, ticket.id);
  await floor.service.audit();

  // Where a person may have several, he keeps them.
  await floor.service.load(withWalkIns({ one_open: false }));
  const again = await missedBy(3);
  const kept = await floor.walkIn(who(3));
  await floor.does('A1', 'resume', { ticket: again });
  assert.equal(await status(kept), 'waiting');
  await floor.service.audit();
});

test('so many numbers a person and day, whatever became of them', async (t) => {
  const floor = await openFloor(t, withWalkIns({ per_person_day: 2 }));
  await floor.does('A1', 'open');
  for (let n = 0; n < 2; n++) {
    await floor.walkIn(who(1));
    await floor.servesNext('A1');
  }
  const refused = await floor.issue({ ...who(1), service: 'card' });
  assert.equal(daysLimit(refused), 'per_person_day');
  assert.equal(refused.body.until, at('00:00', TOMORROW));
  await floor.walkIn(who(2));
  for (let n = 0; n < 3; n++) await floor.walkIn();
  await moveClock(floor.service, at('09:02', TOMORROW));
  await floor.walkIn(who(1));
  await floor.service.audit();
});

test('three a day unless the hall says otherwise; several open ones where it says so', async (t) => {
  const floor = await openFloor(t, withWalkIns({ one_open: false }));
  for (let n = 0; n < 3; n++) await floor.walkIn(who(1));
  assert.equal(daysLimit(await floor.issue(who(1))), 'per_person_day');
  const booked = await floor.booked(2, { start: '10:00' });
  assert.equal(ticketed(await floor.issue(who(2))).reservation, booked.id);
  await moveClock(floor.service, at('09:40'));
  await floor.checkedIn(booked);
  await floor.walkIn({ ...who(2), service: 'card' });
  await floor.service.audit();
});

test('many kiosks at once: one number, the others are told it', async (t) => {
  const floor = await openFloor(t, catalogue({ capacity: 50 }), '09:02', { workers: 2 });
  const workers = await floor.service.connectionsByWorker(8);
  const pipes = workers.flatMap((worker) => worker.pipes);
  const path = `/v1/halls/${HALL}/tickets`;
  const token = floor.tokens.kiosk;
  const answers = await Promise.all(
    pipes.flatMap((pipe, n) =>
      [1, 2].map((person) =>
        pipe.send('POST', path, {
          token,
          body: { ...who(person), service: n % 3 ? 'one' : 'card' },
        }),
      ),
    ),
  );
  for (const person of [0, 1]) {
    const own = answers.filter((_, n) => n % 2 === person);
    const made = own.filter(({ status }) => status === 201);
    assert.equal(made.length, 1);
    for (const answer of own)
      if (answer.status !== 201) assert.equal(ticketed(answer).ticket, made[0].body.id);
  }
  for (const pipe of pipes) pipe.close();
  await floor.service.audit();
});

test('a hall may ask for everybody’s identity, or for nobody’s', async (t) => {
  const floor = await openFloor(t, withWalkIns({ identity: 'required' }));
  const refused = await floor.issue();
  assert.deepEqual(errorsOf(refused), ['/applicant']);
  assert.match(refused.body.errors[0].detail, /实名/);
  assert.deepEqual(errorsOf(await floor.issue({ service: 'x' })).sort(), ['/applicant', '/service']);
  assert.deepEqual(errorsOf(await floor.issue({}, { token: floor.tokens.clerk })), ['/applicant']);
  await floor.walkIn(who(1));
  const there = await Floor.open(floor.service, COUNTY_HALL);
  await there.walkIn();

  await floor.service.load(withWalkIns({ identity: 'none' }));
  assert.deepEqual(errorsOf(await floor.issue(who(2))), ['/applicant']);
  await floor.walkIn();
  await floor.service.audit();
});
