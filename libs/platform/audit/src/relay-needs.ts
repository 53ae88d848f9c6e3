import type { Logger } from '@tallystick/platform-observability';
import type { ChainedRecord } from './chain.ts';
import type { AuditHalf } from './chain-name.ts';
import type { HeadsPublisher } from './heads-publisher.ts';
import type { OutboxClaim, WaitingEntry } from './outbox.port.ts';
import type { ClaimedOutbox } from './outbox-relay.ts';
import type { PublishedChains } from './published-chains.ts';
import type { RelayMetrics } from './relay-metrics.ts';

/** What is to be published of one outbox. */
export interface RelayBatch<Claim extends OutboxClaim, Look> {
  readonly outbox: string;
  readonly claim: Claim;
  /** What was looked at before the outbox was read. */
  readonly look: Look;
  /** It was come back to, or announced. */
  readonly isOwed: boolean;
  /** In the order of their numbers. */
  readonly entries: readonly WaitingEntry[];
  /** What they are in the chains: key and value of these are to be sent to the audit topic, in this order. */
  readonly records: readonly ChainedRecord[];
}

export interface AuditRelayNeeds<Claim extends OutboxClaim, Look> {
  readonly half: AuditHalf;
  readonly outbox: ClaimedOutbox<Claim>;
  readonly published: PublishedChains;
  /** Before an outbox is read. May throw: the outbox is left alone then. */
  readonly look: (outbox: string) => Promise<Look>;
  /**
   * Sends what has to be in its topic before the records are, and can be sent again at any time. Of a chain that has to be compared first it does not
   * wait for the comparison, so it may be asked for more than a batch, and for the same again. Default: nothing.
   */
  readonly before?: (batch: Omit<RelayBatch<Claim, Look>, 'records'>) => Promise<void>;
  /**
   * After `before`. Resolves when all of it is in the topics; throws when it may not be, and it comes again. `owed`: the outbox is to be come back to though
   * nothing of it should wait.
   */
  readonly publish: (batch: RelayBatch<Claim, Look>) => Promise<'told' | 'owed'>;
  /** Left out: nobody signs. */
  readonly heads?: Pick<HeadsPublisher, 'accepted' | 'servedBy' | 'tick'> | undefined;
  /** How many wait in an outbox whose oldest entry has this number; left out: it is counted as one. */
  readonly waiting?: (outbox: string, oldestSeq: number) => number;
  readonly clock: { readonly nowMs: () => number; readonly sleep: (ms: number) => Promise<void> };
  readonly logger: Logger;
  readonly metrics: RelayMetrics;
  /** Does something every so many milliseconds until what it gives is called. Default: a timer. */
  readonly every?: (ms: number, work: () => void) => () => void;
  /** Random per process run. */
  readonly relayId: string;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}
