// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0

// What must hold of the demo catalogue before it is written. Each fault is a line of text.

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const WEEKEND_HALL = '410471-01';
const HALLS = { city: 1, county: 12, township: 148 };
// A name must fit a WeChat message's `thing`, which holds 20 characters.
const NAME_CHARS_MAX = 20;

const minutes = time => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const between = (x, low, high) => x >= low && x <= high;
const repeated = list => list.filter((x, i) => list.indexOf(x) !== i);
const servicesOf = hall => hall.queues.flatMap(queue => queue.services);
const hallOf = (halls, id) => halls.find(hall => hall.id === id) ?? { hours: {}, queues: [] };
const windowsOf = hall => hall.queues.flatMap(queue => queue.windows);

function daysOf(group) {
  const [first, last = first] = group.split('-').map(day => DAYS.indexOf(day));
  return first < 0 || last < first ? null : DAYS.slice(first, last + 1);
}

/** Day → value of its group; faults are groups that are no days or that overlap. */
function byDay(groups, fault) {
  const days = {};
  for (const [group, value] of Object.entries(groups)) {
    const named = daysOf(group);
    if (!named) fault(`${group} is no day or range of days`);
    for (const day of named ?? []) {
      if (day in days) fault(`${day} stands in two groups`);
      days[day] = value;
    }
  }
  return days;
}

function slotsOf(ranges) {
  return ranges.flatMap(range => {
    const [start, end] = range.split('-').map(minutes);
    return Array.from({ length: (end - start) / 30 }, (_, i) => start + 30 * i);
  });
}

function checkService(service, fault) {
  if (!/^[a-z]+(\.[a-z]+)+$/.test(service.id)) fault('odd id');
  if (service.name.length > NAME_CHARS_MAX) fault(`name over ${NAME_CHARS_MAX} characters`);
  if (!between(service.minutes, 5, 60)) fault('minutes outside 5..60');
  if (service.span !== (service.minutes > 30 ? 2 : 1)) fault('span does not follow minutes');
  if (!between(service.units, 1, 2)) fault('units outside 1..2');
  if (!between(service.materials.length, 3, 6)) fault('not 3 to 6 materials');
  if (!['personal', 'business'].includes(service.audience)) fault('audience');
}

function checkDay(day, capacity, ranges, fault) {
  const open = slotsOf(ranges);
  if (open.length && !capacity) fault(`open on ${day} without capacity`);
  if (!open.length && capacity) fault(`capacity on ${day}, which is closed`);
  for (const [slot, units] of Object.entries(capacity ?? {})) {
    const at = `capacity at ${day} ${slot}`;
    if (slot !== 'default' && !open.includes(minutes(slot))) fault(`${at}, which is closed`);
    if (!Number.isInteger(units) || units < 1) fault(`${at} is no positive whole number`);
  }
}

function checkQueue(queue, hours, services, fault) {
  for (const id of queue.services) {
    const service = services.get(id);
    if (!service) fault(`unknown service ${id}`);
    else if (Object.values(queue.capacity).some(day => day.default < service.units))
      fault(`${id} never fits`);
  }
  if (!queue.windows.length) fault('no window');
  const capacity = byDay(queue.capacity, fault);
  for (const day of DAYS) checkDay(day, capacity[day], hours[day] ?? [], fault);
}

function checkHall(hall, services, fault) {
  if (hall.id !== `${hall.region}-01`) fault('id does not follow the region');
  if (hall.name.length > NAME_CHARS_MAX) fault(`name over ${NAME_CHARS_MAX} characters`);
  const [lon, lat] = hall.location;
  if (!between(lon, 112.2, 113.9) || !between(lat, 33.0, 34.5)) fault('lies outside the city');
  for (const id of repeated(servicesOf(hall))) fault(`${id} stands in two queues`);
  for (const id of repeated(windowsOf(hall).map(window => window.id))) fault(`window ${id} twice`);
  for (const id of repeated(hall.queues.flatMap(q => [q.id]))) fault(`queue ${id} twice`);
  for (const prefix of repeated(hall.queues.map(q => q.prefix))) fault(`prefix ${prefix} twice`);
  const { make_up_workdays, ...groups } = hall.hours;
  if (make_up_workdays !== true) fault('closed on make-up workdays');
  const hours = byDay(groups, fault);
  for (const queue of hall.queues)
    checkQueue(queue, hours, services, text => fault(`queue ${queue.id}: ${text}`));
  if (hall.level === 'township' && !between(servicesOf(hall).length, 10, 14))
    fault('not 10 to 14 services');
  if (hall.id !== WEEKEND_HALL && (hours.sat.length || hours.sun.length))
    fault('open at the weekend');
}

function checkPackage(bundle, services, halls, fault) {
  for (const id of bundle.steps) if (!services.has(id)) fault(`unknown service ${id}`);
  const together = halls.some(hall => bundle.steps.every(id => servicesOf(hall).includes(id)));
  if (!together) fault('no hall offers all its steps');
}

function checkCounts({ services, packages, halls }, fault) {
  for (const [level, count] of Object.entries(HALLS)) {
    const found = halls.filter(hall => hall.level === level).length;
    if (found !== count) fault(`${found} ${level} halls, not ${count}`);
  }
  if (halls.length !== 161) fault(`${halls.length} halls, not 161`);
  if (services.length < 28) fault(`${services.length} services, fewer than 28`);
  if (packages.length !== 3) fault(`${packages.length} packages, not 3`);
  const windows = id => windowsOf(hallOf(halls, id)).length;
  if (windows('410400-01') < 60) fault('the city hall has fewer than 60 windows');
  if (windows('410422-01') !== 99) fault('the hall of Ye county has not 99 windows');
}

function checkUnique({ services, packages, halls }, fault) {
  for (const list of [services, packages, halls])
    for (const id of repeated(list.map(item => item.id))) fault(`${id} twice`);
  for (const place of repeated(halls.map(hall => hall.location.join())))
    fault(`two halls at ${place}`);
}

function checkWeekend(halls, fault) {
  const hall = hallOf(halls, WEEKEND_HALL);
  if (!hall.hours.sat?.length || !hall.hours.sun?.length) fault('closed at the weekend');
  if (servicesOf(hall).length < 8) fault('fewer than 8 services');
  if (!servicesOf(hall).includes('social.card')) fault('no social.card');
}

/** Every fault of a catalogue, as text; empty when it is sound. */
export function checkCatalogue(catalogue) {
  const faults = [];
  const within = id => text => faults.push(`${id}: ${text}`);
  const { halls, packages } = catalogue;
  const services = new Map(catalogue.services.map(service => [service.id, service]));
  checkCounts(catalogue, text => faults.push(text));
  checkUnique(catalogue, text => faults.push(text));
  for (const service of catalogue.services) checkService(service, within(service.id));
  for (const hall of halls) checkHall(hall, services, within(hall.id));
  for (const bundle of packages) checkPackage(bundle, services, halls, within(bundle.id));
  checkWeekend(halls, within(WEEKEND_HALL));
  const offered = new Set(halls.filter(hall => hall.level !== 'township').flatMap(servicesOf));
  for (const id of services.keys())
    if (!offered.has(id)) faults.push(`${id}: no city or county hall offers it`);
  return faults;
}
