import type { PutResult, SourceRecordStore, UserRef } from '@tallystick/devices-domain';
import type { ParkedBytes, ParkedRecord, RedisParkedStore } from '@tallystick/devices-store-redis';
import type { Instant } from '@tallystick/kernel-core';
import type { KafkaRecord } from '@tallystick/platform-kafka';
import type { Begin, Intent } from '../audit/audit.ts';
import { type BridgeNeeds, readRecord, type Source, wakeAll } from '../bridge/bridge.ts';

type ConnectionRef = Pick<UserRef, 'environment' | 'connection'>;

/** What handling parked records needs, handed in by the composition root. */
export interface ParkedNeeds {
  readonly index: Pick<RedisParkedStore, 'read' | 'bytes' | 'list' | 'change' | 'count'>;
  readonly store: Pick<SourceRecordStore, 'putAll' | 'signalled'>;
  readonly wake: BridgeNeeds['wake'];
  /** How the connection reads its topic now; undefined: there is no such connection. */
  readonly sourceOf: (connection: ConnectionRef) => Source | undefined;
  readonly now: () => Instant;
}

/**
 * - `unknown`: no such connection or record
 * - `conflict`: somebody changed it since that revision
 * - `settled`: it was replayed or discarded
 * - `bytes-in-topic`: the index had no room for its value: read it from the parking topic, and edit it in
 */
export type ParkedFailure = 'unknown' | 'conflict' | 'settled' | 'bytes-in-topic';

export type ReplayResult =
  | { readonly kind: 'replayed'; readonly what: PutResult | 'ignored' }
  /** It still can't be used; it stays where it is. */
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'failed'; readonly because: ParkedFailure };

export type ChangeResult = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly because: ParkedFailure };

export type ParkedRecords = ReturnType<typeof createParkedRecords>;

const failed = (because: ParkedFailure): { readonly kind: 'failed'; readonly because: ParkedFailure } => ({
  kind: 'failed',
  because,
});

/**
 * Records that could not be used, handled by people. Each is a function of who acts. A replay goes the way of a record that has just
 * come, at the place where it was: in its own epoch, partition and offset. So it never replaces anything newer.
 */
export function createParkedRecords(needs: ParkedNeeds) {
  const { index } = needs;

  /** An open record at that revision. */
  async function openAt(ref: ConnectionRef, id: string, revision: number | undefined): Promise<ParkedRecord | ParkedFailure> {
    const record = needs.sourceOf(ref) ? await index.read(ref, id) : undefined;
    if (!record) return 'unknown';
    if (record.state !== 'open') return 'settled';
    return revision === undefined || record.revision === revision ? record : 'conflict';
  }

  return {
    count: (ref: ConnectionRef) => index.count(ref),

    /** Oldest first, without bytes; undefined when there is no such connection. */
    list: async (ref: ConnectionRef, state: 'open' | 'settled', cursor: number, limit: number) =>
      needs.sourceOf(ref) ? index.list(ref, state, cursor, limit) : undefined,

    show: async (ref: ConnectionRef, id: string): Promise<ParkedRecord | undefined> =>
      needs.sourceOf(ref) ? index.read(ref, id) : undefined,

    /** The bytes as they are now, once `note` has noted that they are read. */
    bytes: async (ref: ConnectionRef, id: string, note: () => Promise<void>): Promise<ParkedBytes | ParkedFailure> => {
      const record = needs.sourceOf(ref) ? await index.read(ref, id) : undefined;
      if (!record) return 'unknown';
      await note();
      return (await index.bytes(ref, id)) ?? 'bytes-in-topic';
    },

    /** Other bytes in place of those that came; its place in the topic stays. */
    edit: async (ref: ConnectionRef, id: string, revision: number, bytes: ParkedBytes, begin: Begin): Promise<ChangeResult> => {
      const record = await openAt(ref, id, revision);
      if (typeof record === 'string') return failed(record);
      const [before, after] = [await index.bytes(ref, id), bytes].map((one) => one && digestible(one));
      const { by } = await begin({ ...aboutTo('edit', record), ...(before !== undefined && { before }), after });
      const changed = await index.change(record, { state: 'open', by, at: needs.now(), bytes });
      return changed === 'changed' ? { kind: 'done' } : failed(changed);
    },

    replay: async (ref: ConnectionRef, id: string, revision: number, begin: Begin): Promise<ReplayResult> => {
      const source = needs.sourceOf(ref);
      const record = await openAt(ref, id, revision);
      if (!source || typeof record === 'string') return failed(typeof record === 'string' ? record : 'unknown');
      const bytes = await index.bytes(ref, id);
      if (!bytes) return failed('bytes-in-topic');
      const { by } = await begin({ ...aboutTo('replay', record), after: digestible(bytes) });
      const read = readRecord(source, asItCame(record, bytes), record.epoch);
      if (read.kind === 'parked') {
        await index.change(record, { state: 'open', by, at: needs.now(), reason: read.reason });
        return { kind: 'unusable', reason: read.reason };
      }
      const what = read.kind === 'put' ? (await needs.store.putAll([read.put]))[0]! : 'ignored';
      if (read.kind === 'put' && what !== 'superseded') await wakeAll(needs, [read.put]);
      // Only now: a replay that failed half-way is replayed again, which is harmless.
      await index.change(record, { state: 'replayed', by, at: needs.now() });
      return { kind: 'replayed', what };
    },

    discard: async (ref: ConnectionRef, id: string, revision: number, begin: Begin): Promise<ChangeResult> => {
      const record = await openAt(ref, id, revision);
      if (typeof record === 'string') return failed(record);
      const { by } = await begin(aboutTo('discard', record));
      const changed = await index.change(record, { state: 'discarded', by, at: needs.now() });
      return changed === 'changed' ? { kind: 'done' } : failed(changed);
    },
  };
}

/** Without any value of the record. */
const aboutTo = (act: 'edit' | 'replay' | 'discard', { connection, id, revision, reason }: ParkedRecord): Intent => ({
  ...{ connection, action: `${act}-parked-record`, subject: id },
  facts: { revision, parkedBecause: reason },
});

const digestible = ({ key, value }: ParkedBytes) => [key, value].map((bytes) => bytes?.toString('base64') ?? null);

export const asItCame = (
  { topic, partition, offset, timestamp }: ParkedRecord,
  { key, value, headers }: ParkedBytes,
): KafkaRecord => ({
  topic,
  partition,
  offset,
  timestamp,
  key,
  value,
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, texts]) => [name, texts.length === 1 ? texts[0]! : [...texts]]),
  ),
});
