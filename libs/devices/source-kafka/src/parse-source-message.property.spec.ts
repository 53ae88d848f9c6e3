import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSourceMessage } from './parse-source-message.ts';
import { readEnvelopeJson, readJson } from './read-json.ts';
import { isSourcePosition, type SourceFormat } from '@tallystick/devices-domain';

const format = fc.constantFrom<SourceFormat>(
  { kind: 'json' },
  { kind: 'json', versionField: 'v' },
  { kind: 'json', versionField: 'v', deletedField: 'gone' },
  { kind: 'debezium', envelope: 'full' },
  { kind: 'debezium', envelope: 'unwrapped' },
  { kind: 'debezium', envelope: 'unwrapped-rewrite' },
  ...(['mysql', 'sqlserver', 'mongodb'] as const).map(
    (connector) => ({ kind: 'debezium', connector, envelope: 'full' }) as const,
  ),
  { kind: 'cloudevents' },
  { kind: 'cloudevents', order: 'offset' },
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
  fc.record({
    specversion: fc.constantFrom('1.0', '0.3'),
    id: fc.string(),
    source: fc.string(),
    subject: fc.string(),
    type: fc.constantFrom('tallystick.user.changed.v1', 'tallystick.user.deleted.v1'),
    sequence: fc.oneof(digits, fc.double()),
    data: fc.oneof(
      fc.jsonValue(),
      fc.record({ attributes: fc.dictionary(fc.string(), fc.jsonValue()), unavailable: fc.array(fc.string()) }),
    ),
  }),
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
        expect(isSourcePosition(`e000000-${event.version}`)).toBe(true);
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

describe('an envelope', () => {
  it('is read the same by the fast way, when it has no number that JavaScript would round, as digit by digit', () => {
    const number = fc.oneof(
      fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
      fc.integer().map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.constantFrom('9007199254740993', '1e400', '-0', '0.1000000000000000055', '1E2', '1763774682745549'),
    );
    const column = fc.constantFrom('a', 'b', 'ts_ns', 'ts_us', 'op', '__proto__', 'x"ts_ns');
    const scalar = fc.oneof(
      number,
      number,
      fc.string().map((it) => JSON.stringify(it)),
      fc.array(number, { maxLength: 3 }).map((all) => `[${all.join(', ')}]`),
    );
    const row = fc.uniqueArray(fc.tuple(column, scalar), { selector: ([name]) => name, maxLength: 5 });
    fc.assert(
      fc.property(row, fc.constantFrom('', ' '), (columns, space) => {
        const after = columns.map(([name, value]) => `${JSON.stringify(name)}:${space}${value}`).join(`,${space}`);
        const text = `{"op":"c","ts_ns":1763774682745549123,"source":{"lsn":7,"ts_us":1763774682745549},"after":{${after}}}`;
        const rowOf = (read: ReturnType<typeof readJson>) => (read.ok ? (read.value as { readonly after: object }).after : read);
        expect(Object.entries(rowOf(readEnvelopeJson(text)))).toEqual(Object.entries(rowOf(readJson(text))));
      }),
      { numRuns: 3_000 },
    );
  });
});
