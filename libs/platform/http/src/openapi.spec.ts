import { describe, expect, it } from '@jest/globals';
import type { RouteAccess } from './access.ts';
import { completeDocument } from './openapi-document.ts';
import { toOpenApi31 } from './openapi.ts';

describe('OpenAPI 3.1', () => {
  it.each([
    [
      { type: 'integer', minimum: 0, exclusiveMinimum: true },
      { type: 'integer', exclusiveMinimum: 0 },
    ],
    [
      { type: 'integer', maximum: 9, exclusiveMaximum: false },
      { type: 'integer', maximum: 9 },
    ],
    [
      { type: 'integer', exclusiveMinimum: 3 },
      { type: 'integer', exclusiveMinimum: 3 },
    ],
    [{ type: 'string', nullable: true }, { type: ['string', 'null'] }],
    [{ type: 'string', nullable: false }, { type: 'string' }],
    [{ $ref: '#/x', nullable: true }, { anyOf: [{ $ref: '#/x' }, { type: 'null' }] }],
    [{ a: [{ type: 'string', nullable: true }, 1, null] }, { a: [{ type: ['string', 'null'] }, 1, null] }],
    [{ properties: { nullable: { type: 'string' } } }, { properties: { nullable: { type: 'string' } } }],
  ])('%j becomes %j', (from, to) => {
    expect(toOpenApi31(from)).toEqual(to);
  });
});

describe('the ways to authenticate', () => {
  const access: Readonly<Record<string, RouteAccess>> = {
    '/read': { kind: 'roles', anyOf: ['viewer'] },
    '/revoke': { kind: 'roles', anyOf: ['token-admin'], revokes: true },
    '/open': { kind: 'public' },
    '/signed': { kind: 'signature', by: 'an HMAC' },
  };
  const paths = Object.fromEntries(Object.keys(access).map((path) => [path, { post: {} }]));
  const documented = (certificates: boolean) => {
    const document = completeDocument({ paths }, { paths: {}, schemas: {}, accessOf: (_, url) => access[url], certificates });
    const ways = Object.entries(document.paths).map(([path, { post }]) => [path, post?.['security']]);
    const schemes = Object.entries(document.components?.['securitySchemes'] as Record<string, { type: string }>);
    return { ways: Object.fromEntries(ways) as object, schemes: schemes.map(([name, { type }]) => [name, type]) };
  };

  it('are all named by the routes that take them, and by no other; and only what is taken is described', () => {
    expect(documented(false)).toEqual({
      ways: { '/read': [{ bearer: [] }], '/revoke': [{ bearer: [] }, { breakGlass: [] }], '/open': undefined, '/signed': [] },
      schemes: [
        ['bearer', 'http'],
        ['breakGlass', 'http'],
      ],
    });
    expect(documented(true)).toMatchObject({
      ways: { '/read': [{ bearer: [] }, { certificate: [] }] },
      schemes: expect.arrayContaining([['certificate', 'mutualTLS']]),
    });
  });
});
