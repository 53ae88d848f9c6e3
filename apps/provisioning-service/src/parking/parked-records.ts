import type { PutResult, SourceRecordStore, UserRef } from '@tallystick/devices-domain';
import type { ParkedBytes, ParkedRecord, RedisParkedStore } from '@tallystick/devices-store-redis';
import type { Instant } from '@tallystick/kernel-core';
import type { KafkaRecord } from '@tallystick/platform-kafka';
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
  /** Who did or read what; without any value of the record. */
  readonly audit: (line: { readonly act: ParkedAct; readonly by: string; readonly record: string } & ConnectionRef) => void;
}

export type ParkedAct = 'read-bytes' | 'edit' | 'replay' | 'discard';

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
  const { index, audit } = needs;

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

    /** The bytes as they are now; every reading is audited. */
    bytes: async (ref: ConnectionRef, id: string, by: string): Promise<ParkedBytes | ParkedFailure> => {
      const record = needs.sourceOf(ref) ? await index.read(ref, id) : undefined;
      if (!record) return 'unknown';
      audit({ act: 'read-bytes', by, record: id, ...nameOf(ref) });
      return (await index.bytes(ref, id)) ?? 'bytes-in-topic';
    },

    /** Other bytes in place of those that came; its place in the topic stays. */
    edit: async (ref: ConnectionRef, id: string, revision: number, bytes: ParkedBytes, by: string): Promise<ChangeResult> => {
      const record = await openAt(ref, id, revision);
      if (typeof record === 'string') return failed(record);
      const changed = await index.change(record, { state: 'open', by, at: needs.now(), bytes });
      if (changed !== 'changed') return failed(changed);
      audit({ act: 'edit', by, record: id, ...nameOf(ref) });
      return { kind: 'done' };
    },

    replay: async (ref: ConnectionRef, id: string, revision: number, by: string): Promise<ReplayResult> => {
      const source = needs.sourceOf(ref);
      const record = await openAt(ref, id, revision);
      if (!source || typeof record === 'string') return failed(typeof record === 'string' ? record : 'unknown');
      const bytes = await index.bytes(ref, id);
      if (!bytes) return failed('bytes-in-topic');
      audit({ act: 'replay', by, record: id, ...nameOf(ref) });
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

    discard: async (ref: ConnectionRef, id: string, revision: number, by: string): Promise<ChangeResult> => {
      const record = await openAt(ref, id, revision);
      if (typeof record === 'string') return failed(record);
      const changed = await index.change(record, { state: 'discarded', by, at: needs.now() });
      if (changed !== 'changed') return failed(changed);
      audit({ act: 'discard', by, record: id, ...nameOf(ref) });
      return { kind: 'done' };
    },
  };
}

const nameOf = ({ environment, connection }: ConnectionRef): ConnectionRef => ({ environment, connection });

const asItCame = ({ topic, partition, offset, timestamp }: ParkedRecord, { key, value, headers }: ParkedBytes): KafkaRecord => ({
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
