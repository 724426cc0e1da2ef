// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Processes: run one to its end, find them, stop and continue them; and waiting with a deadline.
import { spawn } from 'node:child_process';
import { readFile, readdir, readlink } from 'node:fs/promises';

/** Polls `probe` until it gives a truthy value; rejects with `what` after the deadline. */
export async function until(what, probe, timeout_ms = 20_000) {
  const deadline = Date.now() + timeout_ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within ${timeout_ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The environment without settings of a jiaohao that may run beside the tests. */
export function cleanEnvironment(extra) {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('JIAOHAO_'));
  return {
    UBSAN_OPTIONS: 'print_stacktrace=1',
    ...Object.fromEntries(entries),
    ...extra,
  };
}

/** Runs a command to its end: {code, stdout, stderr}. */
export function run(command, argv, { env, input, timeout_ms = 120_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, argv, { env: env ?? cleanEnvironment() });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        output[name] += text;
      });
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout_ms);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...output });
    });
    child.stdin.on('error', () => {}).end(input);
  });
}

/** All processes that live: {pid, parent, name, command, cwd}. */
export async function processes() {
  const found = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = await readFile(`/proc/${entry}/stat`, 'latin1');
      const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(stat);
      const [state, parent] = rest.split(' ');
      if (state === 'Z') continue;
      const command = (await readFile(`/proc/${entry}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      const cwd = await readlink(`/proc/${entry}/cwd`).catch(() => '');
      found.push({ pid: Number(entry), parent: Number(parent), name, command, cwd });
    } catch {
      /* it ended meanwhile */
    }
  }
  return found;
}

/** Sends a signal to a process that may have ended. */
export function killIfThere(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Stops a process until proceed(); resolves once it stands. */
export async function pause(pid) {
  process.kill(pid, 'SIGSTOP');
  await until(`${pid} is stopped`, async () =>
    / T /.test((await readFile(`/proc/${pid}/stat`, 'latin1')).replace(/^.*\)/s, '')),
  );
}

export const proceed = (pid) => killIfThere(pid, 'SIGCONT');
