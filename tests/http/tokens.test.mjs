// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Commands that return with success are in force everywhere: in a worker that stands still they are
// not, nor in a full Redis; and how a token is named when it is made and revoked.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogue, CITY } from './catalogue.mjs';
import { startService } from './harness.mjs';
import { pause, proceed, until } from './process.mjs';

const CREATE = ['token', 'create', '--role', 'city_admin', '--city', CITY];

async function startWith(t, options) {
  const service = await startService({ catalogue: catalogue(), ...options });
  t.after(() => service.stop());
  return service;
}

const status = async (service, token) =>
  (await service.get('/v1/reservations', { token })).status;

async function create(service) {
  const { stdout, stderr } = await service.command(CREATE);
  assert.match(stdout, /^jh_[\w-]{43}\n$/, 'the token alone, so that a shell can take it');
  const [, id] = /^token id: ([0-9a-f]{16})$/m.exec(stderr) ?? [];
  assert.ok(id, stderr);
  return { token: stdout.trim(), id };
}

describe('tokens', { concurrency: 3 }, () => {
  test('are revoked by their id, or by themselves on stdin', async (t) => {
    const service = await startWith(t);
    const ways = [
      ({ id }) => service.command(['token', 'revoke', id]),
      ({ token }) => service.command(['token', 'revoke', token]),
      ({ token }) => service.command(['token', 'revoke'], { input: `${token}\n` }),
      ({ token }) => service.command(['token', 'revoke', '-'], { input: token }),
      ({ id }) => service.command(['token', 'revoke', '-'], { input: ` ${id} \r\n` }),
    ];
    for (const way of ways) {
      const made = await create(service);
      assert.equal(await status(service, made.token), 200);
      const { stdout, stderr } = await way(made);
      assert.equal(await status(service, made.token), 401, 'at once');
      assert.ok(!`${stdout}${stderr}`.includes(made.token));
    }
    const { stdout } = await service.command(['token', 'list']);
    assert.equal(stdout.trim().split('\n').length, 1, `nothing is left but the head: ${stdout}`);
    const { token } = await create(service);
    const unknown = token.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A'));
    const { stderr } = await service.command(['token', 'revoke'], { input: unknown, code: 1 });
    assert.match(stderr, /^jiaohao: [0-9a-f]{16} is not revoked: there is none/);
    assert.ok(!stderr.includes(unknown), 'a token is never printed again');
    for (const input of ['', '\n', ' \n', token.slice(0, -1), `${token}x`]) {
      const refused = await service.command(['token', 'revoke'], { input, code: 2 });
      assert.ok(!refused.stderr.includes('jh_'), refused.stderr);
    }
  });

  test('a worker that stands still: nothing is called done', async (t) => {
    const service = await startWith(t, { workers: 2 });
    const made = await create(service);
    const stopped = service.child.pid; // the first, which nobody replaces
    await pause(stopped);
    try {
      const revoked = service.command(['token', 'revoke', made.id], { code: 1 });
      const other = service.command(CREATE, { code: 1 });
      const loaded = service.load(catalogue(), { code: 1 });
      for (const { stdout, stderr } of await Promise.all([revoked, other, loaded])) {
        assert.match(stderr, new RegExp(`by jiaohao-worker-[0-9a-f]+-${stopped}\\b`));
        assert.equal(stdout, '');
      }
    } finally {
      proceed(stopped);
    }
    await service.command(['token', 'revoke', made.id]);
    assert.equal(await status(service, made.token), 401);
    const { stdout } = await service.command(['token', 'list']);
    assert.equal(stdout.trim().split('\n').length, 1, 'what was not made everywhere is nowhere');
    await service.load(catalogue());
  });

  test('a full Redis: nothing is called done, and Redis says why', async (t) => {
    const service = await startWith(t);
    const made = await create(service);
    assert.deepEqual(await service.redis('CONFIG SET maxmemory 1'), ['+OK']);
    for (const argv of [['token', 'revoke', made.id], CREATE]) {
      const { stdout, stderr } = await service.command(argv, { code: 1 });
      assert.match(stderr, /OOM command not allowed/);
      assert.equal(stdout, '');
    }
    assert.deepEqual(await service.redis('CONFIG SET maxmemory 0'), ['+OK']);
    // It could only be taken out, and nobody was told: who asks again has them told.
    const { stderr } = await service.command(['token', 'revoke', made.id], { code: 1 });
    assert.match(stderr, /there is none of this id/);
    assert.equal(await status(service, made.token), 401);
  });

  test('what no announcement tells is read within a minute', async (t) => {
    const service = await startWith(t, { workers: 2 });
    const made = await create(service);
    assert.deepEqual(await service.redis(`HDEL jiaohao:tokens ${made.id}`), [':1']);
    const groups = await service.connectionsByWorker(1);
    assert.equal(groups.length, 2);
    for (const { pipes } of groups)
      await until(
        'the worker refuses it',
        async () =>
          (await pipes[0].send('GET', '/v1/reservations', { token: made.token })).status === 401,
        75_000,
      );
  });

  test('those that expired long ago are swept', async (t) => {
    const service = await startWith(t);
    const line = (hash, expires_ms) =>
      `"${hash.repeat(32)} gateway ${CITY} - - 5 ${expires_ms}"`;
    const days = (count) => Date.parse('2026-11-23T10:00:00+08:00') - count * 86_400_000;
    await service.redis(`HSET jiaohao:tokens 0000000000000001 ${line('01', days(31))}`);
    await service.redis(`HSET jiaohao:tokens 0000000000000002 ${line('02', days(29))}`);
    const left = async () => (await service.redis('HKEYS jiaohao:tokens')).filter((l) => /^0/.test(l));
    await until('the older one is gone', async () => (await left()).length === 1, 75_000);
    assert.deepEqual(await left(), ['0000000000000002']);
  });
});
