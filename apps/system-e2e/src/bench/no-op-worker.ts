import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '@tallystick/platform-observability';
import { runWorker } from '@tallystick/platform-temporal';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { endWithThisProcess } from '../system/end-with-this-process.ts';

export const noOpQueue = 'bench-no-op';

/** As many slots as the worker of the devices half has unless told (ten for each of `WORKER_MAX_CONCURRENT_USERS`). */
const activitiesAtOnce = 1_000;

export interface NoOpWorker {
  readonly pid: number;
  /** Activities that were done since it was started. */
  readonly done: () => number;
  readonly stop: () => Promise<void>;
}

/** A worker in a process of its own, as the product's is, with the product's settings. */
export async function startNoOpWorker(root: string, folder: string, temporal: string): Promise<NoOpWorker> {
  const bundle = join(folder, 'no-op.cjs');
  const workflowsPath = join(root, 'apps/system-e2e/src/bench/no-op-workflow.ts');
  mkdirSync(folder, { recursive: true });
  writeFileSync(bundle, (await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') })).code);
  const child: ChildProcess = spawn(
    process.execPath,
    ['--enable-source-maps', process.argv[1]!, 'no-op-worker', temporal, bundle],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  endWithThisProcess(child);
  let done = 0;
  await new Promise<void>((resolve, reject) => {
    child.on('message', (count: number) => {
      done = count;
      resolve();
    });
    child.once('exit', (code) => reject(new Error(`the worker of the comparison ended with ${code}`)));
  });
  return {
    pid: child.pid!,
    done: () => done,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}

/** What that process does: tells how many activities are done, soon after each, until it is told to end. */
export async function runNoOpWorker(temporal: string, bundle: string): Promise<number> {
  let [done, told] = [0, -1];
  const worker = await runWorker({
    ...{ address: temporal, namespace: 'default', taskQueue: noOpQueue, workflowBundlePath: bundle },
    logger: createLogger({ service: 'no-op', level: 'silent' }),
    maxConcurrentActivities: activitiesAtOnce,
    activities: { nothing: () => Promise.resolve(void (done += 1)) },
  });
  const telling = setInterval(() => {
    if (done === told) return;
    told = done;
    process.send?.(done);
  }, 20);
  process.once('SIGTERM', () => void worker.stop());
  process.once('disconnect', () => void worker.stop());
  await worker.done;
  clearInterval(telling);
  return 0;
}
