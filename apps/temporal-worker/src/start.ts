import { closeHttpApp } from '@tallystick/platform-http';
import { createMetrics, type Logger } from '@tallystick/platform-observability';
import type { WorkerConfig } from './config.ts';
import { startDevices } from './devices-half.ts';
import type { RunningHalf } from './half.ts';
import { createOperationalApp } from './operational-app.ts';
import { startTokens } from './tokens-half.ts';

/** Puts the worker together and starts it. `done` settles when it has ended, for whatever reason; one half does not outlive the other. */
export async function startWorker(
  { common, devices, tokens }: WorkerConfig,
  logger: Logger,
): Promise<{ readonly stop: () => Promise<void>; readonly done: Promise<void> }> {
  const metrics = createMetrics({ service: 'temporal-worker' });
  const needs = { common, logger, metrics };
  const halves: RunningHalf[] = [];
  if (devices) halves.push(await startDevices(devices, needs));
  if (tokens) halves.push(await startTokens(tokens, needs));

  const app = await createOperationalApp({ logger, metrics, readiness: halves.flatMap(({ readiness }) => readiness) });
  await app.listen(common.WORKER_HTTP_PORT, common.WORKER_HTTP_HOST);
  logger.info({ url: await app.getUrl(), halves: common.WORKER_HALVES }, 'the Temporal worker runs');

  const stop = async (): Promise<void> => void (await Promise.all(halves.map(({ worker }) => worker.stop())));
  const done = Promise.all(halves.map(({ worker }) => worker.done.finally(() => void stop()))).then(() => undefined);
  return {
    stop,
    done: done.finally(async () => {
      await stop();
      await closeHttpApp(app);
      await Promise.all(halves.map(({ close }) => close()));
    }),
  };
}
