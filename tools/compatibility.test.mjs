// docs/compatibility.md promises a test for every rule: here it is held to that.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const page = readFileSync(new URL('../docs/compatibility.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| (M\d+) \| .+ \| `([^`]+)` › (.+?) \|$/gm)].map(([, rule = '', file = '', name = '']) => ({
  rule,
  file,
  name,
}));

test('the page has one row for each of the rules M1 to M38', () => {
  assert.deepEqual(
    rows.map(({ rule }) => rule),
    Array.from({ length: 38 }, (_, at) => `M${at + 1}`),
  );
});

for (const { rule, file, name } of rows) {
  test(`${rule} is proven by a test that is there`, () => {
    const path = new URL(`../${file}`, import.meta.url);
    assert.ok(existsSync(path), `${file} is missing`);
    assert.ok(readFileSync(path, 'utf8').includes(name), `${file} has no test "${name}"`);
    assert.match(name, /\bM\d+/); // a test that proves a rule names it
  });
}
