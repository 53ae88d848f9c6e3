import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build } from 'plist';
import { deviceCertificates } from './device-certificates.ts';

export interface StartNanomdmOptions {
  /** The executable file. */
  readonly program: string;
  /** Where it tells what devices answer, signed with `webhookKey`. It starts also when nobody listens there yet, and tells everything once. */
  readonly webhookUrl: string;
  readonly apiKey: string;
  readonly webhookKey: string;
  readonly storage: 'inmem' | 'filekv';
}

/** The real NanoMDM, a process of its own, and the devices' side of it. */
export interface RunningNanomdm {
  /** Of its API, without `/v1`. */
  readonly url: string;
  /** What it has written so far. It holds what devices report, so also values. */
  readonly log: () => string;
  /** Enrols a device, or enrols it again, which empties its queue. @throws Error for more than {@link mostDevices}. */
  enrol(udid: string): Promise<void>;
  /** A report of a device in, the next command out; empty: there is none. */
  connect(udid: string, report: string): Promise<string>;
  /** Ends it; all that it kept goes with it. */
  close(): Promise<void>;
}

/** Each has a certificate of its own. */
export const mostDevices = deviceCertificates.length;

const startsWithinMs = 20_000;
const certificateHeader = 'X-Test-Client-Certificate';
/** RFC 9440: the bytes of the certificate in base64 between colons. */
const clientCertificate = (pem: string): string => `:${pem.replace(/-----[A-Z ]+-----|\s/g, '')}:`;

/** Starts a server of its own on a free port of this machine. It ends with this process. @throws Error with its log when it does not start. */
export async function startNanomdm({
  program,
  webhookUrl,
  apiKey,
  webhookKey,
  storage,
}: StartNanomdmOptions): Promise<RunningNanomdm> {
  const folder = mkdtempSync(join(tmpdir(), 'nanomdm-'));
  writeFileSync(join(folder, 'ca.pem'), deviceCertificates.join('\n'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [
    ['-listen', `127.0.0.1:${port}`, '-api', apiKey, '-ca', join(folder, 'ca.pem'), '-cert-header', certificateHeader],
    ['-storage', storage, '-storage-dsn', storage === 'inmem' ? 'unused' : join(folder, 'db')],
    ['-webhook-url', webhookUrl, '-webhook-hmac-key', webhookKey],
  ].flat();
  const server: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: {} });
  const endWithThisProcess = (): void => void server.kill('SIGKILL');
  process.once('exit', endWithThisProcess);
  let log = '';
  for (const channel of [server.stdout, server.stderr]) channel?.on('data', (chunk) => (log += String(chunk)));
  let ended: string | undefined;
  const end = new Promise<void>((resolve) => {
    const tell = (how: string): void => {
      ended = how;
      resolve();
    };
    server.once('error', ({ message }) => tell(message));
    server.once('exit', (code, signal) => tell(`ended with ${signal ?? code}`));
  });
  const close = async (): Promise<void> => {
    process.off('exit', endWithThisProcess);
    server.kill('SIGKILL');
    await end;
    rmSync(folder, { recursive: true });
  };
  const startedAt = performance.now();
  while (!(await fetch(`${url}/version`).catch(() => undefined))?.ok) {
    if (ended === undefined && performance.now() - startedAt < startsWithinMs) await pause(50);
    else {
      const why = ended ?? `no answer within ${startsWithinMs / 1_000} s`;
      await close();
      throw new Error(`NanoMDM did not start: ${why}; ${log.slice(-500)}`);
    }
  }

  const certificates = new Map<string, string>();
  async function ask(udid: string, body: string, type: string): Promise<string> {
    const certificate = certificates.get(udid);
    if (certificate === undefined) throw new Error(`the device ${udid} was not enrolled`);
    const answer = await fetch(`${url}/mdm`, {
      method: 'PUT',
      headers: { 'content-type': type, [certificateHeader]: clientCertificate(certificate) },
      body,
    });
    if (!answer.ok) throw new Error(`the device got ${answer.status} from NanoMDM`);
    return answer.text();
  }
  const checkIn = async (udid: string, message: Parameters<typeof build>[0]): Promise<void> =>
    void (await ask(udid, build(message), 'application/x-apple-aspen-mdm-checkin'));

  return {
    ...{ url, close },
    log: () => log,
    async enrol(udid) {
      const certificate = certificates.get(udid) ?? deviceCertificates[certificates.size];
      if (certificate === undefined) throw new Error(`there are certificates for ${mostDevices} devices only`);
      certificates.set(udid, certificate);
      await checkIn(udid, { MessageType: 'Authenticate', Topic: 'com.apple.mgmt.test', UDID: udid });
      await checkIn(udid, {
        ...{ MessageType: 'TokenUpdate', Topic: 'com.apple.mgmt.test', UDID: udid },
        ...{ PushMagic: 'magic', Token: new Uint8Array([1, 2, 3]) },
      });
    },
    connect: (udid, report) => ask(udid, report, 'application/x-apple-aspen-mdm'),
  };
}

/** A port that is free now, for a process whose address has to be known before it starts. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
