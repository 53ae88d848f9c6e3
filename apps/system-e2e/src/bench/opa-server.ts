import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@tallystick/tokens-delivery-nanomdm/simulated';
import { endWithThisProcess } from '../system/end-with-this-process.ts';
import { waitUntil } from '../system/wait-until.ts';
import { onCores } from './cores.ts';
import { opaConfig, type OpaData, opaData, opaPolicy } from './opa-policy.ts';

export interface OpaServer {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** OPA with that policy and data, with the settings that make it fastest: no decision log, nothing sent home, data kept as it is read. */
export async function startOpa(options: {
  /** The program. */
  readonly opa: string;
  readonly folder: string;
  readonly data: OpaData;
  /** From its start, so that it makes as many threads as there are cores for it. */
  readonly cores?: readonly number[] | undefined;
}): Promise<OpaServer> {
  const { opa, folder, data, cores } = options;
  mkdirSync(folder, { recursive: true });
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const [command, ...args] = onCores(cores, [
    ...[opa, 'run', '--server', '--addr', `127.0.0.1:${port}`, '--log-level', 'error', '--skip-version-check'],
    ...['--optimize-store-for-read-speed', '--config-file', file('opa.yaml', opaConfig)],
    ...[file('policy.rego', opaPolicy), file('data.json', opaData(data))],
  ]);
  const child: ChildProcess = spawn(command!, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  endWithThisProcess(child);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said = `${said}${String(chunk)}`.slice(-2_000)));
  await waitUntil('OPA to answer', async () => {
    if (child.exitCode !== null) throw new Error(`OPA ended with ${child.exitCode}: ${said.trim()}`);
    return (await fetch(`${url}/health`).catch(() => undefined))?.ok;
  });
  return {
    ...{ url, pid: child.pid! },
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}
