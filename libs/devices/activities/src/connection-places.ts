import { type ConnectionRef, connectionRefText } from '@tallystick/devices-domain';
import { TryAgain } from './directory-failure.ts';

/** Whoever would wait longer leaves their slot to somebody else. */
const shortWaitMs = 200;

/** Places are counted over so long to know how fast they become free. */
const windowMs = 1_000;

interface Room {
  readonly key: string;
  /** As many as may be taken. */
  readonly most: number;
  taken: number;
  readonly waiting: (() => void)[];
  windowBegan: number;
  /** How many became free in this window and in the one before. */
  freed: number;
  freedBefore: number;
}

export interface ConnectionPlacesSettings {
  /** Places of one connection. */
  readonly each: number;
  /** Places of all connections of one environment together; without it as many as they have. */
  readonly environment?: number;
  /** Milliseconds of a clock that only goes on. */
  readonly elapsedMs: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
}

/** What work of a connection waits for, or is turned away by. */
export type Places = Pick<ConnectionPlaces, 'within'>;

/** A place for everybody. */
export const everyPlace: Places = { within: (_ref, work) => work() };

/**
 * The places that one connection, and all of one environment, may take in this process (ADR 5.8): a directory that hangs, or whose budget is
 * used up, fills its own and no other environment's, however many connections it has. One who finds none waits only where places become free
 * so fast that it is their turn at once; else the slot is given back.
 *
 *   places turn over (a quick directory): wait ≤ 200 ms, then work      none becomes free (one that hangs): `connection-busy` at once
 */
export class ConnectionPlaces {
  readonly #settings: ConnectionPlacesSettings;
  readonly #places = new Map<string, Room>();

  constructor(settings: ConnectionPlacesSettings) {
    if (!(settings.each >= 1)) throw new RangeError('each connection has at least one place');
    if (!((settings.environment ?? 1) >= 1)) throw new RangeError('each environment has at least one place');
    this.#settings = settings;
  }

  /** `work` in a place of the connection and of its environment. @throws TryAgain `connection-busy`: nothing was begun */
  async within<T>(ref: ConnectionRef, work: () => Promise<T>): Promise<T> {
    const { each, environment = Infinity } = this.#settings;
    const taken: Room[] = [];
    let begun = false;
    try {
      for (const places of [this.#of(connectionRefText(ref), each), this.#of(ref.environment, environment)]) {
        await this.#take(places);
        taken.push(places);
      }
      begun = true;
      return await work();
    } finally {
      for (const places of taken) this.#free(places, begun);
    }
  }

  async #take(places: Room): Promise<void> {
    if (places.taken < places.most) places.taken += 1;
    else await this.#turn(places);
  }

  /** Resolves when a place was handed over. */
  async #turn(places: Room): Promise<void> {
    this.#look(places);
    const perSecond = Math.max(places.freed, places.freedBefore);
    if ((places.waiting.length + 1) * 1_000 > perSecond * shortWaitMs) throw busy();
    let mine: (() => void) | undefined;
    const handed = new Promise<'mine'>((resolve) => {
      mine = () => resolve('mine');
      places.waiting.push(mine);
    });
    if ((await Promise.race([handed, this.#settings.pause(2 * shortWaitMs)])) === 'mine') return;
    const at = places.waiting.indexOf(mine!);
    if (at < 0) return; // handed over in the very moment
    places.waiting.splice(at, 1);
    throw busy();
  }

  /** `used`: whoever turned back at the next door says nothing of how fast places become free. */
  #free(places: Room, used: boolean): void {
    this.#look(places);
    if (used) places.freed += 1;
    const next = places.waiting.shift();
    if (next) return next();
    places.taken -= 1;
    if (places.taken === 0 && this.#places.size > 1_000) this.#places.delete(places.key);
  }

  #look(places: Room): void {
    const now = this.#settings.elapsedMs();
    const age = now - places.windowBegan;
    if (age < windowMs) return;
    places.freedBefore = age < 2 * windowMs ? places.freed : 0;
    places.freed = 0;
    places.windowBegan = now;
  }

  #of(key: string, most: number): Room {
    const there = this.#places.get(key);
    if (there) return there;
    const begun = this.#settings.elapsedMs();
    const made: Room = { key, most, taken: 0, waiting: [], windowBegan: begun, freed: 0, freedBefore: 0 };
    this.#places.set(key, made);
    return made;
  }
}

const busy = (): TryAgain =>
  new TryAgain('connection-busy', 'as much of this connection, or of its environment, is under way as may be at one time', 1_000);
