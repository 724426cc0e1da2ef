// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0

// JSON for people who read diffs: what fits in a line stands on one line, an object that does not
// gets a line a member, and a list of short things is filled like a paragraph.

const WIDTH = 100;

function inline(value) {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}: ${inline(v)}`);
  return `{${members.join(', ')}}`;
}

function fill(items, indent) {
  const lines = [];
  let line = '';
  for (const item of items) {
    const longer = line ? `${line}, ${item}` : item;
    if (line && indent.length + longer.length >= WIDTH) {
      lines.push(`${line},`);
      line = item;
    } else {
      line = longer;
    }
  }
  return [...lines, line].map(l => indent + l).join('\n');
}

/** A small thing shares a line with its neighbours: a string, a number, or a flat short object. */
const isSmall = value => inline(value).length <= 40 && !/[[{].*[[{]/.test(inline(value));

function lines(value, indent) {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.every(isSmall)) return `[\n${fill(value.map(inline), deeper)}\n${indent}]`;
    return `[\n${value.map(v => deeper + print(v, deeper)).join(',\n')}\n${indent}]`;
  }
  const members = Object.entries(value)
    .map(([k, v]) => `${deeper}${JSON.stringify(k)}: ${print(v, deeper, k.length + 4)}`);
  return `{\n${members.join(',\n')}\n${indent}}`;
}

/** JSON text of a value; used says how many columns stand before it in its line. */
export function print(value, indent = '', used = 0) {
  const short = inline(value);
  const fits = indent.length + used + short.length < WIDTH;
  return fits || value === null || typeof value !== 'object' ? short : lines(value, indent);
}
