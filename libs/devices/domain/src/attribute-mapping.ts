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
