// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Arrival: check-in of reservations, walk-ins' numbers, reading a ticket.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, startService } from './harness.mjs';
import {
  catalogue,
  CITY,
  COUNTY_HALL,
  HALL,
  OTHER_CITY,
  otherCity,
  TODAY,
  TOMORROW,
  withCapacity,
  withQueue,
} from './catalogue.mjs';
import { inParallel } from './closing.mjs';
import { person, young } from './person.mjs';
import { until } from './process.mjs';
import { at, Floor, moveClock } from './tickets.mjs';

const errorsOf = (answer) =>
  assertProblem(answer, 400, 'invalid-request').errors.map(({ pointer }) => pointer);

describe('check-in', () => {
  let service;
  let floor;
  const of = {};
  before(async () => {
    service = await startService({ catalogue: [catalogue(), otherCity()], now: at('08:15') });
    floor = await Floor.open(service);
    const wanted = {
      plain: {},
      repeated: {},
      coded: {},
      scanned: {},
      known: {},
      later: { start: '14:00' },
      several: {},
      cancelled: {},
      tomorrow: { date: TOMORROW },
      county: { hall: COUNTY_HALL },
      moved: { start: '15:00' },
      package: { service: undefined, package: 'both' },
      absent: {},
      late: {},
      lapsed: { service: 'card' },
    };
    for (const [n, [name, extra]] of Object.entries(wanted).entries())
      of[name] = { ...(await floor.booked(n, extra)), person: n };
    await floor.booked(of.several.person, { service: 'two', start: '14:00' });
    await service.post(`/v1/reservations/${of.cancelled.id}/cancel`, undefined, {
      token: floor.tokens.gateway,
    });
    const moved = await service.post(
      `/v1/reservations/${of.moved.id}/reschedule`,
      { date: TODAY, start: '09:00', hall: COUNTY_HALL },
      { token: floor.tokens.gateway },
    );
    assert.equal(moved.body.hall, COUNTY_HALL, moved.text);
    of.moved = { ...of.moved, code: moved.body.code };
  });
  after(() => service?.stop());

  test('before 30 minutes to the half hour is too early, and says when', async () => {
    const { opens_at } = assertProblem(await floor.checkIn(of.plain), 409, 'too-early');
    assert.equal(opens_at, at('08:30'));
    const shown = assertProblem(await floor.show({ code: of.plain.code }), 409, 'too-early');
    assert.equal(shown.opens_at, at('08:30'));
    const other = assertProblem(await floor.checkIn(of.tomorrow), 409, 'too-early');
    assert.equal(other.opens_at, at('08:30', TOMORROW));
    assert.equal((await floor.reservation(of.plain)).status, 'booked');
  });

  test('from then on gives a ticket, and the reservation knows its number', async () => {
    await moveClock(service, at('08:31'));
    const answer = await floor.checkIn(of.plain);
    assert.equal(answer.status, 200, answer.text);
    const { id, issued_at, ahead, wait_seconds, ...rest } = answer.body;
    assert.match(id, new RegExp(`^${HALL}\\.20261123\\.A-t1-`));
    assert.match(issued_at, /^2026-11-23T08:3[12]:/);
    assert.equal(ahead, 0);
    assert.ok(wait_seconds.p90 >= wait_seconds.p50);
    assert.deepEqual(rest, {
      number: 'A001',
      hall: HALL,
      queue: 'A',
      service: 'one',
      kind: 'appointment',
      priority: 'normal',
      status: 'waiting',
      window: null,
      calls: 0,
      called_at: null,
      started_at: null,
      finished_at: null,
      reservation: of.plain.id,
    });
    const { status, number } = await floor.reservation(of.plain);
    assert.deepEqual([status, number], ['checked_in', 'A001']);
    assert.equal((await floor.reservation(of.repeated)).number, null);
  });

  test('once more, by whom and how ever, gives the same ticket', async () => {
    const first = await floor.checkedIn(of.repeated);
    const answers = [
      await floor.checkIn(of.repeated, floor.tokens.gateway),
      await floor.checkIn(of.repeated, floor.tokens.clerk),
      await floor.show({ code: of.repeated.code }),
      await floor.show({ id_number: young(of.repeated.person).id_number }),
    ];
    for (const { status, body, text } of answers)
      assert.deepEqual([status, body.id], [200, first.id], text);
    const all = await inParallel(Array.from({ length: 20 }), () => floor.checkIn(of.repeated));
    assert.deepEqual([...new Set(all.map(({ body }) => body.id))], [first.id]);
  });

  test('takes a code, also as it is scanned and in lower case, or an ID number', async () => {
    const coded = await floor.show({ code: of.coded.code.toLowerCase().replace('a', 'A') });
    assert.equal(coded.body.reservation, of.coded.id, coded.text);
    const scanned = await floor.show({ code: of.scanned.id }, floor.tokens.clerk);
    assert.equal(scanned.body.reservation, of.scanned.id, scanned.text);
    const known = await floor.show({ id_number: young(of.known.person).id_number });
    assert.equal(known.body.reservation, of.known.id, known.text);
  });

  test('of several reservations of a person takes the one that it is time for', async () => {
    const now = of.several;
    const { id_number } = young(now.person);
    const first = await floor.show({ id_number });
    assert.equal(first.body.reservation, now.id, first.text);
    // What is checked in comes before what is too early still.
    const again = await floor.show({ id_number });
    assert.equal(again.body.id, first.body.id, again.text);
    const early = await floor.show({ id_number: young(of.later.person).id_number });
    assert.equal(assertProblem(early, 409, 'too-early').opens_at, at('13:30'));
  });

  test('finds nothing for a wrong code, another salt, a stranger, another hall', async () => {
    const [queue, sequence, salt] = of.later.code.split('-');
    const other = salt === '000000' ? '111111' : '000000';
    for (const body of [
      { code: `${queue}-${sequence}-${other}` },
      { code: `${queue}-999-${salt}` },
      { code: of.county.code },
      { id_number: young(7777).id_number },
      { id_number: young(of.county.person).id_number },
      { id_number: young(of.tomorrow.person).id_number },
    ])
      assertProblem(await floor.show(body), 404, 'not-found');
    const guessed = of.later.id.replace(salt, other);
    assertProblem(await floor.checkIn({ id: guessed }), 404, 'not-found');
    assertProblem(await floor.checkIn({ id: 'nonsense' }), 404, 'not-found');
  });

  test('is for what stands in the hall: elsewhere it is 403', async () => {
    assertProblem(await floor.checkIn(of.county), 403, 'forbidden');
    assertProblem(await floor.show({ code: of.county.id }), 403, 'forbidden');
    assertProblem(await floor.checkIn(of.moved), 403, 'forbidden');
    const there = await Floor.open(service, COUNTY_HALL);
    const moved = await there.show({ code: of.moved.code });
    assert.deepEqual([moved.body.hall, moved.body.reservation], [COUNTY_HALL, of.moved.id]);
    const anywhere = await floor.checkIn(of.county, floor.tokens.gateway);
    assert.equal(anywhere.body.number, 'A002', anywhere.text);
  });

  test('names each fault of what is shown', async () => {
    assert.deepEqual(errorsOf(await floor.show({})), ['']);
    const both = { code: of.later.code, id_number: young(of.later.person).id_number };
    assert.deepEqual(errorsOf(await floor.show(both)), ['']);
    assert.deepEqual(errorsOf(await floor.show({ code: 'A-12' })), ['/code']);
    assert.deepEqual(errorsOf(await floor.show({ code: 7 })), ['/code']);
    assert.deepEqual(errorsOf(await floor.show({ id_number: '110105194912310021' })), [
      '/id_number',
    ]);
    assert.deepEqual(errorsOf(await floor.show({ code: of.later.code, name: 'x' })), ['/name']);
  });

  test('is refused in a wrong state', async () => {
    const { state } = assertProblem(await floor.checkIn(of.cancelled), 409, 'wrong-state');
    assert.equal(state, 'cancelled');
  });

  test('who may not', async () => {
    const path = `/v1/reservations/${of.later.id}/check-in`;
    assertProblem(await service.post(path), 401, 'unauthorized');
    for (const [role, city, hall] of [
      ['display', CITY, HALL],
      ['auditor', CITY],
      ['kiosk', CITY, COUNTY_HALL],
      ['gateway', OTHER_CITY],
    ]) {
      const token = await service.token(role, { city, hall, ttl: '0' });
      assertProblem(await service.post(path, undefined, { token }), 403, 'forbidden');
    }
    for (const [role, hall] of [['gateway'], ['hall_admin', HALL], ['kiosk', COUNTY_HALL]]) {
      const token = await service.token(role, { city: CITY, hall, ttl: '0' });
      assertProblem(await floor.show({ code: of.later.code }, token), 403, 'forbidden');
    }
  });

  test('a package is checked in with all its steps under one number', async () => {
    const { number, service: first } = await floor.checkedIn(of.package);
    assert.equal(first, 'one');
    const { status, number: told } = await floor.reservation(of.package);
    assert.deepEqual([status, told], ['checked_in', number]);
    // By the second step's entry among the person's: the same visit.
    const again = await floor.show({ id_number: young(of.package.person).id_number });
    assert.equal(again.body.number, number, again.text);
  });

  test('late is possible as long as the queue keeps the place, then it has lapsed', async () => {
    await moveClock(service, at('09:58'));
    const late = await floor.checkIn(of.late);
    assert.deepEqual([late.status, late.body.status], [200, 'waiting'], late.text);
    // The hall keeps places shorter from now on than when the no-shows were to be looked for.
    await service.load(withQueue(catalogue(), 'B', { late_minutes: 5 }));
    assertProblem(await floor.checkIn(of.lapsed), 409, 'too-late');
    assert.equal((await floor.reservation(of.lapsed)).status, 'booked');
    await moveClock(service, at('10:01'));
    await until('who did not come is a no-show', async () => {
      return (await floor.reservation(of.absent)).status === 'no_show';
    });
    const { state } = assertProblem(await floor.checkIn(of.absent), 409, 'wrong-state');
    assert.equal(state, 'no_show');
    // Whoever is checked in is none, however long he waits.
    assert.equal((await floor.reservation(of.plain)).status, 'checked_in');
    assert.equal((await floor.reservation(of.late)).status, 'checked_in');
  });

  test("a day's numbers have no gaps, the next day begins anew", async () => {
    const numbers = [];
    const { number } = await floor.walkIn();
    const count = Number(number.slice(1));
    for (let n = 1; n <= count; n++) numbers.push(`A${String(n).padStart(3, '0')}`);
    const fields = await service.redis(`HGET {${CITY}}:tickets:20261123 "${HALL} A tseq"`);
    assert.ok(fields.includes(String(count)), fields.join());
    await moveClock(service, at('09:01', TOMORROW));
    const next = await floor.checkIn(of.tomorrow);
    assert.deepEqual([next.body.number, next.body.ahead], ['A001', 0], next.text);
    // Yesterday's ticket stays what it was, and joins no line of today.
    assertProblem(await floor.checkIn(of.plain), 409, 'wrong-state');
    await service.audit();
  });
});

describe('the health code at check-in and for walk-ins', () => {
  let service;
  let floor;
  let authority;
  const of = {};
  const interceptions = async (code) => {
    const { text } = await service.get('/metrics');
    const name = 'jiaohao_health_interceptions_total';
    return new RegExp(`^${name}\\{code="${code}"\\} (\\d+)$`, 'm').exec(text)?.[1];
  };
  const push = (n, code) =>
    service.post(
      '/v1/health-codes',
      { codes: [{ id_number: young(n).id_number, code }] },
      { token: authority },
    );
  before(async () => {
    const eligibility = { mode: 'required', on_unknown: 'desk' };
    service = await startService({ catalogue: catalogue({ eligibility }), now: at('08:20') });
    floor = await Floor.open(service);
    authority = await service.token('health_authority', { city: CITY, ttl: '0' });
    for (const n of [1, 2]) {
      await push(n, 'green');
      of[n] = await floor.booked(n);
    }
    of[3] = await floor.booked(3);
    await moveClock(service, at('08:40'));
  });
  after(() => service?.stop());

  test('is asked again', async () => {
    await push(1, 'red');
    const refused = assertProblem(await floor.checkIn(of[1]), 403, 'health-code-not-green');
    assert.equal(refused.code, 'red');
    assert.equal((await floor.reservation(of[1])).status, 'booked');
    assert.equal(await interceptions('red'), '1');
    await push(1, 'green');
    const { desk_check, number } = await floor.checkedIn(of[1]);
    assert.deepEqual([number, desk_check], ['A001', undefined]);
    assert.equal((await floor.checkedIn(of[2])).number, 'A002');
  });

  test('unknown is told to the desk', async () => {
    const ticket = await floor.checkedIn(of[3]);
    assert.equal(ticket.desk_check, true);
    assert.equal((await floor.read(ticket)).body.desk_check, true);
  });

  test('of a walk-in who shows an ID is asked too', async () => {
    await moveClock(service, at('09:02'));
    await push(4, 'yellow');
    const refused = await floor.issue({ applicant: young(4) });
    assert.equal(assertProblem(refused, 403, 'health-code-not-green').code, 'yellow');
    assert.equal((await floor.walkIn({ applicant: young(5) })).desk_check, true);
    await push(6, 'green');
    assert.equal((await floor.walkIn({ applicant: young(6) })).desk_check, undefined);
    assert.equal((await floor.walkIn()).desk_check, undefined);
    assert.equal(await interceptions('yellow'), '1');
  });
});

describe('walk-ins', () => {
  let service;
  let floor;
  let appointment;
  before(async () => {
    let city = withQueue(catalogue(), 'B', { walk_ins_per_slot: 2 });
    const spare = {
      id: 'C',
      name: '咨询窗口',
      prefix: 'CX',
      services: ['county.only'],
      windows: [{ id: 'C1', name: '咨询1' }],
      capacity: { 'mon-fri': { default: 0, '14:00': 3 } },
      walk_ins_per_slot: 0,
    };
    city = {
      ...city,
      halls: city.halls.map((hall) =>
        hall.id === HALL ? { ...hall, queues: [...hall.queues, spare] } : hall,
      ),
    };
    service = await startService({ catalogue: city, now: at('08:20') });
    floor = await Floor.open(service);
    appointment = await floor.booked(300, { service: 'card', start: '09:30' });
    await moveClock(service, at('09:02'));
  });
  after(() => service?.stop());

  test('get a ticket and where it is read, by anyone who has its id', async () => {
    const { status, headers, body, text } = await floor.issue();
    assert.equal(status, 201, text);
    assert.equal(headers.location, `/v1/tickets/${body.id}`);
    const { id, issued_at, ahead, wait_seconds, ...rest } = body;
    assert.match(id, new RegExp(`^${HALL}\\.20261123\\.A-t1-`));
    assert.match(issued_at, /^2026-11-23T09:0[23]:/);
    assert.deepEqual([ahead, typeof wait_seconds.p50], [0, 'number']);
    assert.deepEqual(rest, {
      number: 'A001',
      hall: HALL,
      queue: 'A',
      service: 'one',
      kind: 'walk_in',
      priority: 'normal',
      status: 'waiting',
      window: null,
      calls: 0,
      called_at: null,
      started_at: null,
      finished_at: null,
      reservation: null,
    });
    const read = await service.get(headers.location);
    assert.equal(read.status, 200);
    assert.deepEqual({ ...read.body, wait_seconds }, body);
    assert.ok(!read.text.includes(person(0).name));
  });

  test('stand behind who came before, of their own queue', async () => {
    const second = await floor.walkIn();
    const other = await floor.walkIn({ service: 'card' });
    assert.deepEqual([second.number, second.ahead], ['A002', 1]);
    assert.deepEqual([other.number, other.queue, other.ahead], ['B001', 'B', 0]);
    assert.ok(second.wait_seconds.p50 > 0 && second.wait_seconds.p90 > second.wait_seconds.p50);
  });

  test('an id that does not fit finds nothing', async () => {
    const { id } = await floor.walkIn();
    const salt = id.slice(-6);
    const others = [
      id.replace(salt, salt === '000000' ? '111111' : '000000'),
      id.replace(/-t\d+-/, '-t999-'),
      id.replace('-t', '-'),
      id.replace('20261123', '20261122'),
      'nonsense',
      HALL,
    ];
    for (const other of others)
      assertProblem(await service.get(`/v1/tickets/${other}`), 404, 'not-found');
    const lower = id.replace(salt, salt.toLowerCase());
    assert.equal((await service.get(`/v1/tickets/${lower}`)).status, 200);
  });

  test('come first by their priority; who is 60 has it by his ID number', async () => {
    assert.equal((await floor.walkIn({ applicant: person(1) })).priority, 'elderly');
    assert.equal((await floor.walkIn({ applicant: young(1) })).priority, 'normal');
    assert.equal((await floor.walkIn({ priority: 'normal' })).priority, 'normal');
    for (const priority of ['elderly', 'disabled', 'military', 'pregnant'])
      assert.equal((await floor.walkIn({ priority })).priority, priority);
    const applicant = young(2);
    assert.equal((await floor.walkIn({ priority: 'pregnant', applicant })).priority, 'pregnant');
    assert.deepEqual(errorsOf(await floor.issue({ priority: 'elderly', applicant })), [
      '/priority',
    ]);
    assert.deepEqual(errorsOf(await floor.issue({ priority: 'rich' })), ['/priority']);
  });

  test('name each fault', async () => {
    const bad = { service: 'county', name: 'x', applicant: { ...young(1), phone: '1' } };
    assert.deepEqual(errorsOf(await floor.issue(bad)).sort(), [
      '/applicant/phone',
      '/name',
      '/service',
    ]);
    assert.deepEqual(errorsOf(await floor.issue({ service: 'both' })), ['/service']);
    assert.deepEqual(errorsOf(await floor.issue({ service: undefined })), ['/service']);
    assert.deepEqual(errorsOf(await floor.issue({}, { key: 'k'.repeat(256) })), [
      '/Idempotency-Key',
    ]);
  });

  test('a repeated request gets the first ticket, another body is a mismatch', async () => {
    const key = 'walk-in-1';
    const first = await floor.issue({}, { key });
    const again = await floor.issue({}, { key });
    assert.deepEqual([again.status, again.body.id], [201, first.body.id], again.text);
    assert.equal(again.headers.location, first.headers.location);
    const other = await floor.issue({ priority: 'pregnant' }, { key });
    assertProblem(other, 422, 'idempotency-mismatch');
    const clerks = await floor.issue({}, { key, token: floor.tokens.clerk });
    assert.notEqual(clerks.body.id, first.body.id);
  });

  test('have a quota of each half hour, that a repeated request does not use up', async () => {
    const card = { service: 'card' };
    const key = 'quota-1';
    const first = await floor.issue(card, { key }); // the second of this half hour
    assert.equal(first.body.number, 'B002', first.text);
    const full = assertProblem(await floor.issue(card), 409, 'slot-full');
    assert.equal(full.opens_at, at('09:30'));
    assert.match(full.detail, /现场号/);
    assert.equal((await floor.issue(card, { key })).body.id, first.body.id);
    // Appointments are not refused for it.
    assert.equal((await floor.checkedIn(appointment)).number, 'B003');
    await moveClock(service, at('09:30'));
    for (const number of ['B004', 'B005'])
      assert.equal((await floor.walkIn(card)).number, number);
    assert.equal(assertProblem(await floor.issue(card), 409, 'slot-full').opens_at, at('10:00'));
  });

  test('are refused while their queue does not serve or is closed, with what to do', async () => {
    const spare = assertProblem(await floor.issue({ service: 'county.only' }), 409, 'slot-closed');
    assert.deepEqual([spare.reason, spare.opens_at], ['queue', null]);
    const path = `/v1/halls/${HALL}/closures`;
    const wish = { date: TODAY, start: '09:30', end: '10:30', queue: 'A', reason: '系统升级' };
    const token = floor.tokens.admin;
    const closure = await service.post(path, { ...wish, rebook: 'none' }, { token });
    assert.equal(closure.status, 201, closure.text);
    const closed = assertProblem(await floor.issue(), 409, 'slot-closed');
    assert.deepEqual([closed.reason, closed.opens_at], ['系统升级', at('10:30')]);
    assert.match(closed.detail, /停办/);
    const lifted = await service.request('DELETE', `${path}/${closure.body.id}`, { token });
    assert.equal(lifted.status, 200, lifted.text);
    await floor.walkIn();
    const capacity = { date: TODAY, slots: { '09:30': 0 } };
    await service.request('PUT', `/v1/halls/${HALL}/queues/A/capacity`, { body: capacity, token });
    const none = assertProblem(await floor.issue(), 409, 'slot-closed');
    assert.deepEqual([none.reason, none.opens_at], ['queue', at('10:00')]);
  });

  test('who may not', async () => {
    const path = `/v1/halls/${HALL}/tickets`;
    const body = { service: 'one' };
    assertProblem(await service.post(path, body), 401, 'unauthorized');
    for (const [role, hall] of [
      ['gateway'],
      ['display', HALL],
      ['auditor'],
      ['kiosk', COUNTY_HALL],
      ['clerk', COUNTY_HALL],
    ]) {
      const token = await service.token(role, { city: CITY, hall, ttl: '0' });
      assertProblem(await service.post(path, body, { token }), 403, 'forbidden');
    }
    const nowhere = await service.post('/v1/halls/410400-77/tickets', body, {
      token: floor.tokens.kiosk,
    });
    assertProblem(nowhere, 404, 'not-found');
    const token = floor.tokens.kiosk;
    const headers = { 'content-type': 'text/plain' };
    const text = await service.post(path, 'x', { token, headers });
    assertProblem(text, 415, 'unsupported-media-type');
  });

  const closedAt = async (now, reason, opens_at) => {
    await moveClock(service, now);
    const closed = assertProblem(await floor.issue(), 409, 'slot-closed');
    assert.deepEqual([closed.reason, closed.opens_at], [reason, opens_at], now);
  };

  test('are refused outside the hours, at weekends and holidays, with when to come', async () => {
    await moveClock(service, at('11:58'));
    const key = 'before-noon';
    const first = await floor.issue({}, { key });
    await closedAt(at('12:05'), 'hours', at('13:30'));
    const again = await floor.issue({}, { key });
    assert.deepEqual([again.status, again.body.id], [201, first.body.id], again.text);
    await closedAt(at('08:59'), 'hours', at('09:00'));
    await closedAt(at('17:00'), 'hours', at('09:00', TOMORROW));
    await closedAt(at('10:00', '2026-12-24'), '测试节', at('09:00', '2026-12-25'));
    await closedAt(at('10:00', '2026-12-05'), 'weekend', at('09:00', '2026-12-07'));
    // A make-up workday is a working Saturday.
    await moveClock(service, at('10:00', '2026-11-28'));
    assert.equal((await floor.walkIn()).number, 'A001');
    await service.audit();
  });
});

describe('numbers over two workers', () => {
  let service;
  before(async () => {
    const options = { catalogue: withCapacity(catalogue(), 50), workers: 2, now: at('09:02') };
    service = await startService(options);
  });
  after(() => service?.stop());

  test('are gapless and given once, growing to four digits', async () => {
    const floor = await Floor.open(service);
    const token = floor.tokens.kiosk;
    const workers = await service.connectionsByWorker(4);
    const pipes = workers.flatMap((worker) => worker.pipes);
    assert.equal(workers.length, 2);
    const path = `/v1/halls/${HALL}/tickets`;
    const COUNT = 1010;
    const answers = await inParallel(Array.from({ length: COUNT }), (_, n) =>
      pipes[n % pipes.length].send('POST', path, { token, body: { service: 'one' } }),
    );
    const numbers = answers.map(({ status, body, text }) => {
      assert.equal(status, 201, text);
      return body.number;
    });
    const expected = Array.from({ length: COUNT }, (_, n) => `A${String(n + 1).padStart(3, '0')}`);
    assert.deepEqual(numbers.sort((a, b) => a.slice(1) - b.slice(1)), expected);
    assert.ok(numbers.includes('A1000'));
    // What one worker issued the other reads at once.
    const [here, there] = workers.map((worker) => worker.pipes[0]);
    for (let n = 0; n < 20; n++) {
      const issued = await (n % 2 ? here : there).send('POST', path, {
        token,
        body: { service: 'card' },
      });
      const read = await (n % 2 ? there : here).send('GET', `/v1/tickets/${issued.body.id}`);
      assert.deepEqual([read.status, read.body.number], [200, issued.body.number], read.text);
    }
    for (const pipe of pipes) pipe.close();
    await service.audit();
  });
});
