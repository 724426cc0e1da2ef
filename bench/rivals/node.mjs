// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
//
// What a contractor would write first: an HTTP server in Node.js that books with SET NX, DECR and
// two HSET, one after another, and trusts every ID number. Prints `ready ADDR:PORT`.
//   node bench/rivals/node.mjs SOCKET TARGETS     BENCH_TOKEN is the one token
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';

const [socketPath, targets] = process.argv.slice(2);
const redis = connect(socketPath);
const waiting = [];
let outgoing = '';
let incoming = '';

// Commands of one turn of the loop leave together, as the usual clients do it.
function command(...args) {
  if (!outgoing) setImmediate(() => { redis.write(outgoing); outgoing = ''; });
  outgoing += `*${args.length}\r\n`;
  for (const arg of args) outgoing += `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`;
  return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
}

// These commands answer with one line each; SET NX answers OK or `$-1`.
redis.setEncoding('utf8').on('data', (chunk) => {
  incoming += chunk;
  const lines = incoming.split('\r\n');
  incoming = lines.pop();
  for (const line of lines) {
    const { resolve, reject } = waiting.shift();
    if (line[0] === '-') reject(new Error(line.slice(1)));
    else resolve(line[0] === ':' ? Number(line.slice(1)) : line === '$-1' ? null : line.slice(1));
  }
});

async function book({ hall, service, date, start, applicant }) {
  const person = `person:${applicant.id_number}:${service}:${date}`;
  const id = `${hall}.${date}.${randomBytes(5).toString('hex')}`;
  if (await command('SET', person, id, 'NX') === null) return [409, { type: 'already-reserved' }];
  if (await command('DECR', `left:${hall}:${service}:${date}:${start}`) < 0) {
    await command('INCR', `left:${hall}:${service}:${date}:${start}`);
    await command('DEL', person);
    return [409, { type: 'slot-full' }];
  }
  const reservation = { id, hall, service, date, start, status: 'booked', applicant };
  await command('HSET', `reservation:${id}`, 'data', JSON.stringify(reservation));
  await command('HSET', `reservations:${hall}:${date}`, id, applicant.id_number);
  return [201, reservation];
}

function answer(response, status, value) {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

const server = createServer((request, response) => {
  const chunks = [];
  if (request.headers.authorization !== `Bearer ${process.env.BENCH_TOKEN}`) {
    answer(response, 401, { type: 'unauthorized' });
    return;
  }
  request.on('data', (chunk) => chunks.push(chunk)).on('end', async () => {
    try {
      answer(response, ...await book(JSON.parse(Buffer.concat(chunks).toString())));
    } catch (error) {
      answer(response, 500, { type: 'error', detail: error.message });
    }
  });
});

for (const target of new Set(readFileSync(targets, 'utf8').trim().split('\n'))) {
  const [hall, service, date, start] = target.split(' ');
  await command('SET', `left:${hall}:${service}:${date}:${start}`, '100000');
}
server.listen(0, '127.0.0.1', () => console.log(`ready 127.0.0.1:${server.address().port}`));
