import {
  type BudgetSettings,
  type GuardSettings,
  neverLessOptions,
  parityOptions,
  type ReconcileOptions,
  usualBudget,
  usualGuards,
} from '@tallystick/devices-domain';
import { z } from 'zod';
import { text } from './text-schema.ts';

const flag = z.boolean().exactOptional();

/** What a document may say of the options; the preset gives the rest. */
export const optionsSchema = z.strictObject({
  manageDevices: z.enum(['do-not-manage', 'merge', 'overwrite']).exactOptional(),
  primaryDevice: z.enum(['do-not-manage', 'Email 1', 'SMS Number 1', 'Voice Number 1']).exactOptional(),
  createUsers: flag,
  updateUsers: flag,
  disableUsers: flag,
  provisionDisabledUsers: flag,
  removeAction: z.enum(['disable', 'delete']).exactOptional(),
  onCleared: z.enum(['keep', 'remove']).exactOptional(),
  preservePrimary: flag,
  keepDeviceTypes: z.array(text).max(50).exactOptional(),
  allowStripToZero: flag,
  order: z.enum(['remove-first', 'add-first']).exactOptional(),
  sameValue: z.enum(['pair', 'adopt', 'recreate']).exactOptional(),
  keepWorkingFactor: flag,
  missingAccount: z.enum(['recreate', 'report']).exactOptional(),
  usernameChange: z.enum(['report', 'follow']).exactOptional(),
} satisfies Record<keyof ReconcileOptions, z.ZodType>) satisfies z.ZodType<Partial<ReconcileOptions>>;

export const presetOptions: Readonly<Record<'parity' | 'never-less', ReconcileOptions>> = {
  parity: parityOptions,
  'never-less': neverLessOptions,
};

const count = z.int().min(0).max(10_000_000);
const share = z.number().min(0).max(1);
const limit = (usual: GuardSettings['deletions']) =>
  z
    .strictObject({
      atLeast: count.default(usual.atLeast),
      share: share.default(usual.share),
      atMost: count.default(usual.atMost),
    })
    .refine(({ atLeast, atMost }) => atLeast <= atMost, { error: 'must not be more than atMost', path: ['atLeast'] })
    .prefault({});

export const guardsSchema = z
  .strictObject({
    enabled: z.boolean().default(usualGuards.enabled),
    windowHours: z.number().min(1).max(168).default(usualGuards.windowHours),
    deletions: limit(usualGuards.deletions),
    suspensions: limit(usualGuards.suspensions),
    removals: limit(usualGuards.removals),
    replacements: limit(usualGuards.replacements),
    accountChanges: limit(usualGuards.accountChanges),
    shrinkage: share.default(usualGuards.shrinkage),
    fillRateDrop: share.default(usualGuards.fillRateDrop),
    holdHours: z.number().min(1).max(720).default(usualGuards.holdHours),
    twoPeople: z.boolean().default(usualGuards.twoPeople),
  })
  .prefault({}) satisfies z.ZodType<GuardSettings>;

export const budgetSchema = z
  .strictObject({
    callsPerSecond: z.number().positive().max(10_000).default(usualBudget.callsPerSecond),
    burst: z.int().min(1).max(10_000).default(usualBudget.burst),
    inFlight: z.int().min(1).max(1_000).default(usualBudget.inFlight),
  })
  .prefault({}) satisfies z.ZodType<BudgetSettings>;
