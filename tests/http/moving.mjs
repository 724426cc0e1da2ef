// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What the tests of moving reservations do, and the city that they do it in.
import assert from 'node:assert/strict';
import { assertProblem, startService } from './harness.mjs';
import { booking, catalogue, COUNTY_HALL, HALL, slotsOf, TODAY, TOMORROW } from './catalogue.mjs';
import { young } from './person.mjs';

export const pointers = (answer) => answer.body.errors.map(({ pointer }) => pointer).sort();

/** The gateway of a service of its own. */
export class Desk {
  #next = 0;

  constructor(service, token) {
    this.service = service;
    this.token = token;
  }

  static async open(t, city, options) {
    const service = await startService({ catalogue: city, ...options });
    t.after(() => service.stop());
    return new Desk(service, await service.gateway());
  }

  fresh() {
    return young(this.#next++);
  }

  post(path, body, token = this.token) {
    return this.service.post(path, body, { token });
  }

  /** A booking that is made; its body. */
  async book(extra, applicant = this.fresh()) {
    const answer = await this.post('/v1/reservations', booking(applicant, extra));
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }

  /** Moves to `place`, TOMORROW unless it says otherwise; the answer. */
  move({ id }, place, token) {
    return this.post(`/v1/reservations/${id}/reschedule`, { date: TOMORROW, ...place }, token);
  }

  async moved(reservation, place) {
    const answer = await this.move(reservation, place);
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  }

  read({ id }, token = this.token) {
    return this.service.get(`/v1/reservations/${id}`, { token });
  }

  cancel({ id }) {
    return this.post(`/v1/reservations/${id}/cancel`);
  }

  async list(query) {
    const { body } = await this.service.get(`/v1/reservations${query}`, { token: this.token });
    return body.reservations;
  }

  async remaining(service, date, hall) {
    const slots = await slotsOf(this.service, service, date, hall);
    return Object.fromEntries(
      Object.entries(slots).map(([start, { remaining }]) => [start, remaining]),
    );
  }

  /** All that a reservation and the places could show. */
  async everything(reservation) {
    const halls = [
      [TODAY, HALL],
      [TOMORROW, HALL],
      [TODAY, COUNTY_HALL],
      [TOMORROW, COUNTY_HALL],
    ];
    return [
      (await this.read(reservation)).text,
      await Promise.all(halls.map(([date, hall]) => slotsOf(this.service, 'one', date, hall))),
      await this.list(''),
      await this.list('?status=moved'),
    ];
  }

  /** Asserts that a move is refused, and changes nothing; the problem. */
  async refused(reservation, place, status, type) {
    const before = await this.everything(reservation);
    const problem = assertProblem(await this.move(reservation, place), status, type);
    assert.deepEqual(await this.everything(reservation), before);
    return problem;
  }
}

/** The catalogue with more said of queue A of the city hall. */
export function cityWith(queue, options) {
  const city = catalogue(options);
  const [first, ...others] = city.halls;
  const [a, ...rest] = first.queues;
  return { ...city, halls: [{ ...first, queues: [{ ...a, ...queue }, ...rest] }, ...others] };
}
