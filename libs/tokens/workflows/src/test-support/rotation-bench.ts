// What the tests of the workflow share: a bundle, activities over the in-memory administration, and a request.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EnvironmentId, environmentId, type Instant, instant } from '@tallystick/kernel-core';
import { uniqueName } from '@tallystick/platform-testing';
import { type RotationRequest, type RotationStatus, TokenAdministrationRefusal } from '@tallystick/tokens-domain';
import { InMemoryTokenAdministration } from '@tallystick/tokens-testing';
import {
  administrationRefusalType,
  confirmSlotUpdate,
  rotateTokenType,
  type RotationActivities,
  rotationIdentity,
  type RotationOutcome,
  rotationStatusQuery,
  statusMemo,
} from '@tallystick/tokens-workflow-api';
import { Context } from '@temporalio/activity';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

export type Rotate = (request: RotationRequest) => Promise<RotationOutcome>;
export type RotationHandle = WorkflowHandle<Rotate>;
export const by = 'operator-1';

/** The workflows as they are now, in a file of their own. */
export async function bundleHere(): Promise<{ readonly path: string; readonly remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'rotations-'));
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(import.meta.dirname, '../workflows.ts'),
    logger: new DefaultLogger('WARN'),
  });
  const path = join(folder, 'workflows.cjs');
  writeFileSync(path, code);
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}

const calls = [
  'inspectTarget',
  'mint',
  'planSlot',
  'openSlot',
  'checkSlot',
  'adoption',
  'retire',
  'reinstate',
  'revoke',
  'releaseValues',
  'notify',
] as const;

/** One administration per environment, made on demand; and the activities over all of them, as the worker's: they say when they were asked. */
export class Administrations {
  private readonly all = new Map<string, InMemoryTokenAdministration>();
  readonly activities = Object.fromEntries(
    calls.map((call) => [
      call,
      async (input: { readonly environment: string } | { readonly request: RotationRequest }) => {
        const of = this.of('request' in input ? input.request.environment : input.environment);
        try {
          const answer = await (of[call] as (input: object) => Promise<unknown>)(input);
          return { answer, askedAt: Context.current().info.currentAttemptScheduledTimestampMs };
        } catch (error) {
          if (!(error instanceof TokenAdministrationRefusal)) throw error;
          throw ApplicationFailure.nonRetryable(error.message, administrationRefusalType, error.reason);
        }
      },
    ]),
  ) as unknown as RotationActivities;

  of(environment: string): InMemoryTokenAdministration {
    const known = this.all.get(environment) ?? new InMemoryTokenAdministration();
    this.all.set(environment, known);
    return known;
  }
}

export const newEnvironment = (): EnvironmentId => environmentId(uniqueName('acme'));

export const requestFor = (environment: EnvironmentId, more: Partial<RotationRequest> = {}): RotationRequest => ({
  environment,
  segment: { platform: 'ios' },
  label: 'winter',
  origin: 'generated',
  slots: [
    { id: 'intune', mdm: 'intune', platform: 'ios', kind: 'person' },
    { id: 'jamf', mdm: 'jamf', platform: 'ios', kind: 'file' },
  ],
  adoptionShare: 0.95,
  minimumOverlapHours: 168,
  retireForHours: 48,
  watchEveryMinutes: 360,
  remindEveryHours: 24,
  requestedBy: by,
  reason: 'yearly rotation',
  ...more,
});

export const startRotation = (client: Client, request: RotationRequest, taskQueue: string): Promise<RotationHandle> =>
  client.workflow.start<Rotate>(rotateTokenType, { ...rotationIdentity(request), taskQueue, args: [request] });

/** As whoever looks at a rotation reads it: from what the server keeps of it, once it has told anything. */
export const statusOf = async (handle: RotationHandle): Promise<RotationStatus> => {
  const { memo } = await handle.describe();
  return (memo?.[statusMemo] as RotationStatus | undefined) ?? handle.query(rotationStatusQuery);
};

/** The test's own time, for commands to a server that keeps to it. */
export const now = (): Instant => instant(Date.now());

/** A person says of each waiting slot that its value is there. */
export async function confirmAll(handle: RotationHandle, at = now()): Promise<void> {
  for (const { id, state, token } of (await statusOf(handle)).slots) {
    if (state !== 'awaiting') continue;
    await handle.executeUpdate(confirmSlotUpdate, { args: [{ by, at, slot: id, token: token!, result: 'done' }] });
  }
}

/** The sentence with which an update was refused. */
export async function refusalOf(update: Promise<unknown>): Promise<string> {
  try {
    await update;
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown };
    if (cause instanceof ApplicationFailure) return `${cause.type}: ${cause.message}`;
    throw error;
  }
  throw new Error('the update was not refused');
}
