// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Starts the service as its operators do and talks to it over sockets; every answer is validated.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAnswer } from './contract.mjs';
import {
  cleanEnvironment,
  killIfThere,
  pause,
  proceed,
  processes,
  run,
  until,
} from './process.mjs';
import { defaultHeaders, exchange, Pipeline } from './wire.mjs';

export const MONDAY = '2026-11-23T10:00:00+08:00';
const sanitizer = /AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:/;

export function binaryPath() {
  const path = process.env.JIAOHAO;
  assert.ok(path && existsSync(path), 'set JIAOHAO to the path of the jiaohao binary');
  return path;
}

export class Service {
  stderr = '';
  #agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
  #tokens = new Map();

  constructor(options, dir) {
    this.options = options;
    this.dir = dir;
    this.started_ms = null;
  }

  /** What the service's clock shows, as ISO 8601: it runs on over restarts; null: the real one. */
  #clock() {
    if (this.options.now === null) return null;
    if (this.started_ms === null) {
      this.started_ms = Date.now();
      return this.options.now ?? MONDAY;
    }
    const begin = Date.parse(this.options.now ?? MONDAY);
    const now = new Date(begin + Date.now() - this.started_ms + 8 * 3600_000);
    return `${now.toISOString().slice(0, 19)}+08:00`;
  }

  async start() {
    const { workers, args = [], env, under = [] } = this.options;
    const now = this.#clock();
    const argv = [
      'serve',
      '--data',
      this.dir,
      '--listen',
      '127.0.0.1:0',
      ...(now ? ['--now', now] : []),
      ...(workers ? ['--workers', String(workers)] : []),
      ...args,
    ];
    // It ends with the test, however that ends.
    this.child = spawn('setpriv', ['--pdeathsig', 'TERM', ...under, binaryPath(), ...argv], {
      env: cleanEnvironment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = new Promise((resolve) => {
      this.child.on('exit', (code, signal) => resolve({ code, signal }));
    });
    this.child.stderr.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    const [, host, port] = /^(.*):(\d+)$/.exec(await this.#ready());
    this.address = { host, port: Number(port) };
  }

  #ready() {
    return new Promise((resolve, reject) => {
      let text = '';
      const fail = (why) => reject(new Error(`${why}\n${this.stderr}`));
      const timer = setTimeout(() => {
        this.child.kill('SIGKILL');
        fail('not ready within 60 s');
      }, 60_000);
      this.child.stdout.setEncoding('utf8').on('data', (more) => {
        text += more;
        const line = /^ready (\S+)$/m.exec(text);
        if (line) {
          clearTimeout(timer);
          resolve(line[1]);
        }
      });
      this.child.on('error', (error) => fail(error.message));
      this.child.on('close', (code, signal) => {
        clearTimeout(timer);
        fail(`serve ended with ${code ?? signal} before it was ready`);
      });
    });
  }

  /** Runs `jiaohao COMMAND… --data DIR`; rejects unless it exits with `code`. */
  async command(argv, { code = 0, input } = {}) {
    const [name, ...rest] = argv;
    const two = name === 'token' ? [name, rest.shift()] : [name];
    const result = await run(binaryPath(), [...two, '--data', this.dir, ...rest], { input });
    assert.ok(!sanitizer.test(result.stderr), result.stderr);
    assert.equal(result.code, code, `jiaohao ${argv.join(' ')}: ${result.stdout}${result.stderr}`);
    return result;
  }

  async load(catalogue, options) {
    const file = join(this.dir, `..`, `${this.dir.split('/').pop()}-${catalogue.city.code}.json`);
    await writeFile(file, JSON.stringify(catalogue));
    try {
      return await this.command(['load', file], options);
    } finally {
      await rm(file);
    }
  }

  /** A bearer token; the same one for the same arguments, unless `fresh`. */
  async token(role, { city, hall, window, ttl, fresh } = {}) {
    const argv = [
      'token',
      'create',
      '--role',
      role,
      ...(city ? ['--city', city] : []),
      ...(hall ? ['--hall', hall] : []),
      ...(window ? ['--window', window] : []),
      ...(ttl ? ['--ttl', ttl] : []),
    ];
    const name = argv.join(' ');
    if (fresh || !this.#tokens.has(name)) {
      const { stdout } = await this.command(argv);
      const token = stdout.trim().split('\n').pop();
      assert.match(token, /^[\w.~+/=-]{40,}$/, `token create printed ${JSON.stringify(stdout)}`);
      if (fresh) return token;
      this.#tokens.set(name, token);
    }
    return this.#tokens.get(name);
  }

  gateway() {
    return this.token('gateway', { city: '410400' });
  }

  /** Asserts that `jiaohao audit` finds no breach. */
  async audit() {
    const { stdout } = await this.command(['audit']);
    return stdout;
  }

  /** One request over kept connections; resolves to {status, headers, body, text} once validated. */
  request(method, path, { token, key, body, headers, language, agent } = {}) {
    const payload =
      body === undefined
        ? undefined
        : Buffer.from(
            typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
          );
    const fields = { ...defaultHeaders({ token, key, payload, language }), ...headers };
    if (payload !== undefined) fields['content-length'] = payload.length;
    for (const [name, value] of Object.entries(fields)) if (value === null) delete fields[name];
    return new Promise((resolve, reject) => {
      const { host, port } = this.address;
      const request = http.request({
        host,
        port,
        method,
        path,
        headers: fields,
        agent: agent ?? this.#agent,
      });
      request.setTimeout(60_000, () =>
        request.destroy(new Error(`${method} ${path}: no answer in 60 s`)),
      );
      request.on('error', reject);
      request.on('response', (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part)).on('error', reject);
        response.on('end', () => {
          const answer = {
            status: response.statusCode,
            headers: response.headers,
            body: Buffer.concat(parts),
          };
          try {
            resolve(checked({ method, path, options: { language } }, answer));
          } catch (error) {
            reject(error);
          }
        });
      });
      request.end(payload);
    });
  }

  get(path, options) {
    return this.request('GET', path, options);
  }

  post(path, body, options) {
    return this.request('POST', path, { ...options, body });
  }

  /** Bytes on a plain socket, for what no client library sends (wire.mjs, exchange). */
  raw(chunks, options) {
    return exchange(this.address, chunks, options);
  }

  /** A connection with pipelining; each answer is validated. */
  pipeline() {
    return new Pipeline(this.address, checked);
  }

  /** Everything that belongs to this service: its processes and what they left running in DIR. */
  async family() {
    const all = await processes();
    const pids = new Set([this.child.pid]);
    for (let grown = true; grown;) {
      grown = false;
      for (const { pid, parent } of all) {
        if (pids.has(parent) && !pids.has(pid)) {
          pids.add(pid);
          grown = true;
        }
      }
    }
    const ours = ({ pid, command, cwd }) =>
      pids.has(pid) || command.includes(this.dir) || cwd.startsWith(this.dir);
    return all.filter((entry) => entry.pid !== process.pid && ours(entry));
  }

  /** A command straight to the embedded Redis; the lines of its answer as they come. */
  redis(command) {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ path: join(this.dir, 'redis', 'redis.sock') });
      let text = '';
      socket
        .setEncoding('utf8')
        .on('error', reject)
        .on('data', (more) => {
          text += more;
        });
      socket.on('connect', () => socket.write(`${command}\r\nQUIT\r\n`));
      socket.on('end', () => resolve(text.trimEnd().split('\r\n').slice(0, -1)));
    });
  }

  async redisPid() {
    return (await this.family()).find(({ name }) => name === 'redis-server')?.pid;
  }

  /** Processes that serve: the first one and its children that are no redis-server. */
  async workerPids() {
    return (await this.family())
      .filter(
        ({ pid, parent, name }) =>
          pid === this.child.pid || (parent === this.child.pid && name !== 'redis-server'),
      )
      .map(({ pid }) => pid);
  }

  /** `count` connections to each worker: [{pid, pipes}]; made while it alone runs. */
  async connectionsByWorker(count) {
    const pids = await this.workerPids();
    const groups = [];
    for (const pid of pids) {
      const others = pids.filter((other) => other !== pid);
      await Promise.all(others.map(pause));
      try {
        const pipes = Array.from({ length: count }, () => this.pipeline());
        await Promise.all(pipes.map((pipe) => pipe.send('GET', '/healthz')));
        groups.push({ pid, pipes });
      } finally {
        others.forEach(proceed);
      }
    }
    return groups;
  }

  async kill9() {
    killIfThere(this.child.pid, 'SIGKILL');
    await this.exited;
    this.#agent.destroy();
  }

  /** SIGTERM; asserts a clean exit without a sanitizer's report. The data stays. */
  async terminate() {
    this.#agent.destroy();
    killIfThere(this.child.pid, 'SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 60_000);
    const { code, signal } = await this.exited;
    clearTimeout(timer);
    assert.ok(!sanitizer.test(this.stderr), this.stderr);
    assert.equal(code, 0, `serve ended with ${code ?? signal}\n${this.stderr.slice(-4000)}`);
  }

  async restart() {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.terminate();
    await this.start();
  }

  /** Ends it all: asserts a clean end and that nothing is left running, removes DIR. */
  async stop() {
    try {
      await this.terminate();
      await until(
        'nothing of the service is left',
        async () => (await this.family()).length === 0,
        5_000,
      );
    } finally {
      for (const { pid } of await this.family()) killIfThere(pid, 'SIGKILL');
      await rm(this.dir, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

/** Validates an answer and parses its body. */
export function checked({ method, path, options }, { status, headers, body }) {
  const language = options?.language ?? options?.headers?.['accept-language'];
  const value = checkAnswer({ method, path, status, headers, body, language });
  return { status, headers, body: value, text: body.toString('utf8') };
}

/**
 * A service on a data directory of its own, with `catalogue` (one or a list) loaded.
 * `now`: start of its clock (MONDAY; null: the real time), `workers`, `args`: more of the command line, `env`,
 * `under`: a command that runs it, such as prlimit.
 */
export async function startService({ catalogue = [], ...options } = {}) {
  const service = new Service(options, await mkdtemp(join(tmpdir(), 'jiaohao-test-')));
  try {
    for (const one of [catalogue].flat()) await service.load(one);
    await service.start();
    return service;
  } catch (error) {
    if (service.child) {
      await service.kill9();
      for (const { pid } of await service.family()) killIfThere(pid, 'SIGKILL');
    }
    await rm(service.dir, { recursive: true, force: true });
    throw error;
  }
}

/** The problem's type without its prefix; undefined for an answer that is none. */
export const problemOf = (answer) => answer.body?.type?.replace('/problems/', '');

/** Asserts status and type of a problem; returns its body. */
export function assertProblem(answer, status, type) {
  assert.equal(`${answer.status} ${problemOf(answer)}`, `${status} ${type}`, answer.text);
  return answer.body;
}
