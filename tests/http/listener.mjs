// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A display: reads a stream of server-sent events (HTML Living Standard, 9.2) and holds each event
// against the contract.
import assert from 'node:assert/strict';
import http from 'node:http';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { HALL } from './catalogue.mjs';
import { checkAnswer, openapi } from './contract.mjs';
import { pause, proceed, until } from './process.mjs';

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ ...openapi, $id: 'jiaohao' });
const schema = (name) => ajv.compile({ $ref: `jiaohao#/components/schemas/${name}` });
const checks = {
  snapshot: schema('Display'),
  called: schema('DisplayCall'),
  missed: schema('DisplayCall'),
  waiting: schema('DisplayQueue'),
  id: schema('DisplayEventId'),
};

function check(name, value) {
  assert.ok(checks[name], `an event ${name} is not in the contract`);
  assert.ok(checks[name](value), `${name}: ${ajv.errorsText(checks[name].errors)}`);
}

export class Listener {
  events = []; // {type, id, data}, without snapshots
  snapshots = [];
  comments = 0;
  retry_ms = null;
  lastId = undefined;
  text = ''; // all that came
  ended = null; // 'end' or an error's code

  #rest = '';
  #fields = {};

  constructor(service, { hall = HALL, window, token, lastId, headers } = {}) {
    this.service = service;
    this.lastId = lastId;
    this.headers = headers;
    const query = new URLSearchParams({ ...(window && { window }), ...(token && { token }) });
    this.path = `/v1/halls/${hall}/display/events${query.size ? `?${query}` : ''}`;
  }

  /** Connects, with the last id if there is one; resolves when the head has come. */
  async open() {
    const { host, port } = this.service.address;
    this.ended = null;
    this.#rest = '';
    this.#fields = {};
    await new Promise((resolve, reject) => {
      this.request = http.get({
        host,
        port,
        path: this.path,
        agent: false,
        headers: {
          ...this.headers,
          accept: 'text/event-stream',
          ...(this.lastId && { 'last-event-id': this.lastId }),
        },
      });
      this.request.on('error', reject).on('response', (response) => {
        this.response = response;
        const { statusCode: status, headers } = response;
        checkAnswer({ method: 'GET', path: this.path, status, headers, body: Buffer.alloc(0) });
        response
          .setEncoding('utf8')
          .on('data', (more) => this.#take(more))
          .on('end', () => (this.ended = 'end'))
          .on('error', (error) => (this.ended = error.code))
          .on('close', () => (this.ended ??= 'close'));
        resolve();
      });
    });
    return this;
  }

  /** Connects to one of the workers. */
  async openAt(pid) {
    const others = (await this.service.workerPids()).filter((other) => other !== pid);
    await Promise.all(others.map(pause));
    try {
      return await this.open();
    } finally {
      others.forEach(proceed);
    }
  }

  close() {
    this.request.destroy();
  }

  #take(more) {
    this.text += more;
    const lines = (this.#rest + more).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) this.#line(line);
  }

  #line(line) {
    if (line === '') {
      this.#dispatch();
    } else if (line.startsWith(':')) {
      this.comments++;
    } else {
      const [, name, value] = /^(\w+): ?(.*)$/.exec(line);
      this.#fields[name] = value;
    }
  }

  #dispatch() {
    const { id, event, data, retry } = this.#fields;
    this.#fields = {};
    if (retry !== undefined) this.retry_ms = Number(retry);
    if (data === undefined) return;
    check('id', id);
    this.lastId = id;
    const value = JSON.parse(data);
    check(event, value);
    if (event === 'snapshot') this.snapshots.push({ id, data: value });
    else this.events.push({ type: event, id, data: value });
    this.onEvent?.(event);
  }

  has(count, timeout_ms) {
    return until(
      `${count} events, ${this.events.length} came`,
      () => this.events.length >= count,
      timeout_ms,
    );
  }

  hasSnapshots(count, timeout_ms) {
    return until(`${count} snapshots`, () => this.snapshots.length >= count, timeout_ms);
  }

  hasEnded(timeout_ms) {
    return until('the end of the stream', () => this.ended, timeout_ms);
  }
}

/** What of an event a worker cannot know differently from another. */
export const told = ({ type, data }) =>
  type === 'waiting'
    ? `waiting ${data.queue} ${data.waiting}`
    : `${type} ${data.number} ${data.window} ${data.calls}`;

/** 'ms-number.index@day' as one that sorts. */
export function place(id) {
  const [, ms, number, index] = /^(\d+)-(\d+)(?:\.(\d+))?@\d+$/.exec(id);
  return [ms, number, index ?? '999999'].map((part) => part.padStart(20, '0')).join();
}
