import type { Instant } from '@tallystick/kernel-core';
import type { DeviceNote } from '@tallystick/tokens-domain';

/** How far one delivery has come on one device. */
export interface DeviceStand {
  /** The attempt under way or over; 0: nothing is known of any. */
  readonly attempt: number;
  /** The server took a command of this delivery for the device, once at least, and no newer delivery took its place. */
  readonly isStored: boolean;
  /** `delivered`: the device's own answer shows the value. `failed`: the attempt is over, and only another one helps. */
  readonly count: 'delivered' | 'pending' | 'failed';
  /** What was done by it, or queued for it, is gone: the command has to be sent again, as this attempt. */
  readonly again?: { readonly attempt: number };
  /** A question to put to the device now; `round` makes it another one than those before. */
  readonly ask?: { readonly round: number };
  /** Of a command that was begun, and that the server is not known to have taken: when. */
  readonly begunAt?: Instant;
  /** Where nothing is known of this delivery: when a command of another one was last intended. */
  readonly othersAt?: Instant;
}

/** A silent device is asked once a day: the server sends each webhook once, and one that got lost is not told again. */
export const askAgainAfterMs = 86_400_000;
const mostRounds = 30;

/**
 *   (none) ──apply──▶ sending ─▶ queued ─┬▶ acknowledged ──ask──▶ answer shows the value ▶ delivered
 *                                        ├▶ not-now (later)     └▶ answer shows another ▶ failed
 *                                        └▶ error ▶ failed
 *   enrolled anew, or an older delivery carried out later ──again──▶ sending, as the next attempt
 * @param notes of the device, of all deliveries, in the order in which they were intended.
 * @param isOurs whether it is a command of this delivery, with what it would set today; costs a hash, and is asked once for each note.
 * @param wanted keyed digest of the value.
 */
export function standOf(
  notes: readonly DeviceNote[],
  isOurs: (note: DeviceNote) => boolean,
  wanted: string,
  now: Instant,
): DeviceStand {
  const ours = new Set(notes.filter((note) => isOurs(note)));
  const others = notes.filter((note) => note.kind === 'set' && !ours.has(note));
  const sets = [...ours].filter(({ kind }) => kind === 'set');
  const set = sets.reduce<DeviceNote | undefined>(later, undefined);
  if (!set) {
    const othersAt = others.reduce<Instant | undefined>(
      (at, note) => (at && at > note.intendedAt ? at : note.intendedAt),
      undefined,
    );
    return { ...{ attempt: 0, isStored: false, count: 'pending' }, ...(othersAt !== undefined && { othersAt }) };
  }
  const { attempt, status } = set;
  // Never sent again over a newer delivery: that one is what the device is to have.
  const isSuperseded = notes.indexOf(others.at(-1) ?? set) > notes.indexOf(set);
  if (status === 'lost' || isOverwritten(set, others))
    return isSuperseded
      ? { attempt, isStored: false, count: 'failed' }
      : { attempt, isStored: true, count: 'pending', again: { attempt: attempt + 1 } };
  if (status === 'sending') {
    const sending = { attempt, count: 'pending' } as const;
    if (isSuperseded) return { ...sending, isStored: false };
    const isBegun = sets.every((note) => note.status === 'sending');
    return isBegun
      ? { ...sending, isStored: false, begunAt: set.intendedAt }
      : { ...sending, isStored: true, again: { attempt } };
  }
  if (status === 'error') return { attempt, isStored: true, count: 'failed' };

  const reads = [...ours].filter((note) => note.kind === 'read' && note.attempt === attempt);
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
  others.some((note) => note.status === 'acknowledged' && (note.answeredAt ?? 0) > (set.answeredAt ?? 0));
