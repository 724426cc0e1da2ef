#!/usr/bin/env node
// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// How long it takes to close the full city hall of the demo for a day: 800 reservations, each with
// another place held for it, from the request's first byte to the answer's last.
// usage: JIAOHAO=PATH bench/closure.mjs [ROUNDS]   (tests/http/node_modules must be there: npm ci)
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { startService } from '../tests/http/harness.mjs';
import { CITY, HALL, TOMORROW } from '../tests/http/catalogue.mjs';
import { closeDay, fillDay } from '../tests/http/closing.mjs';

const PEOPLE = 800;
const demo = JSON.parse(readFileSync(new URL('../demo/410400.json', import.meta.url), 'utf8'));

async function round() {
  const service = await startService({ catalogue: demo });
  try {
    const token = await service.gateway();
    const admin = await service.token('city_admin', { city: CITY });
    const day = { hall: HALL, date: TOMORROW };
    await fillDay(service, { ...day, count: PEOPLE, token });
    const { body, ms } = await closeDay(service, { ...day, token: admin });
    assert.equal(body.affected.length, PEOPLE);
    assert.ok(body.affected.every(({ offer }) => offer !== null));
    await service.audit();
    return ms;
  } finally {
    await service.stop();
  }
}

const times = [];
for (let n = 0; n < Number(process.argv[2] ?? 3); n++) times.push(await round());
const sorted = times.map((ms) => ms.toFixed(0)).sort((a, b) => a - b);
console.log(`closure of ${PEOPLE} reservations: ${sorted.join(', ')} ms`);
