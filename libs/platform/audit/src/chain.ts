import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type ChainName, readChainName } from './chain-name.ts';

/** Where a chain stands: its newest record. */
export interface ChainHead {
  /** Grows when the chain is gone on with by a stored decision: after a restore, a fail-over, a lost topic. */
  readonly generation: number;
  /** 0: nothing yet. Gapless; goes on from one generation to the next. */
  readonly sequence: number;
  /** SHA-256 in hex. */
  readonly hash: string;
}

/** Before the first record of all. */
export const noRecord: ChainHead = { generation: 0, sequence: 0, hash: '0'.repeat(64) };

/**
 * - `entry`: what was stored with a change
 * - `start`: a generation begins, see {@link ChainStart}
 * - `missing`: entries of the outbox were gone before they were chained
 * - `unreadable`: what stood in the outbox is no entry
 * - `too-large`: what stood there is more than Kafka takes; its digest and its beginning are told
 */
export const recordKinds = ['entry', 'start', 'missing', 'unreadable', 'too-large'] as const;
export type RecordKind = (typeof recordKinds)[number];

/** What is chained. */
export interface Chainable {
  readonly kind: RecordKind;
  /** Of the half: a shard of the tokens, an environment of the devices. */
  readonly outbox: string;
  /** The store that the entry was written to; with `seq` its name in the outbox. */
  readonly epoch: string;
  readonly seq: number;
  /** Exactly as stored. */
  readonly text: string;
}

/** What is published: everything in it is hashed. */
export interface ChainedRecord extends Chainable, ChainHead {
  readonly chain: ChainName;
  /** The hash of the record before. */
  readonly previous: string;
}

/** Why a generation begins. */
export const startReasons = ['first', 'reopened', 'kafka-lost', 'head-lost', 'head-altered', 'forked'] as const;
export type StartReason = (typeof startReasons)[number];

/** The text of a `start` record. */
export interface ChainStart {
  readonly start: StartReason;
  readonly at: string;
  /** The record that it goes on from; its sequence is one less than that of the start. */
  readonly from: ChainHead;
  /** Where the store stood: records of `from`'s generation after it were told, and then lost by the store. */
  readonly store?: Pick<ChainHead, 'generation' | 'sequence'>;
  /** Numbers of generations, first and last, that were passed over: nothing was published of them when this was decided. */
  readonly skipped?: readonly (readonly [number, number])[];
}

/** SHA-256 over parts, each after its length in bytes: no part can give or take from its neighbour. */
function digestOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.from(part);
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(bytes.length));
    hash.update(length).update(bytes);
  }
  return hash.digest('hex');
}

type Unhashed = Omit<ChainedRecord, 'hash'>;

/** The hash of a record, over everything else in it. */
export const recordHash = ({ chain, generation, sequence, previous, kind, outbox, epoch, seq, text }: Unhashed): string =>
  digestOf('tallystick-audit/1', chain, `${generation}`, `${sequence}`, previous, kind, outbox, epoch, `${seq}`, text);

/** The record after `head`, in its generation. The same bytes however often, and whoever makes it. */
export function chainNext(chain: ChainName, head: ChainHead, next: Chainable): ChainedRecord {
  const { kind, outbox, epoch, seq } = next;
  const text = wellFormed(next.text);
  const { generation, sequence, hash: previous } = head;
  const record: Unhashed = { chain, generation, sequence: sequence + 1, previous, kind, outbox, epoch, seq, text };
  return { ...record, hash: recordHash(record) };
}

/** Half a surrogate pair has no bytes: two texts that differ in one would have one hash. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

export const headOf = ({ generation, sequence, hash }: ChainHead): ChainHead => ({ generation, sequence, hash });

/**
 * The text of a record as it is published. An entry that is a JSON object as `JSON.stringify` writes it stands in it as an object, for those who
 * read it; any other text as a text. Both give exactly what was hashed.
 */
export function writeRecord(record: ChainedRecord): string {
  const { chain, generation, sequence, previous, hash, kind, outbox, epoch, seq, text } = record;
  const entry = objectOf(text);
  const rest = { chain, generation, sequence, previous, hash, kind, outbox, epoch, seq };
  return JSON.stringify({ format: 1, ...rest, ...(entry ? { entry } : { text }) });
}

const count = z.int().min(0);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
export const chainHeadShape = z.object({ generation: count, sequence: count, hash });
const recordShape = z.object({
  format: z.literal(1),
  chain: z.custom<ChainName>((text) => readChainName(text) !== undefined),
  ...chainHeadShape.shape,
  previous: hash,
  kind: z.enum(recordKinds),
  outbox: z.string(),
  epoch: z.string(),
  seq: count,
  entry: z.custom<object>((entry) => typeof entry === 'object' && entry !== null).optional(),
  text: z.string().optional(),
});
export const chainStartShape = z.object({
  start: z.enum(startReasons),
  at: z.string(),
  from: chainHeadShape,
  store: z.object({ generation: count, sequence: count }).optional(),
  skipped: z.array(z.tuple([count, count])).optional(),
});

/** What lies in the topic. */
export type ReadRecord =
  | { readonly kind: 'record'; readonly record: ChainedRecord }
  /** It says to be this record, and is not what was hashed. */
  | { readonly kind: 'altered'; readonly claims: Pick<ChainedRecord, 'chain' | 'generation' | 'sequence'> }
  /** Nothing of the chain's: written before there was one, or by somebody else. */
  | { readonly kind: 'unchained' };

/** Reads a record, and whether it is what was hashed: any other text than {@link writeRecord} makes of it is altered. */
export function readRecord(value: string): ReadRecord {
  const json = parse(value);
  const claims = claimsOf(json);
  const parsed = recordShape.safeParse(json);
  if (!parsed.success) return claims ? { kind: 'altered', claims } : { kind: 'unchained' };
  const { format: _format, entry, text = JSON.stringify(entry), ...rest } = parsed.data;
  if (text === undefined || wellFormed(text) !== text) return { kind: 'altered', claims: rest };
  const record = { ...rest, text };
  return recordHash(record) === record.hash && writeRecord(record) === value
    ? { kind: 'record', record }
    : { kind: 'altered', claims: rest };
}

const claimShape = recordShape.pick({ chain: true, generation: true, sequence: true });
function claimsOf(json: unknown) {
  const claims = claimShape.safeParse(json);
  return claims.success ? claims.data : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectOf(text: string): object | undefined {
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return JSON.stringify(value) === text ? value : undefined;
}
