#!/usr/bin/env node
// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// How long a call takes to the last of its hall's displays: from the time at which the clerk's
// request was planned to the last display's byte. Each display must get each event of its hall
// once, in order, also when its worker is killed.
// usage: JIAOHAO=PATH bench/displays.mjs [--displays N] [--halls N] [--rate N] [--seconds N]
// (tests/http/node_modules must be there: npm ci)
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { parseArgs } from 'node:util';
import { startService } from '../tests/http/harness.mjs';
import { catalogue, CITY } from '../tests/http/catalogue.mjs';
import { place } from '../tests/http/listener.mjs';
import { killIfThere, pause, proceed, until } from '../tests/http/process.mjs';

const { values } = parseArgs({
  options: {
    displays: { type: 'string', default: '2000' },
    halls: { type: 'string', default: '20' },
    rate: { type: 'string', default: '60' },
    seconds: { type: 'string', default: '20' },
  },
});
const [DISPLAYS, HALLS, RATE, SECONDS] = ['displays', 'halls', 'rate', 'seconds'].map((name) =>
  Number(values[name]),
);
const WINDOWS = 8;
const CALLS = RATE * SECONDS;
const RETRY_MS = 1000;
const TICKS_A_SECOND = 100; // of /proc/PID/stat

const hallIds = Array.from(
  { length: HALLS },
  (_, n) => `${CITY}-${String(n + 1).padStart(2, '0')}`,
);
const windowIds = Array.from({ length: WINDOWS }, (_, n) => `A${n + 1}`);

/** Halls of one queue. */
function city() {
  const whole = catalogue();
  const queue = {
    ...whole.halls[0].queues[0],
    windows: windowIds.map((id) => ({ id, name: `${id}号窗口` })),
  };
  const halls = hallIds.map((id) => ({
    ...whole.halls[0],
    id,
    name: `大厅${id}`,
    queues: [queue],
  }));
  return { ...whole, halls };
}

/** A request of a clerk or kiosk, again with the same key when its worker was killed. */
class Desk {
  #agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

  #tokens = new Map();

  static async open(service) {
    const desk = new Desk();
    desk.service = service;
    for (const hall of hallIds)
      desk.#tokens.set(hall, await service.token('clerk', { city: CITY, hall }));
    return desk;
  }

  async post(hall, path, body) {
    const key = randomUUID();
    for (;;) {
      try {
        const answer = await this.#once(hall, `/v1/halls/${hall}/${path}`, body, key);
        if (answer.status < 500) return answer;
      } catch (error) {
        if (!['ECONNRESET', 'EPIPE'].includes(error.code)) throw error;
      }
    }
  }

  #once(hall, path, body, key) {
    const { host, port } = this.service.address;
    const payload = body && JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${this.#tokens.get(hall)}`,
      'idempotency-key': key,
      ...(body && { 'content-type': 'application/json' }),
      'content-length': payload ? Buffer.byteLength(payload) : 0,
    };
    return new Promise((resolve, reject) => {
      const options = { host, port, path, method: 'POST', headers, agent: this.#agent };
      const request = http.request(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (more) => (text += more));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
      });
      request.on('error', reject).end(payload);
    });
  }

  async operate(hall, window, operation, body) {
    const answer = await this.post(hall, `windows/${window}/${operation}`, body);
    assert.equal(answer.status, 200, `${operation}: ${JSON.stringify(answer.body)}`);
    return answer.body.ticket;
  }
}

/** One screen: a socket, and no more work on each byte than must be. */
class Display {
  ids = [];
  calls = 0;
  snapshots = 0;
  resumed = 0;
  #rest = '';

  constructor(service, hall, calls) {
    Object.assign(this, { service, hall, arrivals: calls });
  }

  open() {
    return new Promise((resolve) => {
      const { host, port } = this.service.address;
      const last = this.ids.length ? `Last-Event-ID: ${this.ids.at(-1)}\r\n` : '';
      const path = `/v1/halls/${this.hall}/display/events`;
      const head = `GET ${path} HTTP/1.1\r\nHost: bench\r\n${last}\r\n`;
      this.#rest = '';
      this.socket = net.connect({ host, port }, () => this.socket.write(head));
      this.socket.setEncoding('latin1');
      this.socket.on('data', (text) => {
        this.#take(text);
        resolve();
      });
      this.socket.on('error', () => {});
      this.socket.on('close', () => this.#again());
    });
  }

  #again() {
    if (this.isClosed) return;
    this.resumed++;
    setTimeout(() => this.open(), RETRY_MS);
  }

  close() {
    this.isClosed = true;
    this.socket.destroy();
  }

  #take(text) {
    const now_ms = performance.now();
    const events = (this.#rest + text).split('\n\n');
    this.#rest = events.pop();
    for (const event of events) {
      const at = event.indexOf('id: ');
      if (at < 0) continue;
      const [id, name] = event.slice(at + 4).split('\nevent: ', 2);
      if (name.startsWith('snapshot')) {
        this.snapshots++;
        continue;
      }
      this.ids.push(id);
      if (!name.startsWith('called')) continue;
      this.calls++;
      const number = /"number":"(\w+)"/.exec(name)[1];
      const arrival = (this.arrivals[`${this.hall} ${number}`] ??= { count: 0 });
      arrival.count++;
      arrival.last_ms = now_ms;
    }
  }
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

function cpuTicks(pid) {
  const columns = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(columns[11]) + Number(columns[12]);
}

async function prepare(service, desk) {
  for (const hall of hallIds) {
    for (const window of windowIds) await desk.operate(hall, window, 'open');
    const tickets = Math.ceil(CALLS / HALLS) + 1;
    for (let n = 0; n < tickets; n++) {
      const answer = await desk.post(hall, 'tickets', { service: 'one' });
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
    }
  }
}

/** Opens the displays, all at one worker or at whichever takes them. */
async function openDisplays(service, arrivals, pid) {
  const others = pid ? (await service.workerPids()).filter((other) => other !== pid) : [];
  await Promise.all(others.map(pause));
  const displays = [];
  for (let n = 0; n < DISPLAYS; n++) {
    const display = new Display(service, hallIds[n % HALLS], arrivals);
    displays.push(display);
    if (n % 50 === 49) await display.open();
    else display.open();
  }
  await until(
    'every display has its snapshot',
    () => displays.every(({ snapshots }) => snapshots),
    60_000,
  );
  others.forEach(proceed);
  return displays;
}

/** A call, and its service at once, so that the window is free again. */
async function call(desk, n, planned, due_ms) {
  const hall = hallIds[n % HALLS];
  const window = windowIds[Math.floor(n / HALLS) % WINDOWS];
  const { number } = await desk.operate(hall, window, 'call-next');
  planned[`${hall} ${number}`] = due_ms;
  await desk.operate(hall, window, 'start');
  await desk.operate(hall, window, 'finish');
}

/** Open loop: each call leaves when it is due, unless its window is still busy with the one before.
 * `middle` happens halfway. */
async function run(desk, planned, middle) {
  const begun_ms = performance.now();
  const windows = Array.from({ length: HALLS * WINDOWS }, () => Promise.resolve());
  for (let n = 0; n < CALLS; n++) {
    const due_ms = begun_ms + (n * 1000) / RATE;
    const wait_ms = due_ms - performance.now();
    if (wait_ms > 0) await new Promise((resolve) => setTimeout(resolve, wait_ms));
    if (n === CALLS >> 1) middle?.();
    const window = n % windows.length;
    windows[window] = windows[window].then(() => call(desk, n, planned, due_ms));
  }
  await Promise.all(windows);
}

/** Every display of a hall has the same events, each once, in order, and all calls. */
function verify(displays, planned) {
  const first = new Map();
  for (const { hall, ids, calls } of displays) {
    if (!first.has(hall)) first.set(hall, ids);
    assert.deepEqual(ids, first.get(hall), `displays of ${hall} differ`);
    assert.equal(calls, Object.keys(planned).filter((key) => key.startsWith(`${hall} `)).length);
  }
  for (const ids of first.values())
    for (let n = 1; n < ids.length; n++)
      assert.ok(place(ids[n - 1]) < place(ids[n]), 'not in order');
}

async function measure(title, { atOne, isKilled }) {
  const service = await startService({ catalogue: city(), workers: 2 });
  try {
    const desk = await Desk.open(service);
    await prepare(service, desk);
    const arrivals = {};
    const planned = {};
    const [, second] = await service.workerPids();
    const displays = await openDisplays(service, arrivals, atOne ? second : undefined);
    const pids = [...(await service.workerPids()), await service.redisPid()];
    const before = pids.map(cpuTicks);
    const own = process.cpuUsage();
    await run(desk, planned, isKilled && (() => killIfThere(second, 'SIGKILL')));
    const total = Object.keys(planned).length;
    const each = (hall) => Object.keys(planned).filter((key) => key.startsWith(`${hall} `)).length;
    const wanted = new Map(hallIds.map((hall) => [hall, each(hall)]));
    await until(
      'every display has every call',
      () => displays.every(({ hall, calls }) => calls >= wanted.get(hall)),
      60_000,
    );
    const cpu = isKilled
      ? ['–', '–']
      : [
          pids.slice(0, -1).reduce((sum, pid, i) => sum + cpuTicks(pid) - before[i], 0),
          cpuTicks(pids.at(-1)) - before.at(-1),
        ].map((ticks) => `${Math.round((100 * ticks) / TICKS_A_SECOND / SECONDS)} %`);
    const { user, system } = process.cpuUsage(own);
    verify(displays, planned);
    const delays = Object.entries(planned)
      .map(([key, due_ms]) => arrivals[key].last_ms - due_ms)
      .sort((a, b) => a - b);
    const [p50, p99] = [0.5, 0.99].map((q) => quantile(delays, q).toFixed(1));
    const events = displays.reduce((sum, { ids }) => sum + ids.length, 0);
    const resumed = displays.filter((one) => one.resumed).length;
    console.log(
      `| ${title} | ${total} | ${events} | ${p50} / ${p99} / ${delays.at(-1).toFixed(1)} | ` +
        `${resumed} | ${cpu.join(' / ')} | ${Math.round((user + system) / 1e4 / SECONDS)} % |`,
    );
    displays.forEach((display) => display.close());
  } finally {
    await service.stop();
  }
}

console.log(`${DISPLAYS} displays of ${HALLS} halls, ${RATE} calls a second for ${SECONDS} s, 2 workers

| displays | calls | events at displays | p50 / p99 / max ms | resumed | CPU of workers / Redis | of this client |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |`);
await measure('at both workers', {});
await measure('all at one', { atOne: true });
await measure('all at one, killed halfway', { atOne: true, isKilled: true });
