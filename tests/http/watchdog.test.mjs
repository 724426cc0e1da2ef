// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// A worker that hangs is replaced, and what started the service is told how it is.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { catalogue } from './catalogue.mjs';
import { startService } from './harness.mjs';
import { Listener, told } from './listener.mjs';
import { pause, proceed, until } from './process.mjs';
import { Floor } from './tickets.mjs';

describe('a worker that hangs', () => {
  let service, floor;

  before(async () => {
    service = await startService({ catalogue: catalogue(), workers: 2 });
    floor = await Floor.open(service);
  });
  after(() => service.stop());

  /** Each time on a connection of its own, which a worker that stands still does not accept. */
  const metric = async (name) => {
    const { text } = await service.get('/metrics', { agent: new http.Agent() });
    return Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
  };
  const ended = (reason) => metric(`jiaohao_workers_ended_total{reason="${reason}"}`);
  const furtherWorker = async () =>
    (await service.workerPids()).find((pid) => pid !== service.child.pid);

  test('is replaced, and its displays go on at another', async () => {
    assert.deepEqual([await ended('hung'), await ended('died')], [0, 0]);
    const hung = await furtherWorker();
    const listener = await new Listener(service).openAt(hung);
    await listener.hasSnapshots(1);
    await pause(hung);
    await listener.hasEnded(30_000);
    assert.equal(await ended('hung'), 1);
    assert.match(service.stderr, new RegExp(`"event":"api.worker-hung".*"pid":${hung}\\b`));
    await floor.walkIn();
    await listener.open();
    await listener.has(1);
    assert.equal(told(listener.events[0]), 'waiting A 1');
    assert.equal(listener.snapshots.length, 1);
    listener.close();
    await until('another one serves', async () => (await metric('jiaohao_workers')) === 2, 30_000);
    const next = await furtherWorker();
    assert.notEqual(next, hung);
    assert.equal(await ended('hung'), 1);
    assert.equal(await ended('died'), 0);
  });

  test('SIGTERM ends the service though a worker hangs', async () => {
    await pause(await furtherWorker());
    await service.terminate();
    await service.start();
  });

  test('one that dies is counted as such', async () => {
    process.kill(await furtherWorker(), 'SIGKILL');
    await until('it is counted', async () => (await ended('died')) === 1);
    await until('another one serves', async () => (await metric('jiaohao_workers')) === 2, 30_000);
    assert.equal(await ended('hung'), 0);
  });
});

/** As systemd listens (sd_notify(3)): prints "PID STATE" of each datagram that comes. */
const LISTENER = `
import socket, struct, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
listener.bind(sys.argv[1].replace('@', '\\0', 1))
print('listening', flush=True)
while True:
    state, ancillary, _, _ = listener.recvmsg(4096, socket.CMSG_SPACE(12))
    print(struct.unpack('3i', ancillary[0][2])[0], state.decode(), flush=True)
`;

describe('what started the service', () => {
  const sockets = {
    'a socket with a path': (dir) => join(dir, 'notify'),
    'an abstract one': (dir) => `@${dir}`,
  };
  for (const [name, socketOf] of Object.entries(sockets)) {
    test(`is told that it is ready, that it lives, that it ends: ${name}`, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'jiaohao-notify-'));
      const supervisor = spawn('/usr/bin/python3', ['-c', LISTENER, socketOf(dir)]);
      let heard = '';
      supervisor.stdout.setEncoding('utf8').on('data', (text) => {
        heard += text;
      });
      const count = (state) => heard.split('\n').filter((line) => line === state).length;
      let service;
      try {
        await until('it listens', () => heard.startsWith('listening\n'));
        service = await startService({
          catalogue: catalogue(),
          workers: 2,
          env: { NOTIFY_SOCKET: socketOf(dir) },
        });
        const { pid } = service.child;
        await until('it is ready', () => count(`${pid} READY=1`) === 1);
        await until('it lives', () => count(`${pid} WATCHDOG=1`) >= 3);
        await pause(pid);
        const before = count(`${pid} WATCHDOG=1`);
        // The other worker goes on meanwhile, and tells nothing.
        await (await new Listener(service).open()).hasSnapshots(1);
        assert.ok(count(`${pid} WATCHDOG=1`) <= before + 1);
        proceed(pid);
        await service.terminate();
        await until('it ends', () => count(`${pid} STOPPING=1`) === 1);
        for (const line of heard.split('\n').slice(1).filter(Boolean))
          assert.match(line, new RegExp(`^${pid} (READY|WATCHDOG|STOPPING)=1$`));
        assert.equal(count(`${pid} READY=1`), 1);
        await service.start();
      } finally {
        await service?.stop();
        supervisor.kill();
        await rm(dir, { recursive: true, force: true });
      }
    });
  }
});
