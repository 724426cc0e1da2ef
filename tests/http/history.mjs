// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// What happened when many asked at once, and whether it may have happened so. Each operation took
// effect at some moment between its sending and its answer; the checks use only what is sure.
import assert from 'node:assert/strict';
import { problemOf } from './harness.mjs';

export class History {
  #clock = 0; // every sending and every answer is one tick, so intervals never touch

  constructor({ capacity, token, sequence, model }) {
    this.capacity = capacity;
    this.token = token;
    this.sequence = sequence;
    this.model = model;
    this.entries = [];
    for (const [id, held] of model.live) {
      this.entries.push({ ...held, id, sent: 0, answered: 0, outcome: 'booked', before: true });
    }
  }

  begin(entry) {
    const begun = { ...entry, sent: ++this.#clock };
    this.entries.push(begun);
    return begun;
  }

  booked(entry, answer) {
    entry.answered = ++this.#clock;
    entry.outcome = answer.status === 201 ? 'booked' : problemOf(answer);
    if (answer.status === 201) {
      entry.id = answer.body.id;
      entry.sequence = answer.body.sequence;
    } else {
      entry.reservation = answer.body.reservation;
    }
  }

  cancelling(entry) {
    entry.cancelSent = ++this.#clock;
  }

  cancelled(entry) {
    entry.cancelAnswered = ++this.#clock;
  }

  /** Units of `slot` held all through `during`, by others. */
  #surelyHeld(slot, during) {
    return this.#units(
      slot,
      during,
      (other) =>
        other.answered < during.sent &&
        (other.cancelSent === undefined || other.cancelSent > during.answered),
    );
  }

  /** Units of `slot` that may have been held at some moment of `during`, by others. */
  #perhapsHeld(slot, during) {
    return this.#units(
      slot,
      during,
      (other) =>
        other.sent < during.answered &&
        (other.cancelAnswered === undefined || other.cancelAnswered > during.sent),
    );
  }

  #units(slot, during, counts) {
    return this.entries
      .filter(
        (other) =>
          other !== during &&
          other.outcome === 'booked' &&
          other.slots.includes(slot) &&
          counts(other),
      )
      .reduce((sum, { units }) => sum + units, 0);
  }

  check() {
    for (const entry of this.entries) if (!entry.before) this.#checkEntry(entry);
    this.#checkSequence();
    const outcomes = new Set(
      this.entries.filter(({ before }) => !before).map(({ outcome }) => outcome),
    );
    for (const wanted of ['booked', 'slot-full', 'already-reserved'])
      assert.ok(outcomes.has(wanted), `never ${wanted}`);
  }

  #checkEntry(entry) {
    if (entry.outcome === 'booked') {
      for (const slot of entry.slots) {
        const held = this.#surelyHeld(slot, entry) + entry.units;
        assert.ok(held <= this.capacity, `${entry.id}: ${held} units in ${slot}`);
      }
    } else if (entry.outcome === 'slot-full') {
      const perhaps = entry.slots.map((slot) => this.#perhapsHeld(slot, entry) + entry.units);
      assert.ok(
        perhaps.some((units) => units > this.capacity),
        `slot-full at ${entry.slots} with units free all the time`,
      );
    } else {
      assert.equal(entry.outcome, 'already-reserved');
      const named = this.entries.find(({ id }) => id === entry.reservation);
      assert.deepEqual([named?.person, named?.service], [entry.person, entry.service]);
    }
  }

  /** Gapless from where it stood, and in order for any two that did not overlap. */
  #checkSequence() {
    const won = this.entries
      .filter(({ outcome, before }) => outcome === 'booked' && !before)
      .sort((a, b) => a.sequence - b.sequence);
    assert.deepEqual(
      won.map(({ sequence }) => sequence),
      won.map((_, n) => this.sequence + 1 + n),
    );
    let earliestAnswer = Infinity;
    for (const entry of [...won].reverse()) {
      assert.ok(
        entry.sent < earliestAnswer,
        `sequence ${entry.sequence} was asked for after a later one was answered`,
      );
      earliestAnswer = Math.min(earliestAnswer, entry.answered);
    }
  }

  /** The model as it must stand now that all is answered. */
  finalModel() {
    const live = this.entries.filter(
      ({ outcome, cancelAnswered }) => outcome === 'booked' && cancelAnswered === undefined,
    );
    const free = Object.fromEntries(
      Object.keys(this.model.free).map((slot) => [slot, this.capacity]),
    );
    for (const { slots, units } of live) for (const slot of slots) free[slot] -= units;
    return { free, live: new Map(live.map((entry) => [entry.id, entry])) };
  }
}
