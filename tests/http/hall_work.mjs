// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A hall at work, and what its displays must have been told of it.
import assert from 'node:assert/strict';
import { place, told } from './listener.mjs';

export const WINDOWS = ['A1', 'A2', 'B1'];
export const queueOf = (window) => window[0];

/** Small, quick, the same every time (mulberry32). */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** A hall at work: one thing after another, and what its displays must be told of each. */
export class Work {
  expected = []; // {text, window, queue}
  #waiting = { A: 0, B: 0 };
  #at = {}; // window → {ticket, status}
  #parked = [];

  constructor(floor, seed = 1) {
    this.floor = floor;
    this.random = numbers(seed);
  }

  async begin() {
    for (const window of WINDOWS)
      await this.floor.does(window, 'open', { queues: [queueOf(window)] });
    return this;
  }

  #wait(queue, by) {
    this.#waiting[queue] += by;
    this.expected.push({ text: `waiting ${queue} ${this.#waiting[queue]}`, queue });
  }

  #call(type, window, { number, calls }) {
    this.expected.push({ text: `${type} ${number} ${window} ${calls}`, window });
  }

  async issue(queue = this.random(3) ? 'A' : 'B') {
    await this.floor.walkIn({ service: queue === 'A' ? 'one' : 'card' });
    this.#wait(queue, 1);
  }

  async callNext(window) {
    const { ticket } = await this.floor.does(window, 'call-next');
    if (!ticket) return this.issue(queueOf(window));
    this.#call('called', window, ticket);
    this.#wait(ticket.queue, -1);
    this.#at[window] = { status: 'called', queue: ticket.queue };
  }

  async #atCalled(window, at) {
    const operation = ['recall', 'start', 'start', 'miss', 'park', 'requeue'][this.random(6)];
    const { ticket } = await this.floor.does(window, operation);
    if (operation === 'recall' && ticket.status === 'called') {
      this.#call('called', window, ticket);
      return;
    }
    if (ticket.status === 'missed') this.#call('missed', window, ticket);
    if (operation === 'requeue') this.#wait(at.queue, 1);
    if (operation === 'park') this.#parked.push({ ...at, window, ticket });
    this.#at[window] = operation === 'start' ? { ...at, status: 'serving' } : undefined;
  }

  async #atServing(window, at) {
    const target = at.queue === 'A' ? 'B' : 'A';
    const operation = this.random(4) ? 'finish' : 'transfer';
    await this.floor.does(
      window,
      operation,
      operation === 'transfer' ? { queue: target } : undefined,
    );
    if (operation === 'transfer') this.#wait(target, 1);
    this.#at[window] = undefined;
  }

  async #resume() {
    const { window, ticket, queue } = this.#parked.shift();
    if (this.#at[window]) return this.issue();
    const answer = await this.floor.does(window, 'resume', { ticket: ticket.id });
    assert.equal(answer.ticket.status, 'called');
    this.#call('called', window, answer.ticket);
    this.#at[window] = { status: 'called', queue };
  }

  async step() {
    const window = WINDOWS[this.random(WINDOWS.length)];
    const at = this.#at[window];
    if (this.random(3) === 0) await this.issue();
    else if (this.#parked.length && this.random(3) === 0) await this.#resume();
    else if (!at) await this.callNext(window);
    else if (at.status === 'called') await this.#atCalled(window, at);
    else await this.#atServing(window, at);
  }

  async steps(count) {
    for (let n = 0; n < count; n++) await this.step();
  }

  /** What a screen must have been told; of the hall, or of a window. */
  texts(window, from = 0) {
    return this.expected
      .slice(from)
      .filter((one) => !window || one.window === window || one.queue === queueOf(window))
      .map(({ text }) => text);
  }
}

/** Asserts that a display has been told all, once, in order. */
export async function hasAll(listener, expected) {
  await listener.has(expected.length);
  assert.deepEqual(listener.events.map(told), expected);
  const places = listener.events.map(({ id }) => place(id));
  for (let n = 1; n < places.length; n++)
    assert.ok(places[n - 1] < places[n], `${listener.events[n].id} is not behind the one before`);
}
