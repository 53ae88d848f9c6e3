import type { Instant } from '@tallystick/kernel-core';
import type { Intent, OpenPair, ReplacedDevice, UnseenPair } from './intent.ts';
import type { DeviceId, ObservedDevice, ObservedUser } from './observed-user.ts';
import { deviceOf } from './sort-devices.ts';

/** When a look was, and for how long after its call a device may not be listed yet (R30). */
export interface Sight {
  readonly now: Instant;
  readonly visibleWithinMs: number;
}

/**
 * The intent, once the account was seen. It remembers what is still under way and nothing else: what it kept longer would make a later plan
 * take a device of ours for somebody else's, or somebody else's for ours.
 */
export function intentAfterLook(before: Intent, observed: ObservedUser, sight: Sight): Intent {
  if (observed.kind === 'absent') return withTheirs(before, []); // what an account that is not listed yet had is not gone
  const { devices } = observed;
  const { openPair: open, unseenPairs, replacedDevices, renaming: _no, ...rest } = before; // who is there was not renamed
  const ids = devices.map(({ id }) => id);
  const listed = new Set(ids);
  const unseen = unseenPairs?.filter((it) => !listed.has(it.deviceId) && isYoung(it.pairedAt, sight));
  const made = open && deviceOf(open, devices, new Set(unseenPairs?.map(({ deviceId }) => deviceId)));
  const isNamed = made !== undefined && made.slot === open?.slot;
  const openPair = isNamed || (!made && open && !isYoung(open.openedAt, sight)) ? undefined : open;
  const finished = isNamed ? { slot: open!.slot, by: made.id } : undefined;
  const replaced = replacedDevices?.flatMap((it) =>
    stillReplaced(it, { devices, listed, unseen: unseen ?? [], openPair, finished }),
  );
  const intent: Intent = {
    ...rest,
    ...(openPair && { openPair }),
    ...(unseen && unseen.length > 0 && { unseenPairs: unseen }),
    ...(replaced && { replacedDevices: replaced }),
  };
  return withTheirs(intent, ids);
}

const isYoung = (since: Instant, { now, visibleWithinMs }: Sight): boolean => now < since + visibleWithinMs;

interface Seen {
  readonly devices: readonly ObservedDevice[];
  readonly listed: ReadonlySet<DeviceId>;
  /** Paired, and may still become visible. */
  readonly unseen: readonly UnseenPair[];
  /** What is still open after this look. */
  readonly openPair: OpenPair | undefined;
  /** A pair whose answer was lost, and whose device is listed under its name: it ends as one whose answer came. */
  readonly finished: { readonly slot: OpenPair['slot']; readonly by: DeviceId } | undefined;
}

/** One at most: what became of a device that makes room for another one (T5). */
function stillReplaced(it: ReplacedDevice, { devices, listed, unseen, openPair, finished }: Seen): readonly ReplacedDevice[] {
  const { by: knownBy, ...rest } = it;
  if (it.until === undefined) {
    // It has gone first. Once its successor is in the slot nothing stands for it: else the successor would pass for its duplicate (P49).
    const isDone =
      finished?.slot === it.slot || devices.some(({ id, slot }) => slot === it.slot && (id === knownBy || it.kept === true));
    return isDone ? [] : [it];
  }
  if (!listed.has(it.deviceId)) return []; // gone: it needs no unpair any more
  const isThere = knownBy !== undefined && (listed.has(knownBy) || unseen.some(({ deviceId }) => deviceId === knownBy));
  const by = isThere ? knownBy : it.until === 'paired' && finished?.slot === it.slot ? finished.by : undefined;
  if (by !== undefined) return [{ ...rest, by }];
  if (it.until === 'paired' && openPair?.slot === it.slot) return [rest];
  return knownBy === undefined ? [] : [it]; // nothing came, and nothing will; but what was there once is waited for
}

const withTheirs = (intent: Intent, ids: readonly DeviceId[]): Intent =>
  intent.handedOver && !intent.handedOver.devices ? { ...intent, handedOver: { ...intent.handedOver, devices: ids } } : intent;
