import { type Instant, isoOf, instant } from '@tallystick/kernel-core';
import {
  type Adoption,
  type AdoptionPart,
  type AdoptionReport,
  type Day,
  refusedFigures,
  type RefusedFigures,
  type Ring,
  type SeenDevice,
  segmentName,
  type SightedGroup,
  type SightingCounts,
  unknownAdoptions,
} from '@tallystick/tokens-domain';
import { z } from 'zod';
import { numberText } from './parameters.ts';

const windowDays = numberText(1, 90).optional();
const tokenList = z
  .string()
  .max(4_000)
  .regex(/^tok_[a-z2-7]{16}(?:,tok_[a-z2-7]{16}){0,99}$/, { error: 'expected token ids, separated by commas' })
  .transform((text) => text.split(','));

/** The same, or none at all. */
const noneOrMore = z.union([z.literal('').transform((): string[] => []), tokenList]);

// What comes in.

export const previewQuery = z.strictObject({ windowDays });
export const adoptionQuery = z
  .strictObject({
    windowDays,
    token: tokenList.optional(),
    replaces: noneOrMore.optional(),
    threshold: z
      .string()
      .regex(/^(?:0(?:\.\d{1,6})?|1(?:\.0{1,6})?)$/, { error: 'expected a share from 0 to 1' })
      .transform(Number)
      .optional(),
  })
  .refine(({ token, replaces, threshold }) => token?.length === 1 || (!token && !replaces && threshold === undefined), {
    error: 'give one token; replaces and threshold are about it',
    path: ['token'],
  });
export const laggardsQuery = z.strictObject({
  windowDays,
  token: tokenList.optional(),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,100}$/, { error: 'expected the cursor of a page before' })
    .optional(),
  limit: numberText(1, 500).default(100),
});

export const queryOf = {
  windowDays: {
    name: 'windowDays',
    required: false,
    schema: { type: 'integer' as const, minimum: 1, maximum: 90 },
    description: 'Days that count; default: as in the settings',
  },
};

// What goes out.

const state = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('known'),
      strangersTurnedAway: z
        .literal(true)
        .optional()
        .meta({ description: 'More unknown devices called than there is room for: what enforcing would refuse is unknown' }),
    }),
    z.object({ kind: z.literal('unknown'), why: z.string(), text: z.string() }),
  ])
  .meta({ id: 'AdoptionState', description: 'Unknown counts as too many for every guard' });
const part = { devices: z.int(), share: z.number(), lastSeen: z.string().optional() };
const partView = z.object(part).meta({ id: 'AdoptionPart' });

export const adoptionView = z
  .object({
    state,
    windowDays: z.int(),
    since: z.string().optional(),
    newest: z.string().optional(),
    figures: z
      .object({
        devices: z.int(),
        tokens: z.array(z.object({ ...part, token: z.string(), segment: z.string().optional(), shareOfSegment: z.number() })),
        nothing: partView,
        unknown: partView,
        segments: z.array(z.object({ ...part, segment: z.string(), tokens: z.array(z.string()) })),
        withoutSegment: partView,
        platforms: z.array(z.object({ ...part, platform: z.string() })),
        days: z.array(
          z.object({
            day: z.string(),
            devices: z.int(),
            presented: z.array(z.object({ presented: z.string(), devices: z.int(), share: z.number() })),
          }),
        ),
      })
      .optional()
      .meta({ description: 'Missing when the sightings can not be read' }),
    forecast: z
      .object({
        token: z.string(),
        replaces: z.array(z.string()),
        threshold: z.number(),
        devices: z.int().meta({ description: 'That presented one of these tokens last' }),
        onToken: z.int(),
        at: z
          .string()
          .nullable()
          .meta({ description: 'When the threshold will be met if it goes on like this; null when that can not be said' }),
      })
      .optional(),
  })
  .meta({ id: 'Adoption' });

export const laggardList = z
  .object({
    items: z.array(z.object({ device: z.string(), presented: z.string(), platform: z.string(), lastSeen: z.string() })),
    next: z.string().optional(),
  })
  .meta({ id: 'LaggardList' });

const refused = {
  devices: z.int(),
  refused: z.int(),
  byToken: z.int(),
  withoutToken: z.int(),
  bySiblings: z.int(),
  unjudged: z
    .int()
    .meta({ description: 'Not judged yet by the other requirements as they are now: refused or not, nobody knows' }),
};
const refusedPart = (name: string) =>
  z.array(z.object({ [name]: z.string(), ...refused } as { name: z.ZodString } & typeof refused));
export const previewView = z
  .object({
    state,
    windowDays: z.int(),
    ifEnforcedNow: z
      .object({
        ...refused,
        segments: refusedPart('segment'),
        platforms: refusedPart('platform'),
        presented: refusedPart('presented'),
      })
      .optional()
      .meta({ description: 'How many of the devices seen would be refused; missing when that is unknown' }),
  })
  .meta({ id: 'Preview' });

const dayText = (day: Day): string => isoOf(instant(day * 86_400_000)).slice(0, 10);

export const viewOfState = (adoption: Adoption): z.input<typeof state> =>
  adoption.kind === 'known'
    ? { kind: 'known', ...(adoption.strangersTurnedAway && { strangersTurnedAway: true as const }) }
    : { kind: 'unknown', why: adoption.why, text: unknownAdoptions[adoption.why] };

const viewOfPart = ({ devices, share, lastSeen }: AdoptionPart) => ({
  devices,
  share,
  ...(lastSeen === undefined ? {} : { lastSeen: dayText(lastSeen) }),
});

export const viewOfSpan = ({ since, newest }: Pick<SightingCounts, 'since' | 'newest'>) => ({
  ...(since === undefined ? {} : { since: isoOf(since) }),
  ...(newest === undefined ? {} : { newest: isoOf(newest) }),
});

export const viewOfReport = (report: AdoptionReport): NonNullable<z.input<typeof adoptionView>['figures']> => ({
  devices: report.devices,
  tokens: report.tokens.map(({ token, segment, shareOfSegment, ...rest }) => ({
    token,
    ...(segment === undefined ? {} : { segment }),
    shareOfSegment,
    ...viewOfPart(rest),
  })),
  nothing: viewOfPart(report.nothing),
  unknown: viewOfPart(report.unknown),
  segments: report.segments.map(({ segment, tokens, ...rest }) => ({ segment, tokens: [...tokens], ...viewOfPart(rest) })),
  withoutSegment: viewOfPart(report.withoutSegment),
  platforms: report.platforms.map(({ platform, ...rest }) => ({ platform, ...viewOfPart(rest) })),
  days: report.days.map(({ day, devices, presented }) => ({
    day: dayText(day),
    devices,
    presented: presented.map((one) => ({ presented: one.presented, devices: one.devices, share: one.share })),
  })),
});

export const viewOfLaggard = ({ device, presented, platform, lastSeen }: SeenDevice) => ({
  device,
  presented,
  platform,
  lastSeen: isoOf(lastSeen),
});

const viewOfRefused = ({ devices, byToken, withoutToken, bySiblings, unjudged }: RefusedFigures) => ({
  devices,
  refused: byToken + bySiblings,
  byToken,
  withoutToken,
  bySiblings,
  unjudged,
});

/** Devices by one of their facts, and how many of each a ring would refuse if it were enforced now. */
function refusedBy(
  ring: Ring,
  groups: readonly SightedGroup[],
  now: Instant,
  name: string,
  keyOf: (group: SightedGroup) => string,
) {
  const parts = new Map<string, SightedGroup[]>();
  for (const group of groups) parts.set(keyOf(group), [...(parts.get(keyOf(group)) ?? []), group]);
  return [...parts].map(([key, some]) => ({ [name]: key, ...viewOfRefused(refusedFigures(ring, some, now, 'enforce')) }));
}

/** What would happen if everything were enforced now. Groups without a token of this ring have no segment: `none`. */
export function viewOfPreview(ring: Ring, groups: readonly SightedGroup[], now: Instant) {
  const segments = new Map<string, string>(ring.tokens.map(({ id, segment }) => [id, segmentName(segment)]));
  return {
    ...viewOfRefused(refusedFigures(ring, groups, now, 'enforce')),
    segments: refusedBy(ring, groups, now, 'segment', ({ presented }) => segments.get(presented) ?? 'none'),
    platforms: refusedBy(ring, groups, now, 'platform', ({ platform }) => platform),
    presented: refusedBy(ring, groups, now, 'presented', ({ presented }) => presented),
  } as unknown as NonNullable<z.input<typeof previewView>['ifEnforcedNow']>;
}
