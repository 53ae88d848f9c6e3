import type { AttributeMapping, DeviceSlot, MappingRule, TextTarget } from '@tallystick/devices-domain';

/** Which target attribute fills which device slot (a.4). */
export const slotTargets: Readonly<Record<DeviceSlot, TextTarget>> = {
  'Email 1': 'mfaEmail1',
  'Email 2': 'mfaEmail2',
  'Email 3': 'mfaEmail3',
  'SMS Number 1': 'mfaSms1',
  'SMS Number 2': 'mfaSms2',
  'SMS Number 3': 'mfaSms3',
  'Voice Number 1': 'mfaVoice1',
  'Voice Number 2': 'mfaVoice2',
  'Voice Number 3': 'mfaVoice3',
};

const sourcesOf = (rule: MappingRule): readonly string[] =>
  typeof rule.attribute === 'string' ? [rule.attribute] : rule.attribute;

/** Names of all source attributes that the mapping reads: the others need not be stored, and their changes need nobody's attention. */
export function attributesOf(mapping: AttributeMapping): ReadonlySet<string> {
  const rules: readonly (MappingRule | undefined)[] = Object.values(mapping);
  return new Set(rules.flatMap((rule) => (rule ? sourcesOf(rule) : [])));
}
