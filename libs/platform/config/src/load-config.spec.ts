import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import {
  type ConfigFault,
  csv,
  describeFaults,
  durationMs,
  filePath,
  flag,
  hostPortList,
  loadConfig,
  parseConfig,
  port,
  url,
  urlList,
  wholeNumber,
} from './index.ts';

const schema = z.object({
  HTTP_PORT: port,
  REDIS_URL: url('redis', 'rediss'),
  KAFKA_BROKERS: hostPortList,
  VALIDATOR_LEASE_MS: durationMs.default(2000),
  KEY_RING_FILE: filePath,
  ISSUERS: urlList('https').default([]),
  VERBOSE: flag.default(false),
  LABELS: csv.default(['none']),
  SHARDS: wholeNumber(1, 64).default(64),
});
const good = {
  HTTP_PORT: '8080',
  REDIS_URL: 'rediss://user:pass@redis.internal:6380/1',
  KAFKA_BROKERS: 'k1:9092, k2:9092',
  KEY_RING_FILE: '/run/keys.json',
};

describe('configuration', () => {
  it('reads all kinds of variables and gives defaults for those that are not set or empty', () => {
    expect(
      parseConfig(schema, { ...good, VERBOSE: '', ISSUERS: 'https://a.example,https://b.example', OTHER: 'ignored' }),
    ).toEqual({
      ok: true,
      value: {
        ...{ HTTP_PORT: 8080, REDIS_URL: good.REDIS_URL, KAFKA_BROKERS: ['k1:9092', 'k2:9092'], VALIDATOR_LEASE_MS: 2000 },
        ...{
          KEY_RING_FILE: '/run/keys.json',
          ISSUERS: ['https://a.example', 'https://b.example'],
          VERBOSE: false,
          LABELS: ['none'],
          SHARDS: 64,
        },
      },
    });
  });

  it.each([
    ['250', 250],
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
  ])('reads the duration %s as %i ms', (text, ms) => {
    expect(durationMs.parse(text)).toBe(ms);
  });

  it.each(['', '-1', '1.5s', '1 w', 's', '1e3'])('refuses the duration "%s"', (text) => {
    expect(durationMs.safeParse(text).success).toBe(false);
  });

  it('reports all faults at once, each by name and expectation', () => {
    const faults = parseConfig(schema, {
      HTTP_PORT: '70000',
      REDIS_URL: 'http://x',
      VALIDATOR_LEASE_MS: 'soon',
      KAFKA_BROKERS: 'k1',
    });
    expect(faults).toEqual({
      ok: false,
      error: [
        { variable: 'HTTP_PORT', expected: 'expected a whole number from 0 to 65535' },
        { variable: 'REDIS_URL', expected: 'expected a URL that starts with redis:// or rediss://' },
        { variable: 'KAFKA_BROKERS', expected: 'expected host:port' },
        {
          variable: 'VALIDATOR_LEASE_MS',
          expected: 'expected a duration in milliseconds, or with a unit: 500ms, 30s, 5m, 1h, 2d',
        },
        { variable: 'KEY_RING_FILE', expected: 'is missing' },
      ],
    });
  });

  it('never shows a value, whatever it is', () => {
    const secret = fc.string({ minLength: 6, maxLength: 40 }).filter((text) => !describeFaults(allFaults).includes(text));
    const allFaults = Object.keys(schema.shape).map((variable): ConfigFault => ({ variable, expected: 'expected' }));
    fc.assert(
      fc.property(secret, (value) => {
        const env = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, `\u0001${value}`]));
        const result = parseConfig(schema.extend({ LEAKY: z.string().refine(() => false, { error: () => `bad: ${value}` }) }), {
          ...env,
          LEAKY: value,
        });
        expect(result.ok).toBe(false);
        if (!result.ok) expect(describeFaults(result.error)).not.toContain(value);
      }),
    );
  });

  it('hands all faults to the one who ends the process', () => {
    const seen: (readonly ConfigFault[])[] = [];
    const stop = (faults: readonly ConfigFault[]): never => {
      seen.push(faults);
      throw new Error('stopped');
    };
    expect(() => loadConfig(schema, {}, stop)).toThrow('stopped');
    expect(seen[0]?.map(({ variable }) => variable)).toEqual(['HTTP_PORT', 'REDIS_URL', 'KAFKA_BROKERS', 'KEY_RING_FILE']);
    expect(loadConfig(schema, good, stop).HTTP_PORT).toBe(8080);
  });
});
