import { expect, it } from '@jest/globals';
import { committedOpenApi } from '@tallystick/platform-testing';
import { memoryHttp } from './test-support/memory-http.ts';

it('the document of the token service is the committed one, which clients are generated from (else: node tools/openapi.mjs)', async () => {
  const { app, document } = await memoryHttp();
  await app.close();
  const { served, committed } = committedOpenApi('token-service', document);
  expect(served).toEqual(committed);
}, 30_000);

it('it names the break-glass credential where that is taken, for the two routes that revoke by id, and for no other', async () => {
  const { app, document } = await memoryHttp();
  await app.close();
  const { paths, components } = document as unknown as {
    paths: Record<string, Record<string, { security?: readonly Record<string, unknown>[] }>>;
    components: { securitySchemes: object };
  };
  const taking = (way: string) =>
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { security = [] }]) =>
        security.some((one) => way in one) ? [`${method} ${path}`] : [],
      ),
    );
  expect(taking('breakGlass').sort()).toEqual([
    'post /v1/environments/{environment}/tokens/revoke',
    'post /v1/environments/{environment}/tokens/{token}/revoke',
  ]);
  expect(taking('bearer').length).toBeGreaterThan(40);
  expect(taking('certificate')).toEqual([]);
  expect(Object.keys(components.securitySchemes).sort()).toEqual(['bearer', 'breakGlass']);
}, 30_000);
