// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// No name, ID number or phone in plaintext: not on disk, in a log, in a metric or in an answer to
// someone who may not see it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startService } from './harness.mjs';
import { booking, catalogue, COUNTY_HALL, HALL } from './catalogue.mjs';
import { masked, person } from './person.mjs';

const PEOPLE = 40;
/** Stands in each record beside the secrets, and is none: it must be found where they must not. */
const CONTROL = 'control_channel';

/** Every file under a directory: {path, mode, bytes}; no bytes of what is no plain file. */
async function filesUnder(directory) {
  const files = [];
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const stat = await lstat(path);
    if (stat.isDirectory()) files.push(...(await filesUnder(path)));
    else
      files.push({
        path,
        mode: stat.mode & 0o777,
        bytes: stat.isFile() ? await readFile(path) : null,
      });
  }
  return files;
}

/** What must not be found, in the spellings in which it could stand somewhere. */
function secretsOf({ name, id_number, phone }) {
  const secrets = [];
  for (const text of [name, id_number, phone]) {
    const bytes = Buffer.from(text, 'utf8');
    const escaped = [...text]
      .map((c) => (c > '~' ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c))
      .join('');
    secrets.push(
      bytes,
      Buffer.from(escaped),
      Buffer.from(encodeURIComponent(text)),
      Buffer.from(bytes.toString('base64').replace(/=+$/, '').slice(0, -1)),
      Buffer.from(bytes.toString('hex')),
    );
  }
  // An unkeyed digest of an ID number or a phone is undone by trying them all.
  for (const text of [id_number, phone]) {
    for (const algorithm of ['md5', 'sha1', 'sha256', 'sha512', 'blake2b512']) {
      const digest = createHash(algorithm).update(text).digest();
      secrets.push(
        digest.subarray(0, 16),
        Buffer.from(digest.toString('hex').slice(0, 32)),
        Buffer.from(digest.toString('base64').slice(0, 20)),
      );
    }
  }
  return secrets;
}

const people = Array.from({ length: PEOPLE }, (_, n) => person(n * 37 + 3));
const secrets = people.flatMap(secretsOf);

function assertNone(bytes, where) {
  for (const secret of secrets) {
    const at = bytes.indexOf(secret);
    if (at >= 0)
      assert.fail(
        `${JSON.stringify(secret.toString())} in ${where}: …${bytes.subarray(Math.max(0, at - 60), at + 60).toString()}…`,
      );
  }
}

describe('personal data', () => {
  let service;
  const answers = [];
  /** An answer that gives no reservation. */
  const keep = (who, answer) => {
    if (answer.status !== 201) answers.push([who, answer]);
  };

  before(async () => {
    service = await startService({
      catalogue: catalogue({ capacity: 20, eligibility: { mode: 'required', on_unknown: 'desk' } }),
      workers: 2,
    });
    const token = await service.gateway();
    const authority = await service.token('health_authority', { city: '410400' });
    const codes = people.map(({ id_number }, n) => ({ id_number, code: n % 5 ? 'green' : 'red' }));
    keep(
      'health authority',
      await service.post('/v1/health-codes', { codes }, { token: authority }),
    );
    const booked = [];
    for (const [n, applicant] of people.entries()) {
      const body = booking(applicant, {
        hall: n % 2 ? HALL : COUNTY_HALL,
        start: n % 3 ? '09:30' : '14:00',
        channel: CONTROL,
      });
      const answer = await service.post('/v1/reservations', body, { token, key: `key-${n}` });
      if (answer.status === 201) booked.push(answer.body.id);
      keep('refused', answer);
      keep('again', await service.post('/v1/reservations', { ...body, start: '15:00' }, { token }));
      keep(
        'mismatch',
        await service.post(
          '/v1/reservations',
          { ...body, start: '15:00' },
          { token, key: `key-${n}` },
        ),
      );
      // Faulty requests end up in logs first.
      keep(
        'faulty',
        await service.post(
          '/v1/reservations',
          { ...body, applicant: { ...applicant, phone: `${applicant.phone}0`, x: applicant.name } },
          { token },
        ),
      );
      keep(
        'malformed',
        await service.post('/v1/reservations', JSON.stringify(body).slice(0, -1), { token }),
      );
      keep('in the path', await service.get(`/v1/reservations/${applicant.id_number}`, { token }));
    }
    for (const id of booked.slice(0, 10))
      await service.post(`/v1/reservations/${id}/cancel`, {}, { token });
    service.booked = booked;
    service.gatewayToken = token;
  });
  after(() => service?.stop());

  test('not on disk: AOF, RDB, and what lies beside them', async () => {
    assert.ok(service.booked.length >= 10);
    assert.deepEqual(await service.redis('SAVE'), ['+OK']);
    const files = (await filesUnder(service.dir)).filter(({ bytes }) => bytes);
    const holding = files.filter(({ bytes }) => bytes.includes(CONTROL));
    assert.ok(
      holding.some(({ path }) => /\.aof$/.test(path)),
      'the reservation stands in the AOF',
    );
    assert.ok(
      files.some(({ path }) => /\.rdb$/.test(path)),
      'an RDB was written',
    );
    for (const { path, bytes } of files) assertNone(bytes, path);
  });

  test("files are the owner's alone, or stand in a directory that is", async () => {
    for (const { path, mode } of await filesUnder(service.dir)) {
      const parents = path
        .slice(service.dir.length + 1)
        .split('/')
        .slice(0, -1);
      const modes = await Promise.all(
        parents.map(
          async (_, n) => (await lstat(join(service.dir, ...parents.slice(0, n + 1)))).mode & 0o777,
        ),
      );
      assert.ok(
        [...modes, mode].some((one) => (one & 0o077) === 0),
        `${path} has mode ${mode.toString(8)}`,
      );
    }
  });

  test('not in the logs and the metrics', async () => {
    assert.ok(service.stderr.length > 0, 'there is a log');
    assertNone(Buffer.from(service.stderr), 'the log');
    assertNone(Buffer.from((await service.get('/metrics')).text), '/metrics');
  });

  test('not in errors and answers that do not concern them', () => {
    const kinds = new Set(answers.map(([who]) => who));
    assert.deepEqual([...kinds].sort(), [
      'again',
      'faulty',
      'health authority',
      'in the path',
      'malformed',
      'mismatch',
      'refused',
    ]);
    for (const [who, answer] of answers) {
      assertNone(
        Buffer.from(answer.text + JSON.stringify(answer.headers)),
        `${who}: ${answer.status}`,
      );
    }
  });

  test('masked by role', async () => {
    const id = service.booked.find((one) => one.startsWith(HALL));
    const read = async (role, scope) =>
      (await service.get(`/v1/reservations/${id}`, { token: await service.token(role, scope) }))
        .body.applicant;
    const staff = await read('hall_admin', { hall: HALL });
    const applicant = people.find(({ id_number }) => id_number === staff.id_number);
    assert.deepEqual(staff, applicant, 'the staff of the hall see it whole');
    assert.deepEqual(await read('city_admin', { city: '410400' }), applicant);
    assert.deepEqual(await read('gateway', { city: '410400' }), {
      ...masked(applicant),
      name: applicant.name,
    });
    const { body } = await service.get('/v1/reservations', { token: service.gatewayToken });
    for (const entry of body.reservations) {
      assert.match(entry.applicant.id_number, /^\d{3}\*{11}\d{3}[\dX]$/);
      assert.match(entry.applicant.phone, /^\d{3}\*{4}\d{4}$/);
    }
  });

  test('not in what a stop leaves behind', async () => {
    await service.terminate();
    for (const { path, bytes } of await filesUnder(service.dir)) if (bytes) assertNone(bytes, path);
    assertNone(Buffer.from(service.stderr), 'the log');
    await service.start();
  });
});
