import { afterAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { validatorConfig } from './config.ts';
import { startValidator } from './start.ts';
import { installation } from './test-support/processes.ts';

const { auth, peppersFile, remove } = installation();
afterAll(remove);

const start = (more: Readonly<Record<string, string>>) =>
  startValidator(
    validatorConfig.parse({ ...auth, VALIDATOR_PEPPERS_FILE: peppersFile, ...more }),
    createLogger({ service: 'test', level: 'silent' }),
  );

describe('a validator does not start', () => {
  it('without a Redis, or with two places for one', async () => {
    await expect(start({})).rejects.toThrow('VALIDATOR_REDIS_URL: is missing');
    await expect(start({ VALIDATOR_REDIS_URL: 'redis://127.0.0.1:1', VALIDATOR_REDIS_SENTINELS: '127.0.0.1:2' })).rejects.toThrow(
      'VALIDATOR_REDIS_SENTINELS: is set, and so is VALIDATOR_REDIS_URL',
    );
  });

  it('where replicas have to confirm renewals of a lease that leaves them no time', async () => {
    const fenced = { VALIDATOR_REDIS_URL: 'redis://127.0.0.1:1', VALIDATOR_MIN_REPLICAS: '1', VALIDATOR_LEASE_MS: '1499' };
    await expect(start(fenced)).rejects.toThrow('VALIDATOR_LEASE_MS: expected 1500 or more');
  });
});
