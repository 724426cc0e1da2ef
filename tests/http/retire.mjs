// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A city whose catalogue changes while its halls work: what the tests of that share.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { HALL } from './catalogue.mjs';
import { startService } from './harness.mjs';
import { Floor } from './tickets.mjs';

/** The catalogue with another city hall. */
export const withHall = (city, change, id = HALL) => ({
  ...city,
  halls: city.halls.map((hall) => (hall.id === id ? { ...hall, ...change(hall) } : hall)),
});

/** … without a queue. */
export const withoutQueue = (city, id, hall) =>
  withHall(city, ({ queues }) => ({ queues: queues.filter((queue) => queue.id !== id) }), hall);

/** … with a queue changed by `change`. */
export const withQueueChanged = (city, id, change) =>
  withHall(city, ({ queues }) => ({
    queues: queues.map((queue) => (queue.id === id ? { ...queue, ...change(queue) } : queue)),
  }));

/** … without a window of a queue. */
export const withoutWindow = (city, queue, id) =>
  withQueueChanged(city, queue, ({ windows }) => ({
    windows: windows.filter((window) => window.id !== id),
  }));

/** The people of a hall at a service of their own, whose catalogue is loaded anew. */
export class Change extends Floor {
  static async start(t, city, options) {
    const service = await startService({ catalogue: city, ...options });
    t.after(() => service.stop());
    const { tokens } = await Floor.open(service);
    tokens.city = await service.token('city_admin', { city: '410400', ttl: '0' });
    return new Change(service, tokens);
  }

  /** `jiaohao load …flags FILE`, which must exit with `code`; {stdout, stderr}. */
  async load(city, flags = [], code = 0) {
    const file = `${this.service.dir}/changed.json`;
    await writeFile(file, JSON.stringify(city));
    return this.service.command(['load', ...flags, file], { code });
  }

  /** A load that is refused: its lines on stderr. */
  async refused(city, flags) {
    const { stderr } = await this.load(city, flags, 1);
    return stderr.trimEnd().split('\n');
  }

  async stored() {
    const lines = await this.service.redis('GET {410400}:catalogue');
    return JSON.parse(lines[1]);
  }

  get(path, token = this.tokens.city) {
    return this.service.get(path, { token });
  }

  async list(query) {
    return (await this.get(`/v1/reservations?${query}`)).body.reservations;
  }

  async cancelled({ id }) {
    const token = this.tokens.gateway;
    const answer = await this.service.post(`/v1/reservations/${id}/cancel`, undefined, { token });
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  }

  /** The ticket as the clerk reads it. */
  async ticket({ id }) {
    const { status, body, text } = await this.get(`/v1/tickets/${id}`, this.tokens.clerk);
    assert.equal(status, 200, text);
    return body;
  }

  async display() {
    return (await this.get(`/v1/halls/${this.hall}/display`)).body;
  }
}
