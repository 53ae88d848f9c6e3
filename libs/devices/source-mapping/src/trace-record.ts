import { type Attributes, type DeviceSlot, deviceSlots, type MappingTarget, type SlotValue } from '@tallystick/devices-domain';
import { type CompiledMapping, mappingTargets, slotTargets, withoutFlag } from './compile-mapping.ts';
import type { ExpressionFailure } from './expression.ts';
import { judgeScope, type ScopeVerdict } from './judge-scope.ts';
import { enabledOf, mapRecord, mapUser, type UnmappableReason, usernameOf } from './map-record.ts';
import { normaliseEmail } from './normalise-email.ts';
import { type MappedText, readRule, type TextOrigin } from './read-rule.ts';

/** How one target got its value, or why it has none. `raw` and `value` are personal data. */
export interface TargetTrace {
  readonly target: MappingTarget;
  /** `unknown`: not in the event. `failed`: the expression gave nothing. `invalid`: a text that can't be used here. */
  readonly result: 'value' | 'absent' | 'unknown' | 'failed' | 'invalid';
  readonly origin?: TextOrigin;
  /** As the source has it, or as the expression gave it. */
  readonly raw?: string;
  /** After trim, case and normalisation. */
  readonly value?: string;
  /** Why not: kebab-case. */
  readonly because?: ExpressionFailure | UnmappableReason | Extract<SlotValue, { kind: 'invalid' }>['reason'];
  /** Used when the account is created, and not looked at for one that is there (P14). */
  readonly createOnly?: true;
}

export interface MappingTrace {
  readonly scope: ScopeVerdict;
  readonly user: 'present' | 'gone' | 'unmappable';
  readonly because?: UnmappableReason;
  /** The account is one that is never touched (P15): nothing of this is done. */
  readonly protected?: true;
  /** By mapped target, in the order of d.3; `enabled` also where an expression decides it. */
  readonly targets: readonly TargetTrace[];
}

/** Says for each mapped target what {@link mapUser} does and why. Total; the values are the very ones that are reconciled. */
export function traceRecord(
  record: { readonly attributes: Attributes; readonly deleted: boolean },
  mapping: CompiledMapping,
): MappingTrace {
  const user = mapUser(record, mapping);
  const { attributes } = record;
  // The other targets are of interest even where the username or flag can't be read: a stand-in lets the slots be mapped.
  const whole = mapRecord(attributes, { ...withoutFlag(mapping), rules: { ...withoutFlag(mapping).rules, userName: standIn } });
  const slots = whole.ok ? whole.value.slots : undefined;
  const targets = mappingTargets.filter((it) => mapping.rules[it] || (it === 'enabled' && mapping.enabled));
  return {
    scope: judgeScope(attributes, mapping),
    user: user.ok ? user.value.kind : 'unmappable',
    ...(!user.ok && { because: user.error }),
    ...(user.ok && mapping.protects(user.value.username) && { protected: true }),
    targets: targets.map((target) => ({
      ...traceOf(target, attributes, mapping, slots),
      ...(mapping.rules[target]?.createOnly && { createOnly: true }),
    })),
  };
}

const standIn = { names: [], default: 'x' };

const slotOf = new Map(deviceSlots.map((slot): [MappingTarget, DeviceSlot] => [slotTargets[slot], slot]));

function traceOf(
  target: MappingTarget,
  attributes: Attributes,
  mapping: CompiledMapping,
  slots: Readonly<Record<DeviceSlot, SlotValue>> | undefined,
): TargetTrace {
  if (target === 'enabled' && mapping.enabled) {
    const flag = enabledOf(attributes, mapping);
    const origin = { kind: 'expression' } as const;
    return flag.ok
      ? { target, result: 'value', origin, value: String(flag.value) }
      : { target, result: flag.error === 'enabled-unknown' ? 'unknown' : 'failed', origin, because: flag.error };
  }
  const mapped = readRule(attributes, mapping.rules[target]);
  if (mapped.kind === 'failed') return { target, result: 'failed', origin: { kind: 'expression' }, because: mapped.because };
  if (mapped.kind !== 'text') return { target, result: mapped.kind };
  const { raw, origin } = mapped;
  return { target, origin, raw, ...usedAs(target, mapped, attributes, mapping, slots) };
}

type Use = Pick<TargetTrace, 'result' | 'value' | 'because'>;

function usedAs(
  target: MappingTarget,
  mapped: Extract<MappedText, { kind: 'text' }>,
  attributes: Attributes,
  mapping: CompiledMapping,
  slots: Readonly<Record<DeviceSlot, SlotValue>> | undefined,
): Use {
  const slot = slotOf.get(target);
  if (slot && slots) return ofSlot(slots[slot]);
  if (target === 'email') {
    const email = normaliseEmail(mapped.text);
    return email.ok ? { result: 'value', value: email.value.address } : { result: 'invalid', because: email.error };
  }
  const judged = target === 'userName' ? usernameOf(mapped) : target === 'enabled' ? enabledOf(attributes, mapping) : undefined;
  if (judged && !judged.ok) return { result: 'invalid', because: judged.error };
  return { result: 'value', value: judged ? String(judged.value) : mapped.text };
}

function ofSlot(slot: SlotValue): Use {
  switch (slot.kind) {
    case 'value': {
      const { address } = slot;
      if (address.kind === 'email') return { result: 'value', value: address.address };
      const extension = address.kind === 'voice' && address.extension !== undefined ? `,${address.extension}` : '';
      return { result: 'value', value: `${address.number}${extension}` };
    }
    case 'invalid':
      return { result: 'invalid', because: slot.reason };
    case 'absent':
    case 'unknown':
      return { result: slot.kind };
    case 'create-only': // made by who plans, never by a mapping
      return { result: 'absent' };
  }
}
