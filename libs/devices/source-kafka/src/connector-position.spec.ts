import { describe, expect, it } from '@jest/globals';
import type { SourceFormat } from '@tallystick/devices-domain';
import { parseSourceMessage } from './parse-source-message.ts';
import type { SourceEvent } from './source-event.ts';

type Debezium = Extract<SourceFormat, { kind: 'debezium' }>;
type Connector = NonNullable<Debezium['connector']>;
const format = (connector: Connector, envelope: Debezium['envelope'] = 'full'): SourceFormat => ({
  kind: 'debezium',
  connector,
  envelope,
});

// Sources as in the examples of Debezium's manual; of SQL Server and MongoDB nothing was recorded.
const mysql = {
  connector: 'mysql',
  name: 'fulfillment',
  snapshot: 'false',
  server_id: 223344,
  gtid: null,
  file: 'mysql-bin.000003',
  pos: 484,
  row: 0,
  ts_ms: 1,
};
const sqlserver = {
  connector: 'sqlserver',
  snapshot: 'false',
  change_lsn: '00000027:00000758:0003',
  commit_lsn: '00000027:00000758:0005',
  event_serial_no: '1',
};
const mongodb = { connector: 'mongodb', snapshot: 'false', rs: 'rs0', collection: 'users', ts_ms: 1558965508000, ord: 31 };

function parsed(as: SourceFormat, value: unknown, { key = '{"id":7}', offset = '41', headers = {} } = {}): SourceEvent {
  const bytes = value === null ? null : Buffer.from(JSON.stringify(value));
  return parseSourceMessage({ topic: 'users', partition: 0, offset, key: Buffer.from(key), value: bytes, headers }, as);
}
const envelope = (source: object, fields: object = {}) => ({
  op: 'u',
  before: null,
  after: { username: 'ada' },
  source,
  ts_ms: 2,
  ...fields,
});
const versionAt = (connector: Connector, source: object, offset = '41'): string => {
  const after = connector === 'mongodb' ? '{"username":"ada"}' : { username: 'ada' };
  const event = parsed(format(connector), envelope(source, { after }), { offset });
  return event.kind === 'record' ? event.version : 'reason' in event ? event.reason : event.kind;
};

describe('R16: positions of MySQL', () => {
  it('are file, position and row, and grow with each of them as numbers', () => {
    const ordered = [
      mysql,
      { ...mysql, row: 9 },
      { ...mysql, row: 10 },
      { ...mysql, pos: 4_840 },
      { ...mysql, pos: 10_000_000_000 },
      { ...mysql, file: 'mysql-bin.000010', pos: 4 },
      { ...mysql, file: 'mysql-bin.999999', pos: 4 },
      { ...mysql, file: 'mysql-bin.1000000', pos: 4 },
    ].map((source) => versionAt('mysql', source));
    expect(ordered).toEqual([...ordered].sort());
    expect(new Set(ordered.map((it) => it.length))).toEqual(new Set([42]));
    expect(versionAt('mysql', { ...mysql, connector: 'mariadb' })).toBe(ordered[0]);
  });

  it.each([
    [{ file: null }, 'no-version'],
    [{ file: '' }, 'no-version'],
    [{ file: 'mysql-bin' }, 'bad-version'],
    [{ pos: undefined }, 'no-version'],
    [{ row: undefined }, 'no-version'],
    [{ pos: -1 }, 'bad-version'],
  ])('are never guessed: %j', (fields, reason) => {
    expect(versionAt('mysql', { ...mysql, gtid: '3E11FA47-71CA-11E1-9E33-C80AA9429562:23', ...fields })).toBe(reason);
  });
});

describe('R16: positions of SQL Server', () => {
  it('are commit, change and serial number, hexadecimal; a row of a snapshot is older than every change of its commit', () => {
    const ordered = [
      { ...sqlserver, commit_lsn: '00000027:00000758:0004' },
      { ...sqlserver, change_lsn: null, event_serial_no: null },
      sqlserver,
      { ...sqlserver, event_serial_no: '2' },
      { ...sqlserver, event_serial_no: 10 },
      { ...sqlserver, change_lsn: '00000027:00000758:000A' },
      { ...sqlserver, commit_lsn: '00000027:00000ac0:0002' },
      { ...sqlserver, commit_lsn: '0000010a:00000000:0001' },
    ].map((source) => versionAt('sqlserver', source));
    expect(ordered).toEqual([...ordered].sort());
    expect(new Set(ordered).size).toBe(8);
    expect(new Set(ordered.map((it) => it.length))).toEqual(new Set([52]));
  });

  it.each([
    [{ commit_lsn: null }, 'no-version'],
    [{ commit_lsn: '27:758:5' }, 'bad-version'],
    [{ change_lsn: undefined }, 'no-version'],
    [{ event_serial_no: undefined }, 'no-version'],
    [{ event_serial_no: 'x' }, 'bad-version'],
  ])('are never guessed: %j', (fields, reason) => {
    expect(versionAt('sqlserver', { ...sqlserver, ...fields })).toBe(reason);
  });
});

describe('MongoDB', () => {
  it('R16: orders by time, ordinal, and inside a transaction by offset', () => {
    const ordered = [
      versionAt('mongodb', mongodb, '99'),
      versionAt('mongodb', mongodb, '100'),
      versionAt('mongodb', { ...mongodb, ord: 32 }, '7'),
      versionAt('mongodb', { ...mongodb, ts_ms: 1558965509000, ord: 1 }, '7'),
    ];
    expect(ordered).toEqual([...ordered].sort());
    expect(new Set(ordered.map((it) => it.length))).toEqual(new Set([52]));
    expect(versionAt('mongodb', { ...mongodb, ord: null })).toBe('no-version');
    expect(versionAt('mongodb', { ...mongodb, ord: -1 })).toBe('bad-version');
  });

  it('is read from the document as JSON text, without the names of extended JSON around a scalar', () => {
    const after =
      '{"_id":{"$oid":"596e275826f08b2730779e1f"},"n":{"$numberLong":"9007199254740993"},"d":{"$numberDecimal":"1.50"},"at":{"$date":{"$numberLong":"5"}},"mail":"ada@example.org","on":true,"tags":["a"],"bin":{"$binary":{"base64":"AA==","subType":"00"}}}';
    expect(
      parsed(format('mongodb'), envelope(mongodb, { after }), { key: '{"id":"{\\"$oid\\":\\"596e275826f08b2730779e1f\\"}"}' }),
    ).toMatchObject({
      kind: 'record',
      sourceKey: '596e275826f08b2730779e1f',
      attributes: {
        _id: '596e275826f08b2730779e1f',
        ...{ n: '9007199254740993', d: '1.50', at: '5', mail: 'ada@example.org', on: true, tags: '["a"]' },
        bin: '{"$binary":{"base64":"AA==","subType":"00"}}',
      },
    });
  });

  it.each([
    ['{"id":"{\\"$oid\\":\\"5f\\"}"}', '5f'],
    ['{"id":"{\\"$oid\\" : \\"5f\\"}"}', '5f'],
    ['{"id":"5f"}', '5f'],
    ['{"id":"\\"ada\\""}', 'ada'],
    ['{"id":"1004"}', '1004'],
    ['{"id":"{\\"$numberLong\\":\\"1004\\"}"}', '1004'],
    ['{"schema":{},"payload":{"id":"1004"}}', '1004'],
    ['{"id":1004}', '1004'],
  ])('names the same document by the same key, in an envelope and unwrapped: %s', (key, expected) => {
    for (const as of [format('mongodb'), format('mongodb', 'unwrapped')]) {
      const value = as.kind === 'debezium' && as.envelope === 'full' ? envelope(mongodb, { after: '{"a":1}' }) : { a: 1 };
      expect(parsed(as, value, { key })).toMatchObject({ kind: 'record', sourceKey: expected });
    }
  });

  it('parks an update without its document, and reads a delete that has none', () => {
    expect(parsed(format('mongodb'), envelope(mongodb, { after: null }))).toEqual({ kind: 'unusable', reason: 'no-document' });
    expect(parsed(format('mongodb'), envelope(mongodb, { after: '[1]' }))).toEqual({ kind: 'unusable', reason: 'wrong-type' });
    expect(parsed(format('mongodb'), envelope(mongodb, { after: '{' }))).toEqual({ kind: 'unusable', reason: 'not-json' });
    expect(parsed(format('mongodb'), { op: 'd', source: mongodb, ts_ms: 1 })).toMatchObject({ kind: 'deleted', sourceKey: '7' });
  });
});

describe('every connector', () => {
  const sources = { mysql, sqlserver, mongodb } as const;
  const names = ['mysql', 'sqlserver', 'mongodb'] as const;

  it.each(names)(
    '%s: reads creates, updates, snapshots and deletes; tombstones, truncates, heartbeats and transactions say nothing',
    (connector) => {
      const as = format(connector);
      const after = connector === 'mongodb' ? '{"username":"ada"}' : { username: 'ada' };
      const say = (op: string, more: object = {}) => parsed(as, envelope(sources[connector], { op, after, ...more }));
      for (const op of ['c', 'u', 'r']) expect(say(op)).toMatchObject({ kind: 'record', attributes: { username: 'ada' } });
      const invented = { before: { username: '', enabled: true }, after: null };
      expect(Object.keys(say('d', invented)).sort()).toEqual(['kind', 'sourceKey', 'version']);
      expect(parsed(as, null)).toEqual({ kind: 'ignored', reason: 'tombstone-after-delete' });
      expect(say('t', { after: null })).toEqual({ kind: 'ignored', reason: 'truncate' });
      expect(parsed(as, { ts_ms: 5 })).toEqual({ kind: 'ignored', reason: 'heartbeat' });
      expect(parsed(as, { status: 'BEGIN', id: 'x', event_count: null, data_collections: null })).toEqual({
        kind: 'ignored',
        reason: 'transaction',
      });
      const schemaed = { schema: { type: 'struct' }, payload: envelope(sources[connector], { after }) };
      expect(parsed(as, schemaed)).toEqual(say('u'));
    },
  );

  it('R23: relational ones tell a key change by headers', () => {
    for (const connector of ['mysql', 'sqlserver'] as const) {
      const moved = parsed(format(connector), envelope(sources[connector], { op: 'd', after: null }), {
        headers: { '__debezium.newkey': Buffer.from('{"id":8}') },
      });
      expect(moved).toMatchObject({ kind: 'deleted', sourceKey: '7', movedTo: '8' });
      const came = parsed(format(connector), envelope(sources[connector], { op: 'c' }), {
        key: '{"id":8}',
        headers: { '__debezium.oldkey': Buffer.from('{"id":7}') },
      });
      expect(came).toMatchObject({ kind: 'record', sourceKey: '8', movedFrom: '7' });
    }
  });

  it('is not taken for another one, whose positions do not compare', () => {
    for (const connector of names)
      for (const other of ['postgresql', ...names] as const)
        if (other !== connector)
          expect(parsed(format(other), envelope(sources[connector]))).toEqual({ kind: 'unusable', reason: 'other-format' });
  });

  it.each(names)(
    '%s: has the same position when its records are unwrapped and rewritten, by fields or by headers',
    (connector) => {
      const full = parsed(format(connector), envelope(sources[connector], { op: 'd', after: null }));
      const added = Object.entries(sources[connector]).map(([name, value]) => [`__source_${name}`, value] as const);
      const rewritten = format(connector, 'unwrapped-rewrite');
      expect(parsed(rewritten, { username: 'ada', __deleted: 'true', ...Object.fromEntries(added) })).toEqual(full);
      const headers = Object.fromEntries(
        added.flatMap(([name, value]) => (value === null ? [] : [[name, Buffer.from(String(value))]])),
      );
      expect(parsed(rewritten, { __deleted: 'true' }, { headers })).toEqual(full);
      expect(parsed(rewritten, { __deleted: 'true' })).toEqual({ kind: 'unusable', reason: 'no-version' });
    },
  );
});
