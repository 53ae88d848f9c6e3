// R47 by a clock of its own, so that nothing depends on the machine: the slots of one worker, the queue before them, and the places of
// connections and environments in between. What a real system keeps of its pace is for the benchmark to say.
import { expect, it } from '@jest/globals';
import type { ConnectionRef } from '@tallystick/devices-domain';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import { ConnectionPlaces, type Places } from './connection-places.ts';
import { longestDelayMs, retryDelayMs } from './create-device-activities.ts';
import { TryAgain } from './directory-failure.ts';

const all = 20;
const slots = 10 * all;
/** What a task costs its slot, however soon it is turned away. */
const taskMs = 2;
const refOf = (environment: string): ConnectionRef => ({
  environment: environmentId(environment),
  connection: connectionId('hr'),
});
const [floods, sibling, quiet] = [refOf('acme'), { ...refOf('acme'), connection: connectionId('staff') }, refOf('globex')];

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
    let attempts = 0;
    return new Promise((done) => {
      const attempt = async (): Promise<void> => {
        attempts += 1;
        await this.pause(taskMs);
        try {
          await places.within(ref, () => this.pause(directoryMs));
          done(this.now - woken);
        } catch (error) {
          if (!(error instanceof TryAgain)) throw error;
          const delayMs = retryDelayMs(error.retryAfterMs!, attempts, longestDelayMs(error.reason));
          void this.pause(delayMs).then(() => this.#enter(attempt));
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
    ...{ each: all / 2, environment: (3 * all) / 4, all, inside: { each: slots / 2, environment: (3 * slots) / 4 } },
    ...{ longestWaitMs: 5_000, pause: worker.pause },
  });
/** No share for anybody: who comes first, waits first. */
const unshared = (worker: OneWorker): Places =>
  new ConnectionPlaces({ each: all, all, longestWaitMs: Infinity, pause: () => new Promise(() => worker) });

interface Paces {
  /** The median of what a user of the quiet tenant takes; infinite when most never end. */
  readonly quietMs: number;
  /** When the last one of the flood was done; infinite when that was not to be seen. */
  readonly floodOverMs: number;
}

/** One tenant's users come by and by, so many of another's are due at once. */
async function paces(flood: number, directoryMs: number, placesOf: (worker: OneWorker) => Places, other = quiet): Promise<Paces> {
  const worker = new OneWorker();
  const places = placesOf(worker);
  const [flooded, took]: [number[], number[]] = [[], []];
  for (let user = 0; user < flood; user += 1) void worker.pass(places, floods, directoryMs).then((ms) => flooded.push(ms));
  const users = 40;
  let comesAt = 1_000;
  for (let user = 1; user <= users; user += 1) {
    comesAt += 7 + ((user * 61) % 89); // irregular: who comes just when the one before goes has that one's place
    await worker.until(comesAt);
    void worker.pass(places, other, 100).then((ms) => took.push(ms));
  }
  await worker.until(10_000);
  const seen = [...took, ...Array.from({ length: users - took.length }, () => Infinity)];
  return {
    quietMs: seen.sort((one, other) => one - other)[users / 2]!,
    floodOverMs: flooded.length < flood ? Infinity : Math.max(0, ...flooded),
  };
}

it.each([
  ['is quick', 50],
  ['is as quick as others', 100],
  ['is slow', 500],
  ['is very slow', 5_000],
  ['hangs', 45_000],
])(
  'R47: a tenant with 2,000 users due at a directory that %s leaves another tenant its pace within 10 %%, which it loses where nothing is shared',
  async (_, directoryMs) => {
    const idle = await paces(0, directoryMs, shared);
    expect((await paces(2_000, directoryMs, shared)).quietMs).toBeLessThanOrEqual(1.1 * idle.quietMs);
    expect((await paces(2_000, directoryMs, unshared)).quietMs).toBeGreaterThan(5 * idle.quietMs);
  },
);

it('R47: a tenant that floods the system has at least half the pace that its own connection could have', async () => {
  const bestMs = (500 * 100) / (all / 2);
  expect((await paces(500, 100, shared)).floodOverMs).toBeLessThanOrEqual(2 * bestMs);
});

it('R47: a connection that floods the system leaves another one of its own environment its pace', async () => {
  const idle = await paces(0, 5_000, shared, sibling);
  expect((await paces(2_000, 5_000, shared, sibling)).quietMs).toBeLessThanOrEqual(1.1 * idle.quietMs);
});
