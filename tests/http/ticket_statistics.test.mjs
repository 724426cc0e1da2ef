// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Statistics of tickets: a day in two halls, then every count against what the test did, every time
// against a recount of the tickets themselves.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { catalogue, CITY, COUNTY_HALL, HALL, TODAY, TOMORROW } from './catalogue.mjs';
import { assertProblem, startService } from './harness.mjs';
import { at, Floor, moveClock } from './tickets.mjs';

const TIMES = ['wait_seconds', 'walk_seconds', 'service_seconds'];
const SUMS = ['served', 'missed', 'lapsed', 'recalls'];
const LISTS = {
  windows: ['hall', 'window'],
  queues: ['hall', 'queue'],
  services: ['service'],
  half_hours: ['start'],
};

/** The columns of a ticket's record that times are told from. */
function columnsOf(record) {
  const words = record.split(' ');
  const seconds = (n) => Math.floor(Number(words[n - 1]) / 1000);
  return {
    status: words[0],
    issued: seconds(10),
    earns: seconds(11),
    called: seconds(12),
    started: seconds(13),
    finished: seconds(14),
    lastCalled: seconds(22),
    step: Number(words[20]),
  };
}

/** The smallest that at least this part does not exceed. */
const percentile = (sorted, part) => sorted[Math.ceil(sorted.length * part) - 1];

function measured(times) {
  if (!times.length) return null;
  const sorted = [...times].sort((a, b) => a - b);
  const mean = sorted.reduce((sum, one) => sum + one, 0) / sorted.length;
  return {
    count: sorted.length,
    mean: Math.round(mean * 10) / 10,
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    max: sorted.at(-1),
  };
}

/** What the statistics of these tickets must be. */
function summed(tickets) {
  const of = (kind) => tickets.filter((one) => one.kind === kind).length;
  const sum = (name) => tickets.reduce((total, one) => total + one[name], 0);
  const times = (name) => tickets.flatMap((one) => one[name] ?? []);
  return {
    issued: { appointment: of('appointment'), walk_in: of('walk_in') },
    ...Object.fromEntries(SUMS.map((name) => [name, sum(name)])),
    ...Object.fromEntries(TIMES.map((name) => [name, measured(times(name))])),
  };
}

function grouped(tickets, names) {
  const groups = new Map();
  for (const one of tickets) {
    if (names.some((name) => one[name] === null)) continue;
    const key = names.map((name) => one[name]).join(' ');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.keys()].sort().map((key) => ({
    ...Object.fromEntries(names.map((name) => [name, groups.get(key)[0][name]])),
    ...summed(groups.get(key)),
  }));
}

const expected = (tickets) => ({
  totals: summed(tickets),
  ...Object.fromEntries(
    Object.entries(LISTS).map(([list, names]) => [list, grouped(tickets, names)]),
  ),
});

describe('tickets of a day', () => {
  let service;
  let admin;
  const all = []; // what became of each ticket, as the test made it

  /** A ticket and what the test knows of it. */
  const note = (hall, queue, ticket, start, extra) => {
    const one = { hall, queue, id: ticket.id, start, service: ticket.service, kind: ticket.kind };
    Object.assign(one, { window: null, served: 0, missed: 0, lapsed: 0, recalls: 0, ...extra });
    all.push(one);
    return one;
  };

  const recount = async () => {
    for (const one of all) {
      const [, date, rest] = /^[^.]+\.(\d+)\.(.*)$/.exec(one.id);
      const [issuer, number] = rest.split('-');
      const key = `{${CITY}}:tickets:${date}`;
      const [, record] = await service.redis(`HGET ${key} "${one.hall} ${issuer} ${number}"`);
      const of = columnsOf(record);
      one.wait_seconds = of.called ? of.called - (of.step ? of.earns : of.issued) : undefined;
      one.walk_seconds = of.started ? of.started - of.lastCalled : undefined;
      one.service_seconds = of.status === 'd' ? of.finished - of.started : undefined;
    }
  };

  before(async () => {
    service = await startService({ catalogue: catalogue(), now: at('08:20') });
    admin = await service.token('city_admin', { city: CITY, ttl: '0' });
    const city = await Floor.open(service);
    const county = await Floor.open(service, COUNTY_HALL);
    const reservation = await city.booked(1);
    const visit = await city.booked(2, { service: undefined, package: 'both' });

    await moveClock(service, at('08:50'));
    const early = note(HALL, 'A', await city.checkedIn(reservation), '08:30');
    await moveClock(service, at('09:00'));
    const steps = note(HALL, 'B', await city.checkedIn(visit), '09:00', { service: 'card' });
    const walkIns = [];
    for (let n = 0; n < 4; n++) walkIns.push(note(HALL, 'A', await city.walkIn(), '09:00'));
    const card = note(HALL, 'B', await city.walkIn({ service: 'card' }), '09:00');
    const far = note(COUNTY_HALL, 'A', await county.walkIn(), '09:00');
    await city.does('A1', 'open', { queues: ['A', 'B'] });
    await city.does('A2', 'open', { queues: ['A'] });
    await county.does('A1', 'open', { queues: ['A'] });

    await moveClock(service, at('09:07'));
    await city.does('A1', 'call', { ticket: early.id });
    await city.does('A2', 'call', { ticket: walkIns[0].id });
    await county.does('A1', 'call', { ticket: far.id });
    await moveClock(service, at('09:08'));
    await city.does('A1', 'recall');
    await county.does('A1', 'recall');
    await county.does('A1', 'recall');
    Object.assign(early, { recalls: 1 });
    await city.does('A2', 'miss');
    await moveClock(service, at('09:10'));
    await city.does('A1', 'start');
    await county.does('A1', 'start');
    await moveClock(service, at('09:31'));
    await city.does('A1', 'finish');
    Object.assign(early, { window: 'A1', served: 1 });
    Object.assign(far, { window: 'A1', recalls: 2 }); // is still being served in the evening
    // One who was missed comes back and is served.
    await city.does('A2', 'resume', { ticket: walkIns[0].id });
    Object.assign(walkIns[0], { missed: 1, window: 'A2', served: 1 });
    await city.does('A2', 'call', { ticket: walkIns[0].id });
    await city.does('A2', 'start');
    await city.does('A2', 'finish');
    // Both steps of a package: the second is what the ticket tells.
    for (const [start, finish] of [
      ['09:35', '09:40'],
      ['09:44', '09:50'],
    ]) {
      await city.does('A1', 'call', { ticket: steps.id });
      await moveClock(service, at(start));
      await city.does('A1', 'start');
      await moveClock(service, at(finish));
      await city.does('A1', 'finish');
    }
    Object.assign(steps, { window: 'A1', served: 1 });
    // Three calls without an answer, transferred, never called.
    await city.does('A2', 'call', { ticket: walkIns[1].id });
    for (let n = 0; n < 3; n++) await city.does('A2', 'recall');
    Object.assign(walkIns[1], { window: 'A2', missed: 1, recalls: 2, lapsed: 1 });
    await city.does('A2', 'call', { ticket: walkIns[2].id });
    await city.does('A2', 'transfer', { queue: 'B' });
    await city.does('A1', 'call', { ticket: walkIns[2].id });
    Object.assign(walkIns[2], { queue: 'B', window: 'A1', served: 1 });
    await city.does('A1', 'start');
    await moveClock(service, at('10:02'));
    await city.does('A1', 'finish');
    Object.assign(walkIns[3], { lapsed: 1 });
    Object.assign(card, { lapsed: 1 });
    await moveClock(service, at('18:30'));
    await recount();
  });
  after(() => service?.stop());

  const statistics = async (path, query = `?from=${TODAY}&to=${TODAY}`, headers) => {
    const answer = await service.get(`${path}${query}`, { token: admin, headers });
    assert.equal(answer.status, 200, answer.text);
    return answer;
  };

  test('of the city', async () => {
    const { body } = await statistics(`/v1/cities/${CITY}/statistics`);
    assert.deepEqual(body.tickets, expected(all));
    const { totals } = body.tickets;
    assert.deepEqual(totals.issued, { appointment: 2, walk_in: 6 });
    assert.ok(totals.wait_seconds.max >= 2400, 'of who was called at 09:50');
    assert.ok(totals.service_seconds.max >= 1260 && totals.walk_seconds.max >= 120);
  });

  for (const hall of [HALL, COUNTY_HALL])
    test(`of ${hall}, its part`, async () => {
      const { body } = await statistics(`/v1/halls/${hall}/statistics`);
      assert.deepEqual(body.tickets, expected(all.filter((one) => one.hall === hall)));
    });

  test('of a day without any', async () => {
    const query = `?from=${TOMORROW}&to=${TOMORROW}`;
    const { body } = await statistics(`/v1/cities/${CITY}/statistics`, query);
    assert.deepEqual(body.tickets, expected([]));
  });

  test('as CSV: the same, row by row', async () => {
    const path = `/v1/cities/${CITY}/statistics`;
    const query = `?from=${TODAY}&to=${TODAY}&table=tickets`;
    const { text, headers } = await statistics(path, query, { accept: 'text/csv' });
    assert.equal(headers['content-type'], 'text/csv; charset=utf-8; header=present');
    assert.equal(
      headers['content-disposition'],
      'attachment; filename="tickets-410400-20261123-20261123.csv"',
    );
    const [header, ...rows] = text.trimEnd().split('\r\n');
    const names = header.split(',');
    assert.deepEqual(names.slice(0, 6), ['group', 'hall', 'window', 'queue', 'service', 'start']);
    const told = rows.map((row) =>
      Object.fromEntries(row.split(',').map((value, n) => [names[n], value])),
    );
    const tickets = expected(all);
    const kinds = {
      windows: 'window',
      queues: 'queue',
      services: 'service',
      half_hours: 'half_hour',
    };
    const wanted = [
      { group: 'total', ...tickets.totals },
      ...Object.entries(kinds).flatMap(([list, group]) =>
        tickets[list].map((one) => ({ group, ...one })),
      ),
    ].map((one) => {
      const row = Object.fromEntries(names.map((name) => [name, String(one[name] ?? '')]));
      for (const [kind, count] of Object.entries(one.issued)) row[`issued_${kind}`] = String(count);
      for (const name of TIMES) {
        const times = one[name] ?? { count: 0 };
        for (const [measure, value] of Object.entries(times))
          row[`${name}_${measure}`] = measure === 'mean' ? value.toFixed(1) : String(value);
      }
      return row;
    });
    assert.deepEqual(told, wanted);
  });

  test('the table of reservations is another', async () => {
    const path = `/v1/cities/${CITY}/statistics`;
    const headers = { accept: 'text/csv' };
    const { text } = await statistics(path, '?table=reservations', headers);
    assert.equal(text, (await statistics(path, '', headers)).text);
    assert.match(text, /^date,hall,queue,start,service,/);
    const { errors } = assertProblem(
      await service.get(`${path}?table=windows`, { token: admin }),
      400,
      'invalid-request',
    );
    assert.deepEqual(errors.map(({ pointer }) => pointer), ['/table']);
  });

  test('the audit is clean', async () => {
    const stdout = await service.audit();
    assert.match(stdout, / 8 tickets \(0 waiting\),/);
  });
});
