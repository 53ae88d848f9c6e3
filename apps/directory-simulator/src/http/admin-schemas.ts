import { z } from 'zod';
import { deviceTypes, roles, statuses } from '../core/account.ts';
import { operations } from '../core/command.ts';
import { faultKinds } from '../state/faults.ts';

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
  /** The first is PRIMARY. The device limit does not hold here: it may have been lowered since. */
  devices: z.array(deviceSpec).max(50).default([]),
});
export type UserSpec = z.infer<typeof userSpec>;

export const settingsPatch = z.strictObject({
  deviceLimit: z.int().min(1).max(20).optional(),
  errorBodies: z.enum(['signed', 'raw', 'alternate']).optional(),
  latencyMs: z.int().min(0).max(600_000).optional(),
  primaryAfterUnpair: z.enum(['none', 'next']).optional(),
  emptyDeviceList: z.enum(['array', 'null']).optional(),
  visibilityLagMs: z.int().min(0).max(600_000).optional(),
});

export const resetBody = z.strictObject({
  seed: z.union([z.string(), z.int()]).transform(String).optional(),
  users: z.array(userSpec).default([]),
  settings: settingsPatch.optional(),
});

export const faultList = z.array(
  z.strictObject({
    op: z.enum([...operations, '*']),
    kind: z.enum(faultKinds),
    times: z.int().min(1).default(1),
    skip: z.int().min(0).default(0),
    username: text.optional(),
    status: z.int().min(400).max(599).default(500),
    errorId: z.int().optional(),
    retryAfter: z.string().optional(),
  }),
);

export const logQuery = z.object({
  username: z.string().optional(),
  since: z
    .string()
    .regex(/^\d{1,15}$/, { error: 'expected a number' })
    .transform(Number)
    .default(0),
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
