import type { PutResult, SourceRecordStore, UserRef } from '@tallystick/devices-domain';
import type { ParkedBytes, ParkedRecord, RedisParkedStore, ReplayClaim } from '@tallystick/devices-store-redis';
import type { Instant } from '@tallystick/kernel-core';
import type { KafkaRecord } from '@tallystick/platform-kafka';
import type { Begin, Intent } from '../audit/audit.ts';
import { type BridgeNeeds, readRecord, type Source, wakeAll } from '../bridge/bridge.ts';

type ConnectionRef = Pick<UserRef, 'environment' | 'connection'>;

/** What handling parked records needs, handed in by the composition root. */
export interface ParkedNeeds {
  readonly index: Pick<RedisParkedStore, 'read' | 'bytes' | 'list' | 'change' | 'claim' | 'release' | 'count'>;
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
 * - `replaying`: somebody replays it now
 * - `superseded`: it was edited after other bytes were taken at its place, which these can't replace; it stays open
 * - `bytes-in-topic`: the index had no room for its value: read it from the parking topic, and edit it in
 */
export type ParkedFailure = 'unknown' | 'conflict' | 'settled' | 'replaying' | 'superseded' | 'bytes-in-topic';

/** `isRepeated`: it was done before, by the same request. */
interface Done {
  readonly isRepeated?: true;
}

export type ReplayResult =
  | ({ readonly kind: 'replayed'; readonly what: PutResult | 'ignored' } & Done)
  /** It still can't be used; it stays where it is. */
  | ({ readonly kind: 'unusable'; readonly reason: string } & Done)
  | { readonly kind: 'failed'; readonly because: ParkedFailure };

export type ChangeResult = ({ readonly kind: 'done' } & Done) | { readonly kind: 'failed'; readonly because: ParkedFailure };

type Act = 'edit' | 'replay' | 'discard';

type Put = Extract<ReturnType<typeof readRecord>, { readonly kind: 'put' }>['put'];

interface Edited {
  readonly revision: number;
  readonly bytes: ParkedBytes;
}

export type ParkedRecords = ReturnType<typeof createParkedRecords>;

const failed = (because: ParkedFailure): { readonly kind: 'failed'; readonly because: ParkedFailure } => ({
  kind: 'failed',
  because,
});

/**
 * Records that could not be used, handled by people. Each is a function of who acts. A replay goes the way of a record that has just
 * come, at the place where it was: in its own epoch, partition and offset. So it never replaces anything newer.
 *
 * `repeats`: the same request was begun before by this person, and its answer was lost: what it has done is not done again, and answered as it was.
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

  /** What this person's same act at that revision has come to. */
  async function before(ref: ConnectionRef, id: string, act: Act, revision: number, by: string | undefined) {
    const record = by !== undefined && needs.sourceOf(ref) ? await index.read(ref, id) : undefined;
    if (!record || record.changedBy !== by || record.revision !== revision + 1) return undefined;
    const [what, came] = record.came?.split(' ') ?? [];
    return what === act && came !== undefined ? { record, came } : undefined;
  }

  /** Whose values these are, where they say it. */
  const whose = (ref: ConnectionRef, record: ParkedRecord, bytes: ParkedBytes): UserRef | 'unknown' => {
    const source = needs.sourceOf(ref);
    const read = source && readRecord(source, asItCame(record, bytes), record.epoch);
    return read?.kind === 'put' ? read.put.user : 'unknown';
  };

  /** What is put are the bytes of the revision that was seen, and they stay so until it is told what came of it. */
  async function putClaimed(record: ParkedRecord, put: Put, claim: ReplayClaim, by: string): Promise<ReplayResult> {
    let what: PutResult | undefined;
    try {
      what = (await needs.store.putAll([put]))[0]!;
      if (claim.isEditedSince && what !== 'stored') return failed('superseded');
      if (what !== 'superseded') await wakeAll(needs, [put]);
      // Only now: a replay that failed half-way is replayed again, which is harmless.
      const came = { state: 'replayed', by, at: needs.now(), came: `replay ${what}` } as const;
      const changed = await index.change(record, came, claim);
      return changed === 'changed' ? { kind: 'replayed', what } : failed(changed);
    } finally {
      // What is not released is free again after its time.
      await index.release(record, claim, what === 'stored').catch(() => undefined);
    }
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
    edit: async (ref: ConnectionRef, id: string, edited: Edited, begin: Begin, repeats?: string): Promise<ChangeResult> => {
      const { revision, bytes } = edited;
      const done = await before(ref, id, 'edit', revision, repeats);
      const there = await index.bytes(ref, id);
      if (done && there && JSON.stringify(digestible(there)) === JSON.stringify(digestible(bytes))) {
        await begin(aboutTo('edit', { ...done.record, revision }));
        return { kind: 'done', isRepeated: true };
      }
      const record = await openAt(ref, id, revision);
      if (typeof record === 'string') return failed(record);
      const { by } = await begin({
        ...aboutTo('edit', record),
        ...(there && { before: digestible(there) }),
        ...{ after: digestible(bytes), digestsOf: whose(ref, record, bytes) },
      });
      const changed = await index.change(record, { state: 'open', by, at: needs.now(), bytes, came: 'edit done' });
      return changed === 'changed' ? { kind: 'done' } : failed(changed);
    },

    replay: async (ref: ConnectionRef, id: string, revision: number, begin: Begin, repeats?: string): Promise<ReplayResult> => {
      const done = await before(ref, id, 'replay', revision, repeats);
      if (done) {
        await begin(aboutTo('replay', { ...done.record, revision }));
        const { came, record } = done;
        if (came === 'unusable') return { kind: 'unusable', reason: record.reason, isRepeated: true };
        return { kind: 'replayed', what: came as PutResult | 'ignored', isRepeated: true };
      }
      const source = needs.sourceOf(ref);
      const record = await openAt(ref, id, revision);
      if (!source || typeof record === 'string') return failed(typeof record === 'string' ? record : 'unknown');
      const bytes = await index.bytes(ref, id);
      if (!bytes) return failed('bytes-in-topic');
      const about = aboutTo('replay', record);
      const { by } = await begin({ ...about, after: digestible(bytes), digestsOf: whose(ref, record, bytes) });
      const read = readRecord(source, asItCame(record, bytes), record.epoch);
      if (read.kind === 'parked') {
        const { reason } = read;
        const changed = await index.change(record, { state: 'open', by, at: needs.now(), reason, came: 'replay unusable' });
        return changed === 'changed' ? { kind: 'unusable', reason } : failed(changed);
      }
      if (read.kind === 'put') {
        const claim = await index.claim(record);
        return typeof claim === 'string' ? failed(claim) : putClaimed(record, read.put, claim, by);
      }
      const changed = await index.change(record, { state: 'replayed', by, at: needs.now(), came: 'replay ignored' });
      return changed === 'changed' ? { kind: 'replayed', what: 'ignored' } : failed(changed);
    },

    discard: async (ref: ConnectionRef, id: string, revision: number, begin: Begin, repeats?: string): Promise<ChangeResult> => {
      const done = await before(ref, id, 'discard', revision, repeats);
      if (done) {
        await begin(aboutTo('discard', { ...done.record, revision }));
        return { kind: 'done', isRepeated: true };
      }
      const record = await openAt(ref, id, revision);
      if (typeof record === 'string') return failed(record);
      const { by } = await begin(aboutTo('discard', record));
      const changed = await index.change(record, { state: 'discarded', by, at: needs.now(), came: 'discard done' });
      return changed === 'changed' ? { kind: 'done' } : failed(changed);
    },
  };
}

/** Without any value of the record. */
const aboutTo = (act: Act, { connection, id, revision, reason }: ParkedRecord): Intent => ({
  ...{ connection, action: `${act}-parked-record`, subject: id },
  facts: { revision, parkedBecause: reason },
});

const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;

/** Headers by their names: in which order those were sent says nothing, of one name's values it does. */
const digestible = ({ key, value, headers }: ParkedBytes) => [
  base64(key),
  base64(value),
  Object.entries(headers)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, texts]) => [name, texts.map(base64)]),
];

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
