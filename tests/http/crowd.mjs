// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Many clients at once, and what became of them.
import { problemOf } from './harness.mjs';

/** How often each value stands in a list. */
export const count = (list) =>
  list.reduce((counts, name) => ({ ...counts, [name]: (counts[name] ?? 0) + 1 }), {});

/** '201', or the problem of an answer. */
export const outcome = (answer) => (answer.status === 201 ? '201' : problemOf(answer));

/** Sends all bodies at once, each over a connection of its own that is open before the first byte. */
export async function stampede(service, bodies, options) {
  const pipes = bodies.map(() => service.pipeline());
  await Promise.all(
    pipes.map(
      ({ socket }) =>
        new Promise((resolve, reject) => {
          socket.once('connect', resolve).once('error', reject);
        }),
    ),
  );
  const answers = await Promise.all(
    pipes.map((pipe, n) => pipe.send('POST', '/v1/reservations', { ...options, body: bodies[n] })),
  );
  for (const pipe of pipes) pipe.close();
  return answers;
}
