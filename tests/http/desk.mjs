// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What tests of a reservation's life do again and again, for the gateway of a service of their own:
// book, cancel, join a waitlist, look, move the clock.
import assert from 'node:assert/strict';
import { assertProblem, startService } from './harness.mjs';
import { booking, catalogue, CITY, slotsOf, TOMORROW } from './catalogue.mjs';
import { idNumber, person } from './person.mjs';
import { until } from './process.mjs';

const BORN_1990 = 10_960 * 999;

/** Somebody who is under 60 and so has no priority by age. */
const younger = (index) => ({ ...person(index), id_number: idNumber(BORN_1990 + index) });

/** The catalogue with more said of queue A of the city hall. */
export function cityWith(queue, options) {
  const city = catalogue(options);
  const [first, ...others] = city.halls;
  const [a, ...rest] = first.queues;
  return { ...city, halls: [{ ...first, queues: [{ ...a, ...queue }, ...rest] }, ...others] };
}

/** A desk at a service that ends with the test `t` (null: the caller stops it). */
export async function openDesk(t, city, options) {
  const service = await startService({ catalogue: city, ...options });
  t?.after(() => service.stop());
  return new Desk(service, await service.token('gateway', { city: CITY, ttl: '0' }));
}

class Desk {
  #next = 0;

  constructor(service, token) {
    this.service = service;
    this.token = token; // it does not end, wherever the clock is moved to
  }

  fresh() {
    return younger(this.#next++);
  }

  get(path) {
    return this.service.get(path, { token: this.token });
  }

  post(path, body, options) {
    return this.service.post(path, body, { token: this.token, ...options });
  }

  /** Ends the service and starts it again at another instant of its clock. */
  async moveTo(now) {
    await this.service.terminate();
    this.service.options.now = now;
    this.service.started_ms = null;
    await this.service.start();
  }

  /** A booking; its answer. */
  try(extra, applicant = this.fresh()) {
    return this.post('/v1/reservations', booking(applicant, extra));
  }

  /** A booking that is made; its body. */
  async book(extra, applicant) {
    const answer = await this.try(extra, applicant);
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }

  /** As many bookings, which fill the half hour. */
  async fill(count, extra) {
    const made = [];
    for (let n = 0; n < count; n++) made.push(await this.book(extra));
    assertProblem(await this.try(extra), 409, 'slot-full');
    return made;
  }

  async cancel({ id }) {
    const answer = await this.post(`/v1/reservations/${id}/cancel`);
    assert.deepEqual([answer.status, answer.body.status], [200, 'cancelled'], answer.text);
  }

  async statusOf({ id }) {
    const answer = await this.get(`/v1/reservations/${id}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body.status;
  }

  async remaining(start) {
    return (await slotsOf(this.service, 'one', TOMORROW))[start].remaining;
  }

  /** Joins the waitlist; the answer. */
  ask(starts, extra, options) {
    const body = booking(this.fresh(), { start: undefined, starts, ...extra });
    return this.post('/v1/waitlist', body, options);
  }

  /** Joins; the entry. */
  async join(starts, extra) {
    const answer = await this.ask(starts, extra);
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }

  async entry({ id }) {
    const answer = await this.get(`/v1/waitlist/${id}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  }

  leave({ id }) {
    return this.service.request('DELETE', `/v1/waitlist/${id}`, { token: this.token });
  }

  /** [status, position, start of what it became] of each. */
  async states(...entries) {
    const states = [];
    for (const entry of entries) {
      const { status, position, reservation, offer } = await this.entry(entry);
      states.push([status, position, (reservation ?? offer)?.start ?? null]);
    }
    return states;
  }

  /** Waits until the entry has the status; the entry. */
  until(status, entry, timeout_ms) {
    const reached = async () => {
      const now = await this.entry(entry);
      return now.status === status && now;
    };
    return until(`the entry is ${status}`, reached, timeout_ms);
  }

  accept({ id }) {
    return this.post(`/v1/offers/${id}/accept`);
  }

  decline({ id }) {
    return this.post(`/v1/offers/${id}/decline`);
  }
}
