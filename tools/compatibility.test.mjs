// docs/compatibility.md promises a test, or a reason, for every rule: here it is held to that.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const page = readFileSync(new URL('../docs/compatibility.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| ([A-Z]+\d+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(([, rule = '', , proof = '']) => ({
  rule,
  proof,
}));

/**
 * The rules of one family from the first number to the last: `M1`, `M2`, …
 * @param {string} letters @param {number} first @param {number} last
 */
const family = (letters, first, last) => Array.from({ length: last - first + 1 }, (_, at) => `${letters}${first + at}`);

const rules = [
  ...family('M', 1, 38),
  ...[...family('P', 1, 15), ...family('P', 20, 33), ...family('P', 40, 60)],
  ...family('T', 1, 15),
  ...family('PR', 1, 9),
  ...family('A', 1, 14),
];

/**
 * Whether a name speaks of the rule: itself (`T4`), or within a span (`M23–M26`).
 * @param {string} text @param {string} rule
 */
function names(text, rule) {
  const [, letters = '', number = ''] = /^([A-Z]+)(\d+)$/.exec(rule) ?? [];
  return [...text.matchAll(/\b([A-Z]+)(\d+)(?:–([A-Z]+)(\d+))?/g)].some(
    ([, from, low, to = from, high = low]) =>
      from === letters && to === letters && Number(low) <= Number(number) && Number(number) <= Number(high),
  );
}

test('the page has one row for each rule, in order', () => {
  assert.deepEqual(
    rows.map(({ rule }) => rule),
    rules,
  );
});

for (const { rule, proof } of rows) {
  if (/^does not apply: \S/.test(proof)) continue;
  test(`${rule} is proven by a test that is there`, () => {
    const [, file = '', name = ''] = /^`([^`]+)` › (.+)$/.exec(proof) ?? [];
    assert.ok(file, `${rule} has neither a test nor "does not apply:" with a reason`);
    assert.match(file, /^(?:apps|libs)\/.+\.ts$/);
    const path = new URL(`../${file}`, import.meta.url);
    assert.ok(existsSync(path), `${file} is missing`);
    const lines = readFileSync(path, 'utf8').split('\n');
    const quoted = lines.some(
      (line) => line.includes(name) && /['"`]/.test(line.slice(0, line.indexOf(name))) && !/^\s*(?:\/\/|\*)/.test(line),
    );
    assert.ok(quoted, `${file} has no test "${name}"`);
    assert.ok(names(name, rule), `"${name}" does not name ${rule}`); // a test that proves a rule names it
  });
}

test('every rule of the token is proven', () => {
  assert.deepEqual(
    rows.filter(({ rule, proof }) => rule.startsWith('M') && !proof.startsWith('`')),
    [],
  );
});
