// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A Redis of one's own with a password: the service runs as a user that may do what
// docs/operations.md lists and nothing else, and shows the password to nobody.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { booking, catalogue, CITY, HALL, TODAY } from './catalogue.mjs';
import { assertProblem, binaryPath, startService } from './harness.mjs';
import { person } from './person.mjs';
import { cleanEnvironment, processes, run, until } from './process.mjs';

const USER = 'jiaohao';
const PASSWORD = 'p@ss:w/rd%#1';
const OWNER_PASSWORD = 'owner-of-this-redis';
const SETTINGS = ['--appendonly', 'yes', '--appendfsync', 'always'];

/** The rules of the ACL as the documentation has them. */
async function documentedRules() {
  const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const [, rules] = /ACL SETUSER jiaohao [^\n]*?>PASSWORD ([^`]+?)\n```/s.exec(page) ?? [];
  assert.ok(rules, 'docs/operations.md has the rules');
  return rules.replaceAll('\\\n', ' ').split(/\s+/).filter(Boolean);
}

/** The commands that the Functions and the steps of migration call. */
async function calledInside() {
  const called = new Set();
  for (const folder of ['slots/ledger', 'slots/days', 'slots/booking', 'scheduler', 'migrations']) {
    const directory = new URL(`../../${folder}/`, import.meta.url);
    for (const name of await readdir(directory)) {
      if (!name.endsWith('.lua')) continue;
      const code = await readFile(new URL(name, directory), 'utf8');
      for (const [, word] of code.matchAll(/(?:redis\.p?call|write_values)\(\s*'(\w+)'/g))
        called.add(word.toLowerCase());
    }
  }
  return called;
}

test('the documentation allows what the Functions call', async () => {
  const rules = await documentedRules();
  const called = [...(await calledInside())];
  assert.ok(called.length > 20, `${called}`);
  assert.deepEqual(
    called.filter((word) => !rules.includes(`+${word}`)),
    [],
  );
});

class Redis {
  async start() {
    this.dir ??= await mkdtemp(join(tmpdir(), 'jiaohao-redis-'));
    this.path = join(this.dir, 'redis.sock');
    const argv = ['redis-server', '--port', '0', '--unixsocket', this.path, '--dir', this.dir];
    this.child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', ...argv, '--save', '', ...SETTINGS, '--requirepass', OWNER_PASSWORD],
      { stdio: 'ignore' },
    );
    this.ended = new Promise((resolve) => this.child.on('exit', resolve));
    await until('redis-server answers', () => this.ask(['PING']).catch(() => false));
  }

  async stop() {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** A command of its owner's. */
  ask(args) {
    const wire = (words) =>
      `*${words.length}\r\n${words.map((w) => `$${Buffer.byteLength(w)}\r\n${w}\r\n`).join('')}`;
    return new Promise((resolve, reject) => {
      const socket = net.connect({ path: this.path });
      let text = '';
      socket.setEncoding('utf8').on('error', reject);
      socket.on('data', (more) => {
        text += more;
      });
      socket.on('end', () => resolve(text.split('\r\n').slice(1).join('\r\n')));
      socket.on('connect', () =>
        socket.write(wire(['AUTH', OWNER_PASSWORD]) + wire(args) + wire(['QUIT'])),
      );
    });
  }

  async allow(password = PASSWORD) {
    const rules = ['reset', 'on', `>${password}`, ...(await documentedRules())];
    assert.match(await this.ask(['ACL', 'SETUSER', USER, ...rules]), /^\+OK/);
  }

  url(password = PASSWORD) {
    return `unix://${USER}:${encodeURIComponent(password)}@${this.path}`;
  }
}

describe('a Redis with a password', () => {
  const redis = new Redis();
  let service;
  let env;

  /** A command of the program with the store's URL in its environment. */
  const command = (argv, url = redis.url(), input) =>
    run(binaryPath(), argv, { env: cleanEnvironment({ JIAOHAO_REDIS: url }), input });
  const done = async (argv, input) => {
    const result = await command(argv, redis.url(), input);
    assert.equal(result.code, 0, `${argv}: ${result.stderr}`);
    return result.stdout;
  };
  const token = async (...scope) => (await done(['token', 'create', ...scope])).trim();
  const secrets = [PASSWORD, encodeURIComponent(PASSWORD)];
  const assertSecret = (text) => {
    for (const secret of secrets) assert.ok(!text.includes(secret), text);
  };

  before(async () => {
    await redis.start();
    await redis.allow();
    env = { JIAOHAO_REDIS: redis.url() };
    service = await startService({ env, workers: 2, now: '2026-11-23T08:58:00+08:00' });
    const file = join(redis.dir, 'city.json');
    await writeFile(file, JSON.stringify(catalogue({ eligibility: { mode: 'off' } })));
    await done(['load', file]);
  });
  after(async () => {
    await service?.stop();
    await redis.stop();
    await rm(redis.dir, { recursive: true, force: true });
  });

  test('everything is done with what the documentation allows', async () => {
    const gateway = await token('--role', 'gateway', '--city', CITY);
    const clerk = await token('--role', 'clerk', '--hall', HALL);
    const admin = await token('--role', 'city_admin', '--city', CITY);
    const authority = await token('--role', 'health_authority', '--city', CITY);
    const call = async (status, method, path, body, who = gateway) => {
      const answer = await service.request(method, path, { token: who, body });
      assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
      return answer.body;
    };
    const post = (path, body, who, status = 200) => call(status, 'POST', path, body, who);
    const book = (n, extra) => post('/v1/reservations', booking(person(n), extra), gateway, 201);
    const first = await book(0);
    await post(`/v1/reservations/${first.id}/cancel`, {});
    const moved = await book(1);
    await post(`/v1/reservations/${moved.id}/reschedule`, { date: TODAY, start: '10:00' });
    await book(2, { date: undefined, ...booking(person(2), { start: '11:00' }) });
    await call(200, 'GET', '/v1/reservations');
    const wish = { ...booking(person(3), { start: undefined }), starts: ['09:30'] };
    const entry = await post('/v1/waitlist', wish, gateway, 201);
    await call(200, 'GET', `/v1/waitlist/${entry.id}`);
    const early = await book(4, { date: TODAY, start: '09:30' });
    const path = `/v1/reservations/${early.id}/check-in`;
    await service.terminate();
    service.options.now = '2026-11-23T09:05:00+08:00';
    service.started_ms = null;
    await service.start();
    await post(path, {});
    await post(`/v1/halls/${HALL}/tickets`, { service: 'one' }, clerk, 201);
    const window = `/v1/halls/${HALL}/windows/A1`;
    for (const operation of ['open', 'call-next', 'start', 'finish', 'call-next', 'miss', 'close'])
      await post(`${window}/${operation}`, undefined, clerk);
    const codes = [{ id_number: person(9).id_number, code: 'green' }];
    await post('/v1/health-codes', { codes }, authority);
    const closing = { date: '2026-11-24', reason: '停电', rebook: 'offer' };
    const closure = await post(`/v1/halls/${HALL}/closures`, closing, admin, 201);
    await call(200, 'DELETE', `/v1/halls/${HALL}/closures/${closure.id}`, undefined, admin);
    const capacity = { date: '2026-11-24', slots: { '09:00': 9 } };
    await call(200, 'PUT', `/v1/halls/${HALL}/queues/A/capacity`, capacity, admin);
    await call(200, 'GET', `/v1/halls/${HALL}/statistics?from=${TODAY}&to=${TODAY}`, undefined, admin);
    await done(['audit']);
    await done(['token', 'list']);
    await done(['migrate']);
    await done(['token', 'revoke'], gateway);
    const denied = await redis.ask(['ACL', 'LOG']);
    assert.match(denied, /^\*0/, `the ACL was in the way: ${denied}`);
  });

  test('the password shows in no log, no argument and no answer', async () => {
    assert.ok(service.stderr.length > 0);
    assertSecret(service.stderr);
    for (const { command: line } of await service.family()) assertSecret(line);
    assertSecret((await service.get('/metrics')).text);
    assertSecret((await service.get('/readyz')).text);
  });

  test('given as an argument it is taken out of the list of processes', async (t) => {
    const argv = ['serve', '--data', service.dir, '--redis', redis.url(), '--workers', '2'];
    const child = spawn(binaryPath(), [...argv, '--listen', '127.0.0.1:0'], {
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    t.after(async () => {
      child.kill('SIGTERM');
      assert.equal(await ended, 0);
    });
    const [line] = await once(child.stdout, 'data');
    assert.match(`${line}`, /^ready /);
    const ours = (await processes()).filter(
      ({ pid, parent }) => pid === child.pid || parent === child.pid,
    );
    assert.equal(ours.length, 2);
    for (const { command: words } of ours) assertSecret(words);
  });

  test('a wrong password, and none, are said', async () => {
    const bare = `unix:${redis.path}`;
    for (const [url, reason] of [
      [redis.url('wrong'), /refuses the user or the password of the store URL \(WRONGPASS\)/],
      [bare, /NOAUTH/],
    ]) {
      for (const argv of [['token', 'list'], ['serve', '--data', service.dir]]) {
        const { code, stderr } = await command(argv, url);
        assert.equal(code, 1, stderr);
        assert.match(stderr, reason);
        assert.ok(!stderr.includes('wrong'), stderr);
      }
    }
  });

  test('what is no URL of ours is bad usage, and says what to do', async () => {
    for (const [url, reason] of [
      ['rediss://127.0.0.1:6379', /stunnel/],
      [`rediss://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:6379`, /stunnel/],
      ['redis://127.0.0.1:6379/3', /database 0/],
      ['redis://user:%zz@127.0.0.1', /hexadecimal/],
      ['redis://user@127.0.0.1', /password/],
    ]) {
      const { code, stderr } = await command(['token', 'list'], url);
      assert.equal(code, 2, stderr);
      assert.match(stderr, reason);
      assertSecret(stderr);
    }
  });

  test('a password that is changed meanwhile: not ready, with the reason, until it is right', async () => {
    const ready = async () => service.get('/readyz');
    assert.equal((await ready()).status, 200);
    await redis.stop();
    await redis.start();
    await redis.allow('another one');
    await until('it says why', async () => (await ready()).body.reason === 'password-refused');
    const answer = await ready();
    assertProblem(answer, 503, 'store-unavailable');
    assertSecret(answer.text);
    await redis.allow();
    await until('it is ready', async () => (await ready()).status === 200);
    assertSecret(service.stderr);
  });
});
