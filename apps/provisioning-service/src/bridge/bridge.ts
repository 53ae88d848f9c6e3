import type { PutResult, SourceRecordStore, UserRef } from '@tallystick/devices-domain';
import type { SourceEvent } from '@tallystick/devices-source-kafka';
import type { KafkaRecord } from '@tallystick/platform-kafka';

/** What the bridge needs; each is one thing that can fail by itself. */
export interface BridgeNeeds {
  /** The connection whose topic this is, as a parser and a namer of users. */
  readonly sourceOf: (topic: string) => Source | undefined;
  readonly store: Pick<SourceRecordStore, 'put' | 'signalled'>;
  /** Resolves when the engine has the wake-up. */
  readonly wake: (user: UserRef) => Promise<void>;
  /** Resolves when the record lies in the parking topic. */
  readonly park: (record: KafkaRecord, source: Source, reason: string) => Promise<void>;
  readonly count: (source: Source, what: Handled, records: number) => void;
}

export interface Source extends Pick<UserRef, 'environment' | 'connection'> {
  readonly parse: (record: KafkaRecord) => SourceEvent;
  readonly userOf: (sourceKey: string) => UserRef;
}

export type Handled = PutResult | 'ignored' | 'parked';

/** How many users are woken at the same time. */
const wakesAtOnce = 50;

/**
 * One batch of a partition: every record is stored or ignored, each changed user is woken, and what can't be used is parked. The caller commits the offsets
 * only after this resolves. Throwing (Redis, Temporal or the parking topic can't be reached) makes the whole batch come again, which
 * is harmless: what is stored is superseded, and what was not signalled is still pending.
 */
export async function handleBatch(needs: BridgeNeeds, records: readonly KafkaRecord[]): Promise<void> {
  const source = needs.sourceOf(records[0]?.topic ?? '');
  if (!source) throw new Error('a record of a topic that no connection reads');
  const handled = await inOrder(records, (record) => handle(needs, source, record));
  const counts = new Map<Handled, number>();
  const toPark: { readonly record: KafkaRecord; readonly reason: string }[] = [];
  const wakes = new Map<string, { readonly user: UserRef; readonly version: string }>();
  for (const [index, { what, wake, reason }] of handled.entries()) {
    counts.set(what, (counts.get(what) ?? 0) + 1);
    if (wake) wakes.set(wake.user.user, wake);
    if (reason !== undefined) toPark.push({ record: records[index]!, reason });
  }
  await wakeAll(needs, [...wakes.values()]);
  // Last, so that a batch that comes again because the engine is away does not park its records each time.
  for (const { record, reason } of toPark) await needs.park(record, source, reason);
  for (const [what, n] of counts) needs.count(source, what, n);
}

/** Tells the engine to look at each user, and then that it was told. One that can't be told fails the call, after the others were tried. */
export async function wakeAll(
  { wake, store }: Pick<BridgeNeeds, 'wake' | 'store'>,
  users: readonly { readonly user: UserRef; readonly version: string }[],
): Promise<void> {
  const failures: unknown[] = [];
  const waiting = [...users];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await wake(next.user);
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

type HandledRecord = {
  readonly what: Handled;
  readonly wake?: { readonly user: UserRef; readonly version: string };
  /** Why it is to be parked. */
  readonly reason?: string;
};

async function handle({ store }: BridgeNeeds, source: Source, record: KafkaRecord): Promise<HandledRecord> {
  const event = source.parse(record);
  switch (event.kind) {
    case 'ignored':
      return { what: 'ignored' };
    case 'unusable':
      return { what: 'parked', reason: event.reason };
    case 'record':
    case 'deleted': {
      const user = source.userOf(event.sourceKey);
      const change =
        event.kind === 'record'
          ? ({ kind: 'record', attributes: event.attributes } as const)
          : ({
              kind: 'deleted',
              ...(event.movedTo === undefined ? {} : { movedTo: source.userOf(event.movedTo).user }),
            } as const);
      const what = await store.put(user, event.version, change);
      return what === 'superseded' ? { what } : { what, wake: { user, version: event.version } };
    }
  }
}

/** Starts records in order, 200 at a time: they travel in one pipeline, and a store that keeps the newest version needs no more order. */
async function inOrder<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += 200) {
    const settled = await Promise.allSettled(items.slice(from, from + 200).map(act));
    for (const one of settled) {
      if (one.status === 'rejected') throw one.reason;
      results.push(one.value);
    }
  }
  return results;
}
