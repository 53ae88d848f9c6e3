import { describe, expect, it } from '@jest/globals';
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
