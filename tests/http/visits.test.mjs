// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// More than a plain booking: packages over several queues, parties, agents, entries of a draw.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { booking, catalogue, HALL, slotsOf, TODAY, TOMORROW, withQueue } from './catalogue.mjs';
import { count, outcome, stampede } from './crowd.mjs';
import { assertProblem, startService } from './harness.mjs';
import { masked, person, young } from './person.mjs';
import { until } from './process.mjs';

const pointers = (answer) => answer.body.errors.map(({ pointer }) => pointer).sort();
/** The service's clock as it is after a restart. */
async function restartAt(service, now) {
  service.options.now = now;
  service.started_ms = null;
  await service.restart();
}
const remaining = async (service, id, start) =>
  (await slotsOf(service, id, TOMORROW))[start].remaining;

describe('a package', () => {
  let service;
  let token;
  let next = 0;
  const wish = (extra) => ({ ...booking(person(next++), extra), package: 'both', ...extra });
  const packaged = (extra) => {
    const { service: _service, ...rest } = wish(extra);
    return rest;
  };
  const book = (body, options) => service.post('/v1/reservations', body, { token, ...options });
  const free = async (start, follow) => [
    await remaining(service, 'one', start),
    await remaining(service, 'card', follow),
  ];
  before(async () => {
    const city = catalogue();
    const steps = { id: 'beside', name: '同队两件', steps: ['two', 'one'] };
    service = await startService({ catalogue: { ...city, packages: [...city.packages, steps] } });
    token = await service.gateway();
  });
  after(async () => {
    await service?.audit();
    await service?.stop();
  });

  test('steps over two queues, one behind the other, one code', async () => {
    const { status, body, text, headers } = await book(packaged({ start: '10:00' }));
    assert.equal(status, 201, text);
    assert.deepEqual(
      [body.package, body.service, body.queue, body.start, body.end],
      ['both', 'one', 'A', '10:00', '10:30'],
    );
    assert.deepEqual(body.steps, [
      { service: 'one', queue: 'A', start: '10:00', end: '10:30', sequence: 1 },
      { service: 'card', queue: 'B', start: '10:30', end: '11:00', sequence: 1 },
    ]);
    assert.match(body.code, /^A-1-/);
    assert.deepEqual(await free('10:00', '10:30'), [9, 3]);
    const read = await service.get(headers.location, { token });
    assert.deepEqual(read.body, body);
  });

  test('a package named as the service', async () => {
    const { status, body, text } = await book(booking(person(next++), { service: 'both' }));
    assert.equal(status, 201, text);
    assert.deepEqual(
      [body.package, body.steps.map(({ start }) => start)],
      ['both', ['09:30', '10:00']],
    );
  });

  test('all or nothing when the second queue is full', async () => {
    const fillers = Array.from({ length: 4 }, () =>
      booking(person(next++), { service: 'card', start: '11:30' }),
    );
    for (const body of fillers) assert.equal((await book(body)).status, 201);
    const before = await free('11:00', '11:30');
    assert.deepEqual(before, [10, 0]);
    const applicant = person(next++);
    const refused = await book(packaged({ start: '11:00', applicant }));
    assert.equal(assertProblem(refused, 409, 'slot-full').service, 'card');
    assert.deepEqual(await free('11:00', '11:30'), before);
    const list = await service.get(`/v1/reservations?date=${TOMORROW}`, { token });
    assert.ok(!list.body.reservations.some(({ start }) => start === '11:00'));
    const alone = await book(booking(applicant, { start: '11:00' }));
    assert.equal(alone.status, 201, 'nothing stands in the way of the first step alone');
  });

  test('all or nothing when its steps are wanted at once', async () => {
    const bodies = Array.from({ length: 40 }, () => packaged({ start: '13:30' }));
    const answers = await stampede(service, bodies, { token });
    assert.deepEqual(count(answers.map(outcome)), { 201: 4, 'slot-full': 36 });
    assert.deepEqual(await free('13:30', '14:00'), [6, 0]);
  });

  test('a half hour behind it that is not served', async () => {
    for (const start of ['11:30', '16:30']) {
      const refused = await book(packaged({ start }));
      assert.equal(assertProblem(refused, 409, 'slot-closed').service, 'card', start);
    }
    assertProblem(await book(packaged({ start: '23:30' })), 409, 'slot-closed');
    assert.equal((await book(packaged({ start: '16:00' }))).status, 201);
  });

  test('two steps in one queue, the first over two half hours', async () => {
    const starts = ['09:00', '09:30', '10:00'];
    const units = async () => {
      const slots = await slotsOf(service, 'one', TOMORROW);
      return starts.map((start) => slots[start].remaining);
    };
    const before = await units();
    const { body, text } = await book(packaged({ package: 'beside', start: '09:00' }));
    assert.deepEqual(
      body.steps?.map(({ service: id, queue, start, end }) => [id, queue, start, end]),
      [
        ['two', 'A', '09:00', '10:00'],
        ['one', 'A', '10:00', '10:30'],
      ],
      text,
    );
    assert.equal(body.steps[1].sequence, body.steps[0].sequence + 1);
    assert.deepEqual(await units(), before.map((n) => n - 1));
  });

  test('cancelling it frees every step, at once and once', async () => {
    const before = await free('14:30', '15:00');
    const { body } = await book(packaged({ start: '14:30' }));
    assert.deepEqual(await free('14:30', '15:00'), [before[0] - 1, before[1] - 1]);
    const cancel = () => service.post(`/v1/reservations/${body.id}/cancel`, {}, { token });
    const cancelled = await cancel();
    assert.deepEqual([cancelled.status, cancelled.body.status], [200, 'cancelled']);
    assert.deepEqual(await free('14:30', '15:00'), before);
    assertProblem(await cancel(), 409, 'wrong-state');
    assert.deepEqual(await free('14:30', '15:00'), before);
  });

  test('the same key again gives the first answer, whatever became of it', async () => {
    const body = packaged({ start: '15:00' });
    const first = await book(body, { key: 'p-1' });
    assert.equal(first.status, 201, first.text);
    const before = await free('15:00', '15:30');
    assert.equal((await book(body, { key: 'p-1' })).text, first.text);
    assert.deepEqual(await free('15:00', '15:30'), before);
    assertProblem(
      await book({ ...body, start: '14:30' }, { key: 'p-1' }),
      422,
      'idempotency-mismatch',
    );
    const { package: _package, ...alone } = { ...body, service: 'one' };
    assertProblem(await book(alone, { key: 'p-1' }), 422, 'idempotency-mismatch');
    const { package: named, ...rest } = body;
    assert.equal((await book({ ...rest, service: named }, { key: 'p-1' })).text, first.text);
    await service.post(`/v1/reservations/${first.body.id}/cancel`, {}, { token });
    assert.equal((await book(body, { key: 'p-1' })).text, first.text);
  });

  test('the same key 30 times at once', async () => {
    const before = await free('15:30', '16:00');
    const answers = await stampede(service, Array(30).fill(packaged({ start: '15:30' })), {
      token,
      key: 'p-2',
    });
    assert.deepEqual(count(answers.map(({ status }) => status)), { 201: 30 });
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    assert.deepEqual(await free('15:30', '16:00'), [before[0] - 1, before[1] - 1]);
  });

  test('a reservation of a later step stands against it', async () => {
    const applicant = person(next++);
    const card = await book(booking(applicant, { service: 'card', start: '09:00' }));
    assert.equal(card.status, 201, card.text);
    const before = await free('16:00', '16:30');
    const refused = await book(packaged({ applicant, start: '16:00' }));
    assert.equal(assertProblem(refused, 409, 'already-reserved').reservation, card.body.id);
    assert.deepEqual(await free('16:00', '16:30'), before);
    const packagedOnce = await book(packaged({ start: '09:00', applicant: person(5000) }));
    assert.equal(packagedOnce.status, 201, packagedOnce.text);
    const step = await book(booking(person(5000), { service: 'card', start: '16:00' }));
    assertProblem(step, 409, 'already-reserved');
  });

  test('what cannot be booked as a package', async () => {
    const far = await book(packaged({ package: 'far' }));
    assertProblem(far, 400, 'invalid-request');
    assert.deepEqual(pointers(far), ['/package']);
    assert.match(far.body.errors[0].detail, /county\.only/);
    const farService = await book(booking(person(next++), { service: 'far' }));
    assert.deepEqual(pointers(farService), ['/service']);
    assert.match(farService.body.errors[0].detail, /county\.only/);
    assert.deepEqual(pointers(await book(packaged({ package: 'no-such' }))), ['/package']);
    assert.deepEqual(pointers(await book(wish({ service: 'one' }))), ['/package']);
    assert.deepEqual(pointers(await book(packaged({ party: [person(6000)] }))), ['/party']);
  });
});

describe('a party', () => {
  let service;
  let token;
  let next = 0;
  const fresh = () => person(next++);
  const together = (people, extra) => booking(fresh(), { party: people, ...extra });
  const book = (body, options) => service.post('/v1/reservations', body, { token, ...options });
  before(async () => {
    service = await startService({
      catalogue: catalogue({ eligibility: { mode: 'required', on_unknown: 'allow' } }),
    });
    token = await service.gateway();
  });
  after(async () => {
    await service?.audit();
    await service?.stop();
  });

  test('everybody gets a reservation', async () => {
    const people = [fresh(), fresh()];
    const { status, body, text } = await book(together(people, { start: '10:00' }));
    assert.equal(status, 201, text);
    assert.deepEqual(
      body.party.map(({ applicant }) => applicant),
      people.map((one) => ({ ...masked(one), name: one.name })),
    );
    assert.deepEqual(
      [body, ...body.party].map(({ sequence, start, service: id }) => [sequence, start, id]),
      [1, 2, 3].map((sequence) => [sequence, '10:00', 'one']),
    );
    assert.equal(await remaining(service, 'one', '10:00'), 7);
    for (const one of body.party) {
      const read = await service.get(`/v1/reservations/${one.id}`, { token });
      assert.deepEqual(read.body, one);
    }
    const [first] = body.party;
    const cancelled = await service.post(`/v1/reservations/${first.id}/cancel`, {}, { token });
    assert.equal(cancelled.body.status, 'cancelled');
    assert.equal(await remaining(service, 'one', '10:00'), 8, 'each is his own');
  });

  test('three for two places get none', async () => {
    for (let n = 0; n < 8; n++)
      assert.equal((await book(booking(fresh(), { start: '10:30' }))).status, 201);
    const people = [fresh(), fresh()];
    assertProblem(await book(together(people, { start: '10:30' })), 409, 'slot-full');
    assert.equal(await remaining(service, 'one', '10:30'), 2);
    const two = await book(together([people[0]], { start: '10:30' }));
    assert.deepEqual([two.status, two.body.party.length], [201, 1], two.text);
    assert.equal(await remaining(service, 'one', '10:30'), 0);
  });

  test('units of the service count for each of them', async () => {
    const six = Array.from({ length: 5 }, fresh);
    const tooMany = await book(together(six, { service: 'double', start: '11:00' }));
    assertProblem(tooMany, 409, 'slot-full');
    assert.equal(await remaining(service, 'one', '11:00'), 10);
    const five = await book(together(six.slice(0, 4), { service: 'double', start: '11:00' }));
    assert.equal(five.status, 201, five.text);
    assert.equal(await remaining(service, 'one', '11:00'), 0);
  });

  test('one whose health code is not green keeps all of them away', async () => {
    const people = [fresh(), fresh(), fresh()];
    const authority = await service.token('health_authority', { city: '410400' });
    await service.post(
      '/v1/health-codes',
      { codes: [{ id_number: people[1].id_number, code: 'red' }] },
      { token: authority },
    );
    const refused = assertProblem(
      await book(together(people, { start: '11:30' })),
      403,
      'health-code-not-green',
    );
    assert.deepEqual([refused.code, refused.pointer], ['red', '/party/1']);
    assert.equal(await remaining(service, 'one', '11:30'), 10);
    const metrics = await service.get('/metrics');
    assert.match(metrics.text, /jiaohao_health_interceptions_total\{code="red"\} 1\n/);
    people.splice(1, 1);
    assert.equal((await book(together(people, { start: '11:30' }))).status, 201);
  });

  test('one who is reserved already keeps all of them away', async () => {
    const [first, second] = [fresh(), fresh()];
    const { body } = await book(booking(second, { start: '13:30' }));
    const before = await remaining(service, 'one', '14:00');
    const refused = await book(together([first, second], { start: '14:00' }));
    const problem = assertProblem(refused, 409, 'already-reserved');
    assert.deepEqual([problem.reservation, problem.pointer], [body.id, '/party/1']);
    const leader = await book({ ...together([first]), applicant: second, start: '14:00' });
    assert.equal(assertProblem(leader, 409, 'already-reserved').pointer, '/applicant');
    assert.equal(await remaining(service, 'one', '14:00'), before);
  });

  test('parties at once: as many whole ones as fit', async () => {
    const three = () => together([fresh(), fresh()], { start: '14:30' });
    const bodies = Array.from({ length: 30 }, three);
    const answers = await stampede(service, bodies, { token });
    assert.deepEqual(count(answers.map(outcome)), { 201: 3, 'slot-full': 27 });
    assert.equal(await remaining(service, 'one', '14:30'), 1);
  });

  test('the same key again gives the first answer with everybody', async () => {
    const body = together([fresh(), fresh()], { start: '15:00' });
    const first = await book(body, { key: 'f-1' });
    assert.equal(first.status, 201, first.text);
    assert.equal((await book(body, { key: 'f-1' })).text, first.text);
    const fewer = { ...body, party: body.party.slice(0, 1) };
    assertProblem(await book(fewer, { key: 'f-1' }), 422, 'idempotency-mismatch');
    const swapped = { ...body, party: [...body.party].reverse() };
    assertProblem(await book(swapped, { key: 'f-1' }), 422, 'idempotency-mismatch');
    const last = first.body.party[1].id;
    await service.post(`/v1/reservations/${last}/cancel`, {}, { token });
    assert.equal((await book(body, { key: 'f-1' })).text, first.text);
    assert.equal(await remaining(service, 'one', '15:00'), 8);
  });

  test('faults of each of them, by pointer', async () => {
    const [one, two] = [fresh(), fresh()];
    const cases = [
      [{ party: [] }, ['/party']],
      [{ party: Array.from({ length: 10 }, fresh) }, ['/party']],
      [{ party: 'family' }, ['/party']],
      [{ party: [one, 'two'] }, ['/party/1']],
      [{ party: [one, { ...two, phone: '1' }] }, ['/party/1/phone']],
      [
        { party: [{ ...one, age: 3 }, { name: two.name }] },
        ['/party/0/age', '/party/1/id_number', '/party/1/phone'],
      ],
      [{ party: [one, two, one] }, ['/party/2/id_number']],
      [{ applicant: one, party: [one] }, ['/party/0/id_number']],
    ];
    for (const [extra, expected] of cases) {
      const answer = await book(booking(fresh(), { start: '16:00', ...extra }));
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(pointers(answer), expected, JSON.stringify(extra));
    }
    const nine = await book(together(Array.from({ length: 9 }, fresh), { start: '16:00' }));
    assert.deepEqual([nine.status, nine.body.party?.length], [201, 9], nine.text);
  });

  test('each whose health code is not known is checked at the desk', async () => {
    const known = fresh();
    const authority = await service.token('health_authority', { city: '410400' });
    const codes = [{ id_number: known.id_number, code: 'green' }];
    await service.post('/v1/health-codes', { codes }, { token: authority });
    await service.load(catalogue({ eligibility: { mode: 'required', on_unknown: 'desk' } }));
    const { body, text } = await book(together([known, fresh()], { start: '16:30' }));
    assert.deepEqual(
      [body, ...(body.party ?? [])].map(({ desk_check }) => desk_check),
      [true, undefined, true],
      text,
    );
    const visit = await book(booking(fresh(), { service: 'both', start: '13:30' }));
    assert.equal(visit.body.desk_check, true, visit.text);
  });
});

describe('an agent', () => {
  let service;
  let token;
  let next = 0;
  const fresh = () => person(next++);
  const book = (extra, options) =>
    service.post('/v1/reservations', booking(fresh(), extra), { token, ...options });
  before(async () => {
    service = await startService({ catalogue: catalogue({ limits: { agent_per_day: 3 } }) });
    token = await service.gateway();
  });
  after(async () => {
    await service?.audit();
    await service?.stop();
  });

  test('is recorded beside the applicant, and masked like him', async () => {
    const agent = fresh();
    const applicant = fresh();
    const { status, body, text } = await book({ applicant, agent });
    assert.equal(status, 201, text);
    assert.deepEqual(body.agent, { ...masked(agent), name: agent.name });
    const clerk = await service.token('clerk', { city: '410400', hall: HALL });
    const seen = await service.get(`/v1/reservations/${body.id}`, { token: clerk });
    assert.deepEqual([seen.body.applicant, seen.body.agent], [applicant, agent]);
    const plain = await book({});
    assert.ok(!('agent' in plain.body));
  });

  test('has his own limit a day; his own bookings and refused ones do not count', async () => {
    const agent = fresh();
    assert.equal((await book({ agent, start: '10:00' })).status, 201);
    assert.equal((await book({ applicant: agent, start: '10:00' })).status, 201);
    const taken = fresh();
    assert.equal((await book({ applicant: taken, start: '15:30' })).status, 201);
    const already = await book({ agent, applicant: taken, start: '10:00' });
    assertProblem(already, 409, 'already-reserved');
    const four = { agent, party: [fresh(), fresh(), fresh()], start: '11:30' };
    assertProblem(await book(four), 409, 'limit-reached');
    const closed = await book({ agent, start: '12:00' });
    assertProblem(closed, 409, 'slot-closed');
    const family = await book({ agent, party: [fresh()], start: '10:30' });
    assert.deepEqual(
      [family.status, family.body.agent?.name, family.body.party?.[0].agent?.name],
      [201, agent.name, agent.name],
      family.text,
    );
    const before = await remaining(service, 'one', '11:00');
    const problem = assertProblem(await book({ agent, start: '11:00' }), 409, 'limit-reached');
    assert.deepEqual(
      [problem.limit, problem.until],
      ['agent_per_day', '2026-11-24T00:00:00+08:00'],
    );
    assert.equal(await remaining(service, 'one', '11:00'), before);
    assert.equal((await book({ agent: fresh(), start: '11:00' })).status, 201, 'another agent');
    assert.equal((await book({ start: '11:00' })).status, 201, 'no agent');
    await restartAt(service, '2026-11-24T00:00:10+08:00');
    assert.equal((await book({ agent, start: '11:00' })).status, 201, 'the next day');
  });

  test('a limit that is reached at once', async () => {
    const agent = fresh();
    const bodies = Array.from({ length: 20 }, () => booking(fresh(), { agent, start: '14:00' }));
    const answers = await stampede(service, bodies, { token });
    assert.deepEqual(count(answers.map(outcome)), { 201: 3, 'limit-reached': 17 });
    assert.equal(await remaining(service, 'one', '14:00'), 7);
  });

  test('is part of the request', async () => {
    const body = booking(fresh(), { agent: fresh(), start: '14:30' });
    const options = { token, key: 'a-1' };
    const first = await service.post('/v1/reservations', body, options);
    assert.equal(first.status, 201, first.text);
    assert.equal((await service.post('/v1/reservations', body, options)).text, first.text);
    for (const other of [{ ...body, agent: fresh() }, { ...body, agent: undefined }]) {
      const answer = await service.post('/v1/reservations', other, options);
      assertProblem(answer, 422, 'idempotency-mismatch');
    }
  });

  test('faults by pointer', async () => {
    const applicant = fresh();
    for (const [agent, pointer] of [
      [applicant, '/agent'],
      ['me', '/agent'],
      [{ ...fresh(), phone: '12' }, '/agent/phone'],
      [{ ...fresh(), shop: 1 }, '/agent/shop'],
    ]) {
      const answer = await book({ applicant, agent });
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(pointers(answer), [pointer]);
    }
  });
});

describe('while a draw collects entries', () => {
  let service;
  let token;
  let next = 0;
  const fresh = () => person(next++);
  const book = (extra, options) =>
    service.post('/v1/reservations', booking(fresh(), extra), { token, ...options });
  before(async () => {
    const city = catalogue({ release: { at: '10:00' } });
    service = await startService({
      catalogue: withQueue(city, 'A', { allocation: 'lottery', lottery_minutes: 10 }),
      now: '2026-11-23T10:01:00+08:00',
    });
    token = await service.gateway();
  });
  after(async () => {
    await service?.audit();
    await service?.stop();
  });

  test('a booking is an entry, and the same key gives it again', async () => {
    const body = booking(fresh());
    const first = await service.post('/v1/reservations', body, { token, key: 'd-1' });
    assert.equal(first.status, 202, first.text);
    assert.deepEqual(
      [first.body.status, first.body.start, first.body.draw.draws_at],
      ['in_draw', '09:30', '2026-11-23T10:10:00+08:00'],
    );
    assert.match(first.body.code, /^A-d1-/);
    const again = await service.post('/v1/reservations', body, { token, key: 'd-1' });
    assert.deepEqual([again.status, again.text], [202, first.text]);
    const other = await service.post(
      '/v1/reservations',
      { ...body, start: '10:00' },
      { token, key: 'd-1' },
    );
    assertProblem(other, 422, 'idempotency-mismatch');
    const second = await service.post('/v1/reservations', { ...body, start: '10:00' }, { token });
    assert.equal(assertProblem(second, 409, 'already-reserved').reservation, first.body.id);
    const read = await service.get(first.headers.location, { token });
    assert.deepEqual([read.status, read.body.status], [200, 'in_draw']);
  });

  test('an agent enters for somebody, and it counts', async () => {
    const agent = fresh();
    for (let n = 0; n < 5; n++) assert.equal((await book({ agent })).status, 202);
    assertProblem(await book({ agent }), 409, 'limit-reached');
  });

  test('parties and packages wait until it is drawn', async () => {
    const { service: _service, ...packaged } = booking(fresh(), { package: 'both' });
    for (const [body, pointer] of [
      [booking(fresh(), { party: [fresh()] }), '/party'],
      [packaged, '/package'],
      [booking(fresh(), { service: 'both' }), '/service'],
    ]) {
      const answer = await service.post('/v1/reservations', body, { token });
      assertProblem(answer, 400, 'invalid-request');
      assert.deepEqual(pointers(answer), [pointer]);
    }
  });

  test('when it is drawn, the same key still gives the entry, and parties are booked', async () => {
    const body = booking(fresh(), { start: '15:00' });
    const first = await service.post('/v1/reservations', body, { token, key: 'd-2' });
    assert.equal(first.status, 202, first.text);
    await restartAt(service, '2026-11-23T10:10:05+08:00');
    const drawn = await until('it is drawn', async () => {
      const { body: read } = await service.get(first.headers.location, { token });
      return read.status === 'in_draw' ? null : read;
    });
    assert.deepEqual([drawn.status, drawn.id], ['booked', first.body.id]);
    const again = await service.post('/v1/reservations', body, { token, key: 'd-2' });
    assert.deepEqual([again.status, again.text], [202, first.text]);
    const family = await book({ party: [fresh()], start: '15:30' });
    assert.equal(family.status, 201, family.text);
    const { service: _service, ...packaged } = booking(fresh(), { package: 'both' });
    const visit = await service.post('/v1/reservations', packaged, { token });
    assert.equal(visit.status, 201, visit.text);
  });

  test('the other queue is first come', async () => {
    assert.equal((await book({ service: 'card' })).status, 201);
  });

  test('a day that was released before is first come', async () => {
    const answer = await book({ date: TODAY, start: '15:00', applicant: young(1) });
    assert.equal(answer.status, 201, answer.text);
  });
});

describe('in the second of the release', () => {
  test('the first package and the first party find the day open', async () => {
    const service = await startService({
      catalogue: catalogue({ release: { at: '10:00' } }),
      now: '2026-11-23T09:59:57+08:00',
    });
    try {
      const token = await service.gateway();
      const { service: _service, ...packaged } = booking(person(1), { package: 'both' });
      const bodies = [packaged, booking(person(2), { party: [person(3), person(4)] })];
      for (const body of bodies) {
        const first = await until('the day is released', async () => {
          const answer = await service.post('/v1/reservations', body, { token });
          return answer.body.type === '/problems/not-released' ? null : answer;
        });
        assert.equal(first.status, 201, first.text);
      }
      await service.audit();
    } finally {
      await service.stop();
    }
  });
});
