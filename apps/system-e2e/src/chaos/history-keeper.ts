import { type Change, judgeHistory, tellFault, type Verdict } from '../proof/history.ts';

/** What was asked while one kind of fault struck, or while none did. */
interface Share {
  asked: number;
  answered: number;
}

/** Longest lease (ADR 2), and as long as a busy machine lets an answer lie. */
export const visibleWithinMs = 6_000;
/** So many sentences say what is wrong; more of them say nothing more. */
const mostFaults = 20;

/**
 * Judges a history while it grows, and keeps nothing of it but counts, so a run may last for days. That is sound: a verdict is judged when
 * it is over, when every change that began before its end is known, and one that was not answered by then is "maybe" to it anyway.
 */
export class HistoryKeeper {
  readonly #changes = new Map<string, Change[]>();
  readonly #faults: string[] = [];
  readonly #shares = new Map<string, Share>();
  #asked = 0;
  #answered = 0;
  #certain = 0;
  #count = 0;

  /** Makes known that a change begins now, before it is sent; the answer is when it was done. */
  begin(kind: Change['kind'], token: string, startedAt: number): { readonly done: (at: number) => void } {
    const change: { -readonly [K in keyof Change]: Change[K] } = { kind, token, startedAt };
    this.#changes.set(token, [...(this.#changes.get(token) ?? []), change]);
    return { done: (at) => void (change.doneAt = at) };
  }

  /** A token that is not presented any more, nor will be. */
  forget(token: string): void {
    this.#changes.delete(token);
  }

  /** @param struckAt the kinds of faults that struck at a moment */
  judge(verdicts: readonly Verdict[], struckAt: (at: number) => readonly string[]): void {
    const named = new Set(verdicts.map(({ token }) => token));
    const changes = [...named].flatMap((token) => this.#changes.get(token) ?? []);
    const { faults, asked, answered, certain } = judgeHistory(verdicts, changes, { visibleWithinMs });
    this.#asked += asked;
    this.#answered += answered;
    this.#certain += certain;
    this.#count += faults.length;
    for (const fault of faults)
      if (this.#faults.length < mostFaults)
        this.#faults.push(`${tellFault(fault)} [${struckAt(fault.verdict.startedAt).join(', ')}]`);
    for (const { startedAt, answer } of verdicts) {
      const struck = struckAt(startedAt);
      for (const kind of struck.length > 0 ? struck : ['nothing']) {
        const share = this.#shares.get(kind) ?? { asked: 0, answered: 0 };
        this.#shares.set(kind, share);
        share.asked += 1;
        if (answer !== 'none') share.answered += 1;
      }
    }
  }

  report() {
    return {
      asked: this.#asked,
      answered: this.#answered,
      certain: this.#certain,
      faults: this.#faults,
      faultCount: this.#count,
      shares: Object.fromEntries([...this.#shares].sort(([a], [b]) => a.localeCompare(b))) as Readonly<Record<string, Readonly<Share>>>, // prettier-ignore
    };
  }
}
