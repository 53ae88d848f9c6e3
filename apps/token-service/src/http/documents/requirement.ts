import { isoOf, type Instant } from '@tallystick/kernel-core';
import {
  inForce,
  isVersion,
  liveTokens,
  platforms,
  requirementModes,
  type Ring,
  type SiblingRules,
} from '@tallystick/tokens-domain';
import { z } from 'zod';
import { outcomeMembers, propagationView } from './outcomes.ts';
import { force, moment, reason, wellFormed } from './parameters.ts';
import { createdToken } from './tokens.ts';

export const requirementChange = z
  .strictObject({
    reason,
    mode: z.enum(requirementModes).meta({ description: 'observe allows everything and records what enforce would refuse' }),
    effectiveAt: moment.optional(),
    force: force.optional(),
    format: z.enum(['tsk', 'uuid']).optional().meta({ description: 'Of the token that is made when there is none' }),
  })
  .meta({ id: 'RequirementChange' });

export const requirementView = z
  .object({
    mode: z.enum(requirementModes),
    effectiveAt: z.string(),
    inForce: z.boolean().meta({ description: 'Devices without a matching token are refused now' }),
    isDefined: z.boolean().meta({ description: 'False before the first requirement and after everything was cleared' }),
    version: z.int(),
    liveTokens: z.int(),
  })
  .meta({ id: 'Requirement' });

export const requirementChanged = requirementView
  .extend({ ...outcomeMembers, created: createdToken.optional(), propagation: propagationView })
  .meta({ id: 'RequirementChanged' });

export const viewOfRequirement = (ring: Ring, now: Instant): z.input<typeof requirementView> => ({
  mode: ring.requirement.mode,
  effectiveAt: isoOf(ring.requirement.effectiveAt),
  inForce: inForce(ring.requirement, now),
  isDefined: ring.isDefined,
  version: ring.version,
  liveTokens: liveTokens(ring).length,
});

// The requirements beside the token.

const version = z
  .string()
  .max(60)
  .refine(isVersion, { error: 'expected a version, e.g. 17.4' })
  .meta({ description: 'Dotted numbers' });
const minimum = z.strictObject(
  Object.fromEntries(platforms.map((name) => [name, version.exactOptional()])) as Record<
    (typeof platforms)[number],
    z.ZodExactOptional<typeof version>
  >,
);
const names = z.array(wellFormed.trim().min(1).max(100)).max(500);

export const siblingRules = z
  .strictObject({
    deviceLock: z.literal(true).exactOptional(),
    notRootedOrJailbroken: z.literal(true).exactOptional(),
    biometrics: z.literal(true).exactOptional(),
    minimumOsVersion: minimum.exactOptional(),
    minimumAppVersion: minimum.exactOptional(),
    brands: z
      .strictObject({
        brandsAllowed: names.default([]),
        brandsDisallowed: names.default([]),
        modelsAllowed: names.default([]),
        modelsDisallowed: names.default([]),
      })
      .exactOptional(),
  })
  .meta({ id: 'SiblingRules', description: 'Each is asked for only when it is there; what a client does not say is not judged' });

export const siblingsChange = z
  .strictObject({ reason, mode: z.enum(['observe', 'enforce']), rules: siblingRules, force: force.optional() })
  .meta({ id: 'SiblingRequirementsChange' });

const rulesView = z.looseObject({}).meta({ description: 'As SiblingRules' });
export const siblingsView = z
  .object({
    mode: z.enum(['observe', 'enforce']),
    rules: rulesView,
    revision: z.int().meta({ description: 'Grows whenever the rules change; sightings name the rules that they were judged by' }),
    version: z.int(),
  })
  .meta({ id: 'SiblingRequirements' });
export const siblingsChanged = siblingsView
  .extend({ ...outcomeMembers, propagation: propagationView })
  .meta({ id: 'SiblingRequirementsChanged' });

export const viewOfSiblings = ({ siblings: { mode, rules, revision }, version: of }: Ring): z.input<typeof siblingsView> => ({
  mode,
  rules: { ...rules } satisfies SiblingRules,
  revision,
  version: of,
});

// Settings.

const enrolmentLink = wellFormed
  .max(500)
  .refine((text) => URL.canParse(text) && new URL(text).protocol === 'https:', { error: 'expected an https link' })
  .meta({ format: 'uri', description: 'Given to refused devices' });

export const settings = z
  .strictObject({
    compatibility: z
      .enum(['safe', 'reference'])
      .meta({ description: 'reference: no guard refuses, as in the reference product' }),
    twoPeople: z.boolean().meta({ description: 'What needs force also needs a second person' }),
    readableValues: z
      .boolean()
      .meta({ description: 'New values can be read again by the compatible API; each reading is audited' }),
    enrolmentLink: enrolmentLink.exactOptional(),
    guards: z.strictObject({
      windowDays: z.int().min(1).max(90),
      refusedShare: z.number().min(0).max(1),
      minimumObservationHours: z.number().min(0).max(2160),
      staleAfterHours: z.number().min(1).max(2160),
      noticeHours: z.number().min(0).max(8760),
    }),
  })
  .meta({ id: 'Settings' });
export const settingsChange = settings.extend({ reason, force: force.optional() }).meta({ id: 'SettingsChange' });
export const settingsView = settings.extend({ version: z.int() }).meta({ id: 'SettingsView' });
export const settingsChanged = settingsView
  .extend({ ...outcomeMembers, propagation: propagationView })
  .meta({ id: 'SettingsChanged' });

export const viewOfSettings = ({ settings: of, version: at }: Ring): z.input<typeof settingsView> => ({ ...of, version: at });
