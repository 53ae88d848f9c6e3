import type { Intent, OpenPair, ReplacedDevice } from './intent.ts';
import type { DeviceId, ObservedDevice, ObservedUser } from './observed-user.ts';
import { deviceOf } from './sort-devices.ts';

/**
 * The intent, once the account was seen: what is listed needs no watching (R30), what is gone no unpair, a pair whose device has its name
 * is over, and of an account that was handed over all that is there is noted.
 */
export function intentAfterLook(before: Intent, observed: ObservedUser): Intent {
  if (observed.kind === 'absent') return withTheirs(before, []);
  const ids = observed.devices.map(({ id }) => id);
  return withTheirs(withoutSeen(withoutFinishedPair(before, observed.devices), new Set(ids)), ids);
}

/**
 * A pair whose answer was lost ends as one whose answer came: the slot has its device, so nothing stands for the one that made room (T5).
 * Else, with another value wanted later on, the slot's own device would pass for a duplicate of it (P49), and be left there.
 */
function withoutFinishedPair(intent: Intent, devices: readonly ObservedDevice[]): Intent {
  const { openPair, replacedDevices, ...rest } = intent;
  if (openPair === undefined) return intent;
  const device = deviceOf(openPair, devices, new Set(intent.unseenPairs?.map(({ deviceId }) => deviceId)));
  if (device?.slot !== openPair.slot) return intent;
  const replaced = replacedDevices?.flatMap((it) => afterPair(it, openPair, device.id));
  return { ...rest, ...(replaced && { replacedDevices: replaced }) };
}

const afterPair = (replaced: ReplacedDevice, { slot }: OpenPair, device: DeviceId): readonly ReplacedDevice[] => {
  if (replaced.slot !== slot) return [replaced];
  if (replaced.until === undefined) return [];
  return [replaced.until === 'paired' && replaced.by === undefined ? { ...replaced, by: device } : replaced];
};

function withoutSeen(intent: Intent, seen: ReadonlySet<DeviceId>): Intent {
  const { unseenPairs, replacedDevices, ...rest } = intent;
  if (unseenPairs === undefined && replacedDevices === undefined) return intent;
  const unseen = (unseenPairs ?? []).filter(({ deviceId }) => !seen.has(deviceId));
  const replaced = replacedDevices?.filter(({ deviceId, until }) => until === undefined || seen.has(deviceId));
  return { ...rest, ...(replaced && { replacedDevices: replaced }), ...(unseen.length > 0 && { unseenPairs: unseen }) };
}

const withTheirs = (intent: Intent, ids: readonly DeviceId[]): Intent =>
  intent.handedOver && !intent.handedOver.devices ? { ...intent, handedOver: { ...intent.handedOver, devices: ids } } : intent;
