import type { TemporalClient } from './connect-temporal.ts';
import { type BuildState, makeCurrent, readDeployment } from './deployments.ts';
import type { WorkerVersion } from './worker-version.ts';

const meanings: Readonly<Record<BuildState, string>> = {
  current: 'does the work',
  draining: 'draining: workflows that are pinned to it still run, keep its workers',
  drained: 'drained: its workers may be stopped',
  inactive: 'has never done work',
  other: 'is being rolled out by another tool',
};

export const deploymentUsage = `make-current   lets this build do the work, once its workers have called
show           tells which build does the work, and whose workers may be stopped
`;

/**
 * What a deploy calls: `make-current` after the workers of the new build are up, `show` before those of an old one are stopped.
 * Gives the exit code: 0 done, 1 not done, 2 called wrongly.
 */
export async function runDeploymentCommand(
  args: readonly string[],
  {
    temporal,
    versions,
    write,
    withinMs,
  }: {
    readonly temporal: TemporalClient;
    readonly versions: readonly WorkerVersion[];
    readonly write: (text: string) => void;
    readonly withinMs?: number;
  },
): Promise<0 | 1 | 2> {
  const [command, ...more] = args;
  if ((command !== 'make-current' && command !== 'show') || more.length > 0) {
    write(deploymentUsage);
    return 2;
  }
  if (versions.length === 0) {
    write('no deployment and build are configured: the workers are not versioned, and take any work\n');
    return 1;
  }
  try {
    for (const version of versions)
      write(await (command === 'show' ? show(temporal, version) : make(temporal, version, withinMs)));
    return 0;
  } catch (error) {
    write(`${(error as Error).message}\n`);
    return 1;
  }
}

async function make(temporal: TemporalClient, version: WorkerVersion, withinMs: number | undefined): Promise<string> {
  const { before } = await makeCurrent(temporal, version, withinMs === undefined ? {} : { withinMs });
  const was = before === undefined || before === version.buildId ? '' : ` (before: ${before})`;
  return `${version.deployment}: ${version.buildId} does the work${was}\n`;
}

async function show(temporal: TemporalClient, { deployment }: WorkerVersion): Promise<string> {
  const state = await readDeployment(temporal, deployment);
  if (!state) return `${deployment}: no worker of it has ever called\n`;
  return state.builds.map((build) => `${deployment}: ${build.buildId} ${meanings[build.state]}\n`).join('');
}
