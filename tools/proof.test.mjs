import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { proofDocument, proofFile, shownBy } from './proof.mjs';

test('every row has a test that names it', () => {
  const empty = [...shownBy()].filter(([, tests]) => tests.length === 0).map(([row]) => row);
  assert.deepEqual(empty, []);
});

test('docs/proof.md is what the titles of the tests say: node tools/proof.mjs writes it', () => {
  assert.equal(readFileSync(proofFile, 'utf8'), proofDocument());
});
