import type { BudgetLane, BudgetSettings, DirectoryBudget, DirectoryName, Grant } from '@tallystick/devices-domain';
import { type Instant, instant } from '@tallystick/kernel-core';

export interface BudgetUnderTest {
  readonly budget: DirectoryBudget;
  /** The same data as another process sees it. */
  readonly other: DirectoryBudget;
  /** Before every directory's name; used by nobody else. */
  readonly prefix: string;
  close(): void | Promise<void>;
}

/** `clock`: the time that the budget has to go by. */
export type MakeBudget = (clock: () => Instant) => BudgetUnderTest | Promise<BudgetUnderTest>;

export type BudgetWish = Partial<{ lane: BudgetLane; calls: number; leaseMs: number } & BudgetSettings>;

const usual: BudgetSettings = { callsPerSecond: 10, burst: 5, inFlight: 100 };

/** The budget under test as the tests use it: opened once, with a time that they move and a fresh directory for whoever asks. */
export class BudgetBench {
  readonly #make: MakeBudget;
  #made: BudgetUnderTest | undefined;
  #directories = 0;
  now = instant(1_795_000_000_000);

  constructor(make: MakeBudget) {
    this.#make = make;
  }

  async open(): Promise<void> {
    this.#made = await this.#make(() => this.now);
  }

  async close(): Promise<void> {
    await this.#made?.close();
  }

  get stores(): BudgetUnderTest {
    return this.#made!;
  }

  pass(ms: number): void {
    this.now = instant(this.now + ms);
  }

  /** A new one, with a name that an implementation might trip over. */
  directory(): DirectoryName {
    return `${this.stores.prefix}/{${(this.#directories += 1)}}`;
  }

  ask(name: DirectoryName, wish: BudgetWish = {}, budget = this.stores.budget): Promise<Grant> {
    const { lane = 'live', calls = 1, leaseMs = 10_000, ...more } = wish;
    return budget.acquire(name, { lane, calls, leaseMs, settings: { ...usual, ...more } }, this.now);
  }

  done(
    name: DirectoryName,
    lease: string,
    kind: 'ok' | 'failed' | 'credentials-refused' | 'method-disabled' = 'ok',
    budget = this.stores.budget,
  ): ReturnType<DirectoryBudget['done']> {
    return budget.done(name, lease, kind === 'ok' || kind === 'failed' ? { kind } : { kind: 'sick', why: kind }, this.now);
  }

  /** The lease of one that must be granted. */
  async granted(name: DirectoryName, wish: BudgetWish = {}): Promise<string> {
    return leaseOf(await this.ask(name, wish));
  }

  /** How many of so many asks at one moment are granted; those are over at once. */
  async grantedNow(name: DirectoryName, asks: number, wish: BudgetWish = {}): Promise<number> {
    let granted = 0;
    for (let n = 0; n < asks; n += 1) {
      const grant = await this.ask(name, wish);
      if (grant.kind !== 'granted') continue;
      granted += 1;
      await this.done(name, grant.lease);
    }
    return granted;
  }
}

export function leaseOf(grant: Grant): string {
  if (grant.kind !== 'granted') throw new Error(`not granted: ${JSON.stringify(grant)}`);
  return grant.lease;
}
