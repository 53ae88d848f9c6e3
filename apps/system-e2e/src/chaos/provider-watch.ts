import { devicesOnTheWay } from '../proof/devices-on-the-way.ts';
import type { SeenCall, SeenDirectory } from '../system/seen-directory.ts';

export interface Budget {
  readonly callsPerSecond: number;
  readonly burst: number;
  readonly inFlight: number;
}

const pingid = ['adduser', 'getuserdetails', 'edituser', 'deleteuser', 'suspenduser', 'activateuser', 'offlinepairing', 'unpairdevice', 'updatedeviceattr']; // prettier-ignore
const deviceChanges = ['offlinepairing', 'create-device', 'unpairdevice', 'delete-device'];
const windowMs = 1_000;
/** So many at most belong to one operation (c.2–c.4): all are charged before the first, and made one after the other. */
const callsOfOne = { pingid: 1, pingone: 3 } as const;
type Dialect = keyof typeof callsOfOne;

/**
 * Reads the provider's log of calls while it grows: how far the busiest second was above the budget (I10), and the calls that made or took a device
 * of those who must never have less.
 */
export class ProviderWatch {
  readonly #directory: Pick<SeenDirectory, 'calls'>;
  readonly #keeps: ReadonlyMap<string, number>;
  readonly #changes = new Map<string, SeenCall[]>();
  readonly #recent = { pingid: [] as number[], pingone: [] as number[] };
  readonly #most = { pingid: 0, pingone: 0 };
  #last = 0;
  #calls = 0;

  /** @param keeps devices of those whose calls are kept, by username */
  constructor(directory: Pick<SeenDirectory, 'calls'>, since: number, keeps: ReadonlyMap<string, number>) {
    this.#directory = directory;
    this.#last = since;
    this.#keeps = keeps;
  }

  async read(): Promise<void> {
    const calls = await this.#directory.calls(this.#last);
    for (const call of calls) {
      this.#last = call.n;
      if (call.op === 'token') continue; // a login, which no budget counts
      this.#calls += 1;
      const dialect = pingid.includes(call.op) ? 'pingid' : 'pingone';
      const at = Date.parse(call.time);
      const recent = this.#recent[dialect];
      recent.push(at);
      while (recent[0]! <= at - windowMs) recent.shift();
      this.#most[dialect] = Math.max(this.#most[dialect], recent.length);
      if (this.#keeps.has(call.username) && deviceChanges.includes(call.op))
        this.#changes.set(call.username, [...(this.#changes.get(call.username) ?? []), call]);
    }
  }

  report(budget: Budget) {
    // What was charged before, and is made in this second: a broken link held it back, or it is the rest of an operation that is under way.
    const allowedOf = (dialect: Dialect): number =>
      budget.burst + budget.callsPerSecond * (windowMs / 1_000) + budget.inFlight * callsOfOne[dialect];
    const allowed = { pingid: allowedOf('pingid'), pingone: allowedOf('pingone') };
    const overBudget = (['pingid', 'pingone'] as const)
      .filter((dialect) => this.#most[dialect] > allowed[dialect])
      .map(
        (dialect) =>
          `I10: ${dialect} got ${this.#most[dialect]} calls within a second, and at most ${allowed[dialect]} are allowed`,
      );
    const withLess = [...this.#changes].flatMap(([username, calls]) => {
      const had = this.#keeps.get(username)!;
      const { least } = devicesOnTheWay(calls, had);
      return least < had ? [`${username} had ${least} devices for a while, and must never have less than ${had}`] : [];
    });
    return { calls: this.#calls, busiestSecond: { ...this.#most }, allowed, faults: [...overBudget, ...withLess] };
  }
}
