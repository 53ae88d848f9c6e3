import type { Logger } from '@tallystick/platform-observability';
import { connectTemporal, runDeploymentCommand } from '@tallystick/platform-temporal';
import type { CommonConfig } from './config.ts';
import { versionOf } from './temporal-options.ts';

/** `main.js deployment make-current|show`: what a deploy calls, with the environment of the workers. @returns the exit code */
export async function deploy(args: readonly string[], common: CommonConfig, logger: Logger): Promise<number> {
  const temporal = connectTemporal({
    address: common.WORKER_TEMPORAL_ADDRESS,
    namespace: common.WORKER_TEMPORAL_NAMESPACE,
    logger,
  });
  try {
    const versions = common.WORKER_HALVES.flatMap((half) => versionOf(common, half) ?? []);
    return await runDeploymentCommand(args, { temporal, versions, write: (text) => process.stdout.write(text) });
  } finally {
    await temporal.close();
  }
}
