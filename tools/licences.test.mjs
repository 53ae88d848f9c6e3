import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { document, faultsOf, isAllowed } from './licences.mjs';
import { packagesOf } from './shipped-packages.mjs';

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const { all, shipped } = packagesOf(lock);
const planted = (/** @type {string | undefined} */ license) => ({
  name: 'planted',
  version: '1.0.0',
  folder: 'node_modules/planted',
  license,
});

test('what is locked today may be used', () => assert.deepEqual(faultsOf(all), []));

for (const license of [
  'GPL-3.0-only',
  'AGPL-3.0',
  'SEE LICENSE IN LICENSE',
  'UNLICENSED',
  '',
  undefined,
  'CC-BY-4.0',
  'MIT AND GPL-2.0',
])
  test(`a new package under ${license === '' ? 'an empty text' : license} fails`, () => {
    const [fault, ...others] = faultsOf([...all, planted(license)]);
    assert.match(String(fault), /^planted@1\.0\.0: .* is not allowed/);
    assert.deepEqual(others, []);
  });

test('expressions are met as SPDX says', () => {
  for (const met of ['MIT', '(MIT OR GPL-2.0)', 'Apache-2.0 AND MIT', '(MIT OR GPL-2.0) AND ISC']) assert.ok(isAllowed(met), met);
  for (const not of ['MIT AND GPL-2.0', 'GPL-2.0 OR AGPL-3.0', 'MIT WITH x', '(MIT', 'MIT OR', 'mit', 'OR MIT'])
    assert.ok(!isAllowed(not), not);
});

test('an exception holds for the licence that was read, not for the next one', () => {
  const changed = all.map((one) => (one.name === 'argparse' ? { ...one, license: 'GPL-3.0' } : one));
  assert.match(faultsOf(changed).join(), /argparse/);
  assert.match(faultsOf(all.filter(({ name }) => name !== 'argparse')).join(), /argparse is not used any more/);
});

test('what the processes need is shipped, also through packages of ours and beside them; tools are not', () => {
  const names = new Set(shipped.map(({ name }) => name));
  for (const name of ['fastify', 'redis', 'kafkajs', 'zod', '@temporalio/core-bridge', '@redis/client'])
    assert.ok(names.has(name), name);
  for (const name of ['jest', 'nx', 'typescript-eslint', 'prettier', 'oidc-provider', 'rolldown'])
    assert.ok(!names.has(name), name);
});

test('the list names a package that has no file of its licence', () => {
  const text = document([planted('MIT')], () => false);
  assert.match(text, /## MIT\n\nplanted 1\.0\.0/);
  assert.match(text, /nothing more: planted\./);
});
