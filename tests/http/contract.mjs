// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Checks every answer against api/openapi.yaml: status documented, media type, headers, body schema.
import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

export const openapiPath = new URL('../../api/openapi.yaml', import.meta.url);
export const openapi = parse(readFileSync(openapiPath, 'utf8'));

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ ...openapi, $id: 'jiaohao' });

const han = /\p{Script=Han}/u;
const templates = Object.keys(openapi.paths).map((template) => ({
  template,
  pattern: new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
}));
// What the server says before it knows the operation, by status.
const unrouted = {
  400: 'InvalidRequest',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  408: 'RequestTimeout',
  413: 'PayloadTooLarge',
  417: 'ExpectationFailed',
  431: 'HeaderTooLarge',
  505: 'VersionNotSupported',
};

const token = (key) => encodeURIComponent(String(key).replaceAll('~', '~0').replaceAll('/', '~1'));
const pointer = (keys) => keys.map((key) => `/${token(key)}`).join('');
const validators = new Map();

function validator(keys) {
  const ref = `jiaohao#${pointer(keys)}`;
  if (!validators.has(ref)) validators.set(ref, ajv.compile({ $ref: ref }));
  return validators.get(ref);
}

// Follows one $ref; returns the object and the keys of its place.
function resolve(object, keys) {
  if (!object?.$ref) return { object, keys };
  const parts = object.$ref.slice(2).split('/');
  return { object: parts.reduce((node, part) => node[part], openapi), keys: parts };
}

function responseFor(method, pathname, status) {
  const route = templates.find(({ pattern }) => pattern.test(pathname));
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  const operation = route && openapi.paths[route.template][verb];
  if (operation) {
    const response = operation.responses[status];
    if (!response) throw new Error(`status ${status} is not documented`);
    return resolve(response, ['paths', route.template, verb, 'responses', String(status)]);
  }
  const name = (route ? status !== 404 : status !== 405) && unrouted[status];
  if (!name) throw new Error(`status ${status} for a ${route ? 'method' : 'path'} that is unknown`);
  return { object: openapi.components.responses[name], keys: ['components', 'responses', name] };
}

function checkSchema(keys, value, what) {
  const validate = validator(keys);
  if (!validate(value)) {
    throw new Error(`${what}: ${ajv.errorsText(validate.errors, { separator: '\n  ' })}`);
  }
}

function checkHeaders({ object, keys }, headers) {
  for (const name of Object.keys(object.headers ?? {})) {
    const header = resolve(object.headers[name], [...keys, 'headers', name]);
    const text = headers[name.toLowerCase()];
    if (text === undefined) {
      if (header.object.required) throw new Error(`header ${name} is missing`);
      continue;
    }
    const value = header.object.schema.type === 'integer' ? Number(text) : text;
    checkSchema([...header.keys, 'schema'], value, `header ${name}`);
  }
}

// What is personal is kept nowhere, and only what says that it is public may be; a problem is told
// in the caller's language.
const cacheable = ['/openapi.json'];

function checkCaching(path, status, headers) {
  const caching = headers['cache-control'] ?? '';
  const isPublic = cacheable.includes(path) && status < 400;
  if (isPublic ? !/^public\b/.test(caching) : caching !== 'no-store')
    throw new Error(`Cache-Control is ${JSON.stringify(caching)}`);
  const vary = (headers.vary ?? '').toLowerCase().split(/, */);
  if (status >= 400 && !vary.includes('accept-language'))
    throw new Error(`Vary is ${JSON.stringify(headers.vary)}`);
}

function checkProblem(problem, status, language) {
  if (problem.status !== status)
    throw new Error(`problem says ${problem.status}, status is ${status}`);
  const english = /^en\b/i.test(language ?? '');
  for (const member of ['title', 'detail']) {
    if (!english && !han.test(problem[member])) throw new Error(`${member} is not Chinese`);
  }
  if (english && han.test(problem.title)) throw new Error('title is not English');
}

function checkBody({ object, keys }, { status, headers, body, language }) {
  const given = headers['content-type'] ?? '';
  const [type, ...parameters] = given
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (!object.content?.[type]) throw new Error(`content type ${JSON.stringify(given)}`);
  if (!parameters.includes('charset=utf-8'))
    throw new Error(`no charset in ${JSON.stringify(given)}`);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  if (!type.endsWith('json')) return text;
  const value = JSON.parse(text);
  checkSchema([...keys, 'content', type, 'schema'], value, 'body');
  if (type === 'application/problem+json') checkProblem(value, status, language);
  return value;
}

/**
 * Checks one answer. `headers`: lower-case names; `body`: Buffer. Returns the body, parsed if it is
 * JSON, undefined for HEAD. Throws an Error that shows the answer.
 */
export function checkAnswer({ method, path, status, headers, body, language }) {
  try {
    const response = responseFor(method, path.split('?')[0], status);
    checkHeaders(response, headers);
    checkCaching(path.split('?')[0], status, headers);
    if (method === 'HEAD') {
      if (body.length) throw new Error('HEAD has a body');
      return undefined;
    }
    return checkBody(response, { status, headers, body, language });
  } catch (error) {
    const shown = body.toString('utf8').slice(0, 2000);
    throw new Error(`${method} ${path} → ${status}: ${error.message}\n${shown}`, { cause: error });
  }
}

/** Checks an answer to bytes that are no request: a problem of one of the statuses given. */
export function checkFault({ status, headers, body }) {
  const name = unrouted[status];
  if (!name) throw new Error(`status ${status} for a malformed request: ${body}`);
  const response = {
    object: openapi.components.responses[name],
    keys: ['components', 'responses', name],
  };
  checkHeaders(response, headers);
  checkCaching('', status, headers);
  return checkBody(response, { status, headers, body });
}
