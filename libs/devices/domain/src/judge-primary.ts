import { deviceSlots } from './device-slot.ts';
import type { Intent } from './intent.ts';
import type { Finding, Step } from './plan.ts';
import type { ReconcileOptions } from './reconcile-options.ts';
import type { SlotVerdict } from './judge-slot.ts';

type SetPrimary = Extract<Step, { kind: 'set-primary' }>;

/**
 * PR1–PR5, PR8: who gets the primary role once everything else is done. `verdicts` are final and in the order of the slots. Appends
 * what it notes to `findings`.
 */
export function judgePrimary(
  created: boolean,
  verdicts: readonly SlotVerdict[],
  options: ReconcileOptions,
  intent: Intent | undefined,
  findings: Finding[],
): SetPrimary | undefined {
  return created && options.primaryDevice !== 'do-not-manage'
    ? primaryOnCreate(options.primaryDevice, verdicts, findings)
    : primaryOnUpdate(verdicts, options, intent, findings);
}

/** PR2, PR3: the chosen slot, else the first that will hold a device. */
function primaryOnCreate(
  chosen: Exclude<ReconcileOptions['primaryDevice'], 'do-not-manage'>,
  verdicts: readonly SlotVerdict[],
  findings: Finding[],
): SetPrimary | undefined {
  const wanted = verdicts[deviceSlots.indexOf(chosen)];
  const picked = wanted && holds(wanted) ? wanted : verdicts.find(holds);
  if (!picked) findings.push({ kind: 'primary-slot-unavailable', slot: chosen });
  else if (picked.slot !== chosen) findings.push({ kind: 'primary-slot-unavailable', slot: chosen, instead: picked.slot });
  return picked && setPrimary(picked, 'primary-on-create');
}

/** PR4, PR5: an existing account keeps what it has, and loses the role with its device; PR8 puts it back. */
function primaryOnUpdate(
  verdicts: readonly SlotVerdict[],
  { preservePrimary }: ReconcileOptions,
  intent: Intent | undefined,
  findings: Finding[],
): SetPrimary | undefined {
  const owedTo = intent?.primaryOwedTo;
  const owed = owedTo ? verdicts[deviceSlots.indexOf(owedTo)] : undefined;
  const heir = owed && holds(owed) ? owed : preservePrimary ? verdicts.find((it) => it.losesPrimary && holds(it)) : undefined;
  if (heir) {
    const step = setPrimary(heir, 'primary-restored');
    if (step || heir.waitsUntil !== undefined) return step;
  }
  for (const it of verdicts) {
    if (it.losesPrimary || (it === owed && !holds(it))) findings.push({ kind: 'primary-demoted', slot: it.slot });
  }
  return undefined;
}

/** A slot that waits for its device counts, so that the role is not given to another in the meantime. */
const holds = (verdict: SlotVerdict): boolean =>
  verdict.keep !== undefined || verdict.pair !== undefined || verdict.waitsUntil !== undefined;

/** Nothing to do for a device that has the role, and nothing to be done for one that is not visible yet. */
function setPrimary({ slot, keep, waitsUntil }: SlotVerdict, reason: SetPrimary['reason']): SetPrimary | undefined {
  if (waitsUntil !== undefined || keep?.primary) return undefined;
  return { kind: 'set-primary', slot, ...(keep && { deviceId: keep.id }), reason };
}
