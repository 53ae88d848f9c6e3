import type { Instant } from '@tallystick/kernel-core';
import type { DeviceNote } from '@tallystick/tokens-domain';

/** How far one delivery has come on one device. */
export interface DeviceStand {
  /** The attempt under way or over; 0: none yet. */
  readonly attempt: number;
  /** The server took the command of that attempt, or the device answered it, and nothing has undone it since. */
  readonly isStored: boolean;
  /** `delivered`: the device's own answer shows the value. `failed`: the attempt is over, and only another one helps. */
  readonly count: 'delivered' | 'pending' | 'failed';
  /** A question to put to the device now; `round` makes it another one than those before. */
  readonly ask?: { readonly round: number };
}

/** A silent device is asked once a day: the server sends each webhook once, and one that got lost is not told again. */
export const askAgainAfterMs = 86_400_000;
const mostRounds = 30;

/**
 *   (none) ──apply──▶ sending ─▶ queued ─┬▶ acknowledged ──ask──▶ answer shows the value ▶ delivered
 *                                        ├▶ not-now (later)     └▶ answer shows another ▶ failed
 *                                        └▶ error ▶ failed
 * @param notes of the device, of all deliveries, in the order in which they were intended.
 * @param isOurs whether it is a command of this delivery, with what it would set today.
 * @param wanted keyed digest of the value.
 */
export function standOf(
  notes: readonly DeviceNote[],
  isOurs: (note: DeviceNote) => boolean,
  wanted: string,
  now: Instant,
): DeviceStand {
  const set = notes.filter((note) => note.kind === 'set' && isOurs(note)).reduce<DeviceNote | undefined>(later, undefined);
  if (!set) return { attempt: 0, isStored: false, count: 'pending' };
  const { attempt, status } = set;
  if (
    status === 'lost' ||
    isOverwritten(
      set,
      notes.filter((note) => !isOurs(note)),
    )
  )
    return { attempt, isStored: false, count: 'failed' };
  if (status === 'sending') return { attempt, isStored: false, count: 'pending' };
  if (status === 'error') return { attempt, isStored: true, count: 'failed' };

  const reads = notes.filter((note) => note.kind === 'read' && note.attempt === attempt && isOurs(note));
  const answer = reads
    .filter((note) => note.status === 'acknowledged' || note.status === 'error')
    .reduce<DeviceNote | undefined>(later, undefined);
  if (answer?.holds === wanted) return { attempt, isStored: true, count: 'delivered' };
  // Asked after the command and answered before it: only a device that put the command off may do so.
  if (answer && status !== 'not-now') return { attempt, isStored: true, count: 'failed' };

  const pending = { attempt, isStored: true, count: 'pending' } as const;
  const open = reads.at(-1);
  if (status === 'acknowledged' && (!open || open.status === 'sending')) return { ...pending, ask: { round: open?.round ?? 0 } };
  const silentForMs = now - (open ?? set).intendedAt;
  const round = Math.floor((now - set.intendedAt) / askAgainAfterMs);
  const isDue = silentForMs >= askAgainAfterMs && round > (open?.round ?? 0) && (open?.round ?? 0) < mostRounds;
  return isDue ? { ...pending, ask: { round } } : pending;
}

const later = (known: DeviceNote | undefined, note: DeviceNote): DeviceNote =>
  !known || note.attempt > known.attempt || (note.attempt === known.attempt && note.round > known.round) ? note : known;

/**
 * A device that put a command off gets it again after those that came later, so that an older delivery can be carried out after a newer
 * one: the command that it acknowledged last is the one whose value it holds.
 */
const isOverwritten = (set: DeviceNote, others: readonly DeviceNote[]): boolean =>
  set.status === 'acknowledged' &&
  others.some((note) => note.kind === 'set' && note.status === 'acknowledged' && (note.answeredAt ?? 0) > (set.answeredAt ?? 0));
