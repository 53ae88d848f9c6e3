import { setTimeout as pause } from 'node:timers/promises';
import type { TemporalClient } from './connect-temporal.ts';
import { grpcCodeOf, grpcCodes } from './server-answers.ts';
import type { WorkerVersion } from './worker-version.ts';

/**
 * `current`: gets new workflows, and those that go on under the current build. `draining`: workflows that are pinned to it still run: keep its
 * workers. `drained`: none does, its workers may go. `inactive`: was never current. `other`: being rolled out by other tools.
 */
export type BuildState = 'current' | 'draining' | 'drained' | 'inactive' | 'other';

export type DeploymentState = {
  /** Undefined: no build takes work. */
  readonly current: string | undefined;
  readonly builds: readonly { readonly buildId: string; readonly state: BuildState }[];
};

/** By `temporal.api.enums.v1.WorkerDeploymentVersionStatus`. */
const states: readonly BuildState[] = ['other', 'inactive', 'current', 'other', 'draining', 'drained', 'inactive'];
/**
 * The server keeps a deployment as a workflow of its own and answers by asking it: for up to 5 s by the worker that had it last, then by any.
 * A shorter limit ends before the second can answer.
 */
const callMs = 20_000;
const identity = 'tallystick-deployment';

/**
 * Lets a build do the work of its deployment from now on, once a worker of it has called, and gives the build that did it before. Workflows
 * that run go on under it with their next task, except those that are pinned. Repeating it changes nothing.
 * @throws Error when no worker of the build has called within `withinMs`, or when it lacks a queue of the build before.
 */
export async function makeCurrent(
  { client, withDeadline }: TemporalClient,
  { deployment, buildId }: WorkerVersion,
  { withinMs = 60_000, everyMs = 500 }: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<{ readonly before: string | undefined }> {
  const request = { namespace: client.options.namespace, deploymentName: deployment, buildId, identity };
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      const answer = await withDeadline(callMs, () => client.workflowService.setWorkerDeploymentCurrentVersion(request));
      return { before: answer.previousDeploymentVersion?.buildId || undefined };
    } catch (error) {
      const code = grpcCodeOf(error);
      const mayCome = code === grpcCodes.notFound || code === grpcCodes.failedPrecondition; // its workers have not called yet
      if (!mayCome) throw error;
      if (performance.now() + everyMs > deadline)
        throw new Error(
          `the build ${buildId} of ${deployment} was not made current within ${withinMs} ms: no worker of it has called, or it lacks a queue of the build before`,
          { cause: error },
        );
      await pause(everyMs);
    }
  }
}

/** Which build does the work, and whose workers may go. Undefined: no worker of the deployment has ever called. */
export async function readDeployment(
  { client, withDeadline }: TemporalClient,
  deployment: string,
): Promise<DeploymentState | undefined> {
  const request = { namespace: client.options.namespace, deploymentName: deployment };
  try {
    const { workerDeploymentInfo } = await withDeadline(callMs, () => client.workflowService.describeWorkerDeployment(request));
    const builds = (workerDeploymentInfo?.versionSummaries ?? []).flatMap(({ deploymentVersion, status }) =>
      deploymentVersion?.buildId ? [{ buildId: deploymentVersion.buildId, state: states[status ?? 0] ?? 'other' }] : [],
    );
    return { current: workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId || undefined, builds };
  } catch (error) {
    if (grpcCodeOf(error) === grpcCodes.notFound) return undefined;
    throw error;
  }
}
