// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Small catalogues for tests. The clock of the tests stands on Monday 2026-11-23, 10:00.

export const CITY = '410400';
export const OTHER_CITY = '410100';
export const HALL = '410400-01';
export const COUNTY_HALL = '410402-01';
export const TOWNSHIP_HALL = '410402001-01';
export const OTHER_CITY_HALL = '410100-01';
export const TODAY = '2026-11-23';
export const TOMORROW = '2026-11-24';
/** Half hours of a working day of the default hours. */
export const HALF_HOURS = [
  '09:00',
  '09:30',
  '10:00',
  '10:30',
  '11:00',
  '11:30',
  '13:30',
  '14:00',
  '14:30',
  '15:00',
  '15:30',
  '16:00',
  '16:30',
];

const service = (id, name, extra) => ({
  id,
  name,
  minutes: 25,
  units: 1,
  span: 1,
  materials: ['身份证'],
  audience: 'personal',
  ...extra,
});

export const services = [
  service('one', '单号事项'),
  service('two', '双时段事项', { minutes: 50, span: 2 }),
  service('double', '双号事项', { units: 2, audience: 'business' }),
  service('card', '社保卡申领', { minutes: 10, materials: ['身份证', '照片'] }),
  service('county.only', '县级事项'),
];

const queue = (id, name, serviceIds, capacity) => ({
  id,
  name,
  prefix: id,
  services: serviceIds,
  windows: [
    { id: `${id}1`, name: `${name}1` },
    { id: `${id}2`, name: `${name}2` },
  ],
  capacity,
});

function hall(id, name, level, region, location, queues, extra) {
  return {
    id,
    name,
    level,
    region,
    address: `${name}路1号`,
    location,
    hours: { 'mon-fri': ['09:00-12:00', '13:30-17:00'], sat: [], sun: [], make_up_workdays: true },
    release: { days_ahead: 1, at: '00:00', closes_minutes_before: 30 },
    queues,
    ...extra,
  };
}

/**
 * One city, three halls: the city hall with queues A (one, two, double) and B (card), the county
 * hall that also opens on Saturday morning, a township hall that keeps no make-up workdays.
 * `capacity`: units of a half hour in queue A of the city hall; `everywhere`: in all queues.
 */
export function catalogue({ capacity = 10, everywhere, eligibility, limits, release } = {}) {
  const city = cityWith({ capacity, eligibility, limits, release });
  return everywhere ? withCapacity(city, everywhere) : city;
}

/** The catalogue with so many units in each half hour of every queue, from Monday to Friday. */
export function withCapacity(city, units) {
  const halls = city.halls.map((one) => ({
    ...one,
    queues: one.queues.map((each) => ({ ...each, capacity: { 'mon-fri': { default: units } } })),
  }));
  return { ...city, halls };
}

/** The catalogue with more about a queue of the city hall. */
export function withQueue(city, id, extra) {
  const queues = (one) => one.queues.map((each) => (each.id === id ? { ...each, ...extra } : each));
  const halls = city.halls.map((one) => (one.id === HALL ? { ...one, queues: queues(one) } : one));
  return { ...city, halls };
}

function cityWith({ capacity, eligibility, limits, release }) {
  return {
    city: { code: CITY, name: '平顶山市', time_zone: 'Asia/Shanghai' },
    calendar: {
      holidays: { '2026-10-01': '国庆节', '2026-10-02': '国庆节', '2026-12-24': '测试节' },
      workdays: { '2026-10-10': '国庆节', '2026-11-28': '测试节' },
    },
    eligibility: { mode: 'off', ...eligibility },
    ...(limits && { limits }),
    services,
    packages: [
      { id: 'both', name: '两件一起办', steps: ['one', 'card'] },
      { id: 'far', name: '跨级办', steps: ['one', 'county.only'] },
    ],
    halls: [
      hall(
        HALL,
        '测试市大厅',
        'city',
        '410400',
        [113.19, 33.77],
        [
          queue('A', '综合窗口', ['one', 'two', 'double'], { 'mon-fri': { default: capacity } }),
          queue('B', '社保窗口', ['card'], { 'mon-fri': { default: 4, '09:00': 6 } }),
        ],
        {
          ...(release && {
            release: { days_ahead: 1, at: '00:00', closes_minutes_before: 30, ...release },
          }),
        },
      ),
      hall(
        COUNTY_HALL,
        '测试县大厅',
        'county',
        '410402',
        [113.334518, 33.740127],
        [
          queue('A', '综合窗口', ['one', 'county.only'], {
            'mon-fri': { default: 3 },
            sat: { default: 2 },
          }),
        ],
        {
          hours: {
            'mon-fri': ['09:00-12:00', '13:30-17:00'],
            sat: ['09:00-11:00'],
            sun: [],
            make_up_workdays: true,
          },
        },
      ),
      hall(
        TOWNSHIP_HALL,
        '测试乡大厅',
        'township',
        '410402001',
        [113.3, 33.8],
        [queue('A', '综合窗口', ['one'], { 'mon-fri': { default: 2 } })],
        { hours: { 'mon-fri': ['09:00-12:00'], sat: [], sun: [], make_up_workdays: false } },
      ),
    ],
  };
}

/** A second city, for tests of scope. */
export function otherCity() {
  return {
    city: { code: OTHER_CITY, name: '郑州市', time_zone: 'Asia/Shanghai' },
    calendar: { holidays: {}, workdays: {} },
    eligibility: { mode: 'off' },
    services: [service('one', '单号事项')],
    packages: [],
    halls: [
      hall(
        OTHER_CITY_HALL,
        '测试省会大厅',
        'city',
        '410100',
        [113.62, 34.75],
        [queue('A', '综合窗口', ['one'], { 'mon-fri': { default: 5 } })],
      ),
    ],
  };
}

/** The body of a booking: tomorrow, 09:30, service `one` at the city hall, unless told otherwise. */
export const booking = (applicant, extra) => ({
  hall: HALL,
  service: 'one',
  date: TOMORROW,
  start: '09:30',
  applicant,
  ...extra,
});

export const availabilityPath = (service = 'one', date = TOMORROW, hall = HALL) =>
  `/v1/halls/${hall}/availability?service=${service}&from=${date}&days=1`;

/** The slots of one day by their start. */
export async function slotsOf(service, serviceId, date, hall) {
  const { body } = await service.get(availabilityPath(serviceId, date, hall));
  return Object.fromEntries(body.days[0].slots.map((slot) => [slot.start, slot]));
}
