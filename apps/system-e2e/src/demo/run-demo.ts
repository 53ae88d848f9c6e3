import { join } from 'node:path';
import { startDemoSystem } from './demo-system.ts';
import { createReport } from './report.ts';
import { tellStory } from './story.ts';

/** Starts the product, tells its story and checks every fact of it. Resolves with what to exit with. */
export async function runDemo(options: {
  readonly root: string;
  readonly folder: string;
  readonly servers: Parameters<typeof startDemoSystem>[0]['servers'];
  readonly temporalUi: string;
  /** The program; undefined where it could not be built. */
  readonly nanomdm: string | undefined;
  /** Keep the system up afterwards, until Ctrl-C. */
  readonly stay: boolean;
}): Promise<number> {
  const { root, folder, servers, temporalUi, nanomdm, stay } = options;
  const report = createReport(process.stdout);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  const started = await startDemoSystem({ root, folder, servers, report, nanomdm });
  let failed = 1;
  try {
    failed = await tellStory({ ...started, report, temporalUi, samples: join(root, 'samples'), signal: stop.signal });
    if (!stay) report.say('\nNow it is all stopped. `npm start` does the same, and stays up to be looked at.');
    if (stay && !stop.signal.aborted) {
      report.say('\nThe system stays up until Ctrl-C.');
      await new Promise<void>((done) => stop.signal.addEventListener('abort', () => done(), { once: true }));
    }
  } catch (error) {
    if (!stop.signal.aborted) report.fault(error);
  } finally {
    await started.system.stop();
    await started.managed?.close();
  }
  return failed === 0 || (stay && stop.signal.aborted) ? 0 : 1;
}
