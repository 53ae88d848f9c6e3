/** A claim on an outbox: while its fence is the newest, its holder alone takes anything out. */
export interface OutboxClaim {
  readonly fence: number;
  /** Which server has the outbox, which run of it and which history: another one may have gone back, and is compared with what was published. */
  readonly server: string;
}

/** An entry as it waits. */
export interface WaitingEntry {
  /** Gapless in an outbox. */
  readonly seq: number;
  /** The environment, or `:` and a name; undefined when there is no telling. */
  readonly place: string | undefined;
  /** The store that it was written to; '' where the outbox does not say. */
  readonly epoch: string;
  /** Exactly as stored. What is no entry: all that there is. */
  readonly text: string;
}

/** What the relay keeps beside an outbox, in the same place: the text of each chain's head, by environment or `:name`. */
export interface OutboxState {
  /** Everything up to this number has been taken out in order; undefined: nothing was yet. */
  readonly upTo: number | undefined;
  readonly heads: ReadonlyMap<string, string>;
}

/** A head that moves, if it is still what it was. */
export interface HeadMove {
  readonly place: string;
  /** Undefined: there was none. */
  readonly before: string | undefined;
  readonly after: string;
}

/**
 * - `done`
 * - `superseded`: another relay has the claim, or another server the outbox: nothing was done
 * - `heads-differ`: a head is not what it was: nothing was done
 */
export type MoveOutcome = 'done' | 'superseded' | 'heads-differ';

/** The outboxes of one half. Each method throws when the store can't be reached. */
export interface ChainedOutbox {
  /** All that there are now. */
  outboxes(): Promise<readonly string[]>;
  /** Takes or keeps the claim for `ttlMs`; undefined while another relay has it. The fence grows with each new claim. */
  claim(outbox: string, relay: string, ttlMs: number): Promise<OutboxClaim | undefined>;
  /** The oldest entries, in order. */
  read(outbox: string, count: number): Promise<readonly WaitingEntry[]>;
  state(outbox: string): Promise<OutboxState>;
  /** Moves heads, in one step with the check of claim, server and heads. */
  move(outbox: string, claim: OutboxClaim, moves: readonly HeadMove[]): Promise<MoveOutcome>;
  /** The same, and takes every entry up to `seq` out. */
  remove(outbox: string, claim: OutboxClaim, seq: number, moves: readonly HeadMove[]): Promise<MoveOutcome>;
  /** Gives the claim back. */
  release(outbox: string, claim: OutboxClaim): Promise<void>;
}
