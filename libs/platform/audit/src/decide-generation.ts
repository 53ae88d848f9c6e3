import { type ChainedRecord, type ChainHead, type ChainStart, noRecord, type StartReason } from './chain.ts';
import { rangesBetween } from './missing-generations.ts';
import { newestGeneration, type StoredChain, type StoredHead } from './stored-head.ts';

/** What is published of a chain. */
export interface PublishedChain {
  /** The newest head that a trusted key vouches for. */
  readonly vouched: ChainHead | undefined;
  /** Its records from about there on, in any order; whoever writes to the topic may have written some of them. */
  readonly records: readonly Pick<ChainedRecord, 'kind' | 'generation' | 'sequence' | 'hash' | 'previous'>[];
}

export interface Decision {
  readonly generation: number;
  readonly start: Omit<ChainStart, 'at'>;
}

/** No chain of ours goes so far ahead at once: a greater generation is somebody else's. */
const mostAhead = 1_000;

/**
 * Whether a chain goes on as the store has it, or in a new generation, and from where: decided when the store may have gone back, and by what is
 * published. `waiting`: the records that the oldest waiting entries make, chained to the stored head.
 *
 * Nothing but the store's own head and vouched ones is gone on from: an unvouched record may be a stranger's.
 */
export function decideGeneration(
  stored: StoredChain,
  published: PublishedChain,
  waiting: readonly ChainHead[],
): 'go-on' | Decision {
  const { vouched, records } = published;
  const head = stored === 'unreadable' ? undefined : stored;
  const least = Math.max(head ? newestGeneration(head) : 0, vouched?.generation ?? 0);
  // There may be hundreds of thousands: too many for the arguments of one call.
  let newest = least;
  for (const record of records)
    if (record.generation > newest && record.generation <= least + mostAhead) newest = record.generation;
  const generation = newest + 1;
  const begin = (start: StartReason, from: ChainHead, store?: StoredHead): Decision => {
    const { generation: ofFrom, sequence, hash } = from;
    const at = store && { store: { generation: store.generation, sequence: store.sequence } };
    const seen = new Set(records.map((record) => record.generation));
    const skipped = rangesBetween(ofFrom, generation, seen);
    const over = skipped.length > 0 && { skipped };
    return { generation, start: { start, from: { generation: ofFrom, sequence, hash }, ...at, ...over } };
  };

  if (!head) {
    const isFirst = stored === undefined && !vouched && records.length === 0;
    if (isFirst) return begin('first', noRecord);
    return begin(stored === undefined ? 'head-lost' : 'head-altered', vouched ?? noRecord);
  }
  const isAhead = vouched && isAfter(vouched, head);
  if (
    isAhead &&
    !isSame(
      waiting.find((one) => one.sequence === vouched.sequence),
      vouched,
    )
  ) {
    const ancestor = records.find((one) => one.generation === head.generation && one.sequence === head.sequence);
    const isKnownOther = ancestor !== undefined && ancestor.hash !== head.hash;
    return begin(isKnownOther ? 'forked' : 'reopened', vouched, head);
  }
  if (
    !isAhead &&
    vouched &&
    vouched.sequence === head.sequence &&
    vouched.generation === head.generation &&
    !isSame(vouched, head)
  )
    return begin('forked', vouched, head);
  const isPublished = head.sequence === 0 || isSame(vouched, head) || isAhead || records.some((one) => isSame(one, head));
  if (!isPublished) return begin('kafka-lost', head);
  // What was told after the head and is not what waits was lost by the store. What waits may reach further than what was told, or less far.
  const told = toldAfter(head, records);
  const reproduced = new Set([head.hash, ...waiting.map(({ hash }) => hash)]);
  return told.every(({ hash }) => reproduced.has(hash)) ? 'go-on' : begin('reopened', isAhead ? vouched : head, head);
}

export const isAfter = (one: ChainHead, other: ChainHead): boolean =>
  one.generation > other.generation || (one.generation === other.generation && one.sequence > other.sequence);
const isSame = (one: ChainHead | undefined, other: ChainHead): boolean =>
  one?.generation === other.generation && one.sequence === other.sequence && one.hash === other.hash;

/** Records that chain to this head, directly or not. */
function toldAfter(head: ChainHead, records: PublishedChain['records']): readonly ChainHead[] {
  const byPrevious = new Map<string, ChainHead[]>();
  for (const record of records) {
    const beside = byPrevious.get(record.previous);
    if (beside) beside.push(record);
    else byPrevious.set(record.previous, [record]);
  }
  const told = new Map<string, ChainHead>();
  let ends: readonly ChainHead[] = [head];
  while (ends.length > 0) {
    const next = ends.flatMap((end) => (byPrevious.get(end.hash) ?? []).filter(({ sequence }) => sequence === end.sequence + 1));
    // A record that was published twice is followed once: else each repetition would double the way.
    const fresh = new Map(next.filter(({ hash }) => !told.has(hash)).map((one) => [one.hash, one]));
    ends = [...fresh.values()];
    for (const one of ends) told.set(one.hash, one);
  }
  return [...told.values()];
}
