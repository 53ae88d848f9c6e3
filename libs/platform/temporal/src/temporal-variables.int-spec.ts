import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, testCertificates, uniqueName } from '@tallystick/platform-testing';
import { z } from 'zod';
import { connectTemporal, runWorker, temporalAddressOf, temporalVariables } from './index.ts';
import { startTlsGate } from './tls-gate.fixture.ts';

const logger = createLogger({ service: 'temporal-int', level: 'silent' });
const folder = mkdtempSync(join(tmpdir(), 'temporal-int-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const { authority, client, server } = testCertificates;
const ca = file('ca.pem', authority);
const certificate = { CERT_FILE: file('cert.pem', client.certificate), KEY_FILE: file('key.pem', client.key) };
const anotherAuthority = file('another.pem', server.certificate);
const workflowBundlePath = join(folder, 'workflows.cjs');

/** From variables, as a process does it. */
const addressOf = (env: Readonly<Record<string, string>>) =>
  temporalAddressOf(
    'X',
    z
      .object(temporalVariables('X'))
      .parse(Object.fromEntries(Object.entries(env).map(([name, value]) => [`X_TEMPORAL_${name}`, value]))),
  );
type Gate = Awaited<ReturnType<typeof startTlsGate>>;
let mutual: Gate;
let open: Gate;

beforeAll(async () => {
  const { code } = await bundleWorkflowCode({ workflowsPath: join(import.meta.dirname, 'echo.workflow.fixture.ts') });
  writeFileSync(workflowBundlePath, code);
  mutual = await startTlsGate(endpoints().temporal, { wantsCertificate: true });
  open = await startTlsGate(endpoints().temporal, { wantsCertificate: false });
}, 60_000);
afterAll(() => {
  mutual.close();
  open.close();
  rmSync(folder, { recursive: true });
});

/** A workflow that is started by a client, and done by a worker, both with these variables. */
async function echo(env: Readonly<Record<string, string>>): Promise<string> {
  const address = addressOf(env);
  const taskQueue = uniqueName('queue');
  const temporal = connectTemporal({ ...address, logger });
  const activities = { echo: (text: string) => Promise.resolve(text.toUpperCase()) };
  const worker = await runWorker({ ...address, taskQueue, workflowBundlePath, activities, logger });
  try {
    const options = { taskQueue, workflowId: uniqueName('echo'), args: ['hello'] };
    return (await temporal.client.workflow.execute('echoWorkflow', options)) as string;
  } finally {
    await worker.stop();
    await temporal.close();
  }
}
const answers = async (env: Readonly<Record<string, string>>): Promise<unknown> => {
  const temporal = connectTemporal({ ...addressOf(env), logger });
  try {
    return await temporal.withDeadline(3_000, () => temporal.client.workflowService.getSystemInfo({}));
  } finally {
    await temporal.close();
  }
};

describe('a Temporal server behind TLS', () => {
  it('that wants a client certificate gets it with every call, of clients and of workers', async () => {
    const env = { ADDRESS: mutual.address, CA_FILE: ca, ...certificate, SERVER_NAME: 'localhost' };
    expect(await echo(env)).toBe('HELLO');
    expect(new Set(mutual.seen.map((caller) => caller.certificate))).toEqual(new Set(['tallystick test client']));
    expect(mutual.seen.length).toBeGreaterThan(5);
  }, 60_000);

  it('that wants an API key gets it with every call, of clients and of workers', async () => {
    const env = { ADDRESS: open.address, CA_FILE: ca, API_KEY_FILE: file('api-key', 'key-of-a-namespace\n') };
    expect(await echo(env)).toBe('HELLO');
    expect(new Set(open.seen.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer key-of-a-namespace']));
    expect(open.seen.length).toBeGreaterThan(5);
  }, 60_000);

  it.each<[string, () => Readonly<Record<string, string>>]>([
    ['without a client certificate', () => ({ ADDRESS: mutual.address, CA_FILE: ca })],
    ['when another authority is trusted', () => ({ ADDRESS: open.address, CA_FILE: anotherAuthority })],
    ['when the public authorities are trusted', () => ({ ADDRESS: open.address, TLS: 'true' })],
    ['under a name that its certificate has not', () => ({ ADDRESS: open.address, CA_FILE: ca, SERVER_NAME: 'other.example' })],
    ['without TLS', () => ({ ADDRESS: open.address })],
  ])(
    'is not reached %s',
    async (_, env) => {
      await expect(answers(env())).rejects.toThrow();
    },
    30_000,
  );
});
