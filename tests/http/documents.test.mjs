// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What the service says about itself: its OpenAPI document and its metrics.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openapi, openapiPath } from './contract.mjs';
import { startService } from './harness.mjs';
import { booking, catalogue } from './catalogue.mjs';
import { person } from './person.mjs';
import { run } from './process.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

describe('documents', () => {
  let service;
  before(async () => {
    service = await startService({ catalogue: catalogue() });
    const token = await service.gateway();
    for (let n = 0; n < 12; n++)
      await service.post('/v1/reservations', booking(person(n)), { token });
    await service.get('/v1/nothing');
  });
  after(() => service?.stop());

  test('the OpenAPI document passes the linter', async () => {
    const { code, stdout, stderr } = await run(
      process.execPath,
      [
        here('node_modules/@redocly/cli/bin/cli.js'),
        'lint',
        '--config',
        here('redocly.yaml'),
        fileURLToPath(openapiPath),
      ],
      { env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } },
    );
    assert.equal(code, 0, stdout + stderr);
    assert.ok(!/\d+ warning/.test(stdout + stderr), stdout + stderr);
  });

  test('/openapi.json is api/openapi.yaml', async () => {
    const { body } = await service.get('/openapi.json');
    assert.deepEqual(body, openapi);
  });

  test('openapi_to_json.py writes the same', async () => {
    const { code, stdout, stderr } = await run('python3', [here('../../api/openapi_to_json.py')]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), openapi);
  });

  test('promtool accepts /metrics', async () => {
    const { status, text, headers } = await service.get('/metrics');
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
    assert.match(text, /^jiaohao_\w+/m);
    const { code, stdout, stderr } = await run('promtool', ['check', 'metrics'], { input: text });
    assert.equal(`${code} ${stdout}${stderr}`.trim(), '0');
  });

  test('liveness and readiness', async () => {
    assert.deepEqual((await service.get('/healthz')).body, { status: 'ok' });
    assert.deepEqual((await service.get('/readyz')).body, { status: 'ready' });
  });
});
