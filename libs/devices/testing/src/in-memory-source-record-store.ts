import {
  type Attributes,
  type AttributeValue,
  type ConnectionRef,
  connectionRefText,
  isSourcePosition,
  type PutResult,
  type SourceChange,
  type SourcePosition,
  type SourceRecord,
  type SourceRecordStore,
  type UserHash,
  type UserIndex,
  type UserRef,
  userRefText,
  type WakeMark,
} from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';

type SourceState = Awaited<ReturnType<SourceRecordStore['source']>>;
type SourceStop = Parameters<SourceRecordStore['stopSource']>[2];
type SourceGap = Parameters<SourceRecordStore['noteGap']>[2];
type ConsumedOffset = Parameters<SourceRecordStore['saveConsumed']>[2];

interface Entry {
  readonly user: UserRef;
  readonly record: SourceRecord;
  readonly pendingAt: WakeMark | undefined;
  readonly pendingSince: number;
}

/** A {@link SourceRecordStore} in memory that passes `sourceRecordStoreConformance`. Each call takes effect at once. */
export class InMemorySourceRecordStore implements SourceRecordStore {
  readonly #entries = new Map<string, Entry>();
  readonly #states = new Map<string, SourceState>();
  readonly #consumed = new Map<string, ConsumedOffset>();
  readonly #now: () => number;
  #reminders = 0;

  /** `now`: the store's clock, in milliseconds. */
  constructor(now: () => number = () => 0) {
    this.#now = now;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a fault of the arguments is a rejection, as with a server
  async put(user: UserRef, version: SourcePosition, change: SourceChange): Promise<PutResult> {
    if (!isSourcePosition(version)) throw new RangeError('this is no source position');
    const before = this.#entries.get(userRefText(user));
    if (before && before.record.version >= version) {
      return before.record.version === version && before.pendingAt === version ? 'still-pending' : 'superseded';
    }
    const record = next(before?.record, version, change);
    const pendingSince = before?.pendingAt === undefined ? this.#now() : before.pendingSince;
    this.#entries.set(userRefText(user), { user: { ...user }, record, pendingAt: version, pendingSince });
    return 'stored';
  }

  async putAll(puts: Parameters<SourceRecordStore['putAll']>[0]): Promise<readonly PutResult[]> {
    const results: PutResult[] = [];
    for (const { user, version, change } of puts) results.push(await this.put(user, version, change));
    return results;
  }

  signalled(user: UserRef, version: WakeMark): Promise<void> {
    const entry = this.#entries.get(userRefText(user));
    if (entry?.pendingAt === version) this.#entries.set(userRefText(user), { ...entry, pendingAt: undefined });
    return Promise.resolve();
  }

  remind(user: UserRef): Promise<void> {
    const entry = this.#entries.get(userRefText(user));
    if (!entry) return Promise.resolve();
    const pendingSince = entry.pendingAt === undefined ? this.#now() : entry.pendingSince;
    const pendingAt = `${entry.record.version}#${(this.#reminders += 1)}` as WakeMark;
    this.#entries.set(userRefText(user), { ...entry, pendingAt, pendingSince });
    return Promise.resolve();
  }

  async *pending(connection: ConnectionRef): AsyncIterable<{ readonly user: UserRef; readonly version: WakeMark }> {
    for (const { user, pendingAt } of this.#of(connection)) {
      await Promise.resolve();
      if (pendingAt !== undefined) yield { user, version: pendingAt };
    }
  }

  oldestPendingMs(connection: ConnectionRef): Promise<number | undefined> {
    const waiting = this.#of(connection).filter(({ pendingAt }) => pendingAt !== undefined);
    const oldest = Math.min(...waiting.map(({ pendingSince }) => pendingSince));
    return Promise.resolve(waiting.length === 0 ? undefined : this.#now() - oldest);
  }

  source(connection: ConnectionRef): Promise<SourceState> {
    return Promise.resolve(structuredClone(this.#states.get(connectionRefText(connection)) ?? { epoch: 0 }));
  }

  raiseEpoch(connection: ConnectionRef, by: string, now: Instant): Promise<number> {
    const epoch = (this.#states.get(connectionRefText(connection))?.epoch ?? 0) + 1;
    this.#states.set(connectionRefText(connection), { epoch, raised: { by, at: now } });
    return Promise.resolve(epoch);
  }

  async stopSource(connection: ConnectionRef, epoch: number, stop: SourceStop): Promise<void> {
    const state = await this.source(connection);
    if (state.epoch === epoch && !state.stopped)
      this.#states.set(connectionRefText(connection), { ...state, stopped: { ...stop } });
  }

  async noteGap(connection: ConnectionRef, epoch: number, gap: SourceGap): Promise<void> {
    const state = await this.source(connection);
    if (state.epoch === epoch && !state.gap) this.#states.set(connectionRefText(connection), { ...state, gap: { ...gap } });
  }

  consumed(connection: ConnectionRef, epoch: number): Promise<readonly ConsumedOffset[]> {
    const prefix = `${connectionRefText(connection)} ${epoch} `;
    return Promise.resolve([...this.#consumed].flatMap(([name, one]) => (name.startsWith(prefix) ? [{ ...one }] : [])));
  }

  saveConsumed(connection: ConnectionRef, epoch: number, consumed: ConsumedOffset): Promise<void> {
    const name = `${connectionRefText(connection)} ${epoch} ${consumed.topic} ${consumed.partition}`;
    const before = this.#consumed.get(name);
    if (!before || BigInt(before.next) < BigInt(consumed.next)) this.#consumed.set(name, { ...consumed });
    return Promise.resolve();
  }

  /** All users that have a record; the shard is the first digit of their hash. */
  get users(): UserIndex {
    const hashes = (ref: ConnectionRef): UserHash[] =>
      this.#of(ref)
        .map(({ user }) => user.user)
        .sort();
    return {
      shards: [...'0123456789abcdef'],
      count: (ref) => Promise.resolve(hashes(ref).length),
      page: (ref, shard, cursor, limit) => {
        const rest = hashes(ref).filter((hash) => hash.startsWith(shard) && hash > (cursor ?? ''));
        const users = rest.slice(0, limit);
        return Promise.resolve({ users, ...(users.length < limit ? {} : { next: users.at(-1)! }) });
      },
      random: (ref, count) => Promise.resolve(hashes(ref).slice(0, count)),
    };
  }

  #of({ environment, connection }: ConnectionRef): Entry[] {
    return [...this.#entries.values()].filter(({ user }) => user.environment === environment && user.connection === connection);
  }

  /** What the worker's side reads: `InMemoryReconciliationStore` is a view of it. */
  read(user: UserRef): SourceRecord | undefined {
    const entry = this.#entries.get(userRefText(user));
    return entry && structuredClone(entry.record);
  }
}

function next(before: SourceRecord | undefined, version: SourcePosition, change: SourceChange): SourceRecord {
  const kept = before?.attributes ?? {};
  if (change.kind === 'record')
    return { version, attributes: withKept(structuredClone(change.attributes), kept), deleted: false };
  return { version, attributes: kept, deleted: true, ...(change.movedTo !== undefined && { movedTo: change.movedTo }) };
}

const withKept = (now: Attributes, before: Attributes): Attributes =>
  Object.fromEntries(
    Object.entries(now).map(([name, value]) => [
      name,
      isUnavailable(value) && Object.hasOwn(before, name) ? before[name]! : value,
    ]),
  );

const isUnavailable = (value: AttributeValue): boolean => typeof value === 'object' && value !== null;
