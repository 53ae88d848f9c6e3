import {
  type DeviceFacts,
  type Platform,
  platforms,
  type SiblingCause,
  type SiblingRequirements,
  type SiblingRules,
} from '@tallystick/tokens-domain';

/** Sibling requirements made ready to be judged: parsed once, when a ring is taken into the table. */
export interface CompiledSiblings {
  readonly mode: SiblingRequirements['mode'];
  readonly revision: number;
  readonly deviceLock: boolean;
  readonly notRooted: boolean;
  readonly biometrics: boolean;
  readonly minimumOs: MinimumVersions;
  readonly minimumApp: MinimumVersions;
  readonly brands:
    | {
        /** All names in lower case. */
        readonly brandsAllowed: ReadonlySet<string>;
        readonly brandsDisallowed: ReadonlySet<string>;
        readonly modelsAllowed: ReadonlySet<string>;
        readonly modelsDisallowed: ReadonlySet<string>;
      }
    | undefined;
}

type MinimumVersions = Readonly<Partial<Record<Platform, readonly number[]>>> | undefined;

/** Undefined when there is no rule: then nothing is judged. */
export function compileSiblings({ mode, revision, rules }: SiblingRequirements): CompiledSiblings | undefined {
  if (Object.keys(rules).length === 0) return undefined;
  return {
    mode,
    revision,
    deviceLock: rules.deviceLock === true,
    notRooted: rules.notRootedOrJailbroken === true,
    biometrics: rules.biometrics === true,
    minimumOs: compileVersions(rules.minimumOsVersion),
    minimumApp: compileVersions(rules.minimumAppVersion),
    brands: rules.brands && {
      brandsAllowed: lowerCase(rules.brands.brandsAllowed),
      brandsDisallowed: lowerCase(rules.brands.brandsDisallowed),
      modelsAllowed: lowerCase(rules.brands.modelsAllowed),
      modelsDisallowed: lowerCase(rules.brands.modelsDisallowed),
    },
  };
}

/** The same causes in the same order as `unmetSiblings` of the rules that were compiled; a law says so. */
export function unmetCompiled(compiled: CompiledSiblings, facts: DeviceFacts): readonly SiblingCause[] {
  const { platform } = facts;
  let causes: SiblingCause[] | undefined;
  const unmet = (cause: SiblingCause): void => void (causes ??= []).push(cause);
  if (compiled.deviceLock && facts.isLocked === false) unmet('device-lock');
  if (compiled.notRooted && facts.isRooted === true) unmet('rooted-or-jailbroken');
  if (compiled.biometrics && facts.hasBiometrics === false) unmet('biometrics');
  if (platform && isBelow(compiled.minimumOs?.[platform], facts.osVersion)) unmet('os-version');
  if (platform && isBelow(compiled.minimumApp?.[platform], facts.appVersion)) unmet('app-version');
  if (compiled.brands && isOutside(compiled.brands, facts.brand?.toLowerCase(), facts.model?.toLowerCase()))
    unmet('brand-or-model');
  return causes ?? none;
}

const none: readonly SiblingCause[] = [];

const lowerCase = (names: readonly string[]): ReadonlySet<string> => new Set(names.map((name) => name.toLowerCase()));

function compileVersions(minimum: SiblingRules['minimumOsVersion']): MinimumVersions {
  if (!minimum) return undefined;
  const compiled: Partial<Record<Platform, readonly number[]>> = {};
  for (const platform of platforms) {
    const parts = minimum[platform] === undefined ? undefined : versionParts(minimum[platform]);
    if (parts) compiled[platform] = parts;
  }
  return compiled;
}

const dotted = /^\d{1,15}(?!\d)(?:\.\d{1,15}(?!\d)){0,7}/;
const versionParts = (text: string): readonly number[] | undefined => dotted.exec(text)?.[0].split('.').map(Number);

function isBelow(minimum: readonly number[] | undefined, actual: string | undefined): boolean {
  if (!minimum || actual === undefined) return false;
  const parts = versionParts(actual);
  if (!parts) return false;
  for (let at = 0; at < Math.max(minimum.length, parts.length); at++) {
    const difference = (parts[at] ?? 0) - (minimum[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function isOutside(
  lists: NonNullable<CompiledSiblings['brands']>,
  brand: string | undefined,
  model: string | undefined,
): boolean {
  const { brandsAllowed, brandsDisallowed, modelsAllowed, modelsDisallowed } = lists;
  if (brand !== undefined && brandsDisallowed.has(brand)) return true;
  if (model !== undefined && modelsDisallowed.has(model)) return true;
  if (brandsAllowed.size === 0 && modelsAllowed.size === 0) return false;
  const isMissed = (list: ReadonlySet<string>, fact: string | undefined): boolean =>
    list.size === 0 || (fact !== undefined && !list.has(fact));
  return isMissed(brandsAllowed, brand) && isMissed(modelsAllowed, model);
}
