// R47 by a clock of its own, so that nothing depends on the machine: the slots of one worker, the queue before them, and the places of
// connections and environments in between. What a real system keeps of its pace (within 10 %) is for the benchmark to say.
// Not shown, because it does not hold: a flood at a quick directory, where those who wait for a place hold the slots of all meanwhile.
import { expect, it } from '@jest/globals';
import type { ConnectionRef } from '@tallystick/devices-domain';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import { ConnectionPlaces, everyPlace, type Places } from './connection-places.ts';
import { TryAgain } from './directory-failure.ts';

const slots = 20;
/** What a task costs its slot, however soon it is turned away. */
const taskMs = 2;
const refOf = (environment: string): ConnectionRef => ({
  environment: environmentId(environment),
  connection: connectionId('hr'),
});
const [floods, quiet] = [refOf('acme'), refOf('globex')];

class OneWorker {
  now = 0;
  readonly #timers: { readonly at: number; readonly go: () => void }[] = [];
  readonly #queue: (() => Promise<void>)[] = [];
  #free = slots;

  readonly pause = (ms: number): Promise<void> => new Promise((go) => void this.#timers.push({ at: this.now + ms, go }));

  /** Goes on to this moment, and rings each timer at its own. */
  async until(moment: number): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      this.#timers.sort((one, other) => one.at - other.at);
      const next = this.#timers[0];
      if (!next || next.at > moment) break;
      this.#timers.shift();
      this.now = next.at;
      next.go();
    }
    this.now = moment;
  }

  /** One user: in a slot, then in a place; turned away they come back to the end of the queue when told. @returns ms from wake-up to end */
  pass(places: Places, ref: ConnectionRef, directoryMs: number): Promise<number> {
    const woken = this.now;
    return new Promise((done) => {
      const attempt = async (): Promise<void> => {
        await this.pause(taskMs);
        try {
          await places.within(ref, () => this.pause(directoryMs));
          done(this.now - woken);
        } catch (error) {
          if (!(error instanceof TryAgain)) throw error;
          void this.pause(error.retryAfterMs!).then(() => this.#enter(attempt));
        }
      };
      this.#enter(attempt);
    });
  }

  #enter(attempt: () => Promise<void>): void {
    this.#queue.push(attempt);
    while (this.#free > 0 && this.#queue.length > 0) void this.#work(this.#queue.shift()!);
  }

  async #work(attempt: () => Promise<void>): Promise<void> {
    this.#free -= 1;
    await attempt();
    this.#free += 1;
    if (this.#queue.length > 0) void this.#work(this.#queue.shift()!);
  }
}

/** As `temporal-worker` shares its slots (ADR 5.8). */
const shared = (worker: OneWorker): Places =>
  new ConnectionPlaces({
    ...{ each: slots / 2, environment: (3 * slots) / 4 },
    ...{ elapsedMs: () => worker.now, pause: worker.pause },
  });

/** The median of what a user of the quiet tenant takes, while so many of the other tenant's are due. Infinite when most never end. */
async function pace(flood: number, directoryMs: number, placesOf: (worker: OneWorker) => Places): Promise<number> {
  const worker = new OneWorker();
  const places = placesOf(worker);
  for (let user = 0; user < flood; user += 1) void worker.pass(places, floods, directoryMs);
  const took: number[] = [];
  const [users, everyMs] = [40, 50];
  for (let user = 1; user <= users; user += 1) {
    await worker.until(1_000 + user * everyMs);
    void worker.pass(places, quiet, 100).then((ms) => took.push(ms));
  }
  await worker.until(10_000);
  const all = [...took, ...Array.from({ length: users - took.length }, () => Infinity)];
  return all.sort((one, other) => one - other)[users / 2]!;
}

it.each([
  ['is slow', 500],
  ['is very slow', 5_000],
  ['hangs', 45_000],
])(
  'R47: a tenant with 500 users due at a directory that %s leaves another tenant at most three times its pace, which it loses without places',
  async (_, directoryMs) => {
    const idle = await pace(0, directoryMs, shared);
    expect(await pace(500, directoryMs, shared)).toBeLessThanOrEqual(3 * idle);
    expect(await pace(500, directoryMs, () => everyPlace)).toBeGreaterThan(10 * idle);
  },
);
