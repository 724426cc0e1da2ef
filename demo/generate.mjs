// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0

// Writes 410400.json, the demo catalogue of Pingdingshan, from three files beside this one.
//   node demo/generate.mjs           rewrites it
//   node demo/generate.mjs --check   exits 1 when the file differs from what would be written
// County coordinates are approximate. Township coordinates and all addresses are illustrative:
// the township halls are spread on a spiral around their county's hall.

import { readFileSync, writeFileSync } from 'node:fs';
import { checkCatalogue } from './check.mjs';
import { print } from './print.mjs';

const OUTPUT = new URL('410400.json', import.meta.url);
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));
const KM_PER_DEGREE = 111.32;

const read = name => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

const minutes = time => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const two = n => String(n).padStart(2, '0');
const clock = m => `${two(Math.floor(m / 60))}:${two(m % 60)}`;

/** The start of the last half hour of a day's ranges. */
const lastSlot = ranges => clock(minutes(ranges.at(-1).split('-')[1]) - 30);

/** Capacity of one group of days: a default, the morning's peak, a thinner last half hour. */
function dayCapacity(windows, rule, factor, ranges) {
  const base = Math.max(1, Math.round(windows * rule.per_window * factor));
  const day = { default: base };
  for (const slot of rule.peak) day[slot] = Math.ceil(base * rule.peak_factor);
  if (rule.last_factor < 1)
    day[lastSlot(ranges)] = Math.max(1, Math.round(base * rule.last_factor));
  return day;
}

/** The weekly capacity of a queue of so many windows. */
function weeklyCapacity(windows, rule, hours) {
  const workday = hours['mon-fri'];
  const day = (factor, ranges) => dayCapacity(windows, rule, factor, ranges);
  if (rule.friday_factor)
    return { 'mon-thu': day(1, workday), fri: day(rule.friday_factor, workday) };
  if (rule.weekend_factor && hours.sat.length)
    return { 'mon-fri': day(1, workday), 'sat-sun': day(rule.weekend_factor, hours.sat) };
  return { 'mon-fri': day(1, workday) };
}

/** The queues of a hall; its windows are numbered through from 1, as a hall's signs are. */
function queuesOf(source, spec) {
  let number = 0;
  const rule = source.capacities[spec.capacity];
  const hours = source.hours[spec.hours];
  return source.templates[spec.template].map((queue, i) => ({
    id: queue.id,
    name: queue.name,
    prefix: queue.id,
    services: queue.services,
    windows: Array.from({ length: spec.windows[i] }, () => {
      number += 1;
      return { id: String(number), name: `${number}号窗口` };
    }),
    capacity: weeklyCapacity(spec.windows[i], rule, hours),
    ...queue.more,
  }));
}

function hall(source, code, level, spec) {
  return {
    id: `${code}-01`,
    name: spec.name,
    level,
    region: code,
    address: spec.address,
    location: spec.location,
    hours: source.hours[spec.hours],
    release: source.release[spec.release],
    queues: queuesOf(source, spec),
  };
}

/** Place i of n on a sunflower spiral around the seat, so that places stand evenly apart; each
 *  county's spiral is turned by its code, else neighbouring districts would share places. */
function spread([lon, lat], radius_km, i, n, code) {
  const r = radius_km * Math.sqrt((i + 0.5) / n);
  const angle = (i + Number(code) % 100) * GOLDEN_ANGLE;
  const north = r * Math.sin(angle) / KM_PER_DEGREE;
  const east = r * Math.cos(angle) / (KM_PER_DEGREE * Math.cos(lat * Math.PI / 180));
  return [lon + east, lat + north].map(x => Number(x.toFixed(3)));
}

function townshipHall(source, county, township, i, n) {
  const name = township.name.replace(/筹备组$/, '');
  const kind = /街道$/.test(name) ? '街道' : name.at(-1);
  const local = source.township_halls[kind];
  return hall(source, township.code, 'township', {
    ...local,
    name: `${name}便民服务中心`,
    address: county.address + name.slice(0, -kind.length) + local.seat,
    location: spread(county.location, county.radius_km, i, n, township.code.slice(0, 6)),
    capacity: 'township',
    hours: county.hours === 'weekend' ? 'standard' : county.hours,
    release: 'standard',
  });
}

function countyHalls(source, division) {
  const county = source.county_halls[division.code];
  const n = division.townships.length;
  return [hall(source, division.code, 'county', county),
    ...division.townships.map((township, i) => townshipHall(source, county, township, i, n))];
}

function catalogue(source, divisions, calendar) {
  return {
    city: source.city,
    calendar: { holidays: calendar.holidays, workdays: calendar.workdays },
    eligibility: source.eligibility,
    limits: source.limits,
    services: source.services,
    packages: source.packages,
    halls: [hall(source, source.city.code, 'city', source.city_hall),
      ...divisions.counties.flatMap(division => countyHalls(source, division))],
  };
}

/** The first line in which two texts differ, for the message of --check. */
function firstDifference(committed, made) {
  const [a, b] = [committed.split('\n'), made.split('\n')];
  const i = b.findIndex((line, k) => line !== a[k]);
  const k = i < 0 ? b.length : i;
  const line = text => text[k] ?? '(no such line)';
  return `line ${k + 1}\n  committed: ${line(a)}\n  generated: ${line(b)}`;
}

function readOutput() {
  try {
    return readFileSync(OUTPUT, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return null;
  }
}

function fail(message) {
  console.error(`generate.mjs: ${message}`);
  process.exit(1);
}

function main(args) {
  if (args.some(arg => arg !== '--check')) {
    console.error('usage: node demo/generate.mjs [--check]');
    process.exit(2);
  }
  const divisions = read('divisions-410400.json');
  const made = catalogue(read('services.json'), divisions, read('calendar-cn.json'));
  const faults = checkCatalogue(made);
  if (faults.length) fail(`the catalogue is faulty\n  ${faults.join('\n  ')}`);
  const text = `${print(made)}\n`;
  if (!args.length) return writeFileSync(OUTPUT, text);
  const committed = readOutput();
  if (committed === null) fail('demo/410400.json is missing; run: node demo/generate.mjs');
  if (committed !== text)
    fail('demo/410400.json is not what its sources give; run: node demo/generate.mjs\n'
      + firstDifference(committed, text));
}

main(process.argv.slice(2));
