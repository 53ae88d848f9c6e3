import {
  type ExplainedTarget,
  type Explanation,
  type FactorAddress,
  findingReasons,
  type ObservedDevice,
  type Outcome,
  type Plan,
  type Profile,
  redactStep,
  type SlotValue,
  type Step,
  stepReasons,
} from '@tallystick/devices-domain';
import { isoOf } from '@tallystick/kernel-core';
import type { z } from 'zod';
import { isImpersonal } from '../connections/try-mapping.ts';
import { guardReasons } from '../holds/guard-reasons.ts';
import { viewOfOutcome } from '../users/users.documents.ts';
import type { explanationView } from './explain.documents.ts';
import type { Sight } from './mask-personal.ts';

type View = Omit<z.input<typeof explanationView>, 'masked' | 'workflow' | 'user'>;

/** Whether anything is kept of the user. Else the rest says nothing: it is of a hash that anybody can make. */
export const isKnown = ({ record, outcomes, unfinished }: Explanation): boolean =>
  record !== undefined || outcomes.length > 0 || unfinished;

/**
 * The one place where an explanation becomes public: whatever is personal passes through `sight`, and what is not named here is not shown.
 * Names of attributes, kebab-case reasons, slots, states and the directory's ids of devices are shown to everybody.
 */
export function showExplanation(explanation: Explanation, sight: Sight): View {
  const { at, connectionVersion, record, scope, targets, desired, owner, observed } = explanation;
  const { notPlanned, plan, planHash, counts, guard, unfinished, outcomes } = explanation;
  return {
    known: isKnown(explanation),
    at: isoOf(at),
    connectionVersion,
    ...(record && { record: recordOf(record, sight) }),
    ...(scope && { scope }),
    targets: targets.map((target) => targetOf(target, sight)),
    ...(desired && { desired: desired.ok ? desiredOf(desired.value, sight) : { kind: 'unmappable', because: desired.error } }),
    ...(owner && { owner }),
    ...(observed && {
      observed: observed.ok ? observedOf(observed.value, sight) : { kind: 'fault', fault: faultOf(observed.error) },
    }),
    ...(notPlanned && { notPlanned }),
    ...(plan && { plan: planOf(plan, sight) }),
    ...(planHash && { planHash }),
    ...(counts && { counts: { ...counts } }),
    ...(guard && { guard: guardOf(guard) }),
    unfinished,
    outcomes: outcomes.map((outcome: Outcome) => viewOfOutcome(outcome)),
  };
}

const recordOf = ({ position, deleted, movedTo, attributes, pending }: NonNullable<Explanation['record']>, sight: Sight) => ({
  ...{ position, deleted, pending },
  ...(movedTo === undefined ? {} : { movedTo }),
  attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, sight.attribute(value)])),
});

function targetOf({ target, result, from, raw, value, because, createOnly }: ExplainedTarget, sight: Sight) {
  const see = (text: string): string => (isImpersonal(target, result, text) ? text : sight.text(text));
  return {
    ...{ target, result },
    ...(from === undefined ? {} : { from }),
    ...(raw === undefined ? {} : { raw: see(raw) }),
    ...(value === undefined ? {} : { value: see(value) }),
    ...(because === undefined ? {} : { because }),
    ...(createOnly && { createOnly }),
  };
}

type Desired = Extract<NonNullable<Explanation['desired']>, { ok: true }>['value'];

function desiredOf(user: Desired, sight: Sight) {
  const username = sight.text(user.username);
  if (user.kind === 'gone') return { kind: user.kind, username };
  const { kind, enabled, profile, slots } = user;
  const shown = Object.entries(slots).map(([slot, value]) => [slot, slotOf(value, sight)] as const);
  return { kind, username, enabled, profile: profileOf(profile, sight), slots: Object.fromEntries(shown) };
}

function slotOf(value: SlotValue, sight: Sight) {
  if (value.kind === 'value') return { kind: value.kind, address: addressOf(value.address, sight) };
  return value.kind === 'invalid' ? { kind: value.kind, because: value.reason } : { kind: value.kind };
}

type Observed = Extract<NonNullable<Explanation['observed']>, { ok: true }>['value'];

function observedOf(user: Observed, sight: Sight) {
  if (user.kind === 'absent') return { kind: user.kind };
  const { kind, status, profile, devices } = user;
  return { kind, status, profile: profileOf(profile, sight), devices: devices.map((device) => deviceOf(device, sight)) };
}

function deviceOf({ id, nickname, slot, type, address, primary, unusable, enrolledAt }: ObservedDevice, sight: Sight) {
  return {
    ...{ id, type, primary, enrolledAt },
    // A managed nickname is the name of a slot; any other is the user's own words.
    nickname: slot === undefined ? sight.text(nickname) : nickname,
    ...(slot === undefined ? {} : { slot }),
    ...(address && { address: addressOf(address, sight) }),
    ...(unusable && { unusable }),
  };
}

function planOf({ steps, findings, needs, replanAt }: Plan, sight: Sight) {
  return {
    steps: steps.map((step) => stepOf(step, sight)),
    findings: findings.map((finding) => ({ ...finding, text: findingReasons[finding.kind] })),
    ...(needs && { needs: needs.map((need) => ({ need, text: guardReasons[need] })) }),
    ...(replanAt === undefined ? {} : { replanAt: new Date(replanAt).toISOString() }),
  };
}

const stepOf = (step: Step, sight: Sight) => ({
  ...redactStep(step),
  text: stepReasons[step.reason],
  ...('from' in step && { from: sight.text(step.from) }),
  ...('profile' in step && { profile: profileOf(step.profile, sight) }),
  ...('address' in step && { address: addressOf(step.address, sight) }),
  ...('replaces' in step && step.replaces && { replaces: addressOf(step.replaces, sight) }),
});

const guardOf = (guard: NonNullable<Explanation['guard']>) =>
  guard.kind === 'hold' ? { ...guard, text: guardReasons[guard.because] } : { kind: guard.kind };

const faultOf = (fault: Extract<NonNullable<Explanation['observed']>, { ok: false }>['error']): string =>
  fault.kind === 'refused' ? `refused ${fault.code}` : fault.kind;

const profileOf = ({ email, firstName, lastName }: Profile, sight: Sight) => ({
  ...(email === undefined ? {} : { email: sight.text(email) }),
  ...(firstName === undefined ? {} : { firstName: sight.text(firstName) }),
  ...(lastName === undefined ? {} : { lastName: sight.text(lastName) }),
});

function addressOf(address: FactorAddress, sight: Sight): string {
  if (address.kind === 'email') return sight.text(address.address);
  const extension = address.kind === 'voice' && address.extension !== undefined ? `;ext=${address.extension}` : '';
  return sight.text(`${address.number}${extension}`);
}
