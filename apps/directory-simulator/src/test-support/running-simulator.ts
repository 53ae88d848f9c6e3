import { type AddressInfo } from 'node:net';
import { type FastifyInstance } from 'fastify';
import { buildServer, type ServerOptions } from '../server.ts';
import { type Settings } from '../state/simulator.ts';
import { type ClientFile, RawClient } from './raw-client.ts';

export const file: ClientFile = {
  base64Key: 'JWC41crr322aUfdckVfJKHvGKNIPyAPGL7rMsTbzHlA=',
  token: '1a2b3c4d5e6f',
  orgAlias: 'aaaaaaaa-a1b2-123a-b456-1234abcd5678',
};

export const settings: Settings = {
  deviceLimit: 20,
  errorBodies: 'alternate',
  latencyMs: 0,
  primaryAfterUnpair: 'none',
  emptyDeviceList: 'array',
  visibilityLagMs: 0,
};

/** 2019-04-03 17:54:34.536 UTC. */
export const startOfTime = Date.UTC(2019, 3, 3, 17, 54, 34, 536);

export interface RunningSimulator {
  readonly app: FastifyInstance;
  readonly client: RawClient;
  /** Moves the clock. */
  readonly advance: (ms: number) => void;
}

/** The simulator on a free loopback port, with a clock that only moves when told. */
export async function startSimulator(change: Partial<ServerOptions> = {}): Promise<RunningSimulator> {
  let now = startOfTime;
  const app = buildServer({
    credentials: { key: Buffer.from(file.base64Key, 'base64'), token: file.token, orgAlias: file.orgAlias },
    settings,
    seed: 'test',
    validator: { urls: [], timeoutMs: 1000, callerToken: undefined },
    admin: 'on',
    clock: () => now,
    ...change,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { app, client: new RawClient(`http://127.0.0.1:${port}`, file), advance: (ms) => (now += ms) };
}
