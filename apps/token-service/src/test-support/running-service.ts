import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing } from '@tallystick/platform-secrets';
import { tokenServiceConfig } from '../config.ts';
import { startTokenService } from '../start.ts';

/** What tests read of an answer; each answer has some of it. */
export interface Answer {
  readonly [name: string]: unknown;
  readonly type: string;
  readonly outcome: string;
  readonly value: string;
  readonly token: { readonly id: string };
  readonly created: { readonly value: string };
  readonly replacement: { readonly value: string };
  readonly propagation: { readonly confirmedBy: string };
  readonly warnings: readonly { readonly kind: string }[];
  readonly items: readonly unknown[];
  readonly paths: object;
}

const issuer = 'https://issuer.example';
const audience = 'tallystick';

/** The whole service on a real Redis, as `main.ts` starts it, with its log and a way to call it. */
export async function runningService(redisUrl: string, prefix: string, more: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'token-service-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const config = tokenServiceConfig.parse({
    TOKENS_REDIS_URL: redisUrl,
    TOKENS_REDIS_REPLICAS: '0',
    TOKENS_REDIS_PREFIX: prefix,
    TOKENS_PEPPERS_FILE: file('peppers.json', generateKeyRing()),
    TOKENS_SEAL_KEYS_FILE: file('seal-keys.json', generateKeyRing()),
    AUDIT_DIGEST_KEY_FILE: file('audit-digest-key.json', generateKeyRing()),
    AUDIT_SIGNING_KEY_FILE: file(
      'audit-signing-key.pem',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ),
    AUTH_JWKS: file('jwks.json', JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES256' }] })),
    AUTH_ISSUER: issuer,
    AUTH_AUDIENCE: audience,
    LOG_LEVEL: 'debug',
    ...more,
  });
  const log: string[] = [];
  const logger = createLogger({
    service: 'token-service',
    level: 'debug',
    destination: { write: (line) => void log.push(line) },
  });
  const service = await startTokenService(config, logger);

  const signed = (subject: string, roles: Readonly<Record<string, readonly string[]>>) =>
    new SignJWT({ roles })
      .setProtectedHeader({ alg: 'ES256', kid: 'a' })
      .setSubject(subject)
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime('1h')
      .sign(privateKey);

  /** Calls the service; gives status, headers, the parsed body and its text. */
  const call = async (
    method: string,
    path: string,
    options: { readonly body?: unknown; readonly bearer?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ) => {
    const { body, bearer, headers = {} } = options;
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (text === '' ? {} : JSON.parse(text)) as Answer,
    };
  };
  const stop = async () => {
    await service.stop();
    rmSync(folder, { recursive: true });
  };
  const admin = await signed('admin-1', { '*': ['token-admin', 'approver'] });
  return { url: service.url, stop, config, log, signed, call, admin };
}
