import { type Instant, isoOf } from '@tallystick/kernel-core';
import type { AdoptionReading } from './rotation-ports.ts';
import type { RotationState, SlotState } from './rotation-state.ts';

/** Rounded down: "95 %" is said only of what meets 95 %. */
export const percent = (share: number): string => `${Math.floor(share * 1000 + 1e-9) / 10} %`;

/** The share of devices on the new token; undefined when it is not known, and when no device was seen. */
export const adoptedShare = (reading: AdoptionReading | undefined): number | undefined =>
  reading?.kind === 'known' && reading.devices > 0 ? reading.onNew / reading.devices : undefined;

/** One sentence with the figures, for people. */
export function figuresText({ figures, request }: RotationState): string {
  if (figures === undefined) return 'no figures were read yet';
  const { reading } = figures;
  if (reading.kind === 'unknown') return `adoption is unknown: ${reading.why}`;
  const share = adoptedShare(reading);
  if (share === undefined) return 'adoption is unknown: no device was seen with an old or the new token';
  const forecast = reading.forecastAt === undefined ? '' : `, expected on ${isoOf(reading.forecastAt)}`;
  return `${reading.onNew} of ${reading.devices} devices (${percent(share)}) present the new token; wanted: ${percent(request.adoptionShare)}${forecast}`;
}

/** What targets do not show to hold; undefined when nothing is missing. Without names of people and values. */
export function targetsText({ slots }: RotationState): string | undefined {
  const texts = slots.flatMap(({ slot, state: at }) => {
    if (slot.kind !== 'target') return [];
    if (at.kind === 'failing') return [`${slot.id}: ${at.detail} (${whatToDo(at)})`];
    if (at.kind === 'applying') return [`${slot.id}: being written`];
    if (at.kind === 'planned') return [`${slot.id}: planned, written at ${isoOf(at.applyAt)} if nobody changes it until then`];
    if (at.kind === 'accepted') return [`${slot.id}: ${at.isUncertain ? 'no answer' : 'accepted'}, not read back yet`];
    return at.kind === 'awaiting' || at.kind === 'opening' || at.kind === 'untouched' ? [`${slot.id}: not delivered yet`] : [];
  });
  return texts.length === 0 ? undefined : texts.join('; ');
}

const whatToDo = ({ isConflict, retryAt }: Extract<SlotState, { readonly kind: 'failing' }>): string =>
  retryAt !== undefined
    ? `tried again at ${isoOf(retryAt)}`
    : isConflict
      ? 'redeliver it, confirm the slot, or roll back'
      : 'mend it and resume, confirm the slot, or roll back';

/** Why the gate is closed. */
export function gateText(state: RotationState, now: Instant): string {
  const overlap =
    state.overlapEndsAt !== undefined && now < state.overlapEndsAt ? [`the overlap ends at ${isoOf(state.overlapEndsAt)}`] : [];
  const approval =
    state.needsApproval === undefined
      ? []
      : [`the guards refused the revocation (${state.needsApproval}): it waits for approval`];
  const targets = targetsText(state);
  return [...(targets === undefined ? [] : [targets]), ...approval, ...overlap, figuresText(state)].join('; ');
}
