import { describe, expect, it } from '@jest/globals';
import { parseWorkerConfig } from './config.ts';

const common = { WORKER_TEMPORAL_ADDRESS: '127.0.0.1:7233' };
const devices = {
  WORKER_REDIS_URL: 'redis://127.0.0.1:1',
  WORKER_KAFKA_BROKERS: '127.0.0.1:2',
  WORKER_SEAL_KEYS_FILE: '/nowhere/seal-keys.json',
  WORKER_IDENTITY_KEY_FILE: '/nowhere/identity-key.json',
};
const tokens = {
  WORKER_TOKEN_SERVICE_URL: 'https://tokens.example',
  WORKER_AUTH_ISSUER: 'https://issuer.example',
  WORKER_AUTH_AUDIENCE: 'tallystick',
  WORKER_CLIENT_ID: 'worker',
  WORKER_CLIENT_SECRET_FILE: '/nowhere/client.secret',
};
const faultsOf = (env: Readonly<Record<string, string>>): readonly string[] => {
  const parsed = parseWorkerConfig(env);
  return parsed.ok ? [] : parsed.error.map(({ variable }) => variable).sort();
};

describe('the configuration of the worker', () => {
  it('needs the settings of both halves, unless one is left out', () => {
    expect(faultsOf({ ...common, ...devices, ...tokens })).toEqual([]);
    expect(faultsOf({ ...common, ...devices, WORKER_HALVES: 'devices' })).toEqual([]);
    expect(faultsOf({ ...common, ...tokens, WORKER_HALVES: 'tokens' })).toEqual([]);
    expect(faultsOf({ ...common, ...devices })).toEqual(Object.keys(tokens).sort());
  });

  it('takes the deployment and the build of a worker together, or neither', () => {
    const worker = { ...common, ...tokens, WORKER_HALVES: 'tokens' };
    expect(faultsOf({ ...worker, WORKER_DEPLOYMENT: 'tallystick', WORKER_BUILD_ID: '1.4.0-abc' })).toEqual([]);
    expect(faultsOf({ ...worker, WORKER_DEPLOYMENT: 'tallystick' })).toEqual(['WORKER_BUILD_ID']);
    expect(faultsOf({ ...worker, WORKER_BUILD_ID: 'abc' })).toEqual(['WORKER_DEPLOYMENT']);
    expect(faultsOf({ ...worker, WORKER_DEPLOYMENT: 'tally.stick', WORKER_BUILD_ID: 'abc' })).toEqual(['WORKER_DEPLOYMENT']);
  });

  it('lets a connection name variables of one prefix only', () => {
    const env = { ...common, ...devices, WORKER_HALVES: 'devices', TALLYSTICK_SECRET_A: 'a', AUTH_KEY: 'b' };
    const parsed = parseWorkerConfig(env);
    expect(parsed.ok && parsed.value.devices?.secretVariables).toEqual({ TALLYSTICK_SECRET_A: 'a' });
  });

  it('has no part for a half that is left out, even where its settings are there', () => {
    const parsed = parseWorkerConfig({ ...common, ...devices, ...tokens, WORKER_HALVES: 'tokens' });
    expect(parsed.ok && parsed.value.devices).toBeUndefined();
    expect(parsed.ok && parsed.value.tokens?.WORKER_CLIENT_ID).toBe('worker');
  });

  it('is refused with all its faults at once, by name and never by value', () => {
    const wrong = { WORKER_HALVES: 'tokens,phones', WORKER_REDIS_URL: 'redis-s3cret' };
    expect(faultsOf(wrong)).toEqual(
      ['WORKER_HALVES', 'WORKER_TEMPORAL_ADDRESS', ...Object.keys(devices), ...Object.keys(tokens)].sort(),
    );
    expect(JSON.stringify(parseWorkerConfig(wrong))).not.toMatch(/s3cret|phones/);
  });
});
