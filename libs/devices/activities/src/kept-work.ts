import {
  type AccountHash,
  type BegunAccount,
  type DesiredUser,
  type FactorAddress,
  type Finding,
  type Intent,
  type OpenWork,
  sameAddress,
  type SlotValue,
} from '@tallystick/devices-domain';
import { intentAbout } from './intent-by-account.ts';
import type { Settled } from './settle.ts';

/** `left`: accounts that are still to be closed, or to be known for another reason. `isFormer`: what was settled is such a one itself. */
export type SettledAll = Settled & { readonly left: readonly BegunAccount[]; readonly isFormer?: boolean };

/** Of an older record what was done still has to be told, what was refused no longer counts. */
export function workFor(work: OpenWork, account: AccountHash, version: string): OpenWork {
  return {
    account,
    version,
    intent: intentAbout(work, account),
    done: work.version === version ? work.done : work.done.filter(({ result }) => result === 'done'),
  };
}

/**
 * What is remembered beyond the end: devices that no observation has shown yet, and, of a user who was closed meanwhile, a pairing
 * whose device may exist without its name.
 */
export function stillOpen(settled: SettledAll, desired: DesiredUser): OpenWork | undefined {
  const { work, result, present, left, isFormer = false } = settled;
  const { granted: _over, ...whole } = work.intent;
  if (result.kind === 'held') return { ...work, intent: whole, done: [] };
  const { unseenPairs = [], openPair, refusedPairs = [], replacedDevices = [] } = whole;
  const closed = desired.kind === 'gone' || !desired.enabled;
  const isToBeFilled = present && desired.kind === 'present' && closed && (desired.createOnly?.length ?? 0) > 0;
  const handedOver = theirsIn(whole, settled, desired.kind === 'present' && desired.enabled);
  const refused = desired.kind === 'gone' ? [] : refusedPairs.filter((it) => isWanted(desired.slots[it.slot], it.address));
  // Whoever comes back gets one of the two values; who has no account any more has no value to come back to.
  const stillReplaced = present ? replacedDevices.flatMap((it) => (it.until !== undefined ? [it] : closed ? [{ ...it, kept: true as const }] : [])) : []; // prettier-ignore
  // Also of a leaver whose account could not be closed: whatever they are called when they come back, it is theirs.
  const isTheirs = desired.kind === 'present' || result.kind === 'partial';
  const own = present && isTheirs && !isFormer ? desired.username : undefined;
  const username = own ?? left.find(({ wasThere }) => !wasThere)?.username;
  const begun = left.filter((it) => it.username !== username);
  const intent: Intent = {
    createdByUs: false,
    ...(unseenPairs.length > 0 && { unseenPairs }),
    ...(closed && openPair && { openPair }),
    ...(isToBeFilled && (whole.createdByUs || whole.createdDisabled) && { createdDisabled: true }),
    ...(handedOver && { handedOver }),
    ...(whole.elsewhere && { elsewhere: whole.elsewhere }),
    ...(refused.length > 0 && { refusedPairs: refused }),
    ...(stillReplaced.length > 0 && { replacedDevices: stillReplaced }),
    ...(username !== undefined && { managed: { username } }),
    ...(begun.length > 0 && { begun }),
  };
  return Object.keys(intent).length > 1 ? { ...work, intent, done: [] } : undefined;
}

/** Of a former owner's devices those that are still there: none that is this user's own by now may be taken for one. */
function theirsIn({ handedOver }: Intent, { present, result }: Settled, enabled: boolean): Intent['handedOver'] {
  if (!handedOver || !present) return undefined;
  const isUntouched = !enabled || result.findings.some(({ kind }) => untouching.has(kind));
  if (isUntouched) return handedOver;
  const failed = new Set(
    result.steps.flatMap((it) => (it.reason === 'account-handed-over' && it.result !== 'done' ? [it.deviceId] : [])),
  );
  const devices = (handedOver.devices ?? []).filter((id) => failed.has(id));
  return devices.length > 0 ? { ...handedOver, devices } : undefined;
}

const untouching: ReadonlySet<Finding['kind']> = new Set(['user-not-updated', 'former-owners-device-kept']);

const isWanted = (value: SlotValue, address: FactorAddress): boolean =>
  value.kind === 'value' && sameAddress(value.address, address);
