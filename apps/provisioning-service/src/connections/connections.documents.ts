import type { SavedConnection } from '@tallystick/devices-domain';
import { expressionFunctions } from '@tallystick/devices-source-mapping';
import { type ConnectionWarning, connectionWarnings, referenceSettings } from '@tallystick/devices-store-connections';
import { connectionId, environmentId, isName, isoOf } from '@tallystick/kernel-core';
import type { UserHash } from '@tallystick/devices-domain';
import { z } from 'zod';
import { reason } from '../audit/change.documents.ts';
import type { Tried } from './try-mapping.ts';

const id = z.string().refine(isName, { error: 'expected an id: 1–63 characters of a–z, 0–9 and "-"' });
export const environmentParameter = id.transform((text) => environmentId(text));
export const connectionParameter = id.transform((text) => connectionId(text));

const named = z.object({ kind: z.string(), text: z.string() });
export const namedWarnings = (warnings: readonly ConnectionWarning[]) =>
  warnings.map((kind) => ({ kind, text: connectionWarnings[kind] }));

/** Read by hand, so that all its faults come at once and labels of the reference are taken too. */
export const documentBody = z.record(z.string(), z.unknown()).meta({
  id: 'ConnectionDocument',
  description:
    'source (topic, format), directory (kind, and secrets by reference: {"file": name in the folder of the environment} or {"variable": NAME of TALLYSTICK_SECRET_<ENVIRONMENT>__NAME}), scope, enabled, defaultCountry, mapping, protectedUsernames (accounts that are never touched), ' +
    'preset (parity, never-less), options, guards, budget, keepAttributes, visibilityWindowMs. Labels and keys of the reference are taken for options and targets. ' +
    'scope, enabled and rules with an expression are CEL over `source`; functions: ' +
    expressionFunctions.map(({ signature, does }) => `${signature} (${does})`).join('; '),
});

/** Apart from the document, which is read by hand. */
export const connectionToSave = z.strictObject({ reason, document: documentBody }).meta({ id: 'ConnectionToSave' });

export const connectionListed = z
  .object({
    connection: z.string(),
    topic: z.string(),
    directory: z.string(),
    options: z.record(z.string(), z.unknown()),
    version: z.int(),
    savedBy: z.string(),
    savedAt: z.iso.datetime(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Connection' });

export const connectionList = z
  .object({
    readOnly: z.boolean().meta({ description: 'read from a file: nothing can be saved' }),
    connections: z.array(connectionListed),
    unreadable: z.array(z.object({ connection: z.string(), because: z.string() })).meta({
      description: 'connections at rest: their saved documents were written by another version of this service, or are damaged',
    }),
  })
  .meta({ id: 'ConnectionList' });

export const savedView = z
  .object({
    version: z.int(),
    savedBy: z.string(),
    savedAt: z.iso.datetime(),
    document: documentBody,
    reference: z
      .array(z.object({ label: z.string(), key: z.string(), value: z.string() }))
      .meta({ description: "the options as the reference's forms show them" }),
    warnings: z.array(named),
  })
  .meta({ id: 'SavedConnection' });

export const historyView = z
  .object({
    versions: z.array(z.object({ version: z.int(), savedBy: z.string(), savedAt: z.iso.datetime(), document: documentBody })),
  })
  .meta({ id: 'ConnectionHistory' });

export const validationView = z
  .object({
    valid: z.boolean(),
    faults: z.array(z.object({ path: z.string(), expected: z.string() })),
    warnings: z.array(named),
    dangers: z.array(named).meta({ description: 'in what it is more dangerous than the saved one: an approver has to save it' }),
  })
  .meta({ id: 'ConnectionValidation' });

export const viewOfSaved = (saved: SavedConnection, warnings: readonly { kind: string; text: string }[]) => ({
  ...metaOf(saved),
  document: { ...saved.document },
  reference: referenceSettings(saved.document).map((setting) => ({ ...setting })),
  warnings: [...warnings],
});

export const metaOf = ({ version, savedBy, savedAt }: SavedConnection) => ({ version, savedBy, savedAt: isoOf(savedAt) });

const user = z
  .string()
  .regex(/^[0-9a-f]{32}$/, { error: 'expected the hash of a user, as the look-up gives it' })
  .transform((text) => text as UserHash);
const attributeValue = z.union([z.string().max(65_536), z.number(), z.boolean(), z.null()]);

export const mappingTrial = z
  .strictObject({
    candidate: z.record(z.string(), z.unknown()).exactOptional().meta({
      description:
        'mapping, scope, enabled, defaultCountry, protectedUsernames: in place of those of the saved document; null takes one away',
    }),
    attributes: z.record(z.string().max(256), attributeValue).exactOptional().meta({ description: 'a record to try it on' }),
    users: z.array(user).min(1).max(20).exactOptional(),
    sample: z.int().min(1).max(20).exactOptional().meta({ description: 'so many users of the connection, drawn at random' }),
  })
  .refine((it) => [it.attributes, it.users, it.sample].filter((one) => one !== undefined).length === 1, {
    error: 'expected one of attributes, users and sample',
  })
  .meta({ id: 'MappingTrial' });

export const candidateFields: ReadonlySet<string> = new Set([
  'mapping',
  'scope',
  'enabled',
  'defaultCountry',
  'protectedUsernames',
]);

const target = z.object({
  target: z.string(),
  result: z.enum(['value', 'absent', 'unknown', 'failed', 'invalid']),
  origin: z.object({ kind: z.string(), name: z.string().optional(), because: z.string().optional() }).optional(),
  raw: z.string().optional(),
  value: z.string().optional(),
  because: z.string().optional(),
  createOnly: z
    .literal(true)
    .optional()
    .meta({ description: 'used when the account is created, and not looked at for one that is there' }),
});

export const trialView = z
  .object({
    masked: z.boolean(),
    results: z.array(
      z.object({
        user: z.string().optional(),
        found: z.boolean().meta({ description: 'false: there is no record of this user' }),
        scope: z.enum(['in', 'out', 'unknown', 'failed']).optional(),
        becomes: z.enum(['present', 'gone', 'unmappable']).optional(),
        because: z.string().optional(),
        protected: z.literal(true).optional().meta({ description: 'the account is never touched: nothing of this is done' }),
        targets: z.array(target).optional(),
      }),
    ),
  })
  .meta({ id: 'MappingTried' });

export const viewOfTried = ({ user: of, trace }: Tried): z.input<typeof trialView>['results'][number] => ({
  ...(of === undefined ? {} : { user: of }),
  found: trace !== undefined,
  ...(trace && {
    scope: trace.scope,
    becomes: trace.user,
    ...(trace.because === undefined ? {} : { because: trace.because }),
    ...(trace.protected && { protected: true }),
    targets: trace.targets.map((one) => ({ ...one })),
  }),
});

export const inspectionRequest = z
  .strictObject({ document: documentBody.exactOptional().meta({ description: 'tested in place of the saved one' }) })
  .meta({ id: 'ConnectionTest' });

export const inspectionView = z
  .object({
    checks: z.array(
      z.object({
        part: z.string(),
        result: z.enum(['passed', 'failed', 'not-tried']),
        because: z.string().optional(),
        expected: z.string().optional().meta({ description: 'where a secret that is missing has to be' }),
      }),
    ),
  })
  .meta({ id: 'ConnectionTested' });
