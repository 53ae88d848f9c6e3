/** How much is let through in one window: with fewer than 20 users `atLeast`, else `share` of them between the two bounds (ADR 5.9). */
export interface GuardLimit {
  readonly atLeast: number;
  /** 0–1 of the users of the connection. */
  readonly share: number;
  readonly atMost: number;
}

export interface GuardSettings {
  /** Off is allowed, said at every start, and needs an approver to save. */
  readonly enabled: boolean;
  readonly windowHours: number;
  readonly deletions: GuardLimit;
  readonly suspensions: GuardLimit;
  readonly removals: GuardLimit;
  readonly replacements: GuardLimit;
  /** Accounts renamed, or opened again: usually as many as may be suspended, so that what was closed in one window is opened in one. */
  readonly accountChanges: GuardLimit;
  /** A pass is held when the source has lost more than this share of its users since the last one (R24). */
  readonly shrinkage: number;
  /** A pass is held when a mapped attribute is empty for this share more of the users than in the last one (R24). */
  readonly fillRateDrop: number;
  /** After this a hold that nobody answered is over, and nothing of it is done. */
  readonly holdHours: number;
  /** The person who approves must be another than the one who started the pass or saved the connection last. */
  readonly twoPeople: boolean;
}

export const usualGuards: GuardSettings = {
  enabled: true,
  windowHours: 24,
  deletions: { atLeast: 3, share: 0.01, atMost: 50 },
  suspensions: { atLeast: 10, share: 0.03, atMost: 200 },
  removals: { atLeast: 10, share: 0.03, atMost: 300 },
  replacements: { atLeast: 25, share: 0.1, atMost: 2_000 },
  accountChanges: { atLeast: 10, share: 0.03, atMost: 200 },
  shrinkage: 0.1,
  fillRateDrop: 0.2,
  holdHours: 72,
  twoPeople: false,
};
