#!/usr/bin/env node
// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Runs the test files one after another and ends with `N passed, N failed`.
// usage: JIAOHAO=PATH run.mjs [NAME…]   NAME: a file without .test.mjs
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const directory = fileURLToPath(new URL('.', import.meta.url));
const FILE_TIMEOUT_MS = 3 * 60_000;

/** One file in a process of its own; passes its TAP on, returns its counts. */
function runFile(file) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--test-reporter=tap', file], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const counts = {};
    let pending = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), FILE_TIMEOUT_MS);
    child.stdout.setEncoding('utf8').on('data', (text) => {
      process.stdout.write(text);
      const lines = (pending + text).split('\n');
      pending = lines.pop();
      for (const line of lines) {
        const count = /^# (pass|fail|cancelled) (\d+)$/.exec(line);
        if (count) counts[count[1]] = Number(count[2]);
      }
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      const failed = (counts.fail ?? 0) + (counts.cancelled ?? 0);
      // A file that broke off, or ran no test, is a failure of its own.
      const broken = (code !== 0 && failed === 0) || counts.pass === undefined;
      resolve({ passed: counts.pass ?? 0, failed: failed + (broken ? 1 : 0) });
    });
  });
}

const chosen = process.argv.slice(2).map((name) => `${name.replace(/\.test\.mjs$/, '')}.test.mjs`);
const files = chosen.length
  ? chosen
  : readdirSync(directory)
      .filter((name) => name.endsWith('.test.mjs'))
      .sort();
const total = { passed: 0, failed: 0 };
for (const file of files) {
  console.log(`# ${file}`);
  const { passed, failed } = await runFile(file);
  total.passed += passed;
  total.failed += failed;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed || !total.passed ? 1 : 0;
