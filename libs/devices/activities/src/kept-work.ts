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

/**
 * `left`: accounts that are still to be closed, or to be known for another reason. `isFormer`: what was settled is such a one itself. `isDone`: it is
 * settled, whatever another one waits for.
 */
export type SettledAll = Settled & {
  readonly left: readonly BegunAccount[];
  readonly isFormer?: boolean;
  readonly isDone?: boolean;
  /** It could not be closed, whatever has become of another one. */
  readonly isOpen?: boolean;
};

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
 * whose device may exist without its name, and the primary role that one of their slots had.
 */
export function stillOpen(settled: SettledAll, desired: DesiredUser): OpenWork | undefined {
  const { work, result, present } = settled;
  const { granted: _over, ...whole } = work.intent;
  const accounts = accountsOf(whole, settled, desired);
  if (result.kind === 'held' && !settled.isDone) return { ...work, intent: whole, done: [] };
  const { unseenPairs = [], openPair, refusedPairs = [], replacedDevices = [] } = whole;
  const closed = desired.kind === 'gone' || !desired.enabled;
  const isToBeFilled = present && desired.kind === 'present' && closed && (desired.createOnly?.length ?? 0) > 0;
  const handedOver = theirsIn(whole, settled, desired.kind === 'present' && desired.enabled);
  const refused = desired.kind === 'gone' ? [] : refusedPairs.filter((it) => isWanted(desired.slots[it.slot], it.address));
  // Whoever comes back gets one of the two values; who has no account any more has no value to come back to.
  const stillReplaced = present ? replacedDevices.flatMap((it) => (it.until !== undefined ? [it] : closed ? [{ ...it, kept: true as const }] : [])) : []; // prettier-ignore
  const intent: Intent = {
    createdByUs: false,
    ...(unseenPairs.length > 0 && { unseenPairs }),
    ...(closed && openPair && { openPair }),
    ...(closed && present && whole.primaryOwedTo && { primaryOwedTo: whole.primaryOwedTo }),
    ...(isToBeFilled && (whole.createdByUs || whole.createdDisabled) && { createdDisabled: true }),
    ...(handedOver && { handedOver }),
    ...(whole.elsewhere && { elsewhere: newest(whole.elsewhere) }),
    ...(refused.length > 0 && { refusedPairs: refused }),
    ...(stillReplaced.length > 0 && { replacedDevices: stillReplaced }),
    ...accounts,
    ...(result.kind === 'held' && { held: true as const, ...(whole.noted && { noted: whole.noted }) }),
  };
  return Object.keys(intent).length > 1 ? { ...work, intent, done: [] } : undefined;
}

/** The account that the user has, or may come back to, and all others that are not done with. */
function accountsOf(
  { begun = [] }: Intent,
  { result, present, vacant, left, isFormer = false, isOpen = false }: SettledAll,
  desired: DesiredUser,
): Pick<Intent, 'managed' | 'begun'> {
  // Also of a leaver whose account could not be closed: whatever they are called when they come back, it is theirs.
  const isTheirs =
    desired.kind === 'present' ||
    isOpen ||
    result.kind === 'partial' ||
    result.findings.some(({ kind }) => kind === 'user-not-removed');
  const own = present && isTheirs && !isFormer ? desired.username : undefined;
  const username = own ?? left.find(({ how }) => how === undefined)?.username;
  const isKnown = new Set([username, ...(vacant ? [desired.username] : []), ...left.map((it) => it.username)]);
  const claimed = begun.filter((it) => (it.how === 'claimed' || it.how === 'linked' || it.from) && !isKnown.has(it.username));
  const others = [...left.filter((it) => it.username !== username), ...claimed];
  return { ...(username !== undefined && { managed: { username } }), ...(others.length > 0 && { begun: others }) };
}

/** Of accounts that were left long ago nothing comes to light any more; but another person's devices stay theirs. */
const newest = (elsewhere: NonNullable<Intent['elsewhere']>): NonNullable<Intent['elsewhere']> =>
  elsewhere.filter(({ intent }, at) => intent.handedOver || at >= elsewhere.length - 5);

/** Of a former owner's devices those that are still there: none that is this user's own by now may be taken for one. */
function theirsIn(intent: Intent, { present, result }: Settled, enabled: boolean): Intent['handedOver'] {
  if (!intent.handedOver || !present) return undefined;
  const { isNew: _any, ...handedOver } = intent.handedOver;
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
