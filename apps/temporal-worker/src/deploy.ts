import { deviceSearchAttributes } from '@tallystick/devices-workflow-api';
import type { Logger } from '@tallystick/platform-observability';
import {
  connectTemporal,
  runDeploymentCommand,
  runSearchAttributesCommand,
  temporalAddressOf,
} from '@tallystick/platform-temporal';
import type { CommonConfig } from './config.ts';
import { versionOf } from './temporal-options.ts';
import { rotationSearchAttributes } from './tokens-half.ts';

const write = (text: string): void => void process.stdout.write(text);

/** `main.js deployment make-current|show`: what a deploy calls, with the environment of the workers. @returns the exit code */
export async function deploy(args: readonly string[], common: CommonConfig, logger: Logger): Promise<number> {
  const temporal = connectTemporal({ ...temporalAddressOf('WORKER', common), logger });
  try {
    const versions = common.WORKER_HALVES.flatMap((half) => versionOf(common, half) ?? []);
    return await runDeploymentCommand(args, { temporal, versions, write });
  } finally {
    await temporal.close();
  }
}

/** `main.js search-attributes`: what a deploy calls before the first worker starts. @returns the exit code */
export const searchAttributes = (args: readonly string[], common: CommonConfig): Promise<number> =>
  runSearchAttributesCommand(args, {
    address: temporalAddressOf('WORKER', common),
    searchAttributes: common.WORKER_HALVES.flatMap((half) =>
      half === 'devices' ? deviceSearchAttributes : rotationSearchAttributes,
    ),
    write,
  });
