import { type ConnectionRef, connectionRefText } from '@tallystick/devices-domain';
import { TryAgain } from './directory-failure.ts';

/** Whoever is turned away comes back after so long at the earliest. */
const comeBackMs = 1_000;

/** A place is handed on to the one who has waited longest. */
interface Room {
  readonly key: string;
  /** As many as may be taken. */
  readonly most: number;
  taken: number;
  readonly waiting: (() => void)[];
}

export interface ConnectionPlacesSettings {
  /** Places of one connection. */
  readonly each: number;
  /** Places of all connections of one environment together; without it as many as they have. */
  readonly environment?: number;
  /** Places of all; without it as many as they have. */
  readonly all?: number;
  /** How many of one connection, and of one environment, may be here, working or waiting; without it everybody may wait. */
  readonly inside?: { readonly each: number; readonly environment: number };
  /** Nobody waits for longer; 0: nobody waits. Well below the heartbeat time-out of the activity, which is silent meanwhile. */
  readonly longestWaitMs: number;
  readonly pause: (ms: number) => Promise<unknown>;
}

/** What work of a connection waits for, or is turned away by. */
export type Places = Pick<ConnectionPlaces, 'within'>;

/** A place for everybody. */
export const everyPlace: Places = { within: (_ref, work) => work() };

/**
 * The places that one connection, and all of one environment, may take in this process (ADR 5.8, R47): a directory that is slow or hangs, or
 * whose budget is used up, fills its own and no other environment's, however many connections it has. A worker has more slots than places, so
 * that those who wait are at hand when a place becomes free; one connection's, or one environment's, may not fill the slots either, waiting or
 * not. Two environments that flood the worker at once can still fill it.
 *
 *   slots of the worker ⊃ inside: of an environment, of a connection ⊃ places: of a connection, of its environment, of all ⊃ calls at a directory
 */
export class ConnectionPlaces {
  readonly #settings: ConnectionPlacesSettings;
  readonly #rooms = new Map<string, Room>();
  readonly #all: Room;

  constructor(settings: ConnectionPlacesSettings) {
    const { each, environment = each, all = each, inside = { each, environment } } = settings;
    if (!(Math.min(each, environment, all, inside.each, inside.environment) >= 1))
      throw new RangeError('each has at least one place');
    this.#settings = settings;
    this.#all = { key: '', most: settings.all ?? Infinity, taken: 0, waiting: [] };
  }

  /** `work` in a place of the connection, of its environment and of all. @throws TryAgain `connection-busy`: nothing was begun */
  async within<T>(ref: ConnectionRef, work: () => Promise<T>): Promise<T> {
    const { each, environment = Infinity, inside = everybody, longestWaitMs, pause } = this.#settings;
    const connection = connectionRefText(ref);
    const taken: Room[] = [];
    let patience: Promise<unknown> | undefined; // one for all three waits
    const take = async (room: Room, mayWait: boolean): Promise<void> => {
      if (room.taken < room.most) room.taken += 1;
      else if (!mayWait || longestWaitMs === 0) throw busy();
      else await turn(room, (patience ??= pause(longestWaitMs)));
      taken.push(room);
    };
    try {
      await take(this.#of(`inside ${ref.environment}`, inside.environment), false);
      await take(this.#of(`inside connection ${connection}`, inside.each), false);
      await take(this.#of(`connection ${connection}`, each), true);
      await take(this.#of(`environment ${ref.environment}`, environment), true);
      await take(this.#all, true);
      return await work();
    } finally {
      for (const room of taken.reverse()) this.#free(room);
    }
  }

  #free(room: Room): void {
    const next = room.waiting.shift();
    if (next) return next();
    room.taken -= 1;
    if (room.taken === 0) this.#rooms.delete(room.key);
  }

  #of(key: string, most: number): Room {
    const there = this.#rooms.get(key);
    if (there) return there;
    const made: Room = { key, most, taken: 0, waiting: [] };
    this.#rooms.set(key, made);
    return made;
  }
}

/** Resolves when a place was handed over. @throws TryAgain when patience ends first */
async function turn(room: Room, patience: Promise<unknown>): Promise<void> {
  let mine: (() => void) | undefined;
  const handed = new Promise<'mine'>((resolve) => {
    mine = () => resolve('mine');
    room.waiting.push(mine);
  });
  if ((await Promise.race([handed, patience])) === 'mine') return;
  const at = room.waiting.indexOf(mine!);
  if (at < 0) return; // handed over in the very moment
  room.waiting.splice(at, 1);
  throw busy();
}

const everybody = { each: Infinity, environment: Infinity };

const busy = (): TryAgain =>
  new TryAgain(
    'connection-busy',
    'as much of this connection, or of its environment, is under way as may be at one time',
    comeBackMs,
  );
