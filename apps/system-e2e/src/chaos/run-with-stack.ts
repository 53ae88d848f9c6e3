import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
// Only its type: it is plain Node that finds its own files, so it is loaded where it lies, and not bundled.
// eslint-disable-next-line @nx/enforce-module-boundaries
import type { startStack } from '../../../../tools/stack/stack.mjs';
import type { ChaosServers } from './chaos-system.ts';
import type { Servers } from './strike.ts';

export interface OwnStack {
  readonly folder: string;
  readonly addresses: ChaosServers;
  readonly servers: Servers;
}

/** Starts servers for one run alone, and ends them with it. */
export async function withStack(root: string, name: string, run: (stack: OwnStack) => Promise<number>): Promise<number> {
  const tools = (await import(pathToFileURL(join(root, 'tools/stack/stack.mjs')).href)) as {
    readonly startStack: typeof startStack;
  };
  // Others start stacks beside this one while a server of it is down: it must not be where they look first.
  process.env['TALLYSTICK_STACK_PORTS'] = 'any';
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const log = (line: string): void => void process.stdout.write(`· ${line}\n`);
  const stack = await tools.startStack({ name, fresh: true, log, signal: stop.signal });
  try {
    const { redis, kafka, temporal, oidc } = stack.endpoints;
    if (!redis || !kafka || !temporal || !oidc) throw new Error('the stack has not all of its servers');
    const folder = join(root, '.stack', name, 'system');
    mkdirSync(folder, { recursive: true });
    const ended = new Promise<number>((resolve) => stop.signal.addEventListener('abort', () => resolve(1), { once: true }));
    const servers: Servers = { kill: (server) => stack.kill(server), start: (server) => stack.start(server) };
    return await Promise.race([run({ folder, addresses: { redis, kafka, temporal, oidc }, servers }), ended]);
  } finally {
    await stack.stop();
  }
}
