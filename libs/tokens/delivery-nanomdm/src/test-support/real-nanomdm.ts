import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@tallystick/platform-testing';
import { build } from 'plist';
import { deviceCertificates } from './device-certificates.fixture.ts';
import { apiKey, type MdmUnderTest, webhookKey } from './mdm-under-test.ts';

/** What the test runner installed; it is a failure, never a skip, when it is not there. */
export function nanomdmProgram(): string {
  const program = process.env['STACK_NANOMDM'];
  if (!program) throw new Error('STACK_NANOMDM is not set, so there is no NanoMDM to test against: run "npm test -- int <path>"');
  return program;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

const certificateHeader = 'X-Test-Client-Certificate';
/** RFC 9440: the bytes of the certificate in base64 between colons. */
const clientCertificate = (pem: string): string => `:${pem.replace(/-----[A-Z ]+-----|\s/g, '')}:`;

/** A server of its own, with everything in a folder that goes with it. */
export async function realNanomdm(
  webhookUrl: string,
  storage: 'inmem' | 'filekv',
): Promise<MdmUnderTest & { readonly log: () => string }> {
  const folder = mkdtempSync(join(tmpdir(), 'nanomdm-'));
  writeFileSync(join(folder, 'ca.pem'), deviceCertificates.join('\n'));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const args = [
    ['-listen', `127.0.0.1:${port}`, '-api', apiKey, '-ca', join(folder, 'ca.pem'), '-cert-header', certificateHeader],
    ['-storage', storage, '-storage-dsn', storage === 'inmem' ? 'unused' : join(folder, 'db')],
    ['-webhook-url', webhookUrl, '-webhook-hmac-key', webhookKey],
  ].flat();
  const server: ChildProcess = spawn(nanomdmProgram(), args, { stdio: ['ignore', 'pipe', 'pipe'], env: {} });
  let log = '';
  for (const channel of [server.stdout, server.stderr]) channel?.on('data', (chunk) => (log += String(chunk)));
  const ended = once(server, 'exit');
  const answers = async (): Promise<boolean> => {
    if (server.exitCode !== null) throw new Error(`NanoMDM ended: ${log}`);
    return (await fetch(`${base}/version`)).ok;
  };
  await eventually(answers, { withinMs: 20_000, what: 'NanoMDM answers' });

  const devices = new Map<string, string>();
  async function ask(udid: string, body: string, type: string): Promise<string> {
    const certificate = devices.get(udid) ?? '';
    const answer = await fetch(`${base}/mdm`, {
      method: 'PUT',
      headers: { 'content-type': type, [certificateHeader]: clientCertificate(certificate) },
      body,
    });
    if (!answer.ok) throw new Error(`the device got ${answer.status} from NanoMDM: ${log.slice(-500)}`);
    return answer.text();
  }
  const checkIn = async (udid: string, message: Parameters<typeof build>[0]): Promise<void> =>
    void (await ask(udid, build(message), 'application/x-apple-aspen-mdm-checkin'));

  return {
    log: () => log,
    async call({ method, path, headers, body }) {
      const answer = await fetch(base + path, {
        method,
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => ['authorization', 'content-type'].includes(name))),
        ...(body === '' ? {} : { body }),
      });
      return { status: answer.status, text: await answer.text() };
    },
    async enrol(udid) {
      const certificate = devices.get(udid) ?? deviceCertificates[devices.size];
      if (certificate === undefined) throw new Error('there are no more certificates for devices');
      devices.set(udid, certificate);
      await checkIn(udid, { MessageType: 'Authenticate', Topic: 'com.apple.mgmt.test', UDID: udid });
      await checkIn(udid, {
        ...{ MessageType: 'TokenUpdate', Topic: 'com.apple.mgmt.test', UDID: udid },
        ...{ PushMagic: 'magic', Token: new Uint8Array([1, 2, 3]) },
      });
    },
    connect: (udid, report) => ask(udid, report, 'application/x-apple-aspen-mdm'),
    async close() {
      server.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
