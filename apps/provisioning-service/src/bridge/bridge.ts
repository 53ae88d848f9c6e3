import {
  type PutResult,
  type SourceChange,
  sourcePosition,
  type SourceRecordStore,
  type UserRef,
  type WakeMark,
} from '@tallystick/devices-domain';
import type { SourceEvent } from '@tallystick/devices-source-kafka';
import type { KafkaRecord } from '@tallystick/platform-kafka';
import { inRecordSpan, type SeenRecord, seenRecord } from './record-span.ts';
import type { SourceWatch } from './source-watch.ts';

/** What the bridge needs; each is one thing that can fail by itself. */
export interface BridgeNeeds {
  /** The connection whose topic this is, as a parser and a namer of users. */
  readonly sourceOf: (topic: string) => Source | undefined;
  readonly store: Pick<SourceRecordStore, 'putAll' | 'signalled'>;
  /** Whether the records follow what is stored, and in which epoch they are. */
  readonly watch: Pick<SourceWatch, 'admit' | 'handled'>;
  /** Resolves when the engine has the wake-up. */
  readonly wake: (user: UserRef) => Promise<void>;
  /** Resolves when the record lies in the parking topic and its index. */
  readonly park: (record: KafkaRecord, source: Source, reason: string, epoch: number) => Promise<void>;
  readonly count: (source: Source, what: Handled, records: number) => void;
}

export interface Source extends Pick<UserRef, 'environment' | 'connection'> {
  readonly parse: (record: KafkaRecord) => SourceEvent;
  readonly userOf: (sourceKey: string) => UserRef;
  /** What orders its records, see `orderOfSource`; left out: not looked at. */
  readonly order?: string;
}

export type Handled = PutResult | 'ignored' | 'parked';

/** How many users are woken at the same time. */
const wakesAtOnce = 50;

/**
 * One batch of a partition: every record is stored or ignored, each changed user is woken, and what can't be used is parked. The caller
 * commits the offsets only after this resolves, or goes back to `rewindTo` without committing. Throwing (Redis, Temporal or the
 * parking topic can't be reached, or the source is stopped) makes the whole batch come again, which is harmless: what is stored is
 * superseded, and what was not signalled is still pending.
 */
export async function handleBatch(needs: BridgeNeeds, records: readonly KafkaRecord[]): Promise<{ readonly rewindTo?: string }> {
  const source = needs.sourceOf(records[0]?.topic ?? '');
  if (!source) throw new Error('a record of a topic that no connection reads');
  const admitted = await needs.watch.admit(source, records);
  if (admitted.kind === 'rewind') return { rewindTo: admitted.to };
  const { epoch } = admitted;

  const read = records.map((record) => readRecord(source, record, epoch));
  const puts = read.flatMap((one) => (one.kind === 'put' ? [one.put] : []));
  const putRecords = records.filter((_, i) => read[i]!.kind === 'put');
  const results = await needs.store.putAll(puts);

  const counts = new Map<Handled, number>();
  const count = (what: Handled): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const wakes = new Map<string, Wake>();
  for (const [i, what] of results.entries()) {
    count(what);
    const { user, version } = puts[i]!;
    if (what === 'superseded') continue;
    wakes.set(user.user, { user, version, record: seenRecord(putRecords[i]!, source, wakes.get(user.user)?.record) });
  }
  await wakeAll(needs, [...wakes.values()]);
  // Last, so that a batch that comes again because the engine is away does not park its records each time.
  for (const [i, one] of read.entries()) {
    if (one.kind === 'put') continue;
    count(one.kind);
    if (one.kind === 'parked') await needs.park(records[i]!, source, one.reason, epoch);
  }
  await needs.watch.handled(source, admitted, records);
  for (const [what, n] of counts) needs.count(source, what, n);
  return {};
}

/** Tells the engine to look at each user, and then that it was told. One that can't be told fails the call, after the others were tried. */
export async function wakeAll(
  { wake, store }: Pick<BridgeNeeds, 'wake'> & { readonly store: Pick<SourceRecordStore, 'signalled'> },
  users: readonly Wake[],
): Promise<void> {
  const failures: unknown[] = [];
  const waiting = [...users];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        const { user } = next;
        await inRecordSpan(next.record, () => wake(user));
        await store.signalled(next.user, next.version);
      } catch (error) {
        failures.push(error);
        if (failures.length >= wakesAtOnce) return; // the engine is down: no use in asking for each user of a batch
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(wakesAtOnce, users.length) }, worker));
  if (failures.length > 0)
    throw new Error(`${failures.length} of ${users.length} users could not be woken`, { cause: failures[0] });
}

interface Wake {
  readonly user: UserRef;
  readonly version: WakeMark;
  /** What came of the user last; left out by a sweep, which has no record. */
  readonly record?: SeenRecord;
}

type SourcePut = Parameters<SourceRecordStore['putAll']>[0][number];

type ReadRecord =
  | { readonly kind: 'put'; readonly put: SourcePut }
  | { readonly kind: 'ignored' }
  /** `reason`: why it can't be used. */
  | { readonly kind: 'parked'; readonly reason: string };

/** What a record asks for, at its position in that epoch. */
export function readRecord(source: Source, record: KafkaRecord, epoch: number): ReadRecord {
  const event = source.parse(record);
  switch (event.kind) {
    case 'ignored':
      return { kind: 'ignored' };
    case 'unusable':
      return { kind: 'parked', reason: event.reason };
    case 'record':
    case 'deleted': {
      const version = sourcePosition(epoch, event.version);
      return { kind: 'put', put: { user: source.userOf(event.sourceKey), version, change: changeOf(source, event) } };
    }
  }
}

function changeOf(source: Source, event: Extract<SourceEvent, { kind: 'record' | 'deleted' }>): SourceChange {
  if (event.kind === 'record') return { kind: 'record', attributes: event.attributes };
  return { kind: 'deleted', ...(event.movedTo === undefined ? {} : { movedTo: source.userOf(event.movedTo).user }) };
}
