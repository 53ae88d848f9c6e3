import type { Redis } from '@tallystick/platform-redis';
import { mostClocksApartMs, type RingChange, type RingShard } from '@tallystick/tokens-domain';
import { writeRing } from './ring-document.ts';
import { type RingKeys, shardKeys } from './ring-keys.ts';
import { readChange } from './ring-replies.ts';
import { changeScript, reservedChangeScript } from './scripts/change.script.ts';
import { candidates } from './scripts/shard-prelude.ts';

const answersForSeconds = 24 * 60 * 60;
/** A repeated note that is written down twice does no harm, and there may be many of them. */
const notesForSeconds = 60 * 60;
const valuesForSeconds = 10 * 60;

/** Where a change goes, and how much room there is. */
export interface ChangePlace {
  readonly shard: RingShard;
  readonly keys: RingKeys;
  /** Of the hints. */
  readonly channel: string;
  readonly logLength: number;
  readonly outboxLimit: number;
}

/** A stored document that the caller has read, because the script could not find its version. */
export interface StoredRing {
  /** SHA-1 of its text. */
  readonly sha: string;
  readonly version: number;
}

/**
 * Gives a change to the script that makes it, all or nothing.
 * @throws RangeError on a wrong version, and what `writeRing` throws
 */
export async function callChange(
  client: Redis,
  { shard, keys, channel, logLength, outboxLimit }: ChangePlace,
  change: RingChange,
  stored?: StoredRing,
): Promise<ReturnType<typeof readChange>> {
  const { ring, expectedVersion, audit, sealed, idempotency, mayUseReserve } = change;
  const { environment } = ring;
  const isNote = ring.version === expectedVersion && expectedVersion > 0;
  if (!isNote && ring.version !== expectedVersion + 1)
    throw new RangeError('a change is one version on from the ring that it was made from, a note is about a ring as it is');
  const [keep, erase] = [sealed?.keep ?? [], sealed?.erase ?? []];
  const sealedKeys = [...keep.map(({ token }) => token), ...erase].map((token) => keys.sealed(environment, token));
  const doneKey = idempotency?.key ?? '';
  const script = mayUseReserve ? reservedChangeScript : changeScript;
  const ofRing = [keys.ring(environment), keys.done(environment, doneKey), keys.values(environment, doneKey), keys.waiting];
  const args = [
    ...candidates(),
    environment,
    expectedVersion,
    isNote ? '' : writeRing(ring),
    audit,
    idempotency?.requestDigest ?? '',
    idempotency?.answer ?? '',
    isNote ? notesForSeconds : answersForSeconds,
    idempotency?.values ?? '',
    valuesForSeconds,
    logLength,
    Math.floor((outboxLimit - Math.ceil(outboxLimit / 10)) / (change.leavesHalf ? 2 : 1)),
    mayUseReserve ? 'reserve' : '',
    channel,
    shard,
    change.settledEpoch ?? '',
    stored?.sha ?? '',
    stored?.version ?? 0,
    change.judgedAt ?? '',
    mostClocksApartMs,
    ...keep.map(({ copy }) => copy),
  ];
  return script.run(client, [...shardKeys(keys), ...ofRing, ...sealedKeys], args).then(readChange, fullOf);
}

/** A script that was refused for want of memory has written nothing: it is asked for at its first write only. */
function fullOf(error: unknown): { readonly kind: 'store-full' } {
  if (error instanceof Error && error.message.startsWith('OOM ')) return { kind: 'store-full' };
  throw error;
}
