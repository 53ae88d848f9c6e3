import { join, resolve } from 'node:path';
import { createReport } from './demo/report.ts';
import { tellStory } from './demo/story.ts';
import { startDemoSystem } from './demo/demo-system.ts';

// tools/demo.mjs has installed, built and started the servers, and says where they are.
const need = (name: string): string => process.env[name] ?? missing(name);
const missing = (name: string): never => {
  console.error(`${name} is not set: start the demo with "npm run demo"`);
  process.exit(2);
};
const stay = process.argv.includes('--stay');
const report = createReport(process.stdout);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

const system = await startDemoSystem({
  root: resolve(import.meta.dirname, '../../..'),
  folder: need('DEMO_FOLDER'),
  servers: { redis: need('STACK_REDIS'), kafka: need('STACK_KAFKA'), temporal: need('STACK_TEMPORAL') },
  report,
});
let failed = 1;
try {
  failed = await tellStory({
    system,
    report,
    temporalUi: need('STACK_TEMPORAL_UI'),
    samples: join(resolve(import.meta.dirname, '../../..'), 'samples'),
    signal: stop.signal,
  });
  if (stay && !stop.signal.aborted) {
    report.say('\nThe system stays up until Ctrl-C.');
    await new Promise<void>((done) => stop.signal.addEventListener('abort', () => done(), { once: true }));
  }
} catch (error) {
  if (!stop.signal.aborted) report.fault(error);
} finally {
  await system.stop();
}
process.exit(failed === 0 || (stay && stop.signal.aborted) ? 0 : 1);
