import type { Platform } from './ring.ts';

/** The device requirements beside the token; each is asked for only when it is there. */
export interface SiblingRules {
  readonly deviceLock?: true;
  readonly notRootedOrJailbroken?: true;
  readonly biometrics?: true;
  /** Dotted numbers, compared part by part. */
  readonly minimumOsVersion?: Readonly<Partial<Record<Platform, string>>>;
  readonly minimumAppVersion?: Readonly<Partial<Record<Platform, string>>>;
  /** Lists are compared without regard to case; what is disallowed wins. An empty allowed list allows everything. */
  readonly brands?: {
    readonly brandsAllowed: readonly string[];
    readonly brandsDisallowed: readonly string[];
    readonly modelsAllowed: readonly string[];
    readonly modelsDisallowed: readonly string[];
  };
}

export interface SiblingRequirements {
  /** `observe` records what `enforce` would refuse. Rules that are empty refuse nobody in either. */
  readonly mode: 'observe' | 'enforce';
  readonly rules: SiblingRules;
  /** Grows whenever the rules change; sightings name the rules that they were judged by. */
  readonly revision: number;
}

export const noSiblings: SiblingRequirements = { mode: 'observe', rules: {}, revision: 0 };

/** What a client claims about itself (facts, not proof). What is left out is not judged. */
export interface DeviceFacts {
  readonly platform?: Platform;
  readonly osVersion?: string;
  readonly appVersion?: string;
  readonly brand?: string;
  readonly model?: string;
  readonly isLocked?: boolean;
  readonly isRooted?: boolean;
  readonly hasBiometrics?: boolean;
}

/** Named causes of M37, beside the one of the token. */
export const siblingCauses = [
  'device-lock',
  'rooted-or-jailbroken',
  'biometrics',
  'os-version',
  'app-version',
  'brand-or-model',
] as const;
export type SiblingCause = (typeof siblingCauses)[number];

/** `2` < `2.1` < `2.1.3` < `10`; a text that is no dotted number is `undefined`: it is not judged. */
export function compareVersions(left: string, right: string): number | undefined {
  const [a, b] = [versionParts(left), versionParts(right)];
  if (!a || !b) return undefined;
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

/** True for what {@link compareVersions} can compare: 8 parts count, of at most 15 digits each. */
export const isVersion = (text: string): boolean => versionParts(text) !== undefined;

// No part is cut in the middle: that would be another number.
const dotted = /^\d{1,15}(?!\d)(?:\.\d{1,15}(?!\d)){0,7}/;

/** Leading dotted number: `17.4.1 (21E236)` counts as 17.4.1. */
const versionParts = (text: string): readonly number[] | undefined => dotted.exec(text)?.[0].split('.').map(Number);

const listed = (list: readonly string[], name: string): boolean => list.some((one) => one.toLowerCase() === name.toLowerCase());

/** Every rule that these facts do not meet (M37: all unmet causes). Pure and total; facts that are missing are met. */
export function unmetSiblings(rules: SiblingRules, facts: DeviceFacts): readonly SiblingCause[] {
  const { platform, brand, model } = facts;
  const causes: SiblingCause[] = [];
  if (rules.deviceLock && facts.isLocked === false) causes.push('device-lock');
  if (rules.notRootedOrJailbroken && facts.isRooted === true) causes.push('rooted-or-jailbroken');
  if (rules.biometrics && facts.hasBiometrics === false) causes.push('biometrics');
  const isBelow = (minimum: string | undefined, actual: string | undefined): boolean =>
    minimum !== undefined && actual !== undefined && compareVersions(actual, minimum) === -1;
  if (platform && isBelow(rules.minimumOsVersion?.[platform], facts.osVersion)) causes.push('os-version');
  if (platform && isBelow(rules.minimumAppVersion?.[platform], facts.appVersion)) causes.push('app-version');
  if (rules.brands && isOutside(rules.brands, brand, model)) causes.push('brand-or-model');
  return causes;
}

/**
 * A model that is allowed by name passes though its brand is not in the list of allowed brands; what is disallowed never passes. Refused for
 * want of being allowed only when no fact is missing that could be on a list.
 */
function isOutside(lists: NonNullable<SiblingRules['brands']>, brand: string | undefined, model: string | undefined): boolean {
  const { brandsAllowed, brandsDisallowed, modelsAllowed, modelsDisallowed } = lists;
  if (brand !== undefined && listed(brandsDisallowed, brand)) return true;
  if (model !== undefined && listed(modelsDisallowed, model)) return true;
  if (brandsAllowed.length === 0 && modelsAllowed.length === 0) return false;
  const isMissed = (list: readonly string[], fact: string | undefined): boolean =>
    list.length === 0 || (fact !== undefined && !listed(list, fact));
  return isMissed(brandsAllowed, brand) && isMissed(modelsAllowed, model);
}

/** True when whoever meets `before` surely meets `after`: to loosen rules needs no proof. False when it can't be told. */
export function isNoStricter(after: SiblingRules, before: SiblingRules): boolean {
  const isLower = (name: 'minimumOsVersion' | 'minimumAppVersion', platform: Platform): boolean => {
    const [is, was] = [after[name]?.[platform], before[name]?.[platform]];
    return is === undefined || (was !== undefined && (compareVersions(is, was) ?? 1) <= 0);
  };
  return (
    (!after.deviceLock || before.deviceLock === true) &&
    (!after.notRootedOrJailbroken || before.notRootedOrJailbroken === true) &&
    (!after.biometrics || before.biometrics === true) &&
    (['ios', 'android'] as const).every(
      (platform) => isLower('minimumOsVersion', platform) && isLower('minimumAppVersion', platform),
    ) &&
    (after.brands === undefined || areListsNoStricter(after.brands, before.brands ?? noLists))
  );
}

type Lists = NonNullable<SiblingRules['brands']>;
const noLists: Lists = { brandsAllowed: [], brandsDisallowed: [], modelsAllowed: [], modelsDisallowed: [] };

function areListsNoStricter(after: Lists, before: Lists): boolean {
  const contains = (list: readonly string[], part: readonly string[]): boolean => part.every((name) => listed(list, name));
  const allowsAll = (lists: Lists): boolean => lists.brandsAllowed.length === 0 && lists.modelsAllowed.length === 0;
  return (
    contains(before.brandsDisallowed, after.brandsDisallowed) &&
    contains(before.modelsDisallowed, after.modelsDisallowed) &&
    (allowsAll(after) || (!allowsAll(before) && areAllowedNoStricter(after, before)))
  );
}

/** Being on one of both lists suffices, so a list that stops being empty is no stricter; one that becomes empty loses its names. */
const areAllowedNoStricter = (after: Lists, before: Lists): boolean =>
  (['brandsAllowed', 'modelsAllowed'] as const).every((name) => before[name].every((one) => listed(after[name], one)));
