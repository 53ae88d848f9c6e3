import { z } from 'zod';
import { deviceTypes, roles, statuses } from '../core/account.ts';
import { pairingTypes } from '../core/command.ts';
import { faultKinds } from '../state/faults.ts';
import { allOperations } from '../state/operations.ts';

const text = z.string().min(1).max(250);
const optionalText = z.string().max(250).nullable().optional();

/** A device id: a string of digits, or a JSON number of any length. */
export const deviceId = z
  .union([z.bigint(), z.int(), z.string().regex(/^\d{1,19}$/, { error: 'expected an integer' })], {
    error: 'expected an integer',
  })
  .transform(BigInt)
  .refine((id) => id > 0n && id < 1n << 63n, { error: 'expected a positive integer of at most 63 bits' });

/** A device that a user has without our doing. `email` for Email, `phone` for SMS and Voice, `model` for apps, `serial` for tokens. */
export const deviceSpec = z.strictObject({
  type: z.enum(deviceTypes),
  nickname: z.string().min(1).max(100).optional(),
  email: z.string().optional(),
  phone: z.string().optional(),
  model: z.string().max(250).optional(),
  osVersion: z.string().max(100).optional(),
  appVersion: z.string().max(100).optional(),
  serial: z.string().max(100).optional(),
  deviceId: deviceId.optional(),
  /** PingOne: `required` is a device that nobody has activated yet. */
  activation: z.enum(['done', 'required']).default('done'),
  /** PingOne: locked for ten minutes from now. */
  locked: z.boolean().default(false),
  blocked: z.boolean().default(false),
});
export type DeviceSpec = z.infer<typeof deviceSpec>;

export const userSpec = z.strictObject({
  username: text,
  email: optionalText,
  fname: optionalText,
  lname: optionalText,
  role: z.enum(roles).default('REGULAR'),
  /** Left out: ACTIVE with devices, NOT_ACTIVE without. */
  status: z.enum(statuses).optional(),
  mfaEnabled: z.boolean().default(false),
  /** The first is PRIMARY. The device limit does not hold here: it may have been lowered since. */
  devices: z.array(deviceSpec).max(50).default([]),
});
export type UserSpec = z.infer<typeof userSpec>;

const milliseconds = z.int().min(0).max(600_000);

const mfaSettingsPatch = z.strictObject({
  maxAllowedDevices: z.int().min(1).max(15).optional(),
  phoneExtensions: z.boolean().optional(),
  newUsersMfaEnabled: z.boolean().optional(),
  pairingKeyFormat: z.enum(['NUMERIC', 'ALPHANUMERIC']).optional(),
  tokenLifeMs: z.int().min(1).max(86_400_000).optional(),
  clientSecret: z.enum(['accepted', 'rotated']).optional(),
  clientAuthentication: z.enum(['any', 'basic', 'post']).optional(),
  phoneForm: z.enum(['dotted', 'e164']).optional(),
  innerErrorKey: z.enum(['innerError', 'innererror', 'alternate']).optional(),
});

const rateLimit = z.strictObject({
  perSecond: z.number().positive().max(1_000_000),
  burst: z.int().min(1).max(1_000_000).optional(),
  retryAfter: z.enum(['seconds', 'http-date', 'absent', 'absurd']).optional(),
});

export const settingsPatch = z.strictObject({
  deviceLimit: z.int().min(1).max(20).optional(),
  errorBodies: z.enum(['signed', 'raw', 'alternate']).optional(),
  latencyMs: milliseconds.optional(),
  latencyByOperation: z.partialRecord(z.enum(allOperations), milliseconds).optional(),
  primaryAfterUnpair: z.enum(['none', 'next']).optional(),
  emptyDeviceList: z.enum(['array', 'null']).optional(),
  visibilityLagMs: milliseconds.optional(),
  userVisibilityLagMs: milliseconds.optional(),
  duplicateDevices: z.enum(['allowed', 'refused']).optional(),
  disabledMethods: z.array(z.enum(pairingTypes)).optional(),
  rateLimit: rateLimit.nullable().optional(),
  pingidCredentials: z.enum(['accepted', 'signature-refused', 'token-refused']).optional(),
  pingidAnswerKey: z.enum(['right', 'wrong']).optional(),
  pingone: mfaSettingsPatch.optional(),
});

/** Users that are made here instead of being sent. */
const generated = z.strictObject({
  count: z.int().min(0).max(1_000_000),
  prefix: z.string().min(1).max(100).default('user-'),
  devices: z
    .array(z.enum(['email', 'sms', 'voice']))
    .max(3)
    .default([]),
  names: z.enum(['pingid', 'pingone']).default('pingid'),
  mfaEnabled: z.boolean().default(false),
});

export const resetBody = z.strictObject({
  seed: z.union([z.string(), z.int()]).transform(String).optional(),
  users: z.array(userSpec).default([]),
  generate: generated.optional(),
  settings: z.union([z.literal('start'), settingsPatch]).optional(),
});

export const faultList = z.array(
  z.strictObject({
    op: z.enum([...allOperations, '*', 'reads', 'writes']),
    kind: z.enum(faultKinds),
    times: z.int().min(1).default(1),
    skip: z.int().min(0).default(0),
    username: text.optional(),
    status: z.int().min(400).max(599).default(500),
    errorId: z.int().optional(),
    retryAfter: z.string().optional(),
    delayMs: milliseconds.default(0),
    bytes: z
      .int()
      .min(1)
      .max(256 * 1024 * 1024)
      .default(5 * 1024 * 1024),
  }),
);

export const logQuery = z.object({
  username: z.string().optional(),
  since: z
    .string()
    .regex(/^\d{1,15}$/, { error: 'expected a number' })
    .transform(Number)
    .default(0),
  limit: z
    .string()
    .regex(/^\d{1,6}$/, { error: 'expected a number' })
    .transform(Number)
    .pipe(z.int().min(1))
    .optional(),
});

export const pageQuery = z.object({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, { error: 'expected a cursor of an earlier answer' })
    .transform(Number)
    .default(0),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, { error: 'expected a number' })
    .transform(Number)
    .pipe(z.int().min(1).max(1000))
    .default(100),
});
