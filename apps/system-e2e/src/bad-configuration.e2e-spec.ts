import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
const start = (app: string, env: Readonly<Record<string, string>>) =>
  spawnSync(process.execPath, [`${root}/apps/${app}/dist/main.js`], { cwd: root, env, encoding: 'utf8', timeout: 30_000 });

describe('a process with a bad configuration', () => {
  it.each([
    ['token-service', ['TOKENS_REDIS_URL', 'TOKENS_PEPPERS_FILE', 'TOKENS_SEAL_KEYS_FILE', 'AUTH_ISSUER', 'AUTH_AUDIENCE']],
    ['pairing-validator', ['VALIDATOR_REDIS_URL', 'VALIDATOR_PEPPERS_FILE', 'AUTH_ISSUER', 'AUTH_AUDIENCE']],
    [
      'provisioning-service',
      ['PROVISIONING_REDIS_URL', 'PROVISIONING_KAFKA_BROKERS', 'PROVISIONING_TEMPORAL_ADDRESS', 'PROVISIONING_SEAL_KEYS_FILE'],
    ],
    [
      'temporal-worker',
      [
        'WORKER_REDIS_URL',
        'WORKER_KAFKA_BROKERS',
        'WORKER_TEMPORAL_ADDRESS',
        'WORKER_SEAL_KEYS_FILE',
        'WORKER_IDENTITY_KEY_FILE',
      ],
    ],
  ])('%s names every fault at once, by name and never by value, and ends with 1', (app, variables) => {
    const secret = 'redis-with-a-s3cret';
    const { status, stderr, stdout } = start(
      app,
      Object.fromEntries(variables.filter((name) => name.endsWith('_REDIS_URL')).map((name) => [name, secret])),
    );
    expect(status).toBe(1);
    for (const variable of variables) expect(stderr).toContain(variable);
    expect(stderr + stdout).not.toContain(secret);
  });

  it('the simulator says what is wrong with its settings', () => {
    const { status, stderr } = start('directory-simulator', { SIMULATOR_PORT: 'x', SIMULATOR_DEVICE_LIMIT: '99' });
    expect(status).toBe(1);
    for (const variable of ['SIMULATOR_PORT', 'SIMULATOR_DEVICE_LIMIT']) expect(stderr).toContain(variable);
  });
});
