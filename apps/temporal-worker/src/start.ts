import { Ending } from '@tallystick/platform-config';
import { closeHttpApp, type ReadinessCheck } from '@tallystick/platform-http';
import { createMetrics, type Logger } from '@tallystick/platform-observability';
import { type RunningWorker, temporalAddressOf } from '@tallystick/platform-temporal';
import type { WorkerConfig } from './config.ts';
import { startDevices } from './devices-half.ts';
import type { HalfNeeds, RunningHalf } from './half.ts';
import { createOperationalApp } from './operational-app.ts';
import { startTokens } from './tokens-half.ts';

/**
 * Puts the worker together and starts it. `ending` drains: the workers side by side, then what they use, and at last HTTP, which says "not
 * ready" from the moment that the drain begins. `done` rejects when a worker has ended for another reason, or a newer version has taken over the data; one half does not
 * outlive the other.
 */
export async function startWorker(
  { common, devices, tokens }: WorkerConfig,
  logger: Logger,
  ending = new Ending(),
): Promise<{ readonly done: Promise<unknown> }> {
  const temporal = temporalAddressOf('WORKER', common);
  const metrics = createMetrics({ service: 'temporal-worker' });
  const readiness: ReadinessCheck[] = [
    {
      name: 'work',
      check: () => (ending.signal.aborted ? Promise.reject(new Error('the worker takes no more work')) : Promise.resolve()),
    },
  ];
  const app = await createOperationalApp({ logger, metrics, readiness });
  ending.add('HTTP', () => closeHttpApp(app));
  const stores = ending.group('stores', 'last-first');
  const workers = ending.group('workers', 'at-once');
  const running: RunningWorker[] = [];
  const runs = (worker: RunningWorker): RunningWorker => {
    workers.add('running tasks', async () => {
      await worker.stop();
      await worker.done;
    });
    running.push(worker);
    return worker;
  };
  const needs: HalfNeeds = { common, temporal, runs, stores, logger, metrics };
  const refused: Promise<never>[] = [];
  const add = (half: RunningHalf): void => {
    readiness.push(...half.readiness);
    if (half.refused) refused.push(half.refused);
  };
  if (devices) add(await startDevices(devices, needs));
  if (tokens) add(await startTokens(tokens, needs));

  await app.listen(common.WORKER_HTTP_PORT, common.WORKER_HTTP_HOST);
  logger.info({ url: await app.getUrl(), halves: common.WORKER_HALVES }, 'the Temporal worker runs');
  return { done: Promise.race([Promise.all(running.map(({ done }) => done)), ...refused]) };
}
