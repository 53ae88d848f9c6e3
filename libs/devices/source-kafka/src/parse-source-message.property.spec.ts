import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSourceMessage } from './parse-source-message.ts';
import type { SourceFormat } from '@tallystick/devices-domain';

const format: fc.Arbitrary<SourceFormat> = fc.constantFrom(
  { kind: 'json' },
  { kind: 'json', versionField: 'v' },
  { kind: 'json', versionField: 'v', deletedField: 'gone' },
  { kind: 'debezium', envelope: 'full' },
  { kind: 'debezium', envelope: 'unwrapped' },
  { kind: 'debezium', envelope: 'unwrapped-rewrite' },
);
const digits = fc.bigInt({ min: 0n, max: 2n ** 80n }).map(String);
const almost = fc.oneof(
  fc.record(
    {
      op: fc.constantFrom('c', 'u', 'r', 'd', 't', 'm', 'z'),
      after: fc.jsonValue(),
      before: fc.jsonValue(),
      source: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      __deleted: fc.constantFrom('true', 'false', true, null),
      __source_lsn: digits,
      v: fc.oneof(digits, fc.double()),
      gone: fc.boolean(),
      ts_ms: fc.nat(),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((it) => Buffer.from(it)),
  almost.map((it) => Buffer.from(JSON.stringify(it))),
  almost.map((it) => Buffer.from(JSON.stringify(it)).subarray(0, -1)),
  almost.map((payload) => Buffer.from(JSON.stringify({ schema: null, payload }))),
  fc.constant(null),
);
const header = fc.oneof(
  fc.string(),
  bytes.map((it) => it ?? undefined),
  fc.array(fc.uint8Array().map((it) => Buffer.from(it))),
);
const headers = fc.option(
  fc.dictionary(fc.constantFrom('__debezium.newkey', '__debezium.oldkey', '__source_lsn', 'v', '__proto__'), header),
  {
    nil: undefined,
  },
);

describe('any message', () => {
  it('is an event, and nothing is thrown (R19)', () => {
    fc.assert(
      fc.property(bytes, bytes, headers, fc.oneof(digits, fc.string()), format, (key, value, sent, offset, as) => {
        const event = parseSourceMessage({ topic: 't', partition: 0, offset, key, value, headers: sent }, as);
        if (event.kind === 'ignored' || event.kind === 'unusable') return expect(event.reason).toMatch(/^[a-z0-9-]+$/);
        expect(event.sourceKey.trim()).not.toBe('');
        expect(event.version).toMatch(/^\d{20}$/);
      }),
      { numRuns: 5_000 },
    );
  });

  it('has a version that sorts as text as its number does', () => {
    const ordered = (v: string): string => {
      const value = Buffer.from(JSON.stringify({ v }));
      const event = parseSourceMessage(
        { topic: 't', partition: 0, offset: '0', key: value, value },
        { kind: 'json', versionField: 'v' },
      );
      return event.kind === 'record' ? event.version : '';
    };
    const any = fc.bigInt({ min: 0n, max: 10n ** 20n - 1n });
    fc.assert(fc.property(any, any, (a, b) => expect(ordered(String(a)) < ordered(String(b))).toBe(a < b)));
  });
});
