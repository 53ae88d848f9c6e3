import type { SourceRecordStore } from '@tallystick/devices-domain';

export type ConsumedOffset = Parameters<SourceRecordStore['saveConsumed']>[2];

/** What was handed to the bridge first after it was given a partition, and what the broker says of the partition now. */
export interface OffsetsSeen {
  /** Offset of the first record that was handed out. */
  readonly first: string;
  /** First offset that the broker keeps. */
  readonly low: string;
  /** Offset of the next record to come; asked for after `read`. */
  readonly high: string;
  /** How far the store knows this partition, in this epoch; undefined: not at all. */
  readonly read: ConsumedOffset | undefined;
  /** From where it is handed out since the last verdict: what lies between there and the first record is no longer in the topic. */
  readonly rewoundTo: string | undefined;
}

/**
 * - `go-on`: the store has everything before the first record. `gap`: but for what the broker had thrown away before it was read
 * - `rewind`: it has not, or the record that was read last must be seen again: hand out from `to`
 * - `stop`: the topic ends before what was read of it (R18)
 */
export type OffsetVerdict =
  | { readonly kind: 'go-on'; readonly gap?: { readonly from: string; readonly to: string } }
  | { readonly kind: 'rewind'; readonly to: string }
  | { readonly kind: 'stop'; readonly because: 'beyond-the-end' };

/**
 * Compares the consumer group with the store, once for each assignment of a partition (R18). The store is right: the group only says
 * from where the broker begins. A group that is behind is let be: what it brings again is superseded. Without a word of the store
 * (it was emptied, or the epoch is new) all is read again.
 *
 * ```
 *   low ........ read-1 | read ........ high      the record at read-1 is looked at again, see isOtherRecord
 *                 ^ rewind to here, then go-on
 * ```
 */
export function judgeOffsets({ first, low, high, read, rewoundTo }: OffsetsSeen): OffsetVerdict {
  const [at, begins] = [BigInt(first), BigInt(low)];
  const next = read && BigInt(read.next);
  if (next !== undefined && next > BigInt(high)) return { kind: 'stop', because: 'beyond-the-end' };
  const last = next === undefined ? begins : next - 1n;
  const from = last < begins ? begins : last;
  if (at > from && rewoundTo !== String(from)) return { kind: 'rewind', to: String(from) };
  return next !== undefined && next < begins ? { kind: 'go-on', gap: { from: read!.next, to: low } } : { kind: 'go-on' };
}

interface Stamped {
  readonly offset: string;
  readonly timestamp: number;
}

/** Whether the record that was read last is among these and is another one now: the topic was deleted and made anew (R18). */
export function isOtherRecord(records: readonly Stamped[], read: ConsumedOffset | undefined): boolean {
  const [first, end] = [records[0], records.at(-1)];
  if (!read || !first || !end) return false;
  const last = BigInt(read.next) - 1n;
  if (last < BigInt(first.offset) || last > BigInt(end.offset)) return false;
  const again = records.find(({ offset }) => offset === String(last));
  return again !== undefined && again.timestamp !== read.timestamp;
}
