import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { proofDocument, proofFile, rowsNamed, shownBy, titlesIn } from './proof.mjs';

test('every row has a test that names it', () => {
  const empty = [...shownBy()].filter(([, tests]) => tests.length === 0).map(([row]) => row);
  assert.deepEqual(empty, []);
});

test('a title names each of at most four rows of a kind, in a list or a range; more at once is no proof of each', () => {
  assert.deepEqual(rowsNamed('R3, R15: and I1–I3, I9'), ['R3', 'R15', 'I1', 'I2', 'I3', 'I9']);
  assert.deepEqual(rowsNamed('R1, R2, R3, R4, R5 and I6'), ['I6']);
  assert.deepEqual(rowsNamed('I1–I5'), []);
  assert.deepEqual(rowsNamed('PR8, P20, 2R1, R10'), ['R10']);
});

test('a title stands behind those of the groups that it is in', () => {
  const text =
    "describe('a', () => {\n  describe.each([1])('b', () => {\n    it('c', f);\n  });\n  it.each(x)('d', f);\n});\nit('e', f);\n";
  const told = titlesIn(text).map(({ place, title }) => [...place, title].join(' '));
  assert.deepEqual(told, ['a', 'a b', 'a b c', 'a d', 'e']);
});

test('docs/proof.md is what the titles of the tests say: node tools/proof.mjs writes it', () => {
  assert.equal(readFileSync(proofFile, 'utf8'), proofDocument());
});
