import { expect, it } from '@jest/globals';
import { committedOpenApi } from '@tallystick/platform-testing';
import { memoryHttp } from './test-support/memory-http.ts';

it('the document of the token service is the committed one, which clients are generated from (else: node tools/openapi.mjs)', async () => {
  const { app, document } = await memoryHttp();
  await app.close();
  const { served, committed } = committedOpenApi('token-service', document);
  expect(served).toEqual(committed);
}, 30_000);
