// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Crowds of displays and of connections leave room for bookings: each hall, each client's network
// and all of them together have a limit, and where connections end those without a request give way.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { catalogue, CITY, COUNTY_HALL, HALL, TOWNSHIP_HALL } from './catalogue.mjs';
import { checkAnswer } from './contract.mjs';
import { startService } from './harness.mjs';
import { until } from './process.mjs';

const CLIENT_MAX = 60;
const HALL_MAX = 1000;

/** One stream: {status, headers, close}; the refusal is held against the contract. */
function stream(service, { hall = HALL, from, headers, query = '' } = {}) {
  const path = `/v1/halls/${hall}/display/events${query}`;
  const { host, port } = service.address;
  return new Promise((resolve, reject) => {
    const request = http.get({
      host,
      port,
      path,
      agent: false,
      headers: { ...(from && { 'x-forwarded-for': from }), ...headers },
    });
    request.on('error', reject).on('response', (response) => {
      const { statusCode: status, headers } = response;
      const opened = { status, headers, close: () => request.destroy() };
      response.on('error', () => {});
      if (status === 200) {
        response.resume();
        resolve(opened);
        return;
      }
      const parts = [];
      response.on('data', (part) => parts.push(part)).on('end', () => {
        const body = Buffer.concat(parts);
        checkAnswer({ method: 'GET', path, status, headers, body });
        resolve({ ...opened, problem: JSON.parse(body).type });
      });
    });
  });
}

function assertRefused({ status, headers, problem }) {
  assert.deepEqual([status, problem], [429, '/problems/rate-limited']);
  assert.ok(Number(headers['retry-after']) >= 1);
  assert.equal(headers.connection, 'close', 'its place is wanted');
}

async function streams(service, count, options) {
  const all = [];
  for (let n = 0; n < count; n++)
    all.push(await stream(service, typeof options === 'function' ? options(n) : options));
  return all;
}

const statuses = (all) => [...new Set(all.map(({ status }) => status))];

describe('displays', () => {
  let service, opened;
  const open = async (count, options) => {
    const all = await streams(service, count, options);
    opened.push(...all);
    return all;
  };

  before(async () => {
    service = await startService({ catalogue: catalogue() });
    opened = [];
  });
  after(() => service.stop());

  const empty = async () => {
    opened.forEach(({ close }) => close());
    opened = [];
    await until('they have left', async () =>
      /^jiaohao_http_streams 0$/m.test((await service.get('/metrics')).text),
    );
  };

  test('of one address, as the proxy on this machine tells it', async () => {
    const from = '203.0.113.9';
    assert.deepEqual(statuses(await open(CLIENT_MAX, { from })), [200]);
    assertRefused(await stream(service, { from }));
    assertRefused(await stream(service, { from, hall: COUNTY_HALL }));
    // What a client writes itself stands before what the proxy adds.
    assertRefused(await stream(service, { from: `198.51.100.1, ${from}` }));
    assertRefused(await stream(service, { from: `198.51.100.1,  ${from} , 127.0.0.1` }));
    assertRefused(await stream(service, { from: `${from}:50123` }));
    assert.deepEqual(statuses(await open(1, { from: `${from}, 198.51.100.1` })), [200]);
    opened.splice(0, 1)[0].close();
    await until('its place is free', async () => {
      const [one] = await open(1, { from });
      return one.status === 200;
    });
    await empty();
  });

  test('of one /64 of IPv6', async () => {
    const from = (n) => ({ from: `2001:db8:0:7::${(n + 1).toString(16)}` });
    assert.deepEqual(statuses(await open(CLIENT_MAX, from)), [200]);
    assertRefused(await stream(service, { from: '2001:db8:0:7:ffff:ffff::1' }));
    assertRefused(await stream(service, { from: '[2001:db8:0:7::1]:443' }));
    assert.deepEqual(statuses(await open(1, { from: '2001:db8:0:8::1' })), [200]);
    await empty();
  });

  test("a hall's own screens are not counted by their address", async () => {
    const token = await service.token('display', { city: CITY, hall: HALL });
    const from = '203.0.113.10';
    await open(CLIENT_MAX, { from });
    assertRefused(await stream(service, { from }));
    assert.deepEqual(statuses(await open(3, { from, query: `?token=${token}` })), [200]);
    const headers = { authorization: `Bearer ${token}` };
    assert.deepEqual(statuses(await open(1, { from, headers })), [200]);
    const other = await service.token('display', { city: CITY, hall: COUNTY_HALL });
    assertRefused(await stream(service, { from, query: `?token=${other}` }));
    assertRefused(await stream(service, { from, query: '?token=nobody' }));
    await empty();
  });

  test('of one hall', { timeout: 120_000 }, async () => {
    const from = (n) => ({ from: `10.${n >> 8}.${n & 255}.1` });
    for (let n = 0; n < HALL_MAX; n += 100)
      assert.deepEqual(statuses(await open(100, (i) => from(n + i))), [200]);
    assertRefused(await stream(service, { from: '192.0.2.1' }));
    assert.deepEqual(statuses(await open(1, { from: '192.0.2.1', hall: COUNTY_HALL })), [200]);
    await empty();
  });

  test('whom the service is told not to trust speaks for himself alone', async () => {
    const alone = await startService({ catalogue: catalogue(), args: ['--trusted-proxies', '::1'] });
    try {
      const all = await streams(alone, CLIENT_MAX, (n) => ({ from: `203.0.113.${n}` }));
      assert.deepEqual(statuses(all), [200]);
      assertRefused(await stream(alone, { from: '203.0.113.200' }));
      all.forEach(({ close }) => close());
    } finally {
      await alone.stop();
    }
  });

  test('a list of proxies that is none is wrong usage', async () => {
    for (const list of ['localhost', '127.0.0.1/33', '::1/129', '10.0.0.0/8;::1']) {
      const argv = ['serve', '--listen', '127.0.0.1:0', '--trusted-proxies', list];
      const { stderr } = await service.command(argv, { code: 2 });
      assert.match(stderr, /--trusted-proxies takes at most 16 addresses or networks/);
    }
  });
});

describe('a service with few descriptors', () => {
  const LIMIT = 1024;
  let service;

  before(async () => {
    service = await startService({
      catalogue: catalogue(),
      under: ['prlimit', `--nofile=${LIMIT}:${LIMIT}`],
    });
  });
  after(() => service.stop());

  /** A booking's way: a connection of its own. */
  const answers = async () => {
    const agent = new http.Agent({ keepAlive: false });
    assert.equal((await service.get('/healthz', { agent })).status, 200);
    const free = await service.get(`/v1/halls/${HALL}/availability?service=one`, { agent });
    assert.equal(free.status, 200);
  };

  test('all displays together leave connections for everything else', async () => {
    const halls = [HALL, COUNTY_HALL, TOWNSHIP_HALL];
    const all = await streams(service, 450, (n) => ({ hall: halls[n % 3] }));
    const held = all.filter(({ status }) => status === 200);
    assert.ok(held.length >= 300 && held.length < 400, `${held.length} streams`);
    all.filter(({ status }) => status !== 200).forEach(assertRefused);
    await answers();
    held.forEach(({ close }) => close());
  });

  test('connections without a request give way', { timeout: 60_000 }, async () => {
    const { host, port } = service.address;
    const sockets = Array.from({ length: 1500 }, () =>
      net.connect({ host, port }).on('error', () => {}),
    );
    await until('many are open', () => sockets.filter((one) => one.readyState === 'open').length > 700);
    await answers();
    await answers();
    sockets.forEach((socket) => socket.destroy());
    await answers();
  });
});

test('all descriptors that the system allows are used', async () => {
  const service = await startService({
    catalogue: catalogue(),
    under: ['prlimit', '--nofile=300:4096'],
  });
  try {
    const all = await streams(service, 400, { hall: HALL });
    assert.deepEqual(statuses(all), [200]);
    assert.equal((await service.get('/healthz')).status, 200);
    all.forEach(({ close }) => close());
  } finally {
    await service.stop();
  }
});
