import type { SourceRecordStore, UserRef } from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';
import type { KafkaRecord, PartitionOffsets } from '@tallystick/platform-kafka';
import { type ConsumedOffset, isOtherRecord, judgeOffsets } from './judge-offsets.ts';

type ConnectionRef = Pick<UserRef, 'environment' | 'connection'>;
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
    const found =
      because === 'beyond-the-end'
        ? `was read up to offset ${read} and ends at ${end}`
        : `has another record right before offset ${read} than the one that was read`;
    super(
      `the source of ${environment}/${connection} is stopped: partition ${partition} of ${topic} ${found}; if the source was restored, failed over or made anew, raise the epoch of the connection`,
    );
  }
}

interface Place {
  readonly epoch: number;
  /** The offset after the last record that this process handled. */
  readonly expected?: bigint;
  readonly rewoundTo?: string;
}

/** Keeps the consumer group and the store together: what is handed out follows what is stored, and a topic that is another one is not read. */
export class SourceWatch {
  readonly #needs: SourceWatchNeeds;
  readonly #places = new Map<string, Place>();

  constructor(needs: SourceWatchNeeds) {
    this.#needs = needs;
  }

  /** Whether these records, of one partition and in order, may be handled, and in which epoch. @throws SourceStopped */
  async admit(
    connection: ConnectionRef,
    records: readonly KafkaRecord[],
  ): Promise<{ readonly kind: 'go-on'; readonly epoch: number } | { readonly kind: 'rewind'; readonly to: string }> {
    const { store } = this.#needs;
    const first = records[0];
    if (!first) throw new RangeError('a batch without records');
    const { topic, partition } = first;
    const { epoch, stopped } = await store.source(connection);
    if (stopped) throw new SourceStopped(connection, stopped);
    const read = ofPartition(await store.consumed(connection, epoch), topic, partition);
    const place = this.#place(first, epoch);
    const endsAt = async (): Promise<PartitionOffsets> => {
      const found = (await this.#needs.offsetsOf(topic)).find((one) => one.partition === partition);
      if (!found) throw new Error(`the broker does not know partition ${partition} of ${topic}`);
      return found;
    };
    const stop = (because: SourceStop['because'], end: string): Promise<never> =>
      this.#stop(connection, epoch, { because, topic, partition, read: read?.next ?? '0', end, at: this.#needs.now() });
    if (isOtherRecord(records, read)) return stop('other-record', (await endsAt()).high);
    // In sequence, and the store has not gone back meanwhile.
    const follows =
      place.expected !== undefined && BigInt(first.offset) >= place.expected && BigInt(read?.next ?? 0) >= place.expected;
    if (follows) return { kind: 'go-on', epoch };
    const { low, high } = await endsAt();
    const verdict = judgeOffsets({ first: first.offset, low, high, read, rewoundTo: place.rewoundTo });
    switch (verdict.kind) {
      case 'rewind':
        this.#places.set(placeOf(first), { epoch, rewoundTo: verdict.to });
        return verdict;
      case 'stop':
        return stop(verdict.because, high);
      case 'go-on':
        this.#places.set(placeOf(first), { epoch });
        if (verdict.gap) await this.#gap(connection, epoch, { topic, partition, ...verdict.gap, at: this.#needs.now() });
        return { kind: 'go-on', epoch };
    }
  }

  /** After all of them were stored or parked. */
  async handled(connection: ConnectionRef, epoch: number, records: readonly KafkaRecord[]): Promise<void> {
    const last = records.at(-1);
    if (!last) return;
    const { topic, partition, timestamp } = last;
    const expected = BigInt(last.offset) + 1n;
    await this.#needs.store.saveConsumed(connection, epoch, { topic, partition, next: String(expected), timestamp });
    this.#places.set(placeOf(last), { epoch, expected });
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

  #place(record: KafkaRecord, epoch: number): Place {
    const place = this.#places.get(placeOf(record));
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

const placeOf = ({ topic, partition }: KafkaRecord): string => `${partition}/${topic}`;
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const ofPartition = (all: readonly ConsumedOffset[], topic: string, partition: number): ConsumedOffset | undefined =>
  all.find((one) => one.topic === topic && one.partition === partition);
