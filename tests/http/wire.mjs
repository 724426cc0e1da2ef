// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 by hand: malformed requests and pipelining need more than node:http lets through.
import net from 'node:net';

const blank = Buffer.from('\r\n\r\n');

function parseHead(text) {
  const [first, ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(first);
  if (!status) throw new Error(`status line ${JSON.stringify(first)}`);
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new Error(`header line ${JSON.stringify(line)}`);
    const name = line.slice(0, colon).toLowerCase();
    if (name in headers) throw new Error(`header ${name} twice`);
    headers[name] = line.slice(colon + 1).trim();
  }
  return { status: Number(status[1]), headers };
}

// Body of a chunked answer from `start`; null when more bytes are needed.
function parseChunked(buffer, start) {
  const parts = [];
  for (let at = start; ;) {
    const line = buffer.indexOf('\r\n', at);
    if (line < 0) return null;
    const size = parseInt(buffer.toString('latin1', at, line), 16);
    if (Number.isNaN(size)) throw new Error('chunk size');
    if (buffer.length < line + 2 + size + 2) return null;
    parts.push(buffer.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
    if (size === 0) return { body: Buffer.concat(parts), end: at };
  }
}

/** Takes bytes, hands out whole answers: {status, headers, body}. 1xx answers carry `interim`. */
export class AnswerParser {
  #pending = Buffer.alloc(0);

  /** Adds bytes; `isHead(n)` says whether the n-th final answer from here is one to HEAD. */
  push(bytes, isHead = () => false) {
    this.#pending = this.#pending.length ? Buffer.concat([this.#pending, bytes]) : bytes;
    const answers = [];
    for (let n = 0; ;) {
      const answer = this.#next(isHead(n));
      if (!answer) return answers;
      if (!answer.interim) n++;
      answers.push(answer);
    }
  }

  get rest() {
    return this.#pending;
  }

  #next(head) {
    const end = this.#pending.indexOf(blank);
    if (end < 0) return null;
    const { status, headers } = parseHead(this.#pending.toString('latin1', 0, end));
    let at = end + 4;
    let body = Buffer.alloc(0);
    if (status < 200) {
      this.#pending = this.#pending.subarray(at);
      return { status, headers, body, interim: true };
    }
    if (!head && /chunked/i.test(headers['transfer-encoding'] ?? '')) {
      const chunked = parseChunked(this.#pending, at);
      if (!chunked) return null;
      ({ body, end: at } = chunked);
    } else if (!head) {
      const length = Number(headers['content-length']);
      if (!Number.isInteger(length)) throw new Error(`no length in a ${status} answer`);
      if (this.#pending.length < at + length) return null;
      body = this.#pending.subarray(at, at + length);
      at += length;
    }
    this.#pending = this.#pending.subarray(at);
    return { status, headers, body };
  }
}

/** The bytes of a request. */
export function requestBytes(method, path, { token, key, body, headers = {}, language } = {}) {
  const payload =
    body === undefined
      ? undefined
      : Buffer.from(
          typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
        );
  const fields = { host: 'test', ...defaultHeaders({ token, key, payload, language }), ...headers };
  if (payload !== undefined) fields['content-length'] ??= String(payload.length);
  const lines = Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  return payload ? Buffer.concat([head, payload]) : head;
}

export function defaultHeaders({ token, key, payload, language }) {
  return {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(key && { 'idempotency-key': key }),
    ...(language && { 'accept-language': language }),
    ...(payload !== undefined && { 'content-type': 'application/json' }),
  };
}

/**
 * One connection with pipelining: send() as often as wanted, answers come in order.
 * `check(request, answer)` turns an answer into what send() resolves to.
 */
export class Pipeline {
  #waiting = [];
  #parser = new AnswerParser();

  constructor({ port, host }, check) {
    this.socket = net.connect({ port, host, noDelay: true });
    this.socket.on('data', (bytes) => {
      try {
        this.#receive(bytes, check);
      } catch (error) {
        this.#fail(error);
      }
    });
    this.socket.on('error', (error) => this.#fail(error));
    this.socket.on('close', () => this.#fail(new Error('connection closed')));
  }

  send(method, path, options) {
    return new Promise((resolve, reject) => {
      const request = { method, path, options, resolve, reject };
      if (this.socket.destroyed) return reject(new Error('connection closed'));
      this.#waiting.push(request);
      this.socket.write(requestBytes(method, path, options));
    });
  }

  close() {
    this.socket.end();
  }

  #receive(bytes, check) {
    const head = (n) => this.#waiting[n]?.method === 'HEAD';
    for (const answer of this.#parser.push(bytes, head)) {
      if (answer.interim) continue;
      const request = this.#waiting.shift();
      if (!request) throw new Error('an answer without a request');
      try {
        request.resolve(check(request, answer));
      } catch (error) {
        request.reject(error);
      }
    }
  }

  #fail(error) {
    this.socket.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/**
 * Writes `chunks` (one Buffer/string or several, each its own write) to a fresh connection and
 * collects what comes back until `answers` whole answers are there or the server closes.
 * `half`: close the sending side after the last chunk. Returns {answers, rest, closed, bytes}.
 */
export function exchange(
  { port, host },
  chunks,
  {
    answers: wanted = Infinity,
    half = false,
    head = false,
    timeout_ms = 20_000,
    reset = false,
  } = {},
) {
  const list = Array.isArray(chunks) ? chunks : [chunks];
  return new Promise((resolve, reject) => {
    const parser = new AnswerParser();
    const result = { answers: [], interim: [], closed: false, bytes: Buffer.alloc(0) };
    const socket = net.connect({ port, host, noDelay: true, allowHalfOpen: true });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(
        new Error(`no end after ${timeout_ms} ms; got ${JSON.stringify(result.bytes.toString())}`),
      );
    }, timeout_ms);
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ...result, rest: parser.rest });
    };
    socket.on('data', (bytes) => {
      result.bytes = Buffer.concat([result.bytes, bytes]);
      try {
        for (const answer of parser.push(bytes, () => head)) {
          (answer.interim ? result.interim : result.answers).push(answer);
        }
      } catch (error) {
        clearTimeout(timer);
        socket.destroy();
        return reject(error);
      }
      if (result.answers.length >= wanted) finish();
    });
    socket.on('end', () => {
      result.closed = true;
      finish();
    });
    // A server that refuses may reset the rest of our bytes; its answer was read before or is lost.
    socket.on('error', (error) => {
      result.closed = true;
      result.error = error;
      finish();
    });
    socket.on('connect', () => writeAll(socket, list, { half, reset, finish }));
  });
}

function writeAll(socket, list, { half, reset, finish }) {
  const next = (n) => {
    if (socket.destroyed || socket.writableEnded) return;
    if (n === list.length) {
      if (reset) {
        socket.resetAndDestroy();
        finish();
      } else if (half) socket.end();
      return;
    }
    socket.write(list[n], () => setImmediate(next, n + 1));
  };
  next(0);
}
