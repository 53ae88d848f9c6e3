import { type AddressInfo } from 'node:net';
import { type FastifyInstance } from 'fastify';
import { buildServer, type ServerOptions } from '../server.ts';
import { type Settings, settingsAtStart } from '../state/settings.ts';
import { type MfaCredentials } from '../wire/pingone-file.ts';
import { type ClientFile, RawClient } from './raw-client.ts';
import { RawPingOneClient } from './raw-pingone-client.ts';

export const file: ClientFile = {
  base64Key: 'JWC41crr322aUfdckVfJKHvGKNIPyAPGL7rMsTbzHlA=',
  token: '1a2b3c4d5e6f',
  orgAlias: 'aaaaaaaa-a1b2-123a-b456-1234abcd5678',
};

export const settings: Settings = { ...settingsAtStart, deviceLimit: 20 };

export const mfaCredentials: MfaCredentials = {
  environmentId: '0b6fa7a1-3f9e-4a52-9d5c-7f1f2f3a4b5c',
  clientId: '1c7fb8b2-4a0f-4b63-8e6d-8a2a3a4b5c6d',
  clientSecret: 'Secret+with/odd=%:characters',
  populationId: '2d8ac9c3-5b1a-4c74-9f7e-9b3b4b5c6d7e',
};

/** 2019-04-03 17:54:34.536 UTC. */
export const startOfTime = Date.UTC(2019, 3, 3, 17, 54, 34, 536);

export interface RunningSimulator {
  readonly app: FastifyInstance;
  readonly client: RawClient;
  readonly pingone: RawPingOneClient;
  /** Moves the clock. */
  readonly advance: (ms: number) => void;
}

/** The simulator on a free loopback port, with a clock that only moves when told. */
export async function startSimulator(change: Partial<ServerOptions> = {}): Promise<RunningSimulator> {
  let now = startOfTime;
  let url = '';
  const app = buildServer({
    credentials: { key: Buffer.from(file.base64Key, 'base64'), token: file.token, orgAlias: file.orgAlias },
    mfaCredentials,
    publicUrl: () => url,
    settings,
    seed: 'test',
    validator: { urls: [], timeoutMs: 1000, callerToken: undefined },
    admin: 'on',
    clock: () => now,
    ...change,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}`;
  return {
    app,
    client: new RawClient(url, file),
    pingone: new RawPingOneClient({ authUrl: url, apiUrl: `${url}/v1`, ...mfaCredentials }),
    advance: (ms) => (now += ms),
  };
}
