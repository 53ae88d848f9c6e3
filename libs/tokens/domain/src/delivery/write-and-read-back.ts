import { canonicalJson, type Instant } from '@tallystick/kernel-core';
import type { Platform } from '../ring.ts';
import type {
  Delivery,
  DeliveryOutcome,
  DeliveryPlan,
  DeliveryReceipt,
  DeliveryTarget,
  HeldValue,
  NotDone,
  SlotReading,
  Verification,
} from './delivery-ports.ts';

/** A configuration at a vendor as it was read: a policy, a rule set, an app. */
export interface Loaded<C> {
  readonly kind: 'loaded';
  readonly content: C;
  readonly version?: string;
  readonly changedAt?: Instant;
}

export type Saved =
  | NotDone
  /** Taken. */
  | { readonly kind: 'saved' }
  /** No answer, or one that does not say: it may have been carried out. */
  | { readonly kind: 'unknown'; readonly detail: string };

/** What an adapter tells about the configurations in which its key stands. Reading, changing and comparing is the same for all. */
export interface VendorConfigurations<C> {
  /** The configurations of a slot, in a fixed order; each is written by itself. Empty: there is no such slot. */
  ids(platform: Platform): readonly string[];
  load(id: string, platform: Platform, deadline: AbortSignal): Promise<Loaded<C> | NotDone>;
  /** The places in it where a delivery puts the value: what stands there now. A reason when it must not be written. */
  places(content: C, platform: Platform): readonly { readonly name: string; readonly value: HeldValue | undefined }[] | NotDone;
  /** The same with the value at each place; nothing else is touched. */
  withValue(content: C, value: HeldValue, platform: Platform): C;
  /** Everything but the value, as plain data that does not hang on how the vendor writes it down; without times and counters of its own. */
  rest(content: C, platform: Platform): unknown;
  /** How much of it is sent again as it was found. */
  kept(content: C, platform: Platform): number;
  /** Sends `next` in the place of what was loaded. */
  save(id: string, before: Loaded<C>, next: C, platform: Platform, deadline: AbortSignal): Promise<Saved>;
  /** How many milliseconds after a write a reading may still show what was before. */
  readonly settlesWithinMs: number;
}

export interface WriteAndReadBackNeeds {
  readonly now: () => Instant;
  /** A digest in hex, keyed with a secret of the installation and with `key`. */
  readonly digest: (key: string, text: string) => string;
}

const isDone = <T extends { readonly kind?: string }>(result: T | NotDone): result is Exclude<T, NotDone> =>
  !('kind' in result) || (result.kind !== 'refused' && result.kind !== 'try-later');

/**
 * Read → change one key → write → read back → compare everything. No vendor has a compare-and-set, so the way from reading to writing is
 * short, and what came back is compared with all that was meant, not with the key alone.
 */
export function writeAndReadBack<C>(
  vendor: VendorConfigurations<C>,
  { now, digest }: WriteAndReadBackNeeds,
): Pick<DeliveryTarget, 'read' | 'plan' | 'apply' | 'verify'> {
  interface Seen {
    readonly id: string;
    readonly loaded: Loaded<C>;
    readonly places: readonly { readonly name: string; readonly value: HeldValue | undefined }[];
    readonly rest: string;
  }

  async function look(id: string, platform: Platform, deadline: AbortSignal): Promise<Seen | NotDone> {
    const loaded = await vendor.load(id, platform, deadline);
    if (loaded.kind !== 'loaded') return loaded;
    const places = vendor.places(loaded.content, platform);
    if ('kind' in places) return places;
    if (places.length === 0)
      return { kind: 'refused', reason: 'key-missing', detail: `${id}: there is no place for the key in it` };
    return { id, loaded, places, rest: canonicalJson(vendor.rest(loaded.content, platform)) };
  }

  async function lookAtAll(platform: Platform, deadline: AbortSignal): Promise<readonly Seen[] | NotDone> {
    const all: Seen[] = [];
    for (const id of vendor.ids(platform)) {
      const seen = await look(id, platform, deadline);
      if ('kind' in seen) return seen;
      all.push(seen);
    }
    if (all.length > 0) return all;
    return { kind: 'refused', reason: 'slot-not-found', detail: `this target has no slot for ${platform}` };
  }

  /** Enough of it to tell values apart. */
  const placeDigest = (value: HeldValue, held: HeldValue | undefined): string =>
    digest(value, canonicalJson(['place', held ?? null])).slice(0, 16);
  const holds = ({ places }: Seen, value: HeldValue): boolean => places.every((place) => place.value === value);
  const revisionOf = (all: readonly Seen[]): string =>
    digest(
      'revision',
      canonicalJson(all.map(({ id, loaded, places, rest }) => [id, loaded.version, places.map(({ value }) => value), rest])),
    );
  const receiptOf = (
    at: Instant,
    value: HeldValue,
    all: readonly Seen[],
    versions: readonly (string | undefined)[],
  ): DeliveryReceipt => {
    const known = versions.filter((version) => version !== undefined);
    return {
      at,
      rest: digest(value, canonicalJson(all.map(({ id, places, rest }) => [id, places.map(({ name }) => name), rest]))),
      before: all.flatMap(({ places }) => places.map((place) => placeDigest(value, place.value))),
      ...(known.length === versions.length && known.length > 0 ? { version: known.join(' ') } : {}),
    };
  };

  /** Writes one configuration, unless it holds the value, and says what it knows of it. */
  async function write(
    before: Seen,
    { platform, value }: Delivery,
    deadline: AbortSignal,
  ): Promise<NotDone | { readonly kind: 'there' | 'taken' } | { readonly kind: 'unknown'; readonly detail: string }> {
    const { id, loaded } = before;
    if (holds(before, value)) return { kind: 'there' };
    const next = vendor.withValue(loaded.content, value, platform);
    const meant = vendor.places(next, platform);
    const isOnlyThat =
      !('kind' in meant) &&
      meant.length === before.places.length &&
      meant.every((place) => place.value === value) &&
      canonicalJson(vendor.rest(next, platform)) === before.rest;
    if (!isOnlyThat)
      return {
        kind: 'refused',
        reason: 'would-change-more',
        detail: `${id}: the key can't be changed without changing something else`,
      };
    const saved = await vendor.save(id, loaded, next, platform, deadline);
    return saved.kind === 'saved' ? { kind: 'taken' } : saved;
  }

  return {
    async read(platform, deadline): Promise<SlotReading | NotDone> {
      const all = await lookAtAll(platform, deadline);
      if ('kind' in all) return all;
      const only = all.length === 1 ? all[0]!.loaded : undefined;
      return {
        values: all.flatMap(({ places }) => places.map(({ value }) => value)),
        revision: revisionOf(all),
        ...(only?.version === undefined ? {} : { version: only.version }),
        ...(only?.changedAt === undefined ? {} : { changedAt: only.changedAt }),
      };
    },

    async plan({ platform, value }, deadline): Promise<DeliveryPlan | NotDone> {
      const at = now();
      const all = await lookAtAll(platform, deadline);
      if ('kind' in all) return all;
      return {
        revision: revisionOf(all),
        receipt: receiptOf(at, value, all, []),
        settlesWithinMs: vendor.settlesWithinMs,
        changes: all.flatMap(({ places }) =>
          places.map((place) => ({
            place: place.name,
            change:
              place.value === undefined ? ('set' as const) : place.value === value ? ('none' as const) : ('replace' as const),
          })),
        ),
        kept: all.reduce((sum, { loaded }) => sum + vendor.kept(loaded.content, platform), 0),
      };
    },

    async apply(delivery, deadline, expected): Promise<DeliveryOutcome> {
      const { platform, value } = delivery;
      const at = now();
      const first = await lookAtAll(platform, deadline);
      if ('kind' in first) return first;
      if (expected !== undefined && revisionOf(first) !== expected)
        return {
          kind: 'conflict',
          detail: 'the configuration is another one than was planned with: plan again',
          isWritten: false,
        };
      const receipt = receiptOf(at, value, first, []);
      let isWritten = first.some(({ places }) => places.some((place) => place.value === value));
      /** Where something was written already, "not done" is only true of the rest. */
      const stop = (not: DeliveryOutcome & { readonly detail: string }): DeliveryOutcome =>
        isWritten ? { kind: 'unknown', receipt, detail: not.detail } : not;
      for (const known of first) {
        // Read again just before the write: with several configurations the first reading may be seconds old.
        const before = first.length === 1 ? known : await look(known.id, platform, deadline);
        if ('kind' in before) return stop(before);
        if (revisionOf([before]) !== revisionOf([known]))
          return stop({ kind: 'conflict', detail: `${known.id}: somebody else is changing it at this moment`, isWritten: false });
        const written = await write(before, delivery, deadline);
        if (!isDone(written)) return stop(written);
        if (written.kind === 'unknown') return { kind: 'unknown', receipt, detail: written.detail };
        isWritten ||= written.kind === 'taken';
      }
      const isNew = !first.every((seen) => holds(seen, value));
      const found = await this.verify(delivery, receipt, deadline);
      switch (found.kind) {
        case 'stored':
          return { kind: 'stored', receipt: found.receipt, isNew };
        case 'conflict':
          return { ...found, isWritten: isNew };
        case 'not-yet':
        case 'unchanged':
        case 'refused':
        case 'try-later':
          return { kind: 'accepted', receipt };
      }
    },

    async verify({ platform, value }, receipt, deadline): Promise<Verification> {
      const all = await lookAtAll(platform, deadline);
      if ('kind' in all) return all;
      const found = receiptOf(
        receipt.at,
        value,
        all,
        all.map(({ loaded }) => loaded.version),
      );
      const places = all.flatMap((seen) => seen.places);
      const isForeign = (at: number): boolean => places[at]!.value !== value && found.before[at] !== receipt.before[at];
      if (places.length !== receipt.before.length)
        return {
          kind: 'conflict',
          detail: 'the key stands at other places than before the delivery: compare them with what you expect',
        };
      const foreign = places.findIndex((_, at) => isForeign(at));
      if (foreign >= 0)
        return { kind: 'conflict', detail: `${places[foreign]!.name}: somebody put another value there; it is left as it is` };
      if (found.rest !== receipt.rest)
        return {
          kind: 'conflict',
          detail: 'something else in the configuration is not as it was before the delivery: compare it with what you expect',
        };
      if (!all.every((seen) => holds(seen, value)))
        return now() - receipt.at < vendor.settlesWithinMs ? { kind: 'not-yet' } : { kind: 'unchanged' };
      return { kind: 'stored', receipt: { ...found, before: receipt.before } };
    },
  };
}
