import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFacts, readPlainRequest, verdictRequest } from './verdict.schema.ts';

const odd = fc.oneof(fc.constantFrom(null, undefined, 'pairing', 'login', '', 'sms', [], {}, 7), fc.jsonValue());
/** Mostly what fits, so that both outcomes are seen. */
const mostly = (...fitting: unknown[]) => fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...fitting) }, odd);
const body = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record(
      {
        kind: mostly('pairing', 'authentication'),
        method: mostly('mobile-app', 'x'.repeat(64), 'x'.repeat(65)),
        presentedToken: mostly('token', ''),
        device: mostly({ id: 'x', model: 7 }, {}),
      },
      { requiredKeys: ['kind'] },
    ),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pairing'), other: odd }) },
  { weight: 1, arbitrary: odd },
);

describe('reading a request without its schema', () => {
  it('takes nothing that the schema refuses, and reads it in the same way', () => {
    let taken = 0;
    fc.assert(
      fc.property(body, (body) => {
        const plain = readPlainRequest(body);
        if (plain === undefined) return;
        taken++;
        const parsed = verdictRequest.parse(body);
        expect(plain).toEqual({ presentedToken: undefined, device: undefined, ...parsed });
      }),
      { numRuns: 2_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('takes what a well-behaved caller sends', () => {
    for (const sent of [
      { kind: 'pairing', presentedToken: '' },
      { kind: 'authentication', method: 'mobile-app', device: { id: 'x' } },
    ])
      expect(readPlainRequest(sent)).toBeDefined();
  });

  it('reads facts from anything, and keeps only those of the right type', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('platform', 'osVersion', 'isLocked', 'model', '__proto__', 'toString'), odd),
        (device) => {
          for (const [name, fact] of Object.entries(readFacts(device) ?? {}))
            expect([undefined, /^(?:is|has)/.test(name) ? 'boolean' : 'string']).toContain(
              fact === undefined ? undefined : typeof fact,
            );
        },
      ),
    );
  });
});
