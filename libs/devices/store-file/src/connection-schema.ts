import {
  type AttributeMapping,
  type MappingTarget,
  parityOptions,
  type ReconcileOptions,
  textTargets,
} from '@tallystick/devices-domain';
import { connectionId, environmentId, isName } from '@tallystick/kernel-core';
import { z } from 'zod';
import type { Connection } from './connection.ts';

const name = z.string().refine(isName, 'must have 1–63 characters of a–z, 0–9 and "-", neither first nor last of them "-"');
const text = z.string().refine((it) => it.trim() !== '', 'must not be empty');
const flag = z.boolean();

const rule = z.strictObject({
  attribute: z.union([text, z.array(text)], 'must be the name of a source attribute, or a list of names'),
  trim: flag.optional(),
  case: z.enum(['none', 'upper', 'lower']).optional(),
  default: z.string().optional(),
});

type OptionalTarget = Exclude<MappingTarget, 'userName'>;
const optionalTargets: readonly OptionalTarget[] = [...textTargets.filter((target) => target !== 'userName'), 'enabled'];

const mapping = z.strictObject({
  // Without a default: all records without a name would be one account.
  userName: rule.omit({ default: true }),
  ...(Object.fromEntries(optionalTargets.map((target) => [target, rule.optional()])) as Record<
    OptionalTarget,
    z.ZodOptional<typeof rule>
  >),
}) satisfies z.ZodType<AttributeMapping>;

const format = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('json'), versionField: text.optional(), deletedField: text.optional() }),
  z.strictObject({ kind: z.literal('debezium'), envelope: z.enum(['full', 'unwrapped', 'unwrapped-rewrite']).default('full') }),
]);

const topic = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,249}$/, 'must be a topic: 1–249 characters of A–Z, a–z, 0–9, ".", "_" and "-"')
  .refine((it) => it !== '.' && it !== '..', 'must be a topic, not "." or ".."');

const options = z.strictObject({
  manageDevices: z.enum(['do-not-manage', 'merge', 'overwrite']).default(parityOptions.manageDevices),
  primaryDevice: z.enum(['do-not-manage', 'Email 1', 'SMS Number 1', 'Voice Number 1']).default(parityOptions.primaryDevice),
  createUsers: flag.default(parityOptions.createUsers),
  updateUsers: flag.default(parityOptions.updateUsers),
  disableUsers: flag.default(parityOptions.disableUsers),
  provisionDisabledUsers: flag.default(parityOptions.provisionDisabledUsers),
  removeAction: z.enum(['disable', 'delete']).default(parityOptions.removeAction),
  onCleared: z.enum(['keep', 'remove']).default(parityOptions.onCleared),
  preservePrimary: flag.default(parityOptions.preservePrimary),
  keepDeviceTypes: z.array(text).default([...parityOptions.keepDeviceTypes]),
  allowStripToZero: flag.default(parityOptions.allowStripToZero),
}) satisfies z.ZodType<ReconcileOptions>;

/** One connection as its document says it; unknown fields are faults, since a misspelt option would silently be the default. */
export const connectionSchema = z
  .strictObject({
    environment: name.transform(environmentId),
    connection: name.transform(connectionId),
    source: z.strictObject({ topic, format }),
    directory: z.strictObject({
      kind: z.literal('pingid'),
      propertiesFile: z.string().startsWith('/', 'must be an absolute path'),
    }),
    defaultCountry: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be an ISO 3166 code of two capital letters')
      .optional(),
    mapping,
    options: options.prefault({}),
    visibilityWindowMs: z.int().min(0).max(3_600_000).default(60_000),
  })
  .transform(({ defaultCountry, ...rest }): Connection => ({ ...rest, ...(defaultCountry !== undefined && { defaultCountry }) }));

/** The whole file: at least one connection. That no two are the same, or read the same topic, is checked by `readConnections`. */
export const connectionsSchema = z.strictObject({
  connections: z.array(connectionSchema).min(1, 'must have at least one connection'),
});
