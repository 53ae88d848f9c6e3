import type { ChainHead, ChainStart } from './chain.ts';
import type { AuditHalf, ChainName } from './chain-name.ts';
import type { TrustedKeys } from './signing.ts';

/**
 * - `changed`: a record is not what was chained, or does not continue the one before it
 * - `missing`: records are gone from the middle, or from the front
 * - `missing-generation`: a whole generation is gone from before another one: a start, or a head, says that it was there
 * - `cut-off`: records are gone from the end: a head vouches for more than there is
 * - `forked`: trusted heads, or generations, contradict each other: somebody has told two histories
 * - `unpublished`: entries were gone from the store before they could be chained
 * - `unchained`: after the chain began somebody published an entry that is in no chain
 * - `foreign`: records that no head vouches for stand beside the chain: somebody else writes to the topic
 */
export type FaultKind =
  'changed' | 'missing' | 'missing-generation' | 'cut-off' | 'forked' | 'unpublished' | 'unchained' | 'foreign';

export interface ChainFault {
  readonly kind: FaultKind;
  readonly generation: number;
  /** The first record concerned; 0 where it has no number. Of a missing generation: one that is known to have come after it, or been in it. */
  readonly sequence: number;
  /** Of records; of missing generations how many, from `generation` on. */
  readonly count: number;
}

export interface ChainReport {
  readonly chain: ChainName;
  /** `not-vouched`: nothing contradicts it, and no trusted head speaks of it. */
  readonly verdict: 'whole' | 'whole-beside-others' | 'not-vouched' | 'faulty';
  /** The last record that is there, in the newest generation. */
  readonly upTo: Pick<ChainHead, 'generation' | 'sequence'>;
  /** The newest head that a trusted key vouches for; whatever is after it nobody vouches for yet. */
  readonly vouched: (Pick<ChainHead, 'generation' | 'sequence'> & { readonly at: string; readonly keyId: string }) | undefined;
  readonly records: number;
  readonly repetitions: number;
  /** Entries from before the chain began: nothing is known of them. */
  readonly before: number;
  /** Each generation but the first, and how many records of the one before were told and then lost by the store. */
  readonly generations: readonly {
    readonly generation: number;
    readonly sequence: number;
    readonly why: ChainStart['start'];
    readonly at: string;
    readonly toldThenLost: number;
  }[];
  readonly faults: readonly ChainFault[];
}

export interface AuditReport {
  readonly verdict: 'whole' | 'whole-beside-others' | 'not-vouched' | 'faulty';
  readonly chains: readonly ChainReport[];
  /** Of the newest statement by a trusted key, by half; each half that is expected or has one is named. */
  readonly newestStatements: Readonly<Partial<Record<AuditHalf, string | undefined>>>;
  /** Halves that are expected, and that nobody has ever signed for. */
  readonly missingHalves: readonly AuditHalf[];
  /** Chains that statements count, and of which nothing is there. */
  readonly missingChains: number;
  /** Halves whose newest statement is older than was allowed. */
  readonly staleHalves: readonly AuditHalf[];
  /** Statements by keys that are not trusted. */
  readonly unknownKeys: readonly string[];
  /** Statements that are not signed by the key that they name, and records that belong to no chain or environment. */
  readonly foreign: number;
}

/** A head that somebody has seen elsewhere: in a log, on paper. */
export interface HeadWitness extends ChainHead {
  readonly chain: ChainName;
}

export interface VerifierOptions {
  /** What is trusted; nothing that stands in the topics is. */
  readonly keys: TrustedKeys;
  /** Heads from elsewhere: trusted as signed ones are. */
  readonly knownHeads?: readonly HeadWitness[];
  /** Only the chains of these environments are judged: gaps between chains, and chains that are missing whole, are not looked for. */
  readonly environments?: readonly string[];
  /** These must have been signed for: one that was taken away whole leaves nothing that counts it. Default: none. */
  readonly halves?: readonly AuditHalf[];
  /** The newest statement of each half may be so old. Default: any age, as of an archive. */
  readonly maxAgeMs?: number;
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number;
}
