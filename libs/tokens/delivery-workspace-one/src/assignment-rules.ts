import { isLosslessNumber, isSafeNumber, parse, stringify } from 'lossless-json';
import {
  type CheckFinding,
  deliveryRefused,
  type HeldValue,
  isNearMiss,
  type NotDone,
  type Platform,
} from '@tallystick/tokens-domain';
import { z } from 'zod';

const entry = z.looseObject({ key: z.string().nullish(), type: z.string().nullish() });
const rule = z.looseObject({
  distribution: z.looseObject({ name: z.string().nullish() }).nullish(),
  restriction: z.looseObject({}).nullish(),
  application_configuration: z.array(entry).nullish(),
});
const ruleSet = z.looseObject({ assignments: z.array(rule) });

type Rule = z.infer<typeof rule>;
type Entry = z.infer<typeof entry>;
/**
 * All rules of an application, with every member as it came: numbers are kept as they were written (ids and priorities have no limit there),
 * booleans may be text, dates have no zone.
 */
export type RuleSet = z.infer<typeof ruleSet>;

/** Undefined for what is no rule set. Members named twice are none either: one of them would be lost. */
export function readRules(text: string): RuleSet | undefined {
  try {
    const content = parse(text);
    // Only looked at: what a schema gives back need not have the order of what came.
    return ruleSet.safeParse(content).success ? (content as RuleSet) : undefined;
  } catch {
    return undefined;
  }
}

export const writeRules = (rules: RuleSet): string => stringify(rules) ?? '';

const entriesOf = (one: Rule): readonly Entry[] => one.application_configuration ?? [];
const nameOf = (one: Rule, at: number): string => {
  const name = one.distribution?.name?.trim().slice(0, 60) ?? '';
  return `rule ${at + 1}${name === '' ? '' : ` (${name})`}`;
};

/** Every entry of the key in every rule: a device takes the configuration of the first rule that it is in. */
export function placesOf(
  rules: RuleSet,
  key: string,
): readonly { readonly name: string; readonly value: HeldValue | undefined }[] | NotDone {
  const places: { readonly name: string; readonly value: HeldValue | undefined }[] = [];
  for (const [at, one] of rules.assignments.entries())
    for (const { key: found, type, value } of entriesOf(one)) {
      if (found !== key) continue;
      const name = nameOf(one, at);
      if (type !== undefined && type !== null && type.toUpperCase() !== 'STRING')
        return deliveryRefused('unreadable', `${name}: ${key} has a type other than STRING there; make it a STRING`);
      if (value !== undefined && value !== null && typeof value !== 'string')
        return deliveryRefused('unreadable', `${name}: what stands at ${key} is no text`);
      places.push({ name, value: value ?? undefined });
    }
  if (places.length > 0) return places;
  const near = rules.assignments.findIndex((one) => hasNearMiss(one, key));
  return near < 0
    ? deliveryRefused(
        'key-missing',
        `no rule has the key ${key}: add it to the application configuration of the rules that should get it`,
      )
    : deliveryRefused(
        'near-miss-key',
        `${nameOf(rules.assignments[near]!, near)} has a key that is almost ${key}, and none has that one: correct it`,
      );
}

const hasNearMiss = (one: Rule, key: string): boolean => entriesOf(one).some((each) => isNearMiss(each.key ?? '', key));

export const withValueIn = (rules: RuleSet, key: string, value: HeldValue): RuleSet => ({
  ...rules,
  assignments: rules.assignments.map((one) =>
    one.application_configuration
      ? {
          ...one,
          application_configuration: one.application_configuration.map((each) => (each.key === key ? { ...each, value } : each)),
        }
      : one,
  ),
});

/**
 * Everything but the value. Left out is also what the vendor counts and numbers by itself: licences redeemed, and the ids of rows that a
 * write of the whole set may make anew.
 */
export const restOf = (rules: RuleSet, key: string): unknown =>
  plain({
    ...withoutIds(rules),
    assignments: rules.assignments.map((one) => ({
      ...one,
      distribution: withoutRedeemed(one.distribution),
      application_configuration: one.application_configuration?.map((each) => ({
        ...withoutIds(each),
        ...(each.key === key && { value: '' }),
      })),
    })),
  });

const withoutIds = (row: object): object => ({ ...row, id: undefined, uuid: undefined });

const licences = z.looseObject({ vpp_app_details: z.looseObject({ license_usage: z.array(z.looseObject({})) }) });
function withoutRedeemed(distribution: Rule['distribution']): unknown {
  const known = licences.safeParse(distribution);
  if (!known.success) return distribution;
  const details = known.data.vpp_app_details;
  const usage = details.license_usage.map((one) => ({ ...one, redeemed: undefined }));
  return { ...known.data, vpp_app_details: { ...details, license_usage: usage } };
}

/** Numbers as numbers, whatever way they are written; those that a number can't hold as they stand. */
function plain(content: unknown): unknown {
  if (isLosslessNumber(content)) {
    const text = content.toString();
    return isSafeNumber(text) ? Number(text) : { number: text };
  }
  if (Array.isArray(content)) return content.map(plain);
  if (typeof content !== 'object' || content === null) return content;
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, plain(value)]));
}

/** Rules, and entries that are not the key's. */
export const keptIn = (rules: RuleSet, key: string): number =>
  rules.assignments.reduce((sum, one) => sum + 1 + entriesOf(one).filter((each) => each.key !== key).length, 0);

const isOff = (member: unknown): boolean => member === false || (typeof member === 'string' && /^false$/i.test(member.trim()));

/** What of the rules would keep a delivery from some of their devices. */
export function findingsIn(rules: RuleSet, key: string, platform: Platform): readonly CheckFinding[] {
  const places = placesOf(rules, key);
  const found: CheckFinding[] = [];
  if ('kind' in places && places.kind === 'refused')
    found.push({
      severity: 'error',
      what: places.reason === 'key-missing' || places.reason === 'near-miss-key' ? places.reason : 'unreadable',
      detail: places.detail,
    });
  const isKeyAnywhere = rules.assignments.some((one) => entriesOf(one).some((each) => each.key === key));
  for (const [at, one] of rules.assignments.entries()) {
    const name = nameOf(one, at);
    const warn = (what: CheckFinding['what'], detail: string): void =>
      void found.push({ severity: 'warning', what, detail: `${name}: ${detail}` });
    if (isKeyAnywhere && hasNearMiss(one, key))
      warn('near-miss-key', `it has a key that is almost ${key}; the app does not read that one`);
    if (isKeyAnywhere && !entriesOf(one).some((each) => each.key === key))
      warn('rule-without-key', `devices whose first rule is this one get no ${key}; add it there if they should`);
    if (platform === 'ios' && isOff(one.restriction?.['make_app_mdm_managed']))
      warn('not-managed', 'make_app_mdm_managed is off, so an app that its user installed gets no configuration; turn it on');
  }
  return found;
}
