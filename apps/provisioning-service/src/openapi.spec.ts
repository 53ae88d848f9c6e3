import { expect, it } from '@jest/globals';
import { committedOpenApi } from '@tallystick/platform-testing';
import { provisioningHttp } from './passes/test-support/provisioning-http.ts';

it('the document of the provisioning service is the committed one, which clients are generated from (else: node tools/openapi.mjs)', async () => {
  const http = await provisioningHttp();
  const document = await http.openApi();
  await http.app.close();
  const { served, committed } = committedOpenApi('provisioning-service', document);
  expect(served).toEqual(committed);
}, 30_000);
