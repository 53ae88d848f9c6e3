import type { SourceRecordStore, UserRef } from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';
import type { KafkaRecord, PartitionOffsets } from '@tallystick/platform-kafka';
import { type ConsumedOffset, isOtherRecord, judgeOffsets } from './judge-offsets.ts';

type ConnectionRef = Pick<UserRef, 'environment' | 'connection'>;
/** A connection, and what orders the records of its topic now. */
type WatchedSource = ConnectionRef & { readonly order?: string };
type SourceStop = Parameters<SourceRecordStore['stopSource']>[2];
type SourceGap = Parameters<SourceRecordStore['noteGap']>[2];

export interface SourceWatchNeeds {
  readonly store: Pick<SourceRecordStore, 'source' | 'consumed' | 'saveConsumed' | 'stopSource' | 'noteGap'>;
  /** Where each partition of the topic begins and ends now. */
  readonly offsetsOf: (topic: string) => Promise<readonly PartitionOffsets[]>;
  readonly now: () => Instant;
  /** For the alarm; told by the process that found it out. */
  readonly onStop: (connection: ConnectionRef, stop: SourceStop) => void;
  readonly onGap: (connection: ConnectionRef, gap: SourceGap) => void;
}

/** The connection reads nothing until an operator raises its epoch (R18). Thrown at every batch: it comes again later. */
export class SourceStopped extends Error {
  override readonly name = 'SourceStopped';
  constructor({ environment, connection }: ConnectionRef, { because, topic, partition, read, end }: SourceStop) {
    const found = {
      'beyond-the-end': `was read up to offset ${read} and ends at ${end}`,
      'other-record': `has another record right before offset ${read} than the one that was read`,
      'other-source': 'does not compare with what was read: the connection had another topic or format',
    }[because];
    super(
      `the source of ${environment}/${connection} is stopped: partition ${partition} of ${topic} ${found}; if the source is another one, was restored, failed over or made anew, raise the epoch of the connection`,
    );
  }
}

/** Leave to handle records, given by {@link SourceWatch.admit}. */
export interface Admitted {
  readonly kind: 'go-on';
  readonly epoch: number;
  /** The time the group was joined before that. */
  readonly join?: number;
}

/**
 * So long what comes is taken for what follows. After a pause the last record is looked at again: a topic that was deleted and made anew is
 * read on at the old offset, without a word of the broker or of KafkaJS (measured).
 */
const trustedForMs = 5_000;

interface Place {
  readonly epoch: number;
  /** The offset after the last record that this process handled. */
  readonly expected?: bigint;
  /** When it did. */
  readonly at?: Instant;
  readonly rewoundTo?: string;
}

/** Keeps the consumer group and the store together: what is handed out follows what is stored, and a topic that is another one is not read. */
export class SourceWatch {
  readonly #needs: SourceWatchNeeds;
  readonly #places = new Map<string, Place>();
  /** In which epoch {@link goBack} has seen to a partition. */
  readonly #seenTo = new Map<string, number>();
  #joins = 0;

  constructor(needs: SourceWatchNeeds) {
    this.#needs = needs;
  }

  /**
   * The group was joined anew: what is handed out now does not have to follow what was. A topic may be another one by now, whose first records
   * the group's offset passes over.
   */
  joined(): void {
    this.#joins += 1;
    this.#places.clear();
    this.#seenTo.clear();
  }

  /** Whether these records, of one partition and in order, may be handled, and in which epoch. @throws SourceStopped */
  async admit(
    connection: WatchedSource,
    records: readonly KafkaRecord[],
  ): Promise<Admitted | { readonly kind: 'rewind'; readonly to: string }> {
    const { store } = this.#needs;
    const first = records[0];
    if (!first) throw new RangeError('a batch without records');
    const { topic, partition } = first;
    const join = this.#joins;
    const { epoch, stopped } = await store.source(connection);
    if (stopped) throw new SourceStopped(connection, stopped);
    const consumed = await store.consumed(connection, epoch);
    const read = ofPartition(consumed, topic, partition);
    const place = this.#placeIn(connection, first, epoch);
    const endsAt = async (): Promise<PartitionOffsets> => {
      const found = (await this.#needs.offsetsOf(topic)).find((one) => one.partition === partition);
      if (!found) throw new Error(`the broker does not know partition ${partition} of ${topic}`);
      return found;
    };
    const stop = (because: SourceStop['because'], end: string): Promise<never> =>
      this.#stop(connection, epoch, { because, topic, partition, read: read?.next ?? '0', end, at: this.#needs.now() });
    if (isOtherSource(consumed, topic, connection.order)) return stop('other-source', (await endsAt()).high);
    if (isOtherRecord(records, read)) return stop('other-record', (await endsAt()).high);
    const goOn: Admitted = { kind: 'go-on', epoch, join };
    // In sequence, and the store has not gone back meanwhile.
    const { expected, at } = place;
    const isFresh = at !== undefined && this.#needs.now() - at <= trustedForMs;
    const follows = isFresh && expected !== undefined && BigInt(first.offset) >= expected && BigInt(read?.next ?? 0) >= expected;
    if (follows && BigInt(first.offset) === expected) return goOn;
    const { low, high } = await endsAt();
    // What is missing between them was compacted away, unless the topic begins after it: then it was lost.
    if (follows && BigInt(low) <= expected) return goOn;
    const verdict = judgeOffsets({ first: first.offset, low, high, read, rewoundTo: place.rewoundTo });
    switch (verdict.kind) {
      case 'rewind':
        this.#place(connection, first, join, { epoch, rewoundTo: verdict.to });
        return verdict;
      case 'stop':
        return stop(verdict.because, high);
      case 'go-on':
        this.#place(connection, first, join, { epoch });
        if (verdict.gap) await this.#gap(connection, epoch, { topic, partition, ...verdict.gap, at: this.#needs.now() });
        return goOn;
    }
  }

  /** After all of them were stored or parked. */
  async handled(connection: WatchedSource, { epoch, join }: Admitted, records: readonly KafkaRecord[]): Promise<void> {
    const last = records.at(-1);
    if (!last) return;
    const { topic, partition, timestamp } = last;
    const { order } = connection;
    const expected = BigInt(last.offset) + 1n;
    const read = { topic, partition, next: String(expected), timestamp, ...(order !== undefined && { order }) };
    await this.#needs.store.saveConsumed(connection, epoch, read);
    this.#place(connection, last, join, { epoch, expected, at: this.#needs.now() });
  }

  /**
   * After the epoch was raised: goes back to what the store has not read in it, without waiting for the record that would show it to `admit`,
   * as there may be none for long. Once for each join, so that also the next owner of a partition ends what the last one has begun.
   * @param seek false when the partition is not this process's any more
   */
  async goBack(
    connection: WatchedSource,
    topic: string,
    partitions: readonly number[],
    seek: (partition: number, offset: string) => boolean,
  ): Promise<void> {
    const join = this.#joins;
    const of = (partition: number): string => placeOf(connection, { topic, partition });
    const placesBefore = new Map(partitions.map((partition) => [partition, this.#places.get(of(partition))]));
    const { epoch, stopped } = await this.#needs.store.source(connection);
    const unseen = partitions.filter((partition) => this.#seenTo.get(of(partition)) !== epoch);
    if (stopped || unseen.length === 0) return;
    const raised = epoch > 0;
    const consumed = raised ? await this.#needs.store.consumed(connection, epoch) : [];
    if (isOtherSource(consumed, topic, connection.order)) return; // the next record stops it
    const offsets = raised ? await this.#needs.offsetsOf(topic) : [];
    for (const partition of unseen) {
      const place = this.#places.get(of(partition));
      // Records came meanwhile, and may have been sent back in a newer epoch: looked at again.
      if (join !== this.#joins || place !== placesBefore.get(partition)) continue;
      const kept = offsets.find((one) => one.partition === partition);
      if (raised && !kept) continue;
      const [low, high] = [BigInt(kept?.low ?? 0), BigInt(kept?.high ?? 0)];
      const next = BigInt(ofPartition(consumed, topic, partition)?.next ?? 0);
      const follows = place?.epoch === epoch && place.expected !== undefined && next >= place.expected;
      const isUnread = raised && !follows && max(next, low) < high;
      if (isUnread && !seek(partition, String(max(next - 1n, low)))) continue;
      this.#seenTo.set(of(partition), epoch);
    }
  }

  /** How many records of the topic are not stored yet, by partition; finds a topic that went back while nothing came (R18). */
  async lag(connection: ConnectionRef, topic: string): Promise<ReadonlyMap<number, bigint>> {
    const { epoch, stopped } = await this.#needs.store.source(connection);
    const read = await this.#needs.store.consumed(connection, epoch);
    const lags = new Map<number, bigint>();
    for (const { partition, low, high } of await this.#needs.offsetsOf(topic)) {
      const next = ofPartition(read, topic, partition)?.next ?? low;
      lags.set(partition, max(0n, BigInt(high) - max(BigInt(next), BigInt(low))));
      if (stopped || BigInt(next) <= BigInt(high)) continue;
      const stop = { because: 'beyond-the-end', topic, partition, read: next, end: high, at: this.#needs.now() } as const;
      await this.#stop(connection, epoch, stop).catch((error: unknown) => {
        if (!(error instanceof SourceStopped)) throw error;
      });
    }
    return lags;
  }

  /** Nothing when the group was joined since: what is handed out next may be something else. */
  #place(connection: ConnectionRef, record: KafkaRecord, join: number | undefined, place: Place): void {
    if (join === this.#joins) this.#places.set(placeOf(connection, record), place);
  }

  #placeIn(connection: ConnectionRef, record: KafkaRecord, epoch: number): Place {
    const place = this.#places.get(placeOf(connection, record));
    return place?.epoch === epoch ? place : { epoch };
  }

  async #stop(connection: ConnectionRef, epoch: number, stop: SourceStop): Promise<never> {
    await this.#needs.store.stopSource(connection, epoch, stop);
    this.#needs.onStop(connection, stop);
    throw new SourceStopped(connection, stop);
  }

  async #gap(connection: ConnectionRef, epoch: number, gap: SourceGap): Promise<void> {
    await this.#needs.store.noteGap(connection, epoch, gap);
    this.#needs.onGap(connection, gap);
  }
}

/** A topic may become another connection's, which has read nothing of it. */
const placeOf = (
  { environment, connection }: ConnectionRef,
  { topic, partition }: Pick<KafkaRecord, 'topic' | 'partition'>,
): string => `${environment}/${connection}/${partition}/${topic}`;
/** Whether what was read in this epoch came from another topic, or was ordered otherwise. */
const isOtherSource = (consumed: readonly ConsumedOffset[], topic: string, order: string | undefined): boolean => {
  const ofTopic = consumed.filter((one) => one.topic === topic);
  if (ofTopic.length === 0) return consumed.length > 0;
  return order !== undefined && ofTopic.some((one) => one.order !== undefined && one.order !== order);
};
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const ofPartition = (all: readonly ConsumedOffset[], topic: string, partition: number): ConsumedOffset | undefined =>
  all.find((one) => one.topic === topic && one.partition === partition);
