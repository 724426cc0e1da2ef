// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A full hall that is closed: what the tests and bench/closure.mjs share.
import assert from 'node:assert/strict';
import { person } from './person.mjs';

const CONCURRENT = 50;

/** One {service, start} for each free unit of the hall on the day, one service a queue. */
async function freeUnits(service, hall, date) {
  const { services } = (await service.get(`/v1/halls/${hall}/services`)).body;
  const queues = new Map();
  for (const { id, queue, units, span } of services)
    if (units === 1 && span === 1 && !queues.has(queue)) queues.set(queue, id);
  const free = [];
  for (const id of queues.values()) {
    const path = `/v1/halls/${hall}/availability?service=${id}&from=${date}&days=1`;
    for (const { start, remaining } of (await service.get(path)).body.days[0].slots)
      for (let n = 0; n < remaining; n++) free.push({ service: id, start });
  }
  return free;
}

/** Runs `task` for each item, some at once; the results in the order of the items. */
export async function inParallel(items, task) {
  const results = [];
  let next = 0;
  const runner = async () => {
    for (let n = next++; n < items.length; n = next++) results[n] = await task(items[n], n);
  };
  await Promise.all(Array.from({ length: CONCURRENT }, runner));
  return results;
}

/** Books the hall's day for `count` people, spread over its queues and half hours; their reservations. */
export async function fillDay(service, { hall, date, count, token }) {
  const free = await freeUnits(service, hall, date);
  assert.ok(free.length >= count, `${free.length} units for ${count} people`);
  const wanted = Array.from({ length: count }, (_, n) => free[Math.floor((n * free.length) / count)]);
  return inParallel(wanted, async (one, n) => {
    const body = { hall, date, ...one, applicant: person(n) };
    const answer = await service.post('/v1/reservations', body, { token });
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  });
}

/** Closes the hall for the day; {body, ms}. */
export async function closeDay(service, { hall, date, token }) {
  const body = { date, reason: '停电检修', rebook: 'offer' };
  const begun = performance.now();
  const answer = await service.post(`/v1/halls/${hall}/closures`, body, { token });
  const ms = performance.now() - begun;
  assert.equal(answer.status, 201, answer.text);
  return { body: answer.body, ms };
}
