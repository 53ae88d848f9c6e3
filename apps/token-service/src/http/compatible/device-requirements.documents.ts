import { type Instant, instantOf } from '@tallystick/kernel-core';
import { isVersion } from '@tallystick/tokens-domain';
import { z } from 'zod';
import { wellFormed } from '../documents/parameters.ts';

// Names exactly as in the reference product's object (M33). What it does not know is refused, so that a mistyped name never clears a requirement.

const switched = z.strictObject({ enabled: z.boolean() });
const version = z.string().max(60).refine(isVersion, { error: 'expected a version, e.g. 17.4' });
const minimum = z
  .strictObject({ enabled: z.boolean(), android: version.exactOptional(), ios: version.exactOptional() })
  .refine(({ enabled, android, ios }) => !enabled || android !== undefined || ios !== undefined, {
    error: 'expected a version for android or ios when it is enabled',
  });
const names = z.array(wellFormed.trim().min(1).max(100)).max(500).exactOptional();

/** A date, which means 00:00 UTC of that day, or a moment with its zone (M5). */
const effectiveDate = z
  .string()
  .max(40)
  .meta({ description: 'A date (00:00 UTC of it) or a moment with its zone' })
  .transform((text, context): Instant => {
    const at = instantOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
    if (at === undefined)
      context.addIssue({ code: 'custom', message: 'expected a date, or a date and time with a zone, e.g. 2027-01-31T08:00:00Z' });
    return at ?? z.NEVER;
  });

const listedToken = z.strictObject({
  token: wellFormed
    .max(512)
    .meta({ description: 'urn:tallystick:token:<id> stands for a token that is there; anything else is a value' }),
  creationTime: z.string().max(64).meta({ description: 'Required, and not believed: the service has its own' }),
});

const mobileDeviceManagementRequire = z
  .strictObject({
    enabled: z.boolean(),
    effectiveDate: effectiveDate.exactOptional(),
    tokens: z.array(listedToken).max(100).exactOptional(),
  })
  .superRefine(({ enabled, effectiveDate: date, tokens }, context) => {
    const missing = (name: string, isMissing: boolean) =>
      isMissing && context.addIssue({ code: 'custom', path: [name], message: 'is required when it is enabled' });
    if (!enabled) return;
    missing('effectiveDate', date === undefined); // M3, M33
    missing('tokens', tokens === undefined || tokens.length === 0);
  });

const readOnly = z.unknown().exactOptional();

export const deviceRequirementsChange = z
  .strictObject({
    mobileDeviceManagementRequire: mobileDeviceManagementRequire.exactOptional(),
    deviceLockEnableRequire: switched.exactOptional(),
    deviceNotAllowedRootedOrJailBroken: switched.exactOptional(),
    deviceRequireBiometricsCapabilities: switched.exactOptional(),
    minimumOSVersionRequire: minimum.exactOptional(),
    minimumPingIDAppVersionRequire: minimum.exactOptional(),
    restrictDevicesByBrand: z
      .strictObject({
        enabled: z.boolean(),
        deviceBrandsAllowed: names,
        deviceBrandsDisAllowed: names,
        deviceModelsAllowed: names,
        deviceModelsDisAllowed: names,
      })
      .exactOptional(),
    // What a GET may hold besides, so that it can be sent back as it is.
    updatedAt: readOnly,
    _links: readOnly,
    id: readOnly,
    environment: readOnly,
    application: readOnly,
  })
  .meta({
    id: 'DeviceRequirementsChange',
    description: 'Replaces everything: what is left out is cleared, tokens included (M32)',
  });
export type DeviceRequirementsChange = z.output<typeof deviceRequirementsChange>;

const switchedView = z.object({ enabled: z.boolean() });
const minimumView = z.object({ enabled: z.boolean(), android: z.string().optional(), ios: z.string().optional() });
export const deviceRequirements = z
  .object({
    mobileDeviceManagementRequire: z.object({
      enabled: z.boolean(),
      effectiveDate: z.string(),
      tokens: z.array(z.object({ token: z.string(), creationTime: z.string() })),
    }),
    deviceLockEnableRequire: switchedView.optional(),
    deviceNotAllowedRootedOrJailBroken: switchedView.optional(),
    deviceRequireBiometricsCapabilities: switchedView.optional(),
    minimumOSVersionRequire: minimumView.optional(),
    minimumPingIDAppVersionRequire: minimumView.optional(),
    restrictDevicesByBrand: z
      .object({
        enabled: z.boolean(),
        deviceBrandsAllowed: z.array(z.string()),
        deviceBrandsDisAllowed: z.array(z.string()),
        deviceModelsAllowed: z.array(z.string()),
        deviceModelsDisAllowed: z.array(z.string()),
      })
      .optional(),
    updatedAt: z.string().optional().meta({ description: 'The newest date that a token of it tells' }),
  })
  .meta({ id: 'DeviceRequirements' });
export type DeviceRequirements = z.input<typeof deviceRequirements>;

export const pingOneError = z
  .object({
    id: z.string().meta({ description: 'Names this one answer; the log has it too' }),
    code: z.string(),
    message: z.string(),
    details: z.array(
      z.object({
        code: z.string(),
        target: z.string().optional(),
        message: z.string(),
        innerError: z.looseObject({}).optional(),
      }),
    ),
  })
  .meta({ id: 'PingOneError' });
