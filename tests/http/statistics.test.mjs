// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Statistics: a random life of some hundred reservations, then every count against what the test
// did and against a recount of the reservations themselves; CSV against JSON; scopes, faults.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertProblem, problemOf, startService } from './harness.mjs';
import {
  booking,
  catalogue,
  CITY,
  COUNTY_HALL,
  HALF_HOURS,
  HALL,
  OTHER_CITY,
  OTHER_CITY_HALL,
  otherCity,
  slotsOf,
  TOWNSHIP_HALL,
} from './catalogue.mjs';
import { person } from './person.mjs';
import { until } from './process.mjs';

const DATES = ['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26'];
const LAST_OVER = '2026-11-25'; // the life ends in its evening
const OPERATIONS = 420;
const SICK = 12;
const KINDS = ['booked', 'cancelled', 'rescheduled', 'no_show', 'intercepted'];
const WHERE = ['date', 'hall', 'queue', 'start', 'service'];
const HEADER = [...WHERE, 'capacity', ...KINDS, 'lead_hours_mean'].join();

// Where a service is handled, and which half hours it can begin in.
const OFFERS = [
  { hall: HALL, queue: 'A', service: 'one', starts: HALF_HOURS },
  { hall: HALL, queue: 'A', service: 'double', starts: HALF_HOURS },
  { hall: HALL, queue: 'B', service: 'card', starts: HALF_HOURS.slice(0, -1) },
  { hall: COUNTY_HALL, queue: 'A', service: 'county.only', starts: HALF_HOURS },
  { hall: TOWNSHIP_HALL, queue: 'A', service: 'one', starts: HALF_HOURS.slice(0, 6) },
];
const CAPACITIES = [
  { hall: HALL, queue: 'A', starts: HALF_HOURS, units: (date, start) => raised(date, start) ?? 10 },
  { hall: HALL, queue: 'B', starts: HALF_HOURS, units: (_, start) => (start === '09:00' ? 6 : 4) },
  { hall: COUNTY_HALL, queue: 'A', starts: HALF_HOURS, units: () => 3 },
  { hall: TOWNSHIP_HALL, queue: 'A', starts: HALF_HOURS.slice(0, 6), units: () => 2 },
];
const RAISED = { date: '2026-11-26', start: '09:00', units: 15 };
const raised = (date, start) =>
  date === RAISED.date && start === RAISED.start ? RAISED.units : undefined;

/**
 * A city that opens three days ahead everywhere and asks for health codes; queue B gives cancelled
 * units back later, the county's hall offers them to those who wait.
 */
function farSighted() {
  const city = catalogue({ eligibility: { mode: 'required', on_unknown: 'allow' } });
  const extra = { [HALL]: { B: { resale_delay_minutes: 60 } } };
  extra[COUNTY_HALL] = { A: { waitlist_offer_minutes: 30 } };
  const halls = city.halls.map((one) => ({
    ...one,
    release: { ...one.release, days_ahead: 3 },
    queues: one.queues.map((each) => ({ ...each, ...extra[one.id]?.[each.id] })),
  }));
  return { ...city, halls };
}

/** xorshift32: the same seed gives the same run. */
function randomFrom(seed) {
  let state = seed >>> 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

const empty = () => ({
  capacity: 0,
  ...Object.fromEntries(KINDS.map((kind) => [kind, 0])),
  leads: [],
});

/** Counts by date, hall, queue, half hour and service. */
class Counts {
  rows = new Map();

  row({ date, hall, queue, start, service }) {
    const key = [date, hall, queue, start, service].join();
    if (!this.rows.has(key)) this.rows.set(key, { date, hall, queue, start, service, ...empty() });
    return this.rows.get(key);
  }

  count(where, kind, by = 1) {
    this.row(where)[kind] += by;
  }

  /** A reservation at its last place. */
  countLast(where, status, created_at) {
    const row = this.row(where);
    row.booked += 1;
    if (status === 'cancelled' || status === 'no_show') row[status] += 1;
    row.leads.push(
      (Date.parse(`${where.date}T${where.start}:00+08:00`) - Date.parse(created_at)) / 1000,
    );
  }

  countCapacities() {
    for (const date of DATES)
      for (const { hall, queue, starts, units } of CAPACITIES)
        for (const start of starts)
          this.count({ date, hall, queue, start, service: '' }, 'capacity', units(date, start));
  }

  /** Rows in the order of the CSV. */
  sorted() {
    const key = (row) => [row.date, row.hall, row.queue, row.start, row.service].join(' ');
    return [...this.rows.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  /** The rows' sums by the members named. */
  by(...members) {
    const sums = new Map();
    for (const row of this.sorted()) {
      const group = Object.fromEntries(members.map((member) => [member, row[member]]));
      const key = Object.values(group).join(' ');
      if (!sums.has(key)) sums.set(key, { ...group, ...empty() });
      const sum = sums.get(key);
      for (const kind of ['capacity', ...KINDS]) sum[kind] += row[kind];
      sum.leads.push(...row.leads);
    }
    return [...sums.keys()].sort().map((key) => sums.get(key));
  }

  only(wanted) {
    const part = new Counts();
    for (const [key, row] of this.rows) if (wanted(row)) part.rows.set(key, row);
    return part;
  }
}

/** Mean lead in hundredths of an hour (36 s), halves rounded up. */
function mean(leads) {
  const sum = leads.reduce((total, lead) => total + lead, 0);
  return leads.length
    ? Math.floor((200 * sum + 3600 * leads.length) / (7200 * leads.length))
    : null;
}

/** The smallest number of whole hours that at least half of them do not exceed. */
function median(leads) {
  const hours = leads.map((lead) => Math.floor(lead / 3600)).sort((a, b) => a - b);
  return hours.length ? hours[Math.ceil(hours.length / 2) - 1] : null;
}

/** An item of the answer, as the sums say that it must be. */
function asItem({ leads, ...sum }, hasCapacity = true) {
  const item = { ...sum, lead_hours_mean: mean(leads), lead_hours_p50: median(leads) };
  if (!hasCapacity) delete item.capacity;
  return item;
}

/** The mean of an answer in hundredths, which two decimals are. */
const rounded = ({ lead_hours_mean, ...item }) => ({
  ...item,
  lead_hours_mean: lead_hours_mean === null ? null : Math.round(lead_hours_mean * 100),
});

function assertStatistics(body, counts) {
  const services = counts.only(({ service }) => service).by('service');
  assert.deepEqual(rounded(body.totals), asItem(counts.by()[0] ?? empty()));
  assert.deepEqual(
    body.days.map(rounded),
    counts.by('date').map((sum) => asItem(sum)),
  );
  assert.deepEqual(
    body.half_hours.map(rounded),
    counts.by('start').map((sum) => asItem(sum)),
  );
  assert.deepEqual(
    body.queues.map(rounded),
    counts.by('hall', 'queue').map((sum) => asItem(sum)),
  );
  assert.deepEqual(
    body.services.map(rounded),
    services.map((sum) => asItem(sum, false)),
  );
}

/** Records of RFC 4180. */
function parseCsv(text) {
  assert.ok(text.endsWith('\r\n'));
  return text
    .slice(0, -2)
    .split('\r\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain,
      ),
    );
}

/** The CSV's rows, as the counts say that they must be. */
function asRecord({ date, hall, queue, start, service, capacity, leads, ...row }) {
  const where = [date, hall, queue, start, service];
  if (!service) return [...where, String(capacity), '', '', '', '', '', ''];
  const lead = leads.length ? (mean(leads) / 100).toFixed(2) : '';
  return [...where, '', ...KINDS.map((kind) => String(row[kind])), lead];
}

/** People who book, cancel, move, are refused, one after another; what they did is written down. */
class Life {
  #next = 0;
  live = []; // {id, where: [...], created_at}, a package with a place for each step
  gone = [];
  intercepted = [];
  moved = [];

  constructor(service, token, pick) {
    this.service = service;
    this.token = token;
    this.pick = pick;
  }

  one(list) {
    return list[this.pick(list.length)];
  }

  #where() {
    const { starts, ...offer } = this.one(OFFERS);
    return { ...offer, date: this.one(DATES), start: this.one(starts) };
  }

  post(path, body) {
    return this.service.post(path, body, { token: this.token });
  }

  fresh() {
    return person(1000 + this.#next++);
  }

  async book(applicant = this.fresh(), where = this.#where()) {
    const answer = await this.post('/v1/reservations', booking(applicant, placeOf(where)));
    if (answer.status === 201)
      this.live.push({ id: answer.body.id, where: [where], created_at: answer.body.created_at });
    else if (problemOf(answer) === 'health-code-not-green') this.intercepted.push(where);
    return answer;
  }

  async bookPackage() {
    const date = this.one(DATES);
    const body = booking(this.fresh(), {
      date,
      start: this.one(['09:00', '14:00']),
    });
    delete body.service;
    const answer = await this.post('/v1/reservations', { ...body, package: 'both' });
    if (answer.status !== 201) return;
    this.live.push({
      id: answer.body.id,
      created_at: answer.body.created_at,
      where: answer.body.steps.map((step) => ({
        ...placeOf(step),
        queue: step.queue,
        hall: HALL,
        date,
      })),
      isPackage: true,
    });
  }

  async cancel(index = this.pick(this.live.length)) {
    const answer = await this.post(`/v1/reservations/${this.live[index].id}/cancel`);
    if (answer.status === 200) this.gone.push(...this.live.splice(index, 1));
  }

  async move() {
    const held = this.one(this.live.filter(({ isPackage }) => !isPackage));
    const [from] = held.where;
    const { starts } = OFFERS.find(
      ({ hall, service }) => hall === from.hall && service === from.service,
    );
    const to = { ...from, date: this.one(DATES), start: this.one(starts) };
    const { date, start } = to;
    const answer = await this.post(`/v1/reservations/${held.id}/reschedule`, { date, start });
    if (answer.status !== 200) return;
    assert.equal(answer.body.id, held.id);
    held.where = [to];
    if (date !== from.date || start !== from.start) this.moved.push(from); // else it stayed
  }

  async live_on() {
    for (let n = 0; n < OPERATIONS; n++) {
      const dice = this.pick(20);
      if (dice < 11 || this.live.length < 5) await this.book();
      else if (dice < 12) await this.bookPackage();
      else if (dice < 13) await this.book(person(this.pick(SICK)));
      else if (dice < 16) await this.cancel();
      else await this.move();
    }
  }

  /** What the statistics must be once the days until LAST_OVER are over. */
  counts() {
    const counts = new Counts();
    const last =
      (status) =>
      ({ where, created_at }) => {
        for (const place of where)
          counts.countLast(
            place,
            status ?? (place.date <= LAST_OVER ? 'no_show' : 'booked'),
            created_at,
          );
      };
    counts.countCapacities();
    this.live.forEach(last());
    this.gone.forEach(last('cancelled'));
    for (const where of this.moved) counts.count(where, 'rescheduled');
    for (const where of this.intercepted) counts.count(where, 'intercepted');
    return counts;
  }
}

const placeKey = (where) => JSON.stringify(placeOf(where));
const placeOf = ({ hall, service, date, start }) =>
  Object.fromEntries(Object.entries({ hall, service, date, start }).filter(([, value]) => value));

/** Every page of the list. */
async function listed(service, token, query) {
  const all = [];
  for (let cursor = ''; cursor !== null;) {
    const path = `/v1/reservations?${query}&limit=50${cursor && `&cursor=${cursor}`}`;
    const { status, body, text } = await service.get(path, { token });
    assert.equal(status, 200, text);
    all.push(...body.reservations);
    cursor = body.next;
  }
  return all;
}

/** The places of a reservation: a package's steps, or its own. */
const places = ({ steps, ...reservation }) =>
  (steps ?? [reservation]).map(({ queue, start, service }) => ({
    date: reservation.date,
    hall: reservation.hall,
    queue,
    start,
    service,
  }));

/** Counts of the reservations themselves; interceptions leave none. */
async function recount(service, token) {
  const counts = new Counts();
  for (const date of DATES) {
    for (const one of await listed(service, token, `date=${date}`))
      for (const where of places(one)) counts.countLast(where, one.status, one.created_at);
    for (const one of await listed(service, token, `date=${date}&status=moved`))
      for (const where of places(one)) counts.count(where, 'rescheduled');
  }
  return counts;
}

describe('a random life', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  const span = `from=${DATES[0]}&to=${DATES.at(-1)}`;
  let service;
  let life;
  let admin;

  before(async () => {
    service = await startService({ catalogue: farSighted() });
    admin = await service.token('city_admin', { city: CITY, ttl: '0' });
    const authority = await service.token('health_authority', { city: CITY });
    const codes = Array.from({ length: SICK }, (_, n) => ({
      id_number: person(n).id_number,
      code: n % 2 ? 'red' : 'yellow',
    }));
    await service.post('/v1/health-codes', { codes }, { token: authority });
    await service.request('PUT', `/v1/halls/${HALL}/queues/A/capacity`, {
      token: admin,
      body: { date: RAISED.date, slots: { [RAISED.start]: RAISED.units } },
    });
    life = new Life(service, admin, randomFrom(seed));
    await life.live_on();
    await service.terminate();
    service.options.now = `${LAST_OVER}T18:30:00+08:00`;
    service.started_ms = null;
    await service.start();
    await until('nobody is only booked any more', async () => {
      for (const date of DATES.filter((one) => one <= LAST_OVER))
        if ((await listed(service, admin, `date=${date}&status=booked`)).length) return false;
      return true;
    });
  });
  after(() => service?.stop());

  const statistics = async (path, headers) => {
    const answer = await service.get(`${path}?${span}`, { token: admin, headers });
    assert.equal(answer.status, 200, answer.text);
    return answer;
  };

  test(`the life has everything in it (SEED=${seed})`, () => {
    assert.ok(life.live.length + life.gone.length > 150);
    const cases = [
      life.gone,
      life.moved,
      life.intercepted,
      life.live.filter((one) => one.isPackage),
    ];
    for (const list of cases) assert.ok(list.length > 0);
  });

  test(`of the city: what the test did (SEED=${seed})`, async () => {
    const { body, headers } = await statistics(`/v1/cities/${CITY}/statistics`);
    assert.deepEqual([body.city, body.from, body.to], [CITY, DATES[0], DATES.at(-1)]);
    assert.equal(headers.vary, 'Accept');
    assertStatistics(body, life.counts());
  });

  test(`of the city: what the reservations say (SEED=${seed})`, async () => {
    const { body } = await statistics(`/v1/cities/${CITY}/statistics`);
    const counts = await recount(service, admin);
    counts.countCapacities();
    for (const where of life.intercepted) counts.count(where, 'intercepted');
    assertStatistics(body, counts);
    assert.ok(body.totals.no_show > 0 && body.totals.booked > body.totals.no_show);
  });

  for (const hall of [HALL, COUNTY_HALL, TOWNSHIP_HALL]) {
    test(`of ${hall}, its part (SEED=${seed})`, async () => {
      const { body } = await statistics(`/v1/halls/${hall}/statistics`);
      assert.equal(body.hall, hall);
      assertStatistics(
        body,
        life.counts().only((row) => row.hall === hall),
      );
    });
  }

  test(`as CSV: the same, row by row (SEED=${seed})`, async () => {
    const { text, headers } = await statistics(`/v1/cities/${CITY}/statistics`, {
      accept: 'text/csv',
    });
    assert.equal(headers['content-type'], 'text/csv; charset=utf-8; header=present');
    assert.equal(
      headers['content-disposition'],
      'attachment; filename="statistics-410400-20261123-20261126.csv"',
    );
    const [header, ...rows] = parseCsv(text);
    assert.equal(header.join(), HEADER);
    assert.deepEqual(rows, life.counts().sorted().map(asRecord));
  });

  test('a day, and one that has nothing', async () => {
    const path = `/v1/halls/${HALL}/statistics`;
    const one = await service.get(`${path}?from=${DATES[1]}&to=${DATES[1]}`, { token: admin });
    assertStatistics(
      one.body,
      life.counts().only(({ hall, date }) => hall === HALL && date === DATES[1]),
    );
    const none = await service.get(`${path}?from=2026-11-21&to=2026-11-22`, { token: admin });
    assert.deepEqual(
      [none.body.days.map(({ date }) => date), none.body.queues, none.body.totals.capacity],
      [['2026-11-21', '2026-11-22'], [], 0],
    );
    assert.deepEqual(
      [none.body.totals.lead_hours_mean, none.body.totals.lead_hours_p50],
      [null, null],
    );
  });

  const THURSDAY = { date: DATES.at(-1), start: '16:30' };

  test('units that come back later are of a cancelled reservation', async () => {
    const remaining = async () =>
      (await slotsOf(service, 'card', THURSDAY.date))[THURSDAY.start].remaining;
    const before = await remaining();
    assert.equal((await life.book(life.fresh(), { ...OFFERS[2], ...THURSDAY })).status, 201);
    await life.cancel(life.live.length - 1);
    assert.equal(await remaining(), before - 1);
    const { body } = await statistics(`/v1/cities/${CITY}/statistics`);
    assertStatistics(body, life.counts());
  });

  test('a place that is only held is nothing yet, one that was declined never was', async () => {
    const where = { ...OFFERS[3], ...THURSDAY };
    for (let last; last?.status !== 409;) last = await life.book(life.fresh(), where);
    const { hall, service: serviceId, date, start } = where;
    const entry = await service.post(
      '/v1/waitlist',
      { hall, service: serviceId, date, starts: [start], applicant: life.fresh() },
      { token: admin },
    );
    assert.deepEqual([entry.status, entry.body.status], [201, 'waiting'], entry.text);
    await life.cancel(life.live.findIndex(({ where: [at] }) => placeKey(at) === placeKey(where)));
    const { body } = await service.get(`/v1/waitlist/${entry.body.id}`, { token: admin });
    assert.equal(body.status, 'offered');
    assertStatistics((await statistics(`/v1/cities/${CITY}/statistics`)).body, life.counts());
    const declined = await life.post(`/v1/offers/${body.offer.id}/decline`);
    assert.equal(declined.status, 200, declined.text);
    assertStatistics((await statistics(`/v1/cities/${CITY}/statistics`)).body, life.counts());
  });

  test('the audit is clean', async () => {
    await service.audit();
  });
});

describe('the call', () => {
  const path = `/v1/halls/${HALL}/statistics`;
  let service;
  let admin;

  before(async () => {
    service = await startService({ catalogue: [catalogue(), otherCity()] });
    admin = await service.token('city_admin', { city: CITY });
  });
  after(() => service?.stop());

  test('the last seven days, today among them, unless told otherwise', async () => {
    for (const [query, from, to] of [
      ['', '2026-11-17', '2026-11-23'],
      ['?to=2026-11-20', '2026-11-14', '2026-11-20'],
      ['?from=2026-11-20', '2026-11-20', '2026-11-23'],
      ['?from=2026-11-30', '2026-11-30', '2026-11-30'],
      ['?from=2026-09-01&to=2026-12-01', '2026-09-01', '2026-12-01'],
    ]) {
      const { body, text } = await service.get(path + query, { token: admin });
      assert.deepEqual([body.from, body.to], [from, to], text);
      assert.equal(body.days.length, (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1);
    }
  });

  test('days that cannot be', async () => {
    for (const [query, ...pointers] of [
      ['?from=2026-11-31', '/from'],
      ['?from=soon&to=2026-13-01', '/from', '/to'],
      ['?from=2026-11-24&to=2026-11-23', '/to'],
      ['?from=2026-09-01&to=2026-12-02', '/to'],
    ]) {
      const { errors } = assertProblem(
        await service.get(path + query, { token: admin }),
        400,
        'invalid-request',
      );
      assert.deepEqual(errors.map(({ pointer }) => pointer).sort(), pointers);
    }
  });

  test('CSV only where it is preferred', async () => {
    for (const [accept, type] of [
      ['text/csv', 'text/csv'],
      ['TEXT/CSV;header=present', 'text/csv'],
      ['text/*', 'text/csv'],
      ['application/json;q=0.5, text/csv', 'text/csv'],
      ['text/csv, */*', 'text/csv'],
      ['text/csv, application/json', 'application/json'],
      ['text/csv;q=0.5, application/json', 'application/json'],
      ['text/csv;q=0, */*', 'application/json'],
      ['*/*', 'application/json'],
      ['text/html', 'application/json'],
      [null, 'application/json'],
    ]) {
      const { status, headers } = await service.get(path, { token: admin, headers: { accept } });
      assert.deepEqual(
        [status, headers['content-type'].split(';')[0]],
        [200, type],
        String(accept),
      );
    }
  });

  test('a header alone where nothing was ever open', async () => {
    const query = '?from=2026-11-01&to=2026-11-02';
    const headers = { accept: 'text/csv' };
    const { text } = await service.get(path + query, { token: admin, headers });
    assert.equal(text, `${HEADER}\r\n`);
  });

  test('admins and auditors, within their hall or city', async () => {
    const own = `/v1/cities/${CITY}/statistics`;
    const cases = [
      ['city_admin', { city: CITY }, { [path]: 200, [own]: 200 }],
      ['auditor', { city: CITY }, { [path]: 200, [own]: 200 }],
      ['hall_admin', { hall: HALL }, { [path]: 200, [own]: 403 }],
      ['auditor', { city: CITY, hall: HALL }, { [path]: 200, [own]: 403 }],
      ['hall_admin', { hall: COUNTY_HALL }, { [path]: 403, [own]: 403 }],
      ['city_admin', { city: OTHER_CITY }, { [path]: 403, [own]: 403 }],
      ['gateway', { city: CITY }, { [path]: 403, [own]: 403 }],
      ['clerk', { hall: HALL }, { [path]: 403, [own]: 403 }],
      ['health_authority', { city: CITY }, { [path]: 403, [own]: 403 }],
    ];
    for (const [role, scope, expected] of cases) {
      const token = await service.token(role, scope);
      for (const [where, status] of Object.entries(expected)) {
        const answer = await service.get(where, { token });
        assert.equal(
          answer.status,
          status,
          `${role} ${JSON.stringify(scope)} ${where}: ${answer.text}`,
        );
      }
    }
    for (const where of [path, own]) assertProblem(await service.get(where), 401, 'unauthorized');
  });

  test('places that are not there', async () => {
    for (const where of ['/v1/halls/410400-99/statistics', '/v1/cities/419900/statistics'])
      assertProblem(await service.get(where, { token: admin }), 404, 'not-found');
    const other = `/v1/halls/${OTHER_CITY_HALL}/statistics`;
    assertProblem(await service.get(other, { token: admin }), 403, 'forbidden');
  });

  test('a store that is away is a 503', async () => {
    process.kill(await service.redisPid(), 'SIGSTOP');
    try {
      assertProblem(await service.get(path, { token: admin }), 503, 'store-unavailable');
    } finally {
      process.kill(await service.redisPid(), 'SIGCONT');
    }
    await until(
      'it answers again',
      async () => (await service.get(path, { token: admin })).status === 200,
    );
  });
});
