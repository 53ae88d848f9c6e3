import type { DeviceSlot } from '@tallystick/devices-domain';

/** Where one target attribute comes from (P14). */
export interface MappingRule {
  /** Source attributes; the first that is not empty wins. */
  readonly attribute: string | readonly string[];
  /** Blanks at both ends are removed, unless false. */
  readonly trim?: boolean | undefined;
  readonly case?: 'none' | 'upper' | 'lower' | undefined;
  /** Used when every source attribute is empty. */
  readonly default?: string | undefined;
}

/** Field codes of the targets that are text (d.3); `country` is ours: it gives numbers in national spelling their country. */
export const textTargets = [
  'userName',
  'email',
  'fName',
  'lName',
  'mfaEmail1',
  'mfaEmail2',
  'mfaEmail3',
  'mfaSms1',
  'mfaSms2',
  'mfaSms3',
  'mfaVoice1',
  'mfaVoice2',
  'mfaVoice3',
  'country',
] as const;

export type TextTarget = (typeof textTargets)[number];
export type MappingTarget = TextTarget | 'enabled';

/** The mapping of a connection. What is not mapped is never written, and only the username has to be. */
export type AttributeMapping = { readonly userName: MappingRule } & {
  readonly [target in Exclude<MappingTarget, 'userName'>]?: MappingRule | undefined;
};

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
