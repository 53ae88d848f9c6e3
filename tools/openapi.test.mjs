import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { generatedTypes } from './openapi.mjs';

test('the types of the clients are those of the committed documents: generating them again changes nothing', async () => {
  for (const { file, text } of await generatedTypes())
    assert.equal(text, readFileSync(file, 'utf8'), 'run: node tools/openapi.mjs types');
});
