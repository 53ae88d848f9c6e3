import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { MfaDirectory } from '@tallystick/devices-domain';
import { type Breakage, type DirectoryUnderTest, mfaDirectoryConformance } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { checkConnection } from './check-connection.ts';
import { createPingIdDirectory } from './pingid-directory.ts';
import { parsePingIdProperties, type PingIdProperties } from './pingid-properties.ts';

jest.setTimeout(30_000); // building and starting a process on a busy machine

const workspace = join(import.meta.dirname, '../../../..');
const app = join(workspace, 'apps/directory-simulator');

interface Simulator {
  readonly properties: PingIdProperties;
  admin(method: 'POST' | 'PUT' | 'GET', path: string, body?: object): Promise<unknown>;
  stop(): Promise<void>;
}

/** The shipped simulator as its own process, built from the sources beside us, on a free port and with a fresh key. */
async function startSimulator(): Promise<Simulator> {
  execFileSync(join(workspace, 'node_modules/.bin/rolldown'), ['-c', '../../rolldown.config.mjs'], { cwd: app, stdio: 'ignore' });
  const folder = mkdtempSync(join(tmpdir(), 'directory-simulator-'));
  const file = join(folder, 'pingid.properties');
  const env = { ...process.env, SIMULATOR_PORT: '0', SIMULATOR_PROPERTIES_FILE: file, SIMULATOR_DEVICE_LIMIT: '5' };
  const child: ChildProcess = spawn(process.execPath, [join(app, 'dist/main.js')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  if (!child.stdout) throw new Error('the simulator has no output');
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('the simulator did not start'))),
  ])) as [string];
  const { url } = JSON.parse(line) as { url: string };
  const read = parsePingIdProperties(readFileSync(file, 'utf8'));
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return {
    properties: read.value,
    async admin(method, path, body) {
      const init = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      const response = await fetch(`${url}/admin${path}`, { method, ...init });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

const directoryOf = (properties: PingIdProperties): MfaDirectory =>
  createPingIdDirectory({ properties, callTimeoutMs: 5_000, now: () => instant(Date.now()) });

const faults: Record<Breakage, object> = {
  outage: { kind: 'error-before', status: 503 },
  'answer-lost': { kind: 'reset-after' },
  throttled: { kind: 'error-before', status: 429, retryAfter: '1' },
  'credentials-refused': { kind: 'error-before', status: 403 },
};

describe('PingID directory against the simulator', () => {
  mfaDirectoryConformance({
    deviceIds: 'int64',
    breakages: ['outage', 'answer-lost', 'throttled', 'credentials-refused'],
    async make(): Promise<DirectoryUnderTest> {
      const simulator = await startSimulator();
      return {
        directory: directoryOf(simulator.properties),
        async reset({ deviceLimit }) {
          await simulator.admin('POST', '/reset', {
            settings: { deviceLimit, errorBodies: 'alternate', emptyDeviceList: 'null' },
          });
          await simulator.admin('PUT', '/faults', []);
        },
        async addForeignDevice(username, device) {
          await simulator.admin('POST', `/users/${encodeURIComponent(username)}/devices`, device);
        },
        async breakNext(how) {
          await simulator.admin('PUT', '/faults', [{ op: '*', ...faults[how] }]);
        },
        close: () => simulator.stop(),
      };
    },
  });
});

describe('the simulator', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator();
  });
  afterAll(() => simulator.stop());

  it('passes the connection check, and fails it for another key (P30)', async () => {
    expect(await checkConnection(directoryOf(simulator.properties))).toEqual({ ok: true, value: undefined });
    const other = parsePingIdProperties(
      [
        `use_base64_key=${Buffer.alloc(32, 9).toString('base64')}`,
        'use_signature=true',
        `token=${simulator.properties.token}`,
        `org_alias=${simulator.properties.orgAlias}`,
        `idp_url=${simulator.properties.baseUrl}`,
      ].join('\n'),
    );
    if (!other.ok) throw new Error(JSON.stringify(other.error));
    expect(await checkConnection(directoryOf(other.value))).toEqual({ ok: false, error: { kind: 'credentials-refused' } });
  });

  it('keeps an administrator an administrator when the profile is edited (P28)', async () => {
    await simulator.admin('POST', '/reset', { users: [{ username: 'root', role: 'ADMIN' }] });
    expect(await directoryOf(simulator.properties).editUser('root', { firstName: 'Ada' })).toEqual({
      ok: true,
      value: undefined,
    });
    const shown = JSON.stringify(await simulator.admin('GET', '/users/root'));
    expect(shown).toContain('"role":"ADMIN"');
    expect(shown).toContain('"fname":"Ada"');
  });
});
