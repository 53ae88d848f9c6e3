import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { AttributeValue, SourceFormat } from '@tallystick/devices-domain';
import fc from 'fast-check';
import { parseSourceMessage } from './parse-source-message.ts';
import type { RawSourceMessage, SourceEvent } from './source-event.ts';

const folder = join(import.meta.dirname, '../../../../samples/debezium');
const files = readdirSync(folder).sort();

interface Recorded {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly headers: Record<string, string | string[]>;
  readonly key: string | null;
  readonly value: string | null;
}

function messagesOf(file: string): RawSourceMessage[] {
  const recorded = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recorded[];
  const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));
  return recorded.map(({ key, value, headers, ...rest }) => ({
    ...rest,
    key: bytes(key),
    value: bytes(value),
    // As the client delivers them: bytes, and a list where a header was sent twice.
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, it]) => [
        name,
        Array.isArray(it) ? it.map((one) => Buffer.from(one)) : Buffer.from(it),
      ]),
    ),
  }));
}

const formats = {
  full: { kind: 'debezium', envelope: 'full' },
  unwrapped: { kind: 'debezium', envelope: 'unwrapped' },
  rewrite: { kind: 'debezium', envelope: 'unwrapped-rewrite' },
} as const satisfies Record<string, SourceFormat>;

const formatOf = (variant: string): SourceFormat =>
  variant === 'unwrap-default' ? formats.unwrapped : variant === 'unwrap-rewrite' ? formats.rewrite : formats.full;

/** `record 10 @26720024 ada +33612000010 on`: last digits of the id, version, username, mobile, enabled; `photo?` when it was not carried. */
function shown(event: SourceEvent): string {
  const text = (value: AttributeValue | undefined): string => (typeof value === 'string' ? value : '-');
  if (event.kind === 'ignored' || event.kind === 'unusable') return `${event.kind} ${event.reason}`;
  expect(event.version).toMatch(/^\d{20}$/);
  expect(event.sourceKey).toMatch(/^00000000-0000-4000-8000-0000000000\d\d$/);
  const head = `${event.kind} ${event.sourceKey.slice(-2)} @${event.version.replace(/^0+(?=\d)/, '')}`;
  if (event.kind === 'deleted') return event.movedTo === undefined ? head : `${head} to ${event.movedTo.slice(-2)}`;
  const { username, mobile, enabled, photo } = event.attributes;
  const carried = typeof photo === 'object' && photo?.kind === 'unavailable' ? ' photo?' : '';
  const moved = event.movedFrom === undefined ? '' : ` from ${event.movedFrom.slice(-2)}`;
  return `${head} ${text(username)} ${text(mobile)} ${enabled === true ? 'on' : 'off'}${carried}${moved}`;
}

/**
 * What each step must be read as, with versions from the log. The unwrapped default has the same events without the echoes, and the
 * offsets from `offset` on as versions.
 */
const steps: Record<string, { readonly offset?: number; readonly events: readonly string[] }> = {
  '01-snapshot-read': {
    offset: 0,
    events: [
      'record 01 @snapshot user1 +33612345671 on',
      'record 02 @snapshot user2 +33612345672 on',
      'record 03 @snapshot user3 +33612345673 on',
    ],
  },
  '02-insert': { offset: 3, events: ['record 10 @26720024 ada +33612000010 on'] },
  '03-update-replica-identity-default': { offset: 4, events: ['record 10 @26720616 ada +33612000099 on photo?'] },
  '04-update-same-value-noop': { offset: 5, events: ['record 10 @26721088 ada +33612000099 on photo?'] },
  '06-update-replica-identity-full': { offset: 6, events: ['record 10 @26722136 ada +33612000099 on'] },
  '07-update-null-and-disable-full': { offset: 7, events: ['record 10 @26729344 ada - off'] },
  '08-update-primary-key-full': {
    offset: 8,
    events: ['deleted 10 @26736512 to 11', 'ignored tombstone-after-delete', 'record 11 @26736512 ada - off from 10'],
  },
  '09-multi-row-transaction': {
    offset: 10,
    events: [
      'record 20 @26743744 tx1 - on',
      'record 21 @26743992 tx2 - on',
      'record 20 @26744240 tx1 - on',
      'record 20 @26744424 tx1 - on',
    ],
  },
  '11-delete-replica-identity-full': { offset: 14, events: ['deleted 11 @26745152', 'ignored tombstone-after-delete'] },
  '13-update-primary-key-default': {
    offset: 15,
    events: ['deleted 21 @26777064 to 22', 'ignored tombstone-after-delete', 'record 22 @26777064 tx2 - on from 21'],
  },
  '14-delete-replica-identity-default': { offset: 17, events: ['deleted 22 @26777672', 'ignored tombstone-after-delete'] },
  '15-recreate-same-key': { offset: 18, events: ['record 22 @26777944 again - on'] },
  '16-alter-table-add-column': { offset: 19, events: ['record 22 @26779264 again - on'] },
  // A truncate itself is not sent; these are the inserts after it.
  '17-truncate': {
    offset: 20,
    events: [
      'record 01 @26833104 user1 +33612345671 on',
      'record 02 @26840624 user2 +33612345672 on',
      'record 03 @26847976 user3 +33612345673 on',
      'record 20 @26848352 tx1 - on',
      'record 22 @26848600 again - on',
    ],
  },
  '18-upsert-on-conflict': { offset: 25, events: ['record 22 @26860288 again - on'] },
  '20-truncate-skipped-operations-none': {
    events: ['ignored truncate', 'record 01 @27641264 user1 +33612345671 on', 'record 02 @27648784 user2 +33612345672 on'],
  },
  '21-incremental-snapshot': {
    events: ['record 01 @27661288 user1 +33612345671 on', 'record 02 @27661288 user2 +33612345672 on'],
  },
};

/** Each connector took its snapshot at a moment of its own. */
const snapshots: Record<string, string> = {
  'envelope-noschema': '26426488',
  'envelope-schema': '26426376',
  'unwrap-rewrite': '26428440',
};

function expectedOf(step: string, variant: string, messages: number): string[] {
  if (variant === 'heartbeat' || variant === 'transaction') return Array<string>(messages).fill(`ignored ${variant}`);
  const { events, offset } = steps[step] ?? { events: [] };
  if (variant !== 'unwrap-default') return events.map((it) => it.replace('@snapshot', `@${snapshots[variant]}`));
  const carried = events.filter((it) => !it.startsWith('ignored'));
  return carried.map((it, n) => it.replace(/@\w+/, `@${Number(offset) + n}`));
}

describe('recorded Debezium messages', () => {
  it('are 78 files, each with expected events', () => {
    expect(files).toHaveLength(78);
    const covered = files.filter((it) => it.endsWith('--heartbeat.json') || steps[it.split('--')[0] ?? '']);
    expect(covered).toEqual(files);
  });

  it.each(files)('%s', (file) => {
    const [step = '', variant = ''] = file.replace('.json', '').split('--');
    const messages = messagesOf(file);
    expect(messages.map((it) => shown(parseSourceMessage(it, formatOf(variant))))).toEqual(
      expectedOf(step, variant, messages.length),
    );
  });

  it('keep every column, numbers and lists included, and no metadata', () => {
    const [first] = messagesOf('01-snapshot-read--unwrap-rewrite.json').map((it) => parseSourceMessage(it, formats.rewrite));
    const [same] = messagesOf('01-snapshot-read--envelope-schema.json').map((it) => parseSourceMessage(it, formats.full));
    if (first?.kind !== 'record' || same?.kind !== 'record') throw new Error('no record');
    expect(first.attributes).toEqual(same.attributes);
    const { photo, ...columns } = first.attributes;
    expect(photo).toHaveLength(6_400);
    expect(columns).toEqual({
      id: '00000000-0000-4000-8000-000000000001',
      username: 'user1',
      given_name: 'Given1',
      family_name: 'Family1',
      email: 'user1@example.org',
      mobile: '+33612345671',
      telephone: null,
      enabled: true,
      mfa_enabled: false,
      mfa_method: null,
      mfa_secret_ref: null,
      mfa_enrolled_at: null,
      attrs: '{"dept": "IT"}',
      groups: '["staff","vpn"]',
      quota: 'BOI=',
      birth: 3711,
      version: 1,
      updated_at: '2026-11-22T01:24:42.745549Z',
    });
  });

  it('a column that was added later is one more attribute (R22)', () => {
    const [after] = messagesOf('16-alter-table-add-column--envelope-noschema.json').map((it) =>
      parseSourceMessage(it, formats.full),
    );
    expect(after?.kind === 'record' && Object.keys(after.attributes)).toContain('locale');
  });

  it('are parked when the format is another one, records and deletes alike; only echoes say nothing', () => {
    for (const file of files) {
      const variant = file.replace('.json', '').split('--')[1] ?? '';
      const own = formatOf(variant);
      for (const raw of messagesOf(file)) {
        const right = parseSourceMessage(raw, own);
        for (const format of Object.values(formats)) {
          const read = parseSourceMessage(raw, format);
          if (format === own || right.kind === 'ignored') continue;
          expect([file, format.envelope, read]).toEqual([file, format.envelope, { kind: 'unusable', reason: 'other-format' }]);
        }
      }
    }
  });
});

describe('newest version wins over any order of the recorded stream', () => {
  /** What a store keeps: the event of the newest version per key; the first one of equal versions. */
  function stateOf(events: readonly SourceEvent[]): Record<string, string> {
    const newest = new Map<string, SourceEvent & { version: string }>();
    for (const event of events) {
      if (event.kind !== 'record' && event.kind !== 'deleted') continue;
      const held = newest.get(event.sourceKey);
      if (!held || held.version < event.version) newest.set(event.sourceKey, event);
    }
    return Object.fromEntries([...newest].map(([key, it]) => [key.slice(-2), shown(it).replace(/@\d+ ?/, '')]));
  }
  const streamOf = (variant: string): SourceEvent[] =>
    files
      .filter((it) => it.endsWith(`--${variant}.json`) && it < '20')
      .flatMap((it) => messagesOf(it).map((raw) => parseSourceMessage(raw, formatOf(variant))));

  const end = {
    '01': 'record 01 user1 +33612345671 on',
    '02': 'record 02 user2 +33612345672 on',
    '03': 'record 03 user3 +33612345673 on',
    '10': 'deleted 10 to 11',
    '11': 'deleted 11 ',
    '20': 'record 20 tx1 - on',
    '21': 'deleted 21 to 22',
    '22': 'record 22 again - on',
  };
  const trimmed = (state: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(state).map(([key, it]) => [key, it.trim()]));

  it.each(['envelope-noschema', 'envelope-schema', 'unwrap-default', 'unwrap-rewrite'])(
    '%s ends in the same state in order, replayed from the beginning, and with each event 1 to 5 times in any order (R16, R17, R23, I4)',
    (variant) => {
      const stream = streamOf(variant);
      expect(trimmed(stateOf(stream))).toEqual(trimmed(end));
      expect(stateOf([...stream, ...stream])).toEqual(stateOf(stream));
      const disorder = fc
        .array(fc.integer({ min: 1, max: 5 }), { minLength: stream.length, maxLength: stream.length })
        .chain((times) => {
          const repeated = stream.flatMap((it, n) => Array<SourceEvent>(times[n] ?? 1).fill(it));
          return fc.shuffledSubarray(repeated, { minLength: repeated.length, maxLength: repeated.length });
        });
      fc.assert(
        fc.property(disorder, (events) => expect(stateOf(events)).toEqual(stateOf(stream))),
        { numRuns: 100 },
      );
    },
  );
});
