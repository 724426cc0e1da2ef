// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What a screen's EventSource is told while the service or one of its workers ends and comes again:
// each event once, in order, though it never asks for anything itself.
import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { catalogue } from '../http/catalogue.mjs';
import { startService } from '../http/harness.mjs';
import { place, told } from '../http/listener.mjs';
import { killIfThere, until } from '../http/process.mjs';
import { Floor } from '../http/tickets.mjs';
import { openBrowser, Screen } from './browser.mjs';

const WINDOWS = ['A1', 'A2'];
const OPEN = 1; // EventSource.readyState

/** A port that is free now: a screen comes back to the address that it knows. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A service with two open windows of queue A, at an address that stays. */
async function openHall(t, options) {
  const service = await startService({
    catalogue: catalogue(),
    args: ['--listen', `127.0.0.1:${await freePort()}`],
    ...options,
  });
  t.after(() => service.stop());
  const work = new Work(await Floor.open(service));
  for (const window of WINDOWS) await work.does(window, 'open', { queues: ['A'] });
  return { service, work };
}

/** Walk-ins and calls, one after another, and what a screen must be told of them. */
class Work {
  expected = []; // {text, window}; a queue's line is every window's
  #waiting = 0;
  #key = 0;

  constructor(floor) {
    this.floor = floor;
  }

  /** Asks until it is answered, as clients do when a connection breaks: nothing is done twice. */
  async #ask(method, ...args) {
    const key = `work-${this.#key++}`;
    return until(
      `${method} is answered`,
      async () => {
        try {
          const answer = await this.floor[method](...args, { key });
          assert.ok(answer.status < 300 || answer.status === 503, answer.text);
          return answer.status < 300 && answer.body;
        } catch (error) {
          if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') return false;
          throw error;
        }
      },
      30_000,
    );
  }

  does(window, operation, body) {
    return this.#ask('operate', window, operation, body);
  }

  #wait(by) {
    this.#waiting += by;
    this.expected.push({ text: `waiting A ${this.#waiting}` });
  }

  #call(type, window, { number, calls }) {
    this.expected.push({ window, text: `${type} ${number} ${window} ${calls}` });
  }

  /** Two come; one is called to each window: served at the first, at the second called again and missed. */
  async round() {
    for (const window of WINDOWS) {
      await this.#ask('issue', {});
      this.#wait(1);
      this.#call('called', window, (await this.does(window, 'call-next')).ticket);
      this.#wait(-1);
    }
    const [first, second] = WINDOWS;
    await this.does(first, 'start');
    await this.does(first, 'finish');
    this.#call('called', second, (await this.does(second, 'recall')).ticket);
    this.#call('missed', second, (await this.does(second, 'miss')).ticket);
  }

  async rounds(count) {
    for (let n = 0; n < count; n++) await this.round();
  }

  /** Works until the promise is kept, and a round longer. */
  async through(promise) {
    let is_kept = false;
    promise.then(
      () => (is_kept = true),
      () => (is_kept = true),
    );
    while (!is_kept) await this.round();
    await promise;
    await this.round();
  }

  /** What a screen was to be told; of all the hall, or of one window. */
  texts(window) {
    return this.expected
      .filter((one) => !window || !one.window || one.window === window)
      .map(({ text }) => text);
  }
}

/** Asserts that the screen was told all, once, in order, and began with one snapshot. */
async function hasAll(screen, work) {
  const expected = work.texts(screen.window);
  const has = async () => (await screen.events()).length >= expected.length;
  // When it never does, the comparison shows what is missing.
  await until('all events', has, 10_000).catch(() => {});
  const events = await screen.events();
  assert.deepEqual(events.map(told), expected);
  const places = events.map(({ id }) => place(id));
  for (let n = 1; n < places.length; n++)
    assert.ok(places[n - 1] < places[n], `${events[n].id} is not behind the one before`);
  assert.equal((await screen.snapshots()).length, 1, 'it was known where it stood');
}

const reconnected = (screen, count) =>
  until(`connection ${count}`, async () => {
    const { opened, state } = await screen.connection();
    return opened === count && state === OPEN;
  });

const ends = {
  'it stops and starts again': (service) => service.terminate(),
  'it is killed and starts again': (service) => service.kill9(),
};
for (const [name, end] of Object.entries(ends)) {
  test(`EventSource over the end of the service: ${name}`, async (t) => {
    const { service, work } = await openHall(t);
    const browser = await openBrowser(t);
    const screens = [await Screen.open(browser, service), await Screen.open(browser, service, 'A1')];
    await work.rounds(3);
    for (const screen of screens) await hasAll(screen, work);
    for (let ended = 1; ended <= 2; ended++) {
      await work.through(end(service).then(() => service.start()));
      for (const screen of screens) await reconnected(screen, ended + 1);
      await work.rounds(2);
      for (const screen of screens) await hasAll(screen, work);
    }
  });
}

test('EventSource over the end of a worker: its screens go on at the other', async (t) => {
  const { service, work } = await openHall(t, { workers: 2 });
  const browser = await openBrowser(t);
  const [first, second] = await service.workerPids();
  const stay = await Screen.openAt(first, browser, service);
  const move = [];
  for (const window of [undefined, ...WINDOWS])
    move.push(await Screen.openAt(second, browser, service, window));
  await work.rounds(3);
  for (const screen of [stay, ...move]) await hasAll(screen, work);

  killIfThere(second, 'SIGKILL');
  await work.through(Promise.all(move.map((screen) => reconnected(screen, 2))));
  await work.rounds(2);
  for (const screen of [stay, ...move]) await hasAll(screen, work);
  assert.deepEqual(await stay.connection(), { opened: 1, failed: 0, state: OPEN });
});
