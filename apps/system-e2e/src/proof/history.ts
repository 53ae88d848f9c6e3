/** One question to one validator, by the asking process's monotonic clock in milliseconds: it was not read before `startedAt`. */
export interface Verdict {
  readonly validator: string;
  /** Id of the token that was presented; ids that were never added stand for values that nobody issued. */
  readonly token: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** `none`: no verdict (unreachable, 429, 503); that is never wrong, and counts against availability. */
  readonly answer: 'allow' | 'refuse' | 'none';
}

/** One change of a token's life, by the same clock. */
export interface Change {
  readonly kind: 'add' | 'revoke';
  readonly token: string;
  readonly startedAt: number;
  /** When it was answered as done; absent: no such answer came, so it may or may not have been done, at any time since. */
  readonly doneAt?: number;
}

export type HistoryFault =
  | { readonly kind: 'allowed-after-revoke'; readonly verdict: Verdict; readonly afterMs: number }
  | { readonly kind: 'allowed-before-add'; readonly verdict: Verdict }
  | { readonly kind: 'allowed-unknown'; readonly verdict: Verdict }
  | { readonly kind: 'refused-live'; readonly verdict: Verdict };

export interface HistoryJudgement {
  readonly faults: readonly HistoryFault[];
  readonly asked: number;
  /** Of `asked`: those that got a verdict. */
  readonly answered: number;
  /** Verdicts that only one answer was right for; the others fell into a change. */
  readonly certain: number;
}

interface Life {
  readonly addStartedAt: number;
  readonly addDoneAt: number;
  readonly revokeStartedAt: number;
  readonly revokeDoneAt: number;
}

const lifeOf = (changes: readonly Change[]): Life => {
  const first = (kind: Change['kind'], of: (change: Change) => number | undefined): number =>
    Math.min(Infinity, ...changes.filter((change) => change.kind === kind).map((change) => of(change) ?? Infinity));
  return {
    addStartedAt: first('add', ({ startedAt }) => startedAt),
    addDoneAt: first('add', ({ doneAt }) => doneAt),
    revokeStartedAt: first('revoke', ({ startedAt }) => startedAt),
    revokeDoneAt: first('revoke', ({ doneAt }) => doneAt),
  };
};

/**
 * Whether the promise held in what was seen from outside: no allow to a question that began after the revoke of its token was answered
 * (I6, R37), none to a token that nobody added, and no refusal of a token that was live all the time that the question took. Knows nothing
 * of the product but the promise.
 *
 * @param visibleWithinMs how long after its answer an added token may be unknown to a validator that gives verdicts: the longest lease
 */
export function judgeHistory(
  verdicts: readonly Verdict[],
  changes: readonly Change[],
  { visibleWithinMs }: { readonly visibleWithinMs: number },
): HistoryJudgement {
  const tokens = new Set(changes.map(({ token }) => token));
  const lives = new Map([...tokens].map((token) => [token, lifeOf(changes.filter((change) => change.token === token))]));
  const faults: HistoryFault[] = [];
  let [answered, certain] = [0, 0];
  for (const verdict of verdicts) {
    if (verdict.answer === 'none') continue;
    answered += 1;
    const life = lives.get(verdict.token);
    const isDead = !life || verdict.startedAt > life.revokeDoneAt || verdict.endedAt < life.addStartedAt;
    const isLive =
      life !== undefined && verdict.startedAt > life.addDoneAt + visibleWithinMs && verdict.endedAt < life.revokeStartedAt;
    if (isDead || isLive) certain += 1;
    if (isDead && verdict.answer === 'allow') faults.push(allowedWrongly(verdict, life));
    if (isLive && verdict.answer === 'refuse') faults.push({ kind: 'refused-live', verdict });
  }
  return { faults, asked: verdicts.length, answered, certain };
}

function allowedWrongly(verdict: Verdict, life: Life | undefined): HistoryFault {
  if (!life || life.addStartedAt === Infinity) return { kind: 'allowed-unknown', verdict };
  const afterMs = verdict.startedAt - life.revokeDoneAt;
  return afterMs > 0 ? { kind: 'allowed-after-revoke', verdict, afterMs } : { kind: 'allowed-before-add', verdict };
}

/** A fault as a sentence for the person who has to find its cause. */
export function tellFault(fault: HistoryFault): string {
  const { validator, token, startedAt, endedAt } = fault.verdict;
  const asked = `${validator}, asked at ${startedAt.toFixed(1)} ms (answered ${(endedAt - startedAt).toFixed(1)} ms later),`;
  switch (fault.kind) {
    case 'allowed-after-revoke':
      return `${asked} allowed ${token}, whose revoke had been answered ${fault.afterMs.toFixed(1)} ms before`;
    case 'allowed-before-add':
      return `${asked} allowed ${token} before anybody added it`;
    case 'allowed-unknown':
      return `${asked} allowed ${token}, which nobody ever added`;
    case 'refused-live':
      return `${asked} refused ${token}, which was live all the time`;
  }
}
