import { describe, expect, it } from '@jest/globals';
import { openApiFaults } from './index.ts';

const ok = { 200: { description: 'fine' } };
const operation = (more: object = {}) => ({ operationId: 'read', responses: ok, ...more });
const documentOf = (more: object) => ({ openapi: '3.1.0', info: { title: 'T', version: '1' }, paths: {}, ...more });
const schema = (of: object) => documentOf({ components: { schemas: { A: of } } });
const pathParameter = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };

describe('the faults of an OpenAPI document', () => {
  it('are none where it is right', async () => {
    const document = documentOf({
      paths: { '/things/{id}': { parameters: [{ $ref: '#/components/parameters/Id' }], get: operation() } },
      components: { parameters: { Id: pathParameter }, schemas: { A: { type: ['string', 'null'], exclusiveMinimum: 1 } } },
    });
    expect(await openApiFaults(document)).toEqual([]);
  });

  it.each([
    ['a keyword of OpenAPI 3.0 in a schema', schema({ type: 'integer', exclusiveMinimum: true }), /exclusiveMinimum breaks/],
    ['an unknown type deep in a schema', schema({ properties: { a: { items: { type: 'text' } } } }), /items\/type breaks/],
    ['an unknown member', documentOf({ info: { title: 'T', version: '1', titel: 'T' } }), /#\/info\/titel breaks/],
    [
      'a response without a description',
      documentOf({ paths: { '/': { get: operation({ responses: { 200: {} } }) } } }),
      /200 breaks/,
    ],
    ['a reference that leads nowhere', schema({ $ref: '#/components/schemas/B' }), /^#\/components\/schemas\/B leads nowhere/],
    [
      'a parameter that is not declared',
      documentOf({ paths: { '/{id}': { get: operation() } } }),
      /GET \/\{id\} does not declare/,
    ],
    [
      'a parameter that is not in the path',
      documentOf({ paths: { '/': { get: operation({ parameters: [pathParameter] }) } } }),
      /GET \/ declares \{id\}/,
    ],
    [
      'an operation id that is there twice',
      documentOf({ paths: { '/': { get: operation(), put: operation() } } }),
      /PUT \/ has the op/,
    ],
    ['no operation id', documentOf({ paths: { '/': { get: { responses: ok } } } }), /GET \/ has no operation id/],
  ])('are found: %s', async (_, document, fault) => {
    const faults = await openApiFaults(document);
    expect(faults.filter((line) => fault.test(line))).not.toEqual([]);
  });
});
