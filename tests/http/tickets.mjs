// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A hall's day as clerks, kiosks and its visitors make it: what the tests of tickets share.
import assert from 'node:assert/strict';
import { booking, CITY, HALL, TODAY } from './catalogue.mjs';
import { young } from './person.mjs';

/** 2026-11-23, so late on the morning or afternoon. */
export const at = (time, date = TODAY) => `${date}T${time}:00+08:00`;

/** Restarts the service with its clock at another instant. */
export async function moveClock(service, now) {
  service.options.now = now;
  service.started_ms = null;
  await service.restart();
}

/** What people do in a hall; every answer is the service's. */
export class Floor {
  constructor(service, tokens, hall = HALL) {
    Object.assign(this, { service, tokens, hall });
  }

  static async open(service, hall = HALL) {
    const token = (role, extra) => service.token(role, { city: CITY, ttl: '0', ...extra });
    const tokens = {
      gateway: await token('gateway'),
      kiosk: await token('kiosk', { hall }),
      clerk: await token('clerk', { hall }),
      admin: await token('hall_admin', { hall }),
    };
    return new Floor(service, tokens, hall);
  }

  book(n, extra) {
    const body = booking(young(n), { hall: this.hall, date: TODAY, start: '09:00', ...extra });
    return this.service.post('/v1/reservations', body, { token: this.tokens.gateway });
  }

  /** The reservation of a booking that succeeds. */
  async booked(n, extra) {
    const { status, body, text } = await this.book(n, extra);
    assert.equal(status, 201, text);
    return body;
  }

  checkIn({ id }, token = this.tokens.kiosk) {
    return this.service.post(`/v1/reservations/${id}/check-in`, undefined, { token });
  }

  /** By {code} or {id_number}. */
  show(body, token = this.tokens.kiosk) {
    return this.service.post(`/v1/halls/${this.hall}/check-in`, body, { token });
  }

  issue(body, { token = this.tokens.kiosk, ...options } = {}) {
    const path = `/v1/halls/${this.hall}/tickets`;
    return this.service.post(path, { service: 'one', ...body }, { token, ...options });
  }

  /** The ticket of a check-in that succeeds. */
  async checkedIn(reservation) {
    const { status, body, text } = await this.checkIn(reservation);
    assert.equal(status, 200, text);
    return body;
  }

  /** The ticket of a walk-in that gets one. */
  async walkIn(body) {
    const answer = await this.issue(body);
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }

  read({ id }) {
    return this.service.get(`/v1/tickets/${id}`);
  }

  async reservation({ id }) {
    const { body } = await this.service.get(`/v1/reservations/${id}`, {
      token: this.tokens.gateway,
    });
    return body;
  }

  operate(window, operation, body, { token = this.tokens.clerk, ...options } = {}) {
    const path = `/v1/halls/${this.hall}/windows/${window}/${operation}`;
    return this.service.post(path, body, { token, ...options });
  }

  /** The answer's body of an operation that succeeds. */
  async does(window, operation, body) {
    const answer = await this.operate(window, operation, body);
    assert.equal(answer.status, 200, `${operation}: ${answer.text}`);
    return answer.body;
  }

  /** The number that the window calls next; null when nobody waits. */
  async callsNext(window) {
    return (await this.does(window, 'call-next')).ticket?.number ?? null;
  }

  /** Calls and serves who is next at the window; the number. */
  async servesNext(window) {
    const number = await this.callsNext(window);
    await this.does(window, 'start');
    await this.does(window, 'finish');
    return number;
  }
}
