import { describe, expect, it } from '@jest/globals';
import type { SourceFormat } from '@tallystick/devices-domain';
import { parseSourceMessage } from './parse-source-message.ts';
import type { RawSourceMessage, SourceEvent } from './source-event.ts';

const format: SourceFormat = { kind: 'cloudevents' };
const version = (n: number | string): string => String(n).padStart(20, '0');
const context = {
  specversion: '1.0',
  id: '4711-9',
  source: '/hr',
  type: 'tallystick.user.changed.v1',
  subject: '4711',
  sequence: '9',
};
const attributes = { username: 'ada', enabled: true, floor: 3, boss: null, groups: ['a'] };
const deletedType = 'tallystick.user.deleted.v1';

function parsed(value: unknown, headers: RawSourceMessage['headers'] = {}, as: SourceFormat = format): SourceEvent {
  const bytes = value === undefined ? null : Buffer.from(JSON.stringify(value));
  return parseSourceMessage({ topic: 'users', partition: 0, offset: '41', key: Buffer.from('4711'), value: bytes, headers }, as);
}
const structured = (fields: object = {}, as: SourceFormat = format) =>
  parsed({ ...context, data: { attributes }, ...fields }, {}, as);
const headersOf = (fields: object = {}): Record<string, Buffer> =>
  Object.fromEntries(
    Object.entries({ ...context, ...fields }).map(([name, value]) => [`ce_${name}`, Buffer.from(String(value))]),
  );
const reason = (event: SourceEvent): string =>
  event.kind === 'unusable' || event.kind === 'ignored' ? event.reason : event.kind;
const record = {
  kind: 'record',
  sourceKey: '4711',
  version: version(9),
  attributes: { ...attributes, groups: '["a"]' },
};

describe('a canonical record', () => {
  it('is read the same in structured and in binary form', () => {
    expect(structured()).toEqual(record);
    expect(parsed({ attributes }, headersOf())).toEqual(record);
  });

  it('R16: is ordered by its sequence as a number, or by the offset where the connection says so', () => {
    expect(structured({ sequence: 10 })).toMatchObject({ version: version(10) });
    expect(parsed({ attributes }, headersOf({ sequence: '18446744073709551615' }))).toMatchObject({
      version: version('18446744073709551615'),
    });
    expect(structured({ sequence: 'abc' }, { kind: 'cloudevents', order: 'offset' })).toMatchObject({ version: version(41) });
    expect(reason(structured({ sequence: undefined }))).toBe('no-version');
    expect(reason(structured({ sequence: 'abc' }))).toBe('bad-version');
    expect(reason(structured({ sequence: '1'.repeat(21) }))).toBe('bad-version');
  });

  it('R20: names what it does not carry, which keeps its value', () => {
    const data = { attributes: { username: 'ada' }, unavailable: ['photo'] };
    expect(structured({ data })).toMatchObject({ attributes: { username: 'ada', photo: { kind: 'unavailable' } } });
  });

  it('R22: with fields and attributes that this version does not know is read all the same', () => {
    const data = { attributes, newer: [1] };
    expect(
      structured({ time: '2026-11-22T02:42:53Z', traceparent: 'x', datacontenttype: 'application/json; charset=utf-8', data }),
    ).toEqual(record);
  });

  it('R23: tells a key change from both sides', () => {
    expect(structured({ data: { attributes, movedFrom: '12' } })).toMatchObject({ kind: 'record', movedFrom: '12' });
    expect(structured({ type: deletedType, data: { movedTo: '12' } })).toEqual({
      kind: 'deleted',
      sourceKey: '4711',
      version: version(9),
      movedTo: '12',
    });
  });

  it('is deleted by an event, with data or without; in binary form also by a tombstone, whose headers say so', () => {
    const deleted = { kind: 'deleted', sourceKey: '4711', version: version(9) };
    for (const data of [{}, null, undefined]) expect(structured({ type: deletedType, data })).toEqual(deleted);
    expect(parsed(undefined, headersOf({ type: deletedType }))).toEqual(deleted);
    expect(parsed({}, headersOf({ type: deletedType }))).toEqual(deleted);
    expect(parsed(undefined)).toEqual({ kind: 'ignored', reason: 'tombstone-after-delete' });
    expect(reason(parsed(undefined, headersOf()))).toBe('wrong-type');
  });

  it.each<[string, object]>([
    ['other-format', { specversion: '0.3' }],
    ['other-format', { subject: undefined }],
    ['other-format', { subject: '' }],
    ['other-format', { id: undefined }],
    ['other-format', { datacontenttype: 'text/xml' }],
    ['no-key', { subject: '  ' }],
    ['key-too-long', { subject: 'k'.repeat(1_025) }],
    ['unknown-operation', { type: 'tallystick.user.changed.v2' }],
    ['wrong-type', { data: undefined }],
    ['wrong-type', { data: { attributes: [] } }],
    ['wrong-type', { data: { attributes, unavailable: 'photo' } }],
    ['wrong-type', { type: deletedType, data: { movedTo: 7 } }],
  ])('R19: that can not be used is parked: %s %j', (expected, fields) => {
    expect(reason(structured(fields))).toBe(expected);
  });

  it('R19: with a header that says two things is parked, and so are other formats', () => {
    const twice = { ...headersOf(), ce_subject: [Buffer.from('1'), Buffer.from('2')] };
    expect(reason(parsed({ attributes }, twice))).toBe('wrong-type');
    expect(reason(parsed({ username: 'ada' }))).toBe('other-format');
    expect(reason(parsed([]))).toBe('wrong-type');
    expect(reason(parsed({ op: 'c', source: { lsn: 1 }, after: {} }))).toBe('other-format');
  });
});
