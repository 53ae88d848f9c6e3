/** What is done with a text that a rule found (P14). */
export interface RuleStyle {
  /** Blanks at both ends are removed, unless false. */
  readonly trim?: boolean | undefined;
  readonly case?: 'none' | 'upper' | 'lower' | undefined;
  /** Used when every source attribute is empty, when the expression gives nothing, and when it fails. */
  readonly default?: string | undefined;
  /** Used when the account is created (a device: when the user is enabled there first), and left alone afterwards. */
  readonly createOnly?: boolean | undefined;
}

/** Where one target attribute comes from (P14): source attributes, or an expression over `source`. */
export type MappingRule = RuleStyle &
  (
    | {
        /** The first that is not empty wins. */
        readonly attribute: string | readonly string[];
        readonly expression?: undefined;
      }
    | {
        /** CEL over `source`. What it gives is taken as text. */
        readonly expression: string;
        readonly attribute?: undefined;
      }
  );

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
