import type { ConnectionDocument, DirectoryDocument, SourceFormat } from '@tallystick/devices-domain';
import { connectionId, environmentId, isName } from '@tallystick/kernel-core';
import { secretRef } from '@tallystick/platform-secrets';
import { z } from 'zod';
import { mappingSchema } from './mapping-schema.ts';
import { budgetSchema, guardsSchema, optionsSchema, presetOptions } from './settings-schema.ts';
import { text } from './text-schema.ts';

const name = z.string().refine(isName, 'must have 1–63 characters of a–z, 0–9 and "-", neither first nor last of them "-"');

const format = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('json'), versionField: text.exactOptional(), deletedField: text.exactOptional() }),
  z.strictObject({
    kind: z.literal('debezium'),
    connector: z.enum(['postgresql', 'mysql', 'sqlserver', 'mongodb']).exactOptional(),
    envelope: z.enum(['full', 'unwrapped', 'unwrapped-rewrite']).default('full'),
  }),
  z.strictObject({ kind: z.literal('cloudevents'), order: z.enum(['sequence', 'offset']).exactOptional() }),
]) satisfies z.ZodType<SourceFormat>;

const topic = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,249}$/, 'must be a topic: 1–249 characters of A–Z, a–z, 0–9, ".", "_" and "-"')
  .refine((it) => it !== '.' && it !== '..', 'must be a topic, not "." or ".."')
  // What is parked, decided and audited there is of all environments.
  .refine(
    (it) => !/^(?:tallystick[._]|__)/i.test(it),
    'must be a topic of the datastore, not one of this product or of Kafka itself',
  );

/** Where calls and credentials would go: without a user name, query or fragment that a log or another host could get. */
const address = z
  .string()
  .max(256)
  .refine(isPlainAddress, 'must be an address with http:// or https://, without user name, query and fragment');

function isPlainAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}

const uuid = z
  .string()
  .regex(/^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'must be an id as PingOne shows it, a UUID');

const directory = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pingid'), properties: secretRef }),
  z.strictObject({
    kind: z.literal('pingone'),
    region: z.union(
      [z.enum(['com', 'eu', 'asia', 'com.au', 'ca', 'sg']), z.strictObject({ authUrl: address, apiUrl: address })],
      'must be "com", "eu", "asia", "com.au", "ca", "sg", or an object with authUrl and apiUrl',
    ),
    environmentId: uuid,
    clientId: uuid,
    clientSecret: secretRef,
    populationId: uuid.exactOptional(),
  }),
]) satisfies z.ZodType<DirectoryDocument>;

const expression = z
  .string()
  .max(2_000, 'must be an expression of at most 2,000 characters')
  .refine((it) => it.trim() !== '', 'must not be empty');

/**
 * One connection as its document says it; unknown fields are faults, since a misspelt option would silently be the default. What it does not
 * say comes from its preset, so a document that was read back has every setting. Expressions are checked by whoever runs them.
 */
export const connectionSchema = z
  .strictObject({
    environment: name.transform(environmentId),
    connection: name.transform(connectionId),
    source: z.strictObject({ topic, format }),
    directory,
    scope: expression.exactOptional(),
    enabled: expression.exactOptional(),
    defaultCountry: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be an ISO 3166 code of two capital letters')
      .exactOptional(),
    mapping: mappingSchema,
    protectedUsernames: z
      .array(text.max(250, 'must have at most 250 characters'))
      .max(100, 'must have at most 100 names')
      .exactOptional(),
    preset: z.enum(['parity', 'never-less']).default('parity'),
    options: optionsSchema.prefault({}),
    guards: guardsSchema,
    budget: budgetSchema,
    keepAttributes: z.enum(['all', 'mapped']).default('all'),
    visibilityWindowMs: z.int().min(0).max(3_600_000).default(60_000),
  })
  .transform((it): ConnectionDocument => ({ ...it, options: { ...presetOptions[it.preset], ...it.options } }));
