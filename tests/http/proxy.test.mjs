// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// nginx with the configuration that is shipped, in front of the service: no token in any log, limits
// by network, a redirect to its own name, room for displays.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { catalogue, CITY, COUNTY_HALL, HALL } from './catalogue.mjs';
import { startService } from './harness.mjs';
import { run, until } from './process.mjs';

const NAME = 'hall.example.gov.cn';
const shipped = (name) => readFile(new URL(`../../deploy/${name}`, import.meta.url), 'utf8');

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Replaces each of the pairs; what is not there is a fault of the test. */
function replaced(text, pairs) {
  for (const [from, to] of pairs) {
    assert.ok(text.includes(from), `no ${from} in the configuration`);
    text = text.replaceAll(from, to);
  }
  return text;
}

class Nginx {
  static async start(service) {
    const nginx = new Nginx();
    const dir = await mkdtemp(join(tmpdir(), 'jiaohao-nginx-'));
    const logs = join(dir, 'logs');
    Object.assign(nginx, { dir, logs, http: await freePort(), https: await freePort() });
    await mkdir(logs);
    const subject = ['-subj', `/CN=${NAME}`, '-days', '2', '-nodes'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    const files = ['-keyout', join(dir, 'key.pem'), '-out', join(dir, 'chain.pem')];
    const made = await run('openssl', ['req', '-x509', ...key, ...subject, ...files]);
    assert.equal(made.code, 0, made.stderr);
    const site = replaced(await shipped('nginx.conf'), [
      ['127.0.0.1:8080', `127.0.0.1:${service.address.port}`],
      ['listen 80;', `listen 127.0.0.1:${nginx.http};`],
      ['listen [::]:80;', ''],
      ['listen 443 ssl', `listen 127.0.0.1:${nginx.https} ssl`],
      ['listen [::]:443 ssl http2;', ''],
      ['/etc/ssl/jiaohao/fullchain.pem', join(dir, 'chain.pem')],
      ['/etc/ssl/jiaohao/privkey.pem', join(dir, 'key.pem')],
      ['/var/log/nginx', logs],
    ]);
    await writeFile(join(dir, 'site.conf'), site);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${join(dir, name)};`)
      .join(' ');
    // Clients of other addresses than this machine's are those that a header names.
    const clients = 'set_real_ip_from 127.0.0.1; real_ip_header X-Test-Address;';
    const main = replaced(await shipped('nginx-main.conf'), [
      ['user www-data;', process.getuid() === 0 ? 'user root;' : ''],
      ['worker_processes auto;', 'worker_processes 2;'],
      ['worker_rlimit_nofile 65536;', ''],
      ['/run/nginx.pid', join(dir, 'pid')],
      ['/var/log/nginx', logs],
      ['include /etc/nginx/modules-enabled/*.conf;', ''],
      ['http {', `http { ${temporary} ${clients}`],
      ['/etc/nginx/conf.d/*.conf', join(dir, 'site.conf')],
    ]);
    await writeFile(join(dir, 'nginx.conf'), main);
    const argv = ['nginx', '-e', join(logs, 'start.log'), '-p', dir, '-c', join(dir, 'nginx.conf')];
    nginx.child = spawn('setpriv', ['--pdeathsig', 'TERM', ...argv, '-g', 'daemon off;']);
    nginx.exited = new Promise((resolve) => nginx.child.on('exit', resolve));
    nginx.child.stderr.setEncoding('utf8').on('data', (text) => (nginx.stderr += text));
    await until(
      `nginx listens ${nginx.stderr}`,
      () => nginx.child.exitCode === null && nginx.request('http', '/').then(Boolean, () => false),
    );
    return nginx;
  }

  stderr = '';

  request(scheme, path, { from = '198.51.100.1', method = 'GET', headers, body, abort } = {}) {
    return new Promise((resolve, reject) => {
      const request = (scheme === 'http' ? http : https).request({
        host: '127.0.0.1',
        port: this[scheme],
        path,
        method,
        agent: false,
        rejectUnauthorized: false,
        servername: NAME,
        headers: { host: NAME, 'x-test-address': from, ...headers },
      });
      request.on('error', reject).on('response', (response) => {
        const { statusCode: status, headers: fields } = response;
        if (abort && status === 200) {
          resolve({ status, headers: fields, close: () => request.destroy() });
          response.on('error', () => {}).resume();
          return;
        }
        let text = '';
        response.setEncoding('utf8').on('data', (more) => (text += more));
        response.on('end', () => resolve({ status, headers: fields, text, close: () => {} }));
      });
      request.end(body);
    });
  }

  async log() {
    const names = await readdir(this.logs);
    return (await Promise.all(names.map((name) => readFile(join(this.logs, name), 'utf8')))).join('');
  }

  async stop() {
    this.child.kill('SIGTERM');
    await this.exited;
    await rm(this.dir, { recursive: true, force: true });
  }
}

test('displays have room: connections and descriptors are shipped', async () => {
  const main = await shipped('nginx-main.conf');
  const connections = Number(/worker_connections (\d+);/.exec(main)[1]);
  const descriptors = Number(/worker_rlimit_nofile (\d+);/.exec(main)[1]);
  const streams = Number(/jiaohao_streams (\d+);/.exec(await shipped('nginx.conf'))[1]);
  assert.ok(connections >= 2 * streams + 2000, 'streams leave connections for bookings');
  assert.ok(descriptors >= 2 * connections);
});

describe('nginx before the service', () => {
  let service, nginx, token;
  const hidden = `/v1/halls/${COUNTY_HALL}/display`;

  before(async () => {
    const city = catalogue();
    city.halls = city.halls.map((hall) =>
      hall.id === COUNTY_HALL ? { ...hall, public_display: false } : hall,
    );
    service = await startService({ catalogue: city });
    token = await service.token('display', { city: CITY, hall: COUNTY_HALL });
    nginx = await Nginx.start(service);
  });
  after(async () => {
    await nginx?.stop();
    await service?.stop();
  });

  test('the redirect names its own host, whatever the client says', async () => {
    for (const host of [NAME, 'evil.example', `${NAME}:8080`, '127.0.0.1']) {
      const { status, headers } = await nginx.request('http', '/v1/x?y=1', { headers: { host } });
      assert.deepEqual([status, headers.location], [308, `https://${NAME}/v1/x?y=1`]);
    }
  });

  test('the service learns who its clients are', async () => {
    const path = `/v1/halls/${HALL}/display/events`;
    const all = [];
    for (let n = 0; n < 3; n++) {
      const from = `2001:db8:5::${n + 1}`;
      all.push(await nginx.request('https', path, { from, abort: true }));
    }
    assert.deepEqual(all.map(({ status }) => status), [200, 200, 200]);
    assert.match(all[0].headers['content-type'], /^text\/event-stream/);
    all.forEach(({ close }) => close());
    assert.equal((await nginx.request('https', '/metrics')).status, 404);
  });

  /** So many requests at once. */
  async function answers(count, path, options) {
    const sent = Array.from({ length: count }, (_, n) =>
      nginx.request('https', path, typeof options === 'function' ? options(n) : options),
    );
    const all = await Promise.all(sent);
    all.forEach(({ close }) => close());
    return all;
  }
  const statuses = async (...asked) => (await answers(...asked)).map(({ status }) => status);
  const counted = (all, wanted) => all.filter((status) => status === wanted).length;

  test('a /64 of IPv6 is one client, an address of IPv4 another', async () => {
    const path = '/healthz';
    const one = (n) => ({ from: `2001:db8:7:1:${(n + 1).toString(16)}::1` });
    assert.ok(counted(await statuses(120, path, one), 429) > 20);
    const many = (n) => ({ from: `2001:db8:7:${(n + 2).toString(16)}::1` });
    assert.equal(counted(await statuses(120, path, many), 200), 120);
    const fourth = (n) => ({ from: `203.0.113.${n + 1}` });
    assert.equal(counted(await statuses(120, path, fourth), 200), 120);
    // Whose bytes are line breaks: 0a0a.
    const breaks = (n) => ({ from: `a0a:a0a:a0a:a0a:${(n + 1).toString(16)}::a0a` });
    const limited = (await answers(120, path, breaks)).filter(({ status }) => status === 429);
    assert.ok(limited.length > 20);
    assert.equal(JSON.parse(limited[0].text).type, '/problems/rate-limited');
    assert.ok(Number(limited[0].headers['retry-after']) >= 1);
  });

  test('no token in any log, whatever becomes of its request', { timeout: 60_000 }, async () => {
    const query = `?token=${token}&x=1`;
    const referer = { referer: `https://${NAME}/display?hall=${COUNTY_HALL}&token=${token}` };
    const of = (n) => ({ from: `192.0.2.${n}`, headers: referer });
    await nginx.request('http', `${hidden}${query}`, of(1));
    assert.equal((await nginx.request('https', `${hidden}${query}`, of(2))).status, 200);
    // Too many at once, too many connections, a client that leaves.
    const limited = await statuses(120, `${hidden}${query}`, of(3));
    assert.ok(counted(limited, 429) > 20);
    const streams = await statuses(90, `${hidden}/events${query}`, { ...of(4), abort: true });
    assert.ok(counted(streams, 429) > 20 && counted(streams, 200) > 20);
    // Too large, of another path, malformed, by HTTP/2.
    const large = { ...of(5), method: 'POST', body: 'x'.repeat(70_000) };
    assert.equal((await nginx.request('https', `/v1/waitlist${query}`, large)).status, 413);
    assert.equal((await nginx.request('https', `/v1/nowhere${query}`, of(5))).status, 404);
    for (const port of [nginx.http, nginx.https]) {
      const text = `GET ${hidden}${query} HTTP/1.1\r\nHost: ${NAME}\r\nbad header\r\n\r\n`;
      await new Promise((resolve) =>
        net.connect({ port, host: '127.0.0.1' }).on('close', resolve).on('error', () => {}).resume().end(text),
      );
    }
    const session = http2.connect(`https://127.0.0.1:${nginx.https}`, { rejectUnauthorized: false });
    const stream = session.request({ ':path': `${hidden}${query}`, ':authority': NAME });
    await new Promise((resolve) => stream.on('response', resolve));
    session.destroy();
    // Without the service.
    await service.terminate();
    assert.equal((await nginx.request('https', `${hidden}${query}`, of(6))).status, 503);
    assert.equal((await nginx.request('https', `${hidden}/events${query}`, of(6))).status, 503);
    await service.start();

    const log = await until('the last line', async () => {
      const text = await nginx.log();
      return / 503 /.test(text) && text;
    });
    for (const status of [308, 200, 404, 413, 429, 503])
      assert.match(log, new RegExp(`" ${status} `), `a line of a ${status}`);
    assert.match(log, /limits=REJECTED\/-/);
    assert.match(log, /upstream=502\//);
    assert.ok(!log.includes(token.slice(3)), 'a token is in a log of nginx');
    assert.ok(!log.includes('token='), 'a query is in a log of nginx');
    assert.ok(!service.stderr.includes(token.slice(3)), "a token is in the service's log");
  });
});
