// A real PostgreSQL, a real Debezium: the recorded changes are made again, and what they send today is read as what was recorded.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { SourceFormat } from '@tallystick/devices-domain';
import { eventually } from '@tallystick/platform-testing';
import { parseSourceMessage, type RawSourceMessage, type SourceEvent } from '../index.ts';
import { type LiveSource, openLiveSource } from './live-source.fixture.ts';
import { createPerson, recordedMessages, transactionsOf } from './recorded-steps.fixture.ts';

const switchedOn = process.env['TALLYSTICK_DEBEZIUM'] === '1';
if (!switchedOn) process.stderr.write('Skipped: PostgreSQL with Debezium. To run it: TALLYSTICK_DEBEZIUM=1 npm test -- int\n');
jest.setTimeout(60_000);

const full: SourceFormat = { kind: 'debezium', connector: 'postgresql', envelope: 'full' };
const unwrap = {
  transforms: 'unwrap',
  'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
};
const variants: Readonly<Record<string, { readonly format: SourceFormat; readonly config: Readonly<Record<string, string>> }>> = {
  'envelope-noschema': { format: full, config: { 'provide.transaction.metadata': 'true', 'heartbeat.interval.ms': '500' } },
  'envelope-schema': {
    format: full,
    config: { 'key.converter.schemas.enable': 'true', 'value.converter.schemas.enable': 'true' },
  },
  'unwrap-default': { format: { ...full, envelope: 'unwrapped' }, config: unwrap },
  'unwrap-rewrite': {
    format: { ...full, envelope: 'unwrapped-rewrite' },
    config: {
      ...unwrap,
      'transforms.unwrap.delete.tombstone.handling.mode': 'rewrite-with-tombstone',
      'transforms.unwrap.add.fields': 'op,source.lsn,source.sequence,source.ts_us,source.snapshot,source.txId,ts_ms',
      'transforms.unwrap.add.headers': 'op,source.lsn',
    },
  },
};
const names = Object.keys(variants);

(switchedOn ? describe : describe.skip)('PostgreSQL with Debezium on Kafka Connect', () => {
  let source: LiveSource;
  const personOf = (name: string): string => `${source.full(name)}.public.person`;
  const change = async (step: string, variant?: string): Promise<void> => {
    for (const statements of transactionsOf(step, variant)) await source.session.run(statements.join(';'));
  };

  beforeAll(async () => {
    source = await openLiveSource();
    await source.session.run(createPerson);
    await change('01');
    const first = source.full('envelope-noschema');
    await source.follow(...names.map(personOf), `${first}.transaction`, `__debezium-heartbeat.${first}`);
    await Promise.all(
      names.map((name) => source.start(name, { 'table.include.list': 'public.person', ...variants[name]?.config })),
    );
  });
  afterAll(() => source?.close());

  const read = (messages: readonly RawSourceMessage[], format: SourceFormat = full): SourceEvent[] =>
    messages.map((it) => parseSourceMessage(it, format));
  const withoutVersion = (event: SourceEvent): object => ({ ...event, version: 'version' in event });
  const versions = (events: readonly SourceEvent[]): string[] => events.flatMap((it) => ('version' in it ? [it.version] : []));
  /** Which is older, which is the same, which is newer, whatever the numbers are. */
  const ranks = (events: readonly SourceEvent[]): number[] => {
    const order = [...new Set(versions(events))].sort();
    return versions(events).map((it) => order.indexOf(it));
  };

  const steps = ['01', '02', '03', '04', '06', '07', '08', '09', '11', '13', '14', '15', '16', '17', '18'];
  const recordedUpTo = (step: string, name: string): RawSourceMessage[] =>
    steps.filter((it) => it <= step).flatMap((it) => recordedMessages(it, name));

  it.each(steps)('step %s is read as it was recorded, in all four forms (R16, R22, R23)', async (step) => {
    if (step !== '01') await change(step);
    for (const name of names) {
      const { format } = variants[name] ?? { format: full };
      const recorded = recordedMessages(step, name);
      const end = recordedUpTo(step, name).length;
      const messages = (await source.arrived(personOf(name), end)).slice(end - recorded.length);
      expect([name, read(messages, format).map(withoutVersion)]).toEqual([name, read(recorded, format).map(withoutVersion)]);
    }
  });

  it('older and newer are as they were recorded, and the version of a key is the second number of its sequence (R17)', () => {
    for (const name of names) {
      const { format } = variants[name] ?? { format: full };
      expect([name, ranks(read(source.received(personOf(name)), format))]).toEqual([
        name,
        ranks(read(recordedUpTo('18', name), format)),
      ]);
    }
    const newest = new Map<string, bigint>();
    for (const message of source.received(personOf('envelope-noschema'))) {
      if (message.value === null) continue;
      const envelope = JSON.parse(String(message.value)) as { source: { sequence: string } };
      const position = BigInt((JSON.parse(envelope.source.sequence) as [string | null, string])[1]);
      expect(position).toBeGreaterThan(newest.get(String(message.key)) ?? 0n);
      newest.set(String(message.key), position);
      expect(versions(read([message])).map(BigInt)).toEqual([position]);
    }
  });

  it('the word for a large column that did not change is on the wire, and in no attribute', () => {
    const word = '__debezium_unavailable_value';
    for (const name of names) {
      const carrying = source.received(personOf(name)).filter((it) => it.value?.includes(word));
      expect([name, carrying.length]).toEqual([name, 2]); // steps 03 and 04; the others log whole rows, or have no photo
      const events = read(source.received(personOf(name)), variants[name]?.format);
      expect(JSON.stringify(events)).not.toContain(word);
      expect(read(carrying, variants[name]?.format)).toMatchObject(
        carrying.map(() => ({ attributes: { photo: { kind: 'unavailable' } } })),
      );
    }
  });

  it.each([
    ['transaction', (first: string) => `${first}.transaction`],
    ['heartbeat', (first: string) => `__debezium-heartbeat.${first}`],
  ])('a message of kind %s says nothing about a user', async (reason, topicOf) => {
    const messages = await source.arrived(topicOf(source.full('envelope-noschema')), 2);
    expect(read(messages)).toEqual(messages.map(() => ({ kind: 'ignored', reason })));
  });

  it('a truncate says nothing about a user, and an incremental snapshot reads rows that are newer than their last change', async () => {
    const name = 'signalled';
    await source.session.run('CREATE TABLE signal (id text PRIMARY KEY, type text NOT NULL, data text)');
    await source.follow(personOf(name));
    await source.start(name, {
      'snapshot.mode': 'no_data',
      'skipped.operations': 'none',
      'decimal.handling.mode': 'string',
      'column.exclude.list': 'public.person.photo',
      'table.include.list': 'public.person,public.signal',
      'signal.data.collection': 'public.signal',
    });
    const recorded = [
      ...recordedMessages('20', 'envelope-noschema-decimal-string'),
      ...recordedMessages('21', 'envelope-noschema'),
    ];
    await change('20', 'envelope-noschema-decimal-string');
    await source.arrived(personOf(name), 3);
    const what = JSON.stringify({ 'data-collections': ['public.person'], type: 'INCREMENTAL' });
    await source.session.run(`INSERT INTO signal VALUES ('1', 'execute-snapshot', '${what}')`);
    const events = read(await source.arrived(personOf(name), recorded.length));
    expect(events.map(withoutVersion)).toEqual(read(recorded).map(withoutVersion));
    expect(ranks(events)).toEqual(ranks(read(recorded)));
  });

  describe('a connector that is stopped and goes on', () => {
    const name = 'again';
    let topic: string;
    const rows = async (): Promise<Record<string, unknown>> =>
      Object.fromEntries(
        (await source.session.run('SELECT id, n FROM counter')).map(([id, n]): [string, number] => [String(id), Number(n)]),
      );
    /** What is left when of each key the newest counts, and the first of equals. */
    const state = (): Record<string, unknown> => {
      const newest = new Map<string, Extract<SourceEvent, { readonly sourceKey: string }>>();
      for (const event of read(source.received(topic))) {
        if (!('version' in event)) continue;
        const held = newest.get(event.sourceKey);
        if (!held || held.version < event.version) newest.set(event.sourceKey, event);
      }
      return Object.fromEntries(
        [...newest].flatMap(([key, event]) => (event.kind === 'record' ? [[key, event.attributes['n']]] : [])),
      );
    };
    /** Until the last change is there: order in one partition makes it the last of all. */
    const untilMark = async (): Promise<void> => {
      const [[mark] = []] = await source.session.run('INSERT INTO counter (n) VALUES (0) RETURNING id');
      await eventually(() => source.received(topic).some((it) => it.key?.includes(`:${mark}}`)), {
        withinMs: 50_000,
        what: `row ${mark}`,
      });
    };

    beforeAll(async () => {
      topic = `${source.full(name)}.public.counter`;
      await source.session.run('CREATE TABLE counter (id serial PRIMARY KEY, n integer NOT NULL)');
      await source.session.run('INSERT INTO counter (n) SELECT 0 FROM generate_series(1, 5)');
      await source.follow(topic);
      await source.start(name, { 'table.include.list': 'public.counter', 'lsn.flush.mode': 'manual' });
      await untilMark();
    });

    it('is in order per key where transactions overlap, though across keys positions go back (R17)', async () => {
      const other = await source.another();
      await source.session.run('BEGIN; UPDATE counter SET n = 1 WHERE id = 1');
      await other.run('UPDATE counter SET n = 2 WHERE id = 2');
      await source.session.run('COMMIT');
      other.end();
      await untilMark();
      const [first, second] = read(source.received(topic)).slice(-3); // in the order of the commits
      expect([first, second]).toMatchObject([
        { sourceKey: '2', attributes: { n: 2 } },
        { sourceKey: '1', attributes: { n: 1 } },
      ]);
      expect(ranks([first, second].flatMap((it) => it ?? []))).toEqual([1, 0]);
      expect(state()).toEqual(await rows());
    });

    it('loses nothing that happened meanwhile', async () => {
      await source.connectors.stop(source.full(name));
      const before = source.received(topic).length;
      await source.session.run('UPDATE counter SET n = 10 WHERE id = 1');
      await source.session.run('UPDATE counter SET n = 11 WHERE id = 1');
      await source.session.run('DELETE FROM counter WHERE id = 3');
      await source.session.run('INSERT INTO counter (id, n) VALUES (3, 30)');
      await source.connectors.resume(source.full(name));
      await untilMark();
      expect(read(source.received(topic)).slice(before, -1)).toMatchObject([
        { kind: 'record', sourceKey: '1', attributes: { n: 10 } },
        { kind: 'record', sourceKey: '1', attributes: { n: 11 } },
        { kind: 'deleted', sourceKey: '3' },
        { kind: 'ignored', reason: 'tombstone-after-delete' },
        { kind: 'record', sourceKey: '3', attributes: { n: 30 } },
      ]);
      expect(state()).toEqual(await rows());
    });

    it('may say things again: they have the positions that they had, and change nothing (R16)', async () => {
      const place = await source.connectors.offsets(source.full(name));
      await source.session.run('UPDATE counter SET n = 40 WHERE id = 4');
      await source.session.run('UPDATE counter SET n = 41 WHERE id = 4');
      await source.session.run('DELETE FROM counter WHERE id = 5');
      await untilMark();
      await source.connectors.stop(source.full(name));
      const before = read(source.received(topic));
      await source.connectors.setOffsets(source.full(name), place);
      await source.connectors.resume(source.full(name));
      await untilMark();
      const again = read(source.received(topic)).slice(before.length, -1);
      expect(again.length).toBeGreaterThanOrEqual(4);
      expect(before.slice(-again.length)).toEqual(again);
      expect(state()).toEqual(await rows());
    });
  });
});
