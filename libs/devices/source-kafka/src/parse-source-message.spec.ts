import { describe, expect, it } from '@jest/globals';
import { parseSourceMessage } from './parse-source-message.ts';
import type { SourceFormat } from '@tallystick/devices-domain';
import type { RawSourceMessage, SourceEvent } from './source-event.ts';

const json: SourceFormat = { kind: 'json' };
const full: SourceFormat = { kind: 'debezium', envelope: 'full' };
const unwrapped: SourceFormat = { kind: 'debezium', envelope: 'unwrapped' };
const rewrite: SourceFormat = { kind: 'debezium', envelope: 'unwrapped-rewrite' };

interface Given {
  readonly key?: string | Buffer | null;
  readonly value?: string | Buffer | null | object;
  readonly offset?: string;
  readonly headers?: RawSourceMessage['headers'];
}
function parsed(
  format: SourceFormat,
  { key = '7', value = '{"username":"ada"}', offset = '41', headers }: Given = {},
): SourceEvent {
  const bytes = (it: string | Buffer | null): Buffer | null => (typeof it === 'string' ? Buffer.from(it) : it);
  const body = typeof value === 'object' && value !== null && !Buffer.isBuffer(value) ? JSON.stringify(value) : value;
  return parseSourceMessage({ topic: 'users', partition: 3, offset, key: bytes(key), value: bytes(body), headers }, format);
}
const version = (digits: string | number): string => String(digits).padStart(20, '0');
const source = { sequence: '["1","99"]', lsn: 99 };
const envelope = (fields: object): object => ({ before: null, after: { username: 'ada' }, source, op: 'c', ...fields });
const reason = (format: SourceFormat, given: Given): string => {
  const event = parsed(format, given);
  return event.kind === 'unusable' || event.kind === 'ignored' ? event.reason : event.kind;
};

describe('plain JSON records', () => {
  it('are records under the text of their key, ordered by offset', () => {
    expect(parsed(json, { value: { username: 'ada', n: 1, on: true, none: null, list: [1] } })).toEqual({
      kind: 'record',
      sourceKey: '7',
      version: version(41),
      attributes: { username: 'ada', n: 1, on: true, none: null, list: '[1]' },
    });
  });

  it('are deleted by a tombstone', () => {
    expect(parsed(json, { value: null })).toEqual({ kind: 'deleted', sourceKey: '7', version: version(41) });
  });

  it('are not deleted by the text null, nor by an empty value: those are parked', () => {
    expect(reason(json, { value: 'null' })).toBe('wrong-type');
    expect(reason(json, { value: '' })).toBe('not-json');
  });

  it.each([
    [5, version(5)],
    ['0005', version(5)],
    ['18446744073709551615', '18446744073709551615'],
  ])('take their version from a field: %j', (v, expected) => {
    expect(parsed({ kind: 'json', versionField: 'v' }, { value: { v } })).toMatchObject({ kind: 'record', version: expected });
  });

  it('take a version that JavaScript would round with all its digits', () => {
    const event = parsed({ kind: 'json', versionField: 'v' }, { value: '{"v":9007199254740993}' });
    expect(event).toMatchObject({ version: version('9007199254740993'), attributes: { v: '9007199254740993' } });
  });

  it.each<[unknown, string]>([
    [undefined, 'no-version'],
    [null, 'no-version'],
    ['', 'no-version'],
    [-1, 'bad-version'],
    [1.5, 'bad-version'],
    ['v7', 'bad-version'],
    [true, 'bad-version'],
    ['1'.repeat(21), 'bad-version'],
  ])('without a usable version field are parked: %j', (v, expected) => {
    expect(reason({ kind: 'json', versionField: 'v' }, { value: { v } })).toBe(expected);
  });

  it('with a version field need the version of a tombstone in a header, for an offset does not compare with it', () => {
    const format: SourceFormat = { kind: 'json', versionField: 'v' };
    expect(reason(format, { value: null })).toBe('no-version');
    expect(reason(format, { value: null, headers: { v: 'x' } })).toBe('bad-version');
    expect(parsed(format, { value: null, headers: { v: Buffer.from('6') } })).toEqual({
      kind: 'deleted',
      sourceKey: '7',
      version: version(6),
    });
  });

  it('may say by a field that they are deleted; the tombstone after is an echo', () => {
    const format: SourceFormat = { kind: 'json', versionField: 'v', deletedField: 'gone' };
    expect(parsed(format, { value: { v: 6, gone: true } })).toEqual({ kind: 'deleted', sourceKey: '7', version: version(6) });
    expect(parsed(format, { value: { v: 6, gone: false } })).toMatchObject({ kind: 'record' });
    expect(parsed(format, { value: { v: 6 } })).toMatchObject({ kind: 'record' });
    expect(reason(format, { value: { v: 6, gone: 'perhaps' } })).toBe('wrong-type');
    expect(reason(format, { value: null })).toBe('tombstone-after-delete');
  });
});

describe('source keys', () => {
  it.each([
    ['plain text', 'plain text'],
    ['007', '007'],
    ['"quoted"', 'quoted'],
    ['{"id":"a"}', 'a'],
    ['{"id":7}', '7'],
    ['{"id":285234913243546570}', '285234913243546570'],
    ['{"id":false}', 'false'],
    ['{"b":2,"a":"1"}', '["1","2"]'],
    ['{"a":1,"b":"2"}', '["1","2"]'],
    ['{"schema":{"type":"struct"},"payload":{"id":"a"}}', 'a'],
    ['{"schema":null,"payload":"a"}', 'a'],
    ['{broken', '{broken'],
  ])('%j is %j', (key, expected) => {
    for (const format of [json, unwrapped]) expect(parsed(format, { key })).toMatchObject({ sourceKey: expected });
  });

  it('of several fields never meet: the parts stay apart', () => {
    const keys = ['{"a":"x","b":"y,z"}', '{"a":"x,y","b":"z"}', '{"a":"x\\",\\"y","b":"z"}'];
    const texts = keys.map((key) => parsed(json, { key })).map((it) => (it.kind === 'record' ? it.sourceKey : it.kind));
    expect(new Set(texts).size).toBe(3);
  });

  it.each([
    [null, 'no-key'],
    ['', 'no-key'],
    ['  ', 'no-key'],
    ['{}', 'no-key'],
    ['{"id":""}', 'no-key'],
    ['{"id":null}', 'key-not-scalar'],
    ['{"id":{"x":1}}', 'key-not-scalar'],
    ['{"id":[1]}', 'key-not-scalar'],
    [Buffer.from([0xff, 0xfe]), 'bad-utf8'],
    ['k'.repeat(1_025), 'key-too-long'],
  ])('%j is parked: %s', (key, expected) => {
    expect(reason(json, { key })).toBe(expected);
    expect(reason(json, { key, value: null })).toBe(expected);
    expect(reason(unwrapped, { key })).toBe(expected);
    expect(reason(full, { key, value: envelope({}) })).toBe(expected);
    expect(reason(full, { key, value: envelope({ op: 'd', after: null }) })).toBe(expected);
  });
});

describe('values that nobody can use (R19)', () => {
  it.each<[string, string | Buffer]>([
    ['not-json', '{"username":'],
    ['not-json', 'username=ada'],
    ['not-json', ''],
    ['not-json', `{"a":${'['.repeat(300_000)}`],
    ['not-json', `{"username":"ada","deep":${'['.repeat(4_000)}${']'.repeat(4_000)}`],
    ['bad-utf8', Buffer.from([0x7b, 0xc3, 0x28, 0x7d])],
    ['too-large', JSON.stringify({ photo: 'x'.repeat(1_048_576) })],
    ['wrong-type', '[]'],
    ['wrong-type', '"ada"'],
    ['wrong-type', '7'],
    ['wrong-type', 'true'],
  ])('are parked: %s', (expected, value) => {
    for (const format of [json, full, unwrapped, rewrite]) expect(reason(format, { value })).toBe(expected);
  });

  it('a nested column that reads but is too deep to write back is parked, whatever the depth', () => {
    for (let depth = 500; depth <= 16_000; depth += 500) {
      const value = `{"username":"ada","deep":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      expect(['record', 'not-json']).toContain(reason(json, { value }));
    }
  });

  it('a value of exactly 1 MiB is read', () => {
    const empty = JSON.stringify({ photo: '' }).length;
    expect(parsed(json, { value: JSON.stringify({ photo: 'x'.repeat(1_048_576 - empty) }) })).toMatchObject({ kind: 'record' });
  });

  it('an offset that is no number gives no version', () => {
    expect(reason(json, { offset: 'x' })).toBe('bad-version');
    expect(reason(unwrapped, { offset: '', value: null })).toBe('no-version');
  });
});

describe('envelopes', () => {
  it.each<[string, object]>([
    ['no-version', { source: {} }],
    ['no-version', { source: null }],
    ['no-version', { source: { sequence: '["1",null]' } }],
    ['bad-version', { source: { sequence: 'x', lsn: 9 } }],
    ['bad-version', { source: { sequence: '["1"]', lsn: 9 } }],
    ['bad-version', { source: { sequence: ['1', '2'] } }],
    ['unknown-operation', { op: 'z' }],
    ['wrong-type', { after: null }],
    ['wrong-type', { after: [] }],
    ['wrong-type', { after: 'ada' }],
    ['other-format', { op: 7 }],
    ['truncate', { op: 't', after: null }],
    ['logical-message', { op: 'm', after: null }],
  ])('%s', (expected, fields) => {
    expect(reason(full, { value: envelope(fields) })).toBe(expected);
  });

  it('without a sequence take the log number', () => {
    expect(parsed(full, { value: envelope({ source: { lsn: 26426488 } }) })).toMatchObject({ version: version(26426488) });
  });

  it('with fields and sources that this version does not know are read all the same (R22)', () => {
    const value = envelope({ after: { username: 'ada', new_column: { a: 1 } }, newer: true, source: { ...source, newer: [1] } });
    expect(parsed(full, { value })).toMatchObject({ kind: 'record', attributes: { username: 'ada', new_column: '{"a":1}' } });
  });

  it('never take a value from the row before a delete', () => {
    const value = envelope({ op: 'd', before: { username: 'invented', enabled: true }, after: null });
    expect(parsed(full, { value })).toEqual({ kind: 'deleted', sourceKey: '7', version: version(99) });
  });

  it('carry placeholders as unavailable, as text, as bytes and in a list', () => {
    const word = '__debezium_unavailable_value';
    const after = { a: word, b: Buffer.from(word).toString('base64'), c: [word], d: `${word}!`, e: [word, 'x'] };
    const unavailable = { kind: 'unavailable' };
    expect(parsed(full, { value: envelope({ after }) })).toMatchObject({
      attributes: { a: unavailable, b: unavailable, c: unavailable, d: `${word}!`, e: `["${word}","x"]` },
    });
  });

  it('do not let a column named __proto__ touch anything', () => {
    const value = '{"op":"c","source":{"lsn":1},"after":{"username":"ada","x":1,"proto":{"__proto__":{"y":1}}}}';
    expect(parsed(full, { value })).toMatchObject({ attributes: { username: 'ada', x: 1 } });
    expect(({} as Record<string, unknown>)['y']).toBeUndefined();
  });
});

describe('key changes (R23)', () => {
  const to = '{"id":"b"}';
  it.each([
    ['bytes', Buffer.from(to)],
    ['a text', to],
    ['sent twice, the same', [Buffer.from(to), Buffer.from(to)]],
    ['with its schema', Buffer.from(`{"schema":{},"payload":${to}}`)],
  ])('name the other key in the same words: %s', (_, header) => {
    const moved = parsed(full, { value: envelope({ op: 'd', after: null }), headers: { '__debezium.newkey': header } });
    expect(moved).toMatchObject({ kind: 'deleted', movedTo: 'b' });
    const created = parsed(unwrapped, { headers: { '__debezium.oldkey': header } });
    expect(created).toMatchObject({ kind: 'record', movedFrom: 'b' });
    expect(parsed(unwrapped, { value: null, headers: { '__debezium.newkey': header } })).toMatchObject({ movedTo: 'b' });
  });

  it.each([
    ['two that differ', [Buffer.from(to), Buffer.from('{"id":"c"}')]],
    ['bad bytes', Buffer.from([0xff])],
    ['nothing', Buffer.from('')],
    ['no scalar', Buffer.from('{"id":null}')],
  ])('that are unreadable are parked: %s', (_, header) => {
    expect(reason(full, { value: envelope({ op: 'd', after: null }), headers: { '__debezium.newkey': header } })).toBe(
      'bad-move',
    );
    expect(reason(full, { value: envelope({}), headers: { '__debezium.oldkey': header } })).toBe('bad-move');
  });

  it('are none for a header that every object knows, or that is undefined', () => {
    expect(parsed(full, { value: envelope({}), headers: { '__debezium.oldkey': undefined } })).not.toHaveProperty('movedFrom');
  });
});

describe('unwrapped records', () => {
  it('are deleted by a tombstone, and by the text null that Connect writes in its place', () => {
    const deleted = { kind: 'deleted', sourceKey: '7', version: version(41) };
    for (const value of [null, 'null', '{"schema":null,"payload":null}']) expect(parsed(unwrapped, { value })).toEqual(deleted);
  });

  it('are ordered by offset even where a field names another version, since their deletes have no field', () => {
    expect(parsed(unwrapped, { value: { username: 'ada', __source_lsn: 99 } })).toMatchObject({ version: version(41) });
  });

  it('of no other kind have the text null as a tombstone', () => {
    for (const format of [full, rewrite]) expect(reason(format, { value: 'null' })).toBe('other-format');
    for (const format of [full, rewrite]) expect(reason(format, { value: null })).toBe('tombstone-after-delete');
  });

  it('of the rewriting kind are not taken for records: a delete among them would bring its user back', () => {
    expect(reason(unwrapped, { value: { username: 'ada', __deleted: 'true', __source_lsn: 1 } })).toBe('other-format');
    expect(reason(rewrite, { value: { username: 'ada' } })).toBe('other-format');
    expect(reason(rewrite, { value: envelope({}) })).toBe('other-format');
  });

  it.each<[object, Given['headers'], string]>([
    [{ __source_sequence: '[null,"98"]', __source_lsn: 99 }, {}, '98'],
    [{ __source_lsn: 99 }, {}, '99'],
    [{ __source_lsn: '99' }, {}, '99'],
    [{}, { __source_lsn: Buffer.from('99') }, '99'],
    [{}, { __source_lsn: [Buffer.from('99'), Buffer.from('99')] }, '99'],
  ])('of the rewriting kind take their version from what was added: %j %j', (fields, headers, expected) => {
    const deleted = parsed(rewrite, { value: { ...fields, __deleted: 'true' }, headers });
    expect(deleted).toEqual({ kind: 'deleted', sourceKey: '7', version: version(expected) });
    expect(parsed(rewrite, { value: { ...fields, __deleted: false }, headers })).toMatchObject({
      kind: 'record',
      version: version(expected),
    });
  });

  it('of the rewriting kind without a version, or with another flag, are parked', () => {
    expect(reason(rewrite, { value: { __deleted: 'false' } })).toBe('no-version');
    expect(reason(rewrite, { value: { __deleted: 'maybe', __source_lsn: 1 } })).toBe('wrong-type');
    expect(reason(rewrite, { value: { __deleted: null, __source_lsn: 1 } })).toBe('wrong-type');
  });
});
