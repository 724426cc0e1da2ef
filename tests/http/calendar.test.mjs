// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// The holiday calendar over the turn of the year: the warning, the yearly import, what it rules.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertProblem, startService } from './harness.mjs';
import {
  availabilityPath,
  booking,
  catalogue,
  CITY,
  HALF_HOURS,
  HALL,
  otherCity,
  OTHER_CITY,
  TOWNSHIP_HALL,
} from './catalogue.mjs';
import { person } from './person.mjs';
import { Change } from './retire.mjs';

/** A yearly calendar file: nothing but the city's code and one year's days. */
const calendarFile = (calendar, code = CITY) => ({ city: { code }, calendar });
const year2027 = {
  holidays: { '2027-01-01': '元旦', '2027-02-06': '春节' },
  workdays: { '2027-01-03': '元旦' },
};

async function startAt(t, now, extra = {}) {
  const city = catalogue({ release: { days_ahead: 8 } });
  const service = await startService({ catalogue: city, now, ...extra });
  t.after(() => service.stop());
  return service;
}

/** Ends the service and starts it again at another instant of its clock. */
async function moveTo(service, now) {
  await service.terminate();
  service.options.now = now;
  service.started_ms = null;
  await service.start();
}

/** One that does not end, wherever the service's clock stands. */
const gateway = (service) => service.token('gateway', { city: CITY, ttl: '0' });

const dayOf = async (service, date, hall = HALL) =>
  (await service.get(availabilityPath('one', date, hall))).body.days[0];

/** {city: value} of the gauge. */
async function missing(service) {
  const { text } = await service.get('/metrics');
  const rows = text.matchAll(/^jiaohao_calendar_missing_year\{city="(\d+)"\} (\d+)$/gm);
  return Object.fromEntries([...rows].map(([, city, value]) => [city, Number(value)]));
}

const warnings = ({ stderr }) =>
  stderr
    .split('\n')
    .filter((line) => line.includes('scheduler.calendar-missing-year'))
    .map((line) => JSON.parse(line));

describe('the warning before a year without holidays', () => {
  test('31 days before there is none', async (t) => {
    const service = await startAt(t, '2026-12-01T22:00:00+08:00');
    assert.deepEqual(await missing(service), { [CITY]: 0 });
    await service.load(catalogue());
    assert.deepEqual(warnings(service), []);
  });

  test('30 days before it comes, once a day for each city, and ends with the import', async (t) => {
    const service = await startAt(t, '2026-12-02T00:00:30+08:00', {
      catalogue: [catalogue(), otherCity()],
      workers: 2,
    });
    assert.deepEqual(await missing(service), { [CITY]: 1, [OTHER_CITY]: 1 });
    assert.deepEqual(
      warnings(service)
        .map(({ level, city, year }) => `${level} ${city} ${year}`)
        .sort(),
      [`warning ${OTHER_CITY} 2027`, `warning ${CITY} 2027`],
    );
    await service.load(calendarFile({ holidays: {}, workdays: { '2027-01-03': '元旦' } }));
    assert.deepEqual(await missing(service), { [CITY]: 1, [OTHER_CITY]: 1 }, 'no holiday yet');
    await service.load(calendarFile(year2027));
    assert.deepEqual(await missing(service), { [CITY]: 0, [OTHER_CITY]: 1 });
    await service.restart();
    assert.equal(warnings(service).length, 2, 'each load and the restart asked again');
  });

  test('a year that is loaded is not missed, up to the last day', async (t) => {
    const service = await startAt(t, '2026-12-31T23:00:00+08:00');
    assert.deepEqual(await missing(service), { [CITY]: 1 });
    await service.load(calendarFile({ holidays: { '2027-12-31': '测试节' } }));
    assert.deepEqual(await missing(service), { [CITY]: 0 });
    await service.load(calendarFile({ holidays: { '2028-01-01': '元旦' }, workdays: {} }));
    assert.deepEqual(await missing(service), { [CITY]: 0 }, 'of 2027, not of 2028');
  });

  test('it comes again on the next day', async (t) => {
    const service = await startAt(t, '2026-12-02T12:00:00+08:00');
    assert.equal(warnings(service).length, 1);
    await moveTo(service, '2026-12-03T12:00:00+08:00');
    assert.equal(warnings(service).length, 2);
  });
});

describe('the yearly import', () => {
  test('its holidays and make-up workdays rule what can be booked; other years stay', async (t) => {
    const service = await startAt(t, '2026-12-23T10:00:00+08:00');
    const token = await gateway(service);
    const book = (index, date, hall = HALL) =>
      service.post('/v1/reservations', booking(person(index), { date, hall }), { token });
    assert.equal((await dayOf(service, '2026-12-24')).reason, '测试节');
    const early = await book(1, '2026-12-31');
    assert.equal(early.status, 201, early.text);

    await service.load(
      calendarFile({
        holidays: { '2027-01-01': '元旦' },
        workdays: { '2027-01-02': '元旦', '2027-01-03': '元旦' },
      }),
    );
    assert.equal((await dayOf(service, '2026-12-24')).reason, '测试节', '2026 was not dropped');
    assert.equal((await service.get(`/v1/cities/${CITY}/halls`)).body.halls.length, 3);
    await moveTo(service, '2026-12-28T10:00:00+08:00');

    const holiday = await dayOf(service, '2027-01-01');
    assert.deepEqual([holiday.open, holiday.reason, holiday.slots], [false, '元旦', []]);
    assertProblem(await book(2, '2027-01-01'), 409, 'slot-closed');
    const sunday = await dayOf(service, '2027-01-03');
    assert.deepEqual(
      sunday.slots.map(({ start }) => start),
      HALF_HOURS,
    );
    assert.equal((await book(2, '2027-01-03')).status, 201);
    assert.equal((await dayOf(service, '2027-01-03', TOWNSHIP_HALL)).open, false);
    assert.equal((await service.get(`/v1/reservations/${early.body.id}`, { token })).status, 200);
    await service.audit();
  });

  test('a year that is imported again is replaced whole; what is booked stays', async (t) => {
    const service = await startAt(t, '2026-12-28T10:00:00+08:00');
    const token = await gateway(service);
    const body = booking(person(1), { date: '2027-01-04' });
    await service.load(calendarFile(year2027));
    assert.equal((await dayOf(service, '2027-01-01')).reason, '元旦');
    const booked = await service.post('/v1/reservations', body, { token });
    assert.equal(booked.status, 201, booked.text);

    const change = new Change(service);
    const anew = calendarFile({ holidays: { '2027-01-04': '新假' } });
    assert.match((await change.refused(anew)).join(), /holidays\/2027-01-04: is in use: 1 booking/);
    await change.load(anew, ['--retire']);
    assert.equal((await dayOf(service, '2027-01-01')).open, true);
    assert.equal((await dayOf(service, '2027-01-03')).reason, 'weekend');
    assert.equal((await dayOf(service, '2027-01-04')).reason, '新假');
    const kept = await service.get(`/v1/reservations/${booked.body.id}`, { token });
    assert.equal(kept.body.status, 'booked');
    await service.audit();
  });

  test('a file with a fault changes nothing, and names the fault', async (t) => {
    const service = await startAt(t, '2026-12-28T10:00:00+08:00');
    const bad = calendarFile({
      holidays: { '2027-01-01': '元旦', '2027-02-30': '春节' },
      workdays: { '2027-01-01': '元旦' },
    });
    const { stderr } = await service.load(bad, { code: 1 });
    assert.match(stderr, /\/calendar\/holidays\/2027-02-30: is no date/);
    assert.match(stderr, /\/calendar\/workdays\/2027-01-01: is a holiday too/);
    assert.equal((await dayOf(service, '2027-01-01')).open, true);
    const unknown = await service.load(calendarFile(year2027, OTHER_CITY), { code: 1 });
    assert.match(unknown.stderr, /\/city\/name: is missing/, 'no catalogue to put it into');
  });
});
