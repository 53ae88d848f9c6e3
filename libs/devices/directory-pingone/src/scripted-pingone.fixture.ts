import type { MfaDirectory } from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import type { Outbound, OutboundAnswer, OutboundRequest } from '@tallystick/platform-outbound';
import { createPingOneDirectory } from './pingone-directory.ts';
import type { PingOneSettings } from './pingone-settings.ts';

export const environmentId = 'a0000000-0000-4000-8000-000000000001';
export const userId = 'b0000000-0000-4000-8000-000000000002';
export const phoneId = 'c0000000-0000-4000-8000-000000000003';
export const mailId = 'd0000000-0000-4000-8000-000000000004';
export const api = `https://api.pingone.eu/v1/environments/${environmentId}`;

export const answer = (status: number, body: unknown, retryAfterMs?: number): OutboundAnswer => ({
  kind: 'answer',
  status,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
export const token = (name = 'token-1', seconds = 3600): OutboundAnswer =>
  answer(200, { access_token: name, token_type: 'Bearer', expires_in: seconds });

/** A user as PingOne shows it (c.2, and the vendor's page on its data model). */
export const user = (more: object = {}): object => ({
  _links: { self: { href: 'https://…' } },
  id: userId,
  environment: { id: environmentId },
  account: { canAuthenticate: true, status: 'OK' },
  username: 'Ada',
  email: 'ada@work.example',
  enabled: true,
  mfaEnabled: true,
  lifecycle: { status: 'ACCOUNT_OK' },
  name: { given: 'Ada', family: 'Lovelace', middle: 'K', formatted: 'Lady Lovelace' },
  population: { id: environmentId },
  ...more,
});
export const users = (...them: object[]): OutboundAnswer =>
  answer(200, { _embedded: { users: them }, count: them.length, size: them.length });
export const phone = {
  id: phoneId,
  type: 'SMS',
  status: 'ACTIVE',
  nickname: 'SMS 1',
  phone: '+1.2025550123',
  lock: { status: 'UNLOCKED' },
  block: { status: 'UNBLOCKED' },
  createdAt: '2026-01-02T03:04:05.678Z',
};
export const mail = {
  id: mailId,
  type: 'EMAIL',
  status: 'ACTIVE',
  nickname: 'Email 1',
  email: 'ada@home.example',
  createdAt: '2026-01-02T03:04:05Z',
};
export const devices = (list: readonly object[], order: readonly string[] = []): OutboundAnswer =>
  answer(200, { _embedded: { devices: list }, order: order.map((id) => ({ id })), count: list.length, size: list.length });

/** A directory whose calls are answered in turn; `undefined` for a call leaves it hanging until its deadline. */
export class ScriptedPingOne {
  readonly requests: OutboundRequest[] = [];
  nowMs = 0;
  readonly directory: MfaDirectory;
  readonly #answers: (OutboundAnswer | 'hang')[];

  constructor(answers: readonly (OutboundAnswer | 'hang')[], settings: Partial<PingOneSettings> = {}, callTimeoutMs = 1_000) {
    this.#answers = [...answers];
    const outbound: Outbound = {
      send: (request, deadline) => {
        this.requests.push(request);
        const next = this.#answers.shift() ?? { kind: 'none', because: 'broken' };
        if (next !== 'hang') return Promise.resolve(next);
        return new Promise((resolve) =>
          deadline.addEventListener('abort', () => resolve({ kind: 'none', because: 'timed-out' })),
        );
      },
      close: () => Promise.resolve(),
    };
    this.directory = createPingOneDirectory({
      settings: {
        authUrl: 'https://auth.pingone.eu',
        apiUrl: 'https://api.pingone.eu/v1',
        environmentId,
        clientId: 'client:1',
        clientSecret: () => 'the secret & more',
        ...settings,
      },
      outbound,
      callTimeoutMs,
      methodDisabledCodes: ['METHOD_DISABLED'],
      now: () => instant(this.nowMs),
    });
  }

  /** What was sent to the API: `GET /users?…`, with its body. */
  get calls(): readonly (readonly [string, unknown])[] {
    return this.requests
      .filter((it) => it.url.startsWith(api))
      .map((it) => [
        `${it.method} ${it.url.slice(api.length)}`,
        it.body === undefined ? undefined : (JSON.parse(it.body) as unknown),
      ]);
  }

  get logins(): readonly OutboundRequest[] {
    return this.requests.filter((it) => it.url.startsWith('https://auth.'));
  }
}
