import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '@tallystick/platform-config';
import { createLogger } from '@tallystick/platform-observability';
import { tokenServiceConfig } from './config.ts';
import { startTokenService } from './start.ts';

const complete = {
  TOKENS_REDIS_URL: 'redis://127.0.0.1:1',
  TOKENS_PEPPERS_FILE: '/nowhere/peppers.json',
  TOKENS_SEAL_KEYS_FILE: '/nowhere/seal-keys.json',
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_AUDIENCE: 'tallystick',
};

describe('the configuration', () => {
  it('has defaults for all that need not be said', () => {
    expect(parseConfig(tokenServiceConfig, complete)).toEqual({
      ok: true,
      value: {
        ...complete,
        TOKENS_HOST: '127.0.0.1',
        TOKENS_PORT: 0,
        TOKENS_REDIS_PREFIX: 'tally',
        TOKENS_MIN_REPLICAS: 0,
        TOKENS_TEMPORAL_NAMESPACE: 'default',
        TOKENS_AUDIT_TOPIC: 'tallystick.audit',
        TOKENS_AUDIT_HEADS_TOPIC: 'tallystick.audit-heads',
        TOKENS_REVOCATIONS_TOPIC: 'tallystick.revocations',
        TOKENS_CREATE_TOPICS: false,
        TOKENS_DELIVERY_INSECURE_HOSTS: [],
        TOKENS_CHANGES_PER_MINUTE: 120,
        AUTH_ALLOW_PLAIN_HTTP: false,
        AUTH_ALGORITHMS: ['RS256', 'ES256', 'EdDSA'],
        AUTH_BREAK_GLASS_PER_MINUTE: 60,
        AUTH_CLOCK_TOLERANCE: 30,
        AUTH_FRESH_KEYS: 600_000,
        AUTH_ROLES_CLAIM: 'roles',
        AUTH_STALE_KEYS: 14_400_000,
        HTTP_ANNOUNCE_MS: 0,
        HTTP_MAX_CONNECTIONS: 10_000,
        HTTP_MAX_REQUESTS: 1_000,
        LOG_LEVEL: 'info',
      },
    });
  });

  it('is refused with all its faults at once, by name and never by value', () => {
    const wrong = { TOKENS_REDIS_URL: 'redis-secret', TOKENS_PORT: '70000', TOKENS_MIN_REPLICAS: 'many', LOG_LEVEL: 'loud' };
    const parsed = parseConfig(tokenServiceConfig, wrong);
    if (parsed.ok) throw new Error('it was accepted');
    expect(parsed.error.map(({ variable }) => variable).sort()).toEqual(
      [...Object.keys(complete), 'LOG_LEVEL', 'TOKENS_MIN_REPLICAS', 'TOKENS_PORT'].sort(),
    );
    expect(JSON.stringify(parsed.error)).not.toMatch(/redis-secret|70000|many|loud/);
  });

  it('is refused with all files that can not be read, before anything is connected', async () => {
    const config = tokenServiceConfig.parse({
      ...complete,
      AUTH_JWKS: 'http://keys.example/jwks.json',
      TOKENS_TEMPORAL_TLS: 'true',
    });
    const start = startTokenService(config, createLogger({ service: 'test', level: 'silent' }));
    await expect(start).rejects.toThrow(
      /TOKENS_PEPPERS_FILE.*peppers\.json.*TOKENS_SEAL_KEYS_FILE.*seal-keys\.json.*AUTH_JWKS.*https.*TOKENS_TEMPORAL_ADDRESS: is missing/,
    );
  });

  it('is refused where the audit is published and a key of it is missing; without Kafka none is needed', async () => {
    const start = (more: object) =>
      startTokenService(tokenServiceConfig.parse({ ...complete, ...more }), createLogger({ service: 'test', level: 'silent' }));
    await expect(start({ TOKENS_KAFKA_BROKERS: '127.0.0.1:1' })).rejects.toThrow(
      /AUDIT_SIGNING_KEY_FILE: is missing, because TOKENS_KAFKA_BROKERS is set; AUDIT_DIGEST_KEY_FILE: is missing/,
    );
    await expect(start({})).rejects.not.toThrow(/AUDIT_/);
  });
});
