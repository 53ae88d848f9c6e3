import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EnvironmentId, environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis } from '@tallystick/platform-redis';
import { currentKey, generateKeyRing, hmacDigest, parseKeyRing } from '@tallystick/platform-secrets';
import { defaultRingSettings, noSiblings, type PepperId, type TokenDigest, type TokenId } from '@tallystick/tokens-domain';
import { RedisTokenRingStore } from '@tallystick/tokens-store-redis';
import { type AppProcess, startApp } from '../system/app-process.ts';
import { benchToken } from './k6-script.ts';

export interface BenchOptions {
  /** The checkout, with the built app in `apps/pairing-validator/dist`. */
  readonly root: string;
  /** The ring Redis. */
  readonly redis: string;
  /** The second Redis; default: the same. */
  readonly sightingsRedis?: string;
  readonly kafka?: readonly string[];
  /** A module that Node loads first. */
  readonly preload?: string;
}

/** Who may ask, as a server verifies it. */
export interface BenchIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwks: object;
  /** A caller's token, without the word before it. */
  readonly tokenFor: (roles: Readonly<Record<string, readonly string[]>>) => string;
}

export interface BenchValidator {
  readonly process: AppProcess;
  readonly caller: string;
  readonly environments: readonly EnvironmentId[];
  /** Tokens from 0; those after the last active one are revoked. */
  readonly tokenOf: (environment: number, token: number) => string;
  readonly issuer: BenchIssuer;
  readonly stop: () => Promise<void>;
}

/** A validator as it is shipped, in a process of its own, which follows so many environments with so many tokens each. */
export async function startBenchValidator(
  { root, redis, sightingsRedis = redis, kafka, preload }: BenchOptions,
  rings: { readonly environments: number; readonly tokens: number; readonly revoked?: number },
): Promise<BenchValidator> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-bench-'));
  const prefix = `bench-${process.pid}-${Date.now().toString(36)}`;
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const keys = generateKeyRing();
  const { keyId, key } = currentKey(parseKeyRing(keys));
  const issuer = benchIssuer();
  const revoked = { kind: 'revoked', at: instant(Date.now()), by: 'bench', reason: 'measurement' } as const;
  const environments = Array.from({ length: rings.environments }, (_, index) => environmentId(`bench-${index}`));

  const client = await connectRedis({ url: redis, name: 'bench', logger: createLogger({ service: 'bench', level: 'silent' }) });
  const store = new RedisTokenRingStore({ client, prefix });
  for (let from = 0; from < environments.length; from += 100)
    await Promise.all(
      environments.slice(from, from + 100).map(async (environment, offset) => {
        const tokens = Array.from({ length: rings.tokens + (rings.revoked ?? 0) }, (_, number) => ({
          id: `tok_${String((from + offset) * 1_000 + number).padStart(16, '0')}` as TokenId,
          label: `token ${number}`,
          digest: hmacDigest(key, benchToken(from + offset, number)) as TokenDigest,
          pepperId: keyId as PepperId,
          origin: 'generated' as const,
          segment: {},
          createdAt: instant(Date.now()),
          createdBy: 'bench',
          state: number < rings.tokens ? ({ kind: 'active' } as const) : revoked,
        }));
        const requirement = { mode: 'enforce' as const, effectiveAt: instant(0) };
        const ring = { environment, version: 1, isDefined: true, requirement, siblings: noSiblings, settings: defaultRingSettings, tokens, proposals: [] }; // prettier-ignore
        const result = await store.change({ ring, expectedVersion: 0, audit: '{}', mayUseReserve: true });
        if (result.kind !== 'changed') throw new Error(`a ring was not written: ${result.kind}`);
      }),
    );

  const validator = await startApp({
    name: 'pairing-validator',
    app: 'pairing-validator',
    root,
    logFile: join(folder, 'validator.log'),
    env: {
      VALIDATOR_REDIS_URL: redis,
      VALIDATOR_REDIS_PREFIX: prefix,
      VALIDATOR_SIGHTINGS_REDIS_URL: sightingsRedis,
      VALIDATOR_PEPPERS_FILE: file('peppers.json', keys),
      ...(kafka ? { VALIDATOR_KAFKA_BROKERS: kafka.join(','), VALIDATOR_CREATE_TOPICS: 'true' } : {}),
      AUTH_JWKS: file('jwks.json', JSON.stringify(issuer.jwks)),
      AUTH_ISSUER: issuer.issuer,
      AUTH_AUDIENCE: issuer.audience,
      LOG_LEVEL: 'info', // the line that says where it listens
      NODE_OPTIONS: [process.env['BENCH_NODE_OPTIONS'], preload && `--require=${preload}`].filter(Boolean).join(' '),
    },
  });
  const stop = async (): Promise<void> => {
    await validator.stop();
    for (const key of await client.keys(`${prefix}:*`)) await client.del(key);
    await client.close();
    rmSync(folder, { recursive: true });
  };
  try {
    for (const deadline = performance.now() + 60_000; !(await fetch(`${validator.url}/health/ready`)).ok;) {
      if (performance.now() > deadline) throw new Error('the validator was not ready in time');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const caller = issuer.tokenFor({ '*': ['validator-caller'] });
  return { process: validator, caller, environments, tokenOf: benchToken, issuer, stop };
}

/** An issuer that exists for one run. */
function benchIssuer(): BenchIssuer {
  const [issuer, audience] = ['https://issuer.example', 'tallystick'];
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const tokenFor: BenchIssuer['tokenFor'] = (roles) => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { sub: 'bench', roles, iss: issuer, aud: audience, iat: now, exp: now + 3_600 };
    const text = `${part({ alg: 'RS256', kid: 'a' })}.${part(claims)}`;
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  };
  return { issuer, audience, jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'RS256' }] }, tokenFor };
}
