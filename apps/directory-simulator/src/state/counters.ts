import { kindOf, type OperationKind } from './operations.ts';

interface Counted {
  readonly kind: OperationKind;
  calls: number;
  readonly byStatus: Record<string, number>;
}

/** How often each operation was called and how it was answered. It costs the same for the first call and for the millionth. */
export class Counters {
  #since: number;
  #operations = new Map<string, Counted>();
  #rateLimited = 0;
  #now = 0;
  #most = 0;
  #second = 0;
  #inSecond = 0;
  #busiest = 0;

  /** `now`: epoch milliseconds. */
  constructor(now: number) {
    this.#since = now;
  }

  /** A call arrives; unknown operations are counted as one, since their names are the callers'. */
  begin(op: string, now: number): void {
    const counted = this.#operations.get(op) ?? { kind: kindOf(op), calls: 0, byStatus: {} };
    counted.calls += 1;
    this.#operations.set(op, counted);
    this.#now += 1;
    this.#most = Math.max(this.#most, this.#now);
    const second = Math.floor(now / 1000);
    this.#inSecond = second === this.#second ? this.#inSecond + 1 : 1;
    this.#second = second;
    this.#busiest = Math.max(this.#busiest, this.#inSecond);
  }

  /** The call is answered; `null`: it gets no answer. */
  answered(op: string, status: number | null): void {
    const counted = this.#operations.get(op);
    if (!counted) return;
    const key = String(status ?? 'none');
    counted.byStatus[key] = (counted.byStatus[key] ?? 0) + 1;
    if (status === 429) this.#rateLimited += 1;
  }

  /** The connection of the call has no more to do with it. */
  end(): void {
    this.#now = Math.max(0, this.#now - 1);
  }

  /** Forgets everything but the calls that are under way. */
  reset(now: number): void {
    this.#since = now;
    this.#operations = new Map();
    this.#rateLimited = 0;
    this.#most = this.#now;
    this.#inSecond = 0;
    this.#busiest = 0;
  }

  show() {
    const of = (kind: OperationKind) =>
      [...this.#operations.values()].filter((counted) => counted.kind === kind).reduce((sum, { calls }) => sum + calls, 0);
    const [reads, writes, logins] = [of('read'), of('write'), of('login')];
    return {
      since: new Date(this.#since).toISOString(),
      calls: reads + writes + logins,
      reads,
      writes,
      rateLimited: this.#rateLimited,
      inFlight: { now: this.#now, most: this.#most },
      busiestSecond: this.#busiest,
      operations: Object.fromEntries(this.#operations),
    };
  }
}
