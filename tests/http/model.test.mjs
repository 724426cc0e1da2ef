// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// 2,000 random operations against a model: first one at a time, each answer foretold; then over
// eight pipelined connections, each answer held against what its moment allowed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { problemOf, startService } from './harness.mjs';
import { booking, catalogue, HALF_HOURS, slotsOf, TOMORROW } from './catalogue.mjs';
import { person } from './person.mjs';
import { History } from './history.mjs';

const CAPACITY = 12;
const OPERATIONS = 2_000;
const ONE_AT_A_TIME = 500;
const CONNECTIONS = 8;
const DEPTH = 8;
const SERVICES = {
  one: { span: 1, units: 1 },
  two: { span: 2, units: 1 },
  double: { span: 1, units: 2 },
};
const STARTS = HALF_HOURS.slice(0, 9);

/** xorshift32: the same seed gives the same run. */
function randomFrom(seed) {
  let state = seed >>> 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** The half hours that a booking holds; null when one of them is not served. */
function slotsHeld(serviceId, start) {
  const first = HALF_HOURS.indexOf(start);
  const { span } = SERVICES[serviceId];
  if (span === 2 && (start === '11:30' || start === '16:30')) return null;
  return HALF_HOURS.slice(first, first + span);
}

class Model {
  constructor() {
    this.free = Object.fromEntries(HALF_HOURS.map((start) => [start, CAPACITY]));
    this.live = new Map(); // id → {person, service, slots, units}
    this.dead = [];
    this.sequence = 0;
  }

  /** What a booking may answer: one thing, or any of the faults that it has. */
  expectBooking(index, service, start) {
    const slots = slotsHeld(service, start);
    if (!slots) return ['slot-closed'];
    const faults = [];
    for (const [id, held] of this.live) {
      const isElsewhere = held.slots.some((slot) => slots.includes(slot));
      if (held.person === index && (held.service === service || isElsewhere))
        faults.push(`already-reserved ${id}`);
    }
    const { units } = SERVICES[service];
    if (slots.some((slot) => this.free[slot] < units)) faults.push('slot-full');
    return faults.length ? faults : ['booked'];
  }

  add(id, index, service, start) {
    const slots = slotsHeld(service, start);
    const { units } = SERVICES[service];
    this.live.set(id, { person: index, service, slots, units });
    for (const slot of slots) this.free[slot] -= units;
    this.sequence++;
  }

  remove(id) {
    const { slots, units } = this.live.get(id);
    for (const slot of slots) this.free[slot] += units;
    this.live.delete(id);
    this.dead.push(id);
  }
}

async function bookOne(service, token, model, random) {
  const index = random(120);
  const id = Object.keys(SERVICES)[random(3)];
  const start = STARTS[random(STARTS.length)];
  const expected = model.expectBooking(index, id, start);
  const answer = await service.post(
    '/v1/reservations',
    booking(person(index), { service: id, start }),
    { token },
  );
  if (expected[0] === 'booked') {
    assert.equal(answer.status, 201, answer.text);
    model.add(answer.body.id, index, id, start);
    assert.equal(answer.body.sequence, model.sequence);
  } else {
    const given = [problemOf(answer), answer.body.reservation].filter(Boolean).join(' ');
    assert.ok(expected.includes(given), `${given}, not ${expected}: ${answer.text}`);
  }
}

async function cancelOne(service, token, model, random) {
  const live = [...model.live.keys()];
  const dead = random(5) === 0 && model.dead.length;
  const id = dead ? model.dead[random(model.dead.length)] : live[random(live.length)];
  if (!id) return;
  const answer = await service.post(`/v1/reservations/${id}/cancel`, {}, { token });
  assert.equal(answer.status, dead ? 409 : 200, answer.text);
  if (!dead) model.remove(id);
}

/** So that the crowd finds an empty day, however full the seed has left it. */
async function cancelAll(service, token, model) {
  for (const id of [...model.live.keys()]) {
    const answer = await service.post(`/v1/reservations/${id}/cancel`, {}, { token });
    assert.equal(answer.status, 200, answer.text);
    model.remove(id);
  }
}

async function compare(service, token, model) {
  const slots = await slotsOf(service, 'one', TOMORROW);
  const remaining = Object.fromEntries(HALF_HOURS.map((start) => [start, slots[start].remaining]));
  assert.deepEqual(remaining, model.free);
  const { body } = await service.get(`/v1/reservations?date=${TOMORROW}&status=booked`, { token });
  assert.equal(body.next, null);
  assert.deepEqual(body.reservations.map(({ id }) => id).sort(), [...model.live.keys()].sort());
}

/** One connection's share: keeps DEPTH requests under way until the operations are used up. */
async function drive(connection, history, random, budget, nextPerson) {
  const cancellable = [];
  const book = async (index, serviceId, start) => {
    const entry = history.begin({
      person: index,
      service: serviceId,
      slots: slotsHeld(serviceId, start),
      units: SERVICES[serviceId].units,
    });
    const answer = await connection.send('POST', '/v1/reservations', {
      token: history.token,
      body: booking(person(index), { service: serviceId, start }),
    });
    history.booked(entry, answer);
    if (answer.status === 201) cancellable.push(entry);
  };
  const cancel = async () => {
    const entry = cancellable.splice(random(cancellable.length), 1)[0];
    history.cancelling(entry);
    const answer = await connection.send('POST', `/v1/reservations/${entry.id}/cancel`, {
      token: history.token,
      body: {},
    });
    assert.equal(answer.status, 200, answer.text);
    history.cancelled(entry);
  };
  const step = async () => {
    if (cancellable.length && random(100) < 40) return cancel();
    const serviceId = Object.keys(SERVICES)[random(3)];
    const start = STARTS[random(5)];
    if (!slotsHeld(serviceId, start)) return undefined;
    const index = nextPerson();
    const first = book(index, serviceId, start);
    // Now and then the same wish again on its heels: only one of the two may win.
    return random(10) ? first : Promise.all([first, book(index, serviceId, start)]);
  };
  const lane = async () => {
    while (budget.left-- > 0) await step();
  };
  await Promise.all(Array.from({ length: DEPTH }, lane));
}

describe('against a model', () => {
  test(`${OPERATIONS} random operations`, async (t) => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
    const random = randomFrom(seed);
    const limits = { live_per_person: 100, cancellations_per_month: 1_000 };
    const service = await startService({ catalogue: catalogue({ capacity: CAPACITY, limits }) });
    t.after(() => service.stop());
    const token = await service.gateway();
    try {
      const model = new Model();
      for (let n = 0; n < ONE_AT_A_TIME; n++) {
        await (random(100) < 65 ? bookOne : cancelOne)(service, token, model, random);
        if (n % 50 === 49) await compare(service, token, model);
      }
      await service.audit();
      await cancelAll(service, token, model);
      const history = new History({ capacity: CAPACITY, token, sequence: model.sequence, model });
      const budget = { left: OPERATIONS - ONE_AT_A_TIME };
      let index = 1_000;
      const connections = Array.from({ length: CONNECTIONS }, () => service.pipeline());
      await Promise.all(
        connections.map((connection) => drive(connection, history, random, budget, () => index++)),
      );
      for (const connection of connections) connection.close();
      history.check();
      await compare(service, token, history.finalModel());
      await service.audit();
    } catch (error) {
      error.message = `SEED=${seed}: ${error.message}`;
      throw error;
    }
  });
});
