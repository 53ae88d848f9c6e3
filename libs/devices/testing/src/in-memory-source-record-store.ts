import {
  type Attributes,
  type AttributeValue,
  type PutResult,
  type SourceChange,
  type SourceRecord,
  type SourceRecordStore,
  type UserRef,
  userRefText,
} from '@tallystick/devices-domain';

interface Entry {
  readonly user: UserRef;
  readonly record: SourceRecord;
  readonly pendingAt: string | undefined;
}

/** A {@link SourceRecordStore} in memory that passes `sourceRecordStoreConformance`. Each call takes effect at once. */
export class InMemorySourceRecordStore implements SourceRecordStore {
  readonly #entries = new Map<string, Entry>();

  // eslint-disable-next-line @typescript-eslint/require-await -- a fault of the arguments is a rejection, as with a server
  async put(user: UserRef, version: string, change: SourceChange): Promise<PutResult> {
    if (!/^\d{20}$/.test(version)) throw new RangeError('a source version has 20 digits');
    const before = this.#entries.get(userRefText(user));
    if (before && before.record.version >= version) {
      return before.record.version === version && before.pendingAt === version ? 'still-pending' : 'superseded';
    }
    const record = next(before?.record, version, change);
    this.#entries.set(userRefText(user), { user: { ...user }, record, pendingAt: version });
    return 'stored';
  }

  signalled(user: UserRef, version: string): Promise<void> {
    const entry = this.#entries.get(userRefText(user));
    if (entry?.pendingAt === version) this.#entries.set(userRefText(user), { ...entry, pendingAt: undefined });
    return Promise.resolve();
  }

  async *pending({
    environment,
    connection,
  }: Pick<UserRef, 'environment' | 'connection'>): AsyncIterable<{ readonly user: UserRef; readonly version: string }> {
    for (const { user, pendingAt } of [...this.#entries.values()]) {
      await Promise.resolve();
      if (user.environment === environment && user.connection === connection && pendingAt !== undefined)
        yield { user, version: pendingAt };
    }
  }

  /** What the worker's side reads: `InMemoryReconciliationStore` is a view of it. */
  read(user: UserRef): SourceRecord | undefined {
    const entry = this.#entries.get(userRefText(user));
    return entry && structuredClone(entry.record);
  }
}

function next(before: SourceRecord | undefined, version: string, change: SourceChange): SourceRecord {
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
