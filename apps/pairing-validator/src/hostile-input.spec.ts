import { describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import { applyRings, emptyRingTable, judgePresentation } from '@tallystick/pairing-domain';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing, hmacDigest, type KeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { exampleRing } from '@tallystick/tokens-testing';
import { fastify } from 'fastify';
import { createRefusalLimit } from './limits/refusal-limit.ts';
import { present } from './present.ts';
import { verdictPath } from './verdict.controller.ts';
import { installVerdictRoute } from './verdict.route.ts';

const peppers: KeyRing = {
  current: 'k2',
  keys: new Map(['k1', 'k2'].flatMap((id) => [...parseKeyRing(generateKeyRing(id)).keys])),
};
const table = applyRings(emptyRingTable, [exampleRing(environmentId('acme'), 1)]);

/** A server that counts what costs: digests by the length of what they are made of, and judgements. */
function countingServer() {
  const cost = { digests: 0, longest: 0, judgements: 0 };
  const server = fastify({ bodyLimit: 16_384 });
  installVerdictRoute(server, {
    follower: {
      judge: (environment, presentation, facts) => {
        cost.judgements++;
        const at = instant(1_800_000_000_000);
        return { verdict: judgePresentation({ table, environment, presentation, facts, at }), at };
      },
      mayAnswer: () => true,
    },
    present: (body) =>
      present(body, peppers, (key, value) => {
        cost.digests++;
        cost.longest = Math.max(cost.longest, value.length);
        return hmacDigest(key, value);
      }),
    isUnmarkedToken: () => false,
    limit: createRefusalLimit(1_000_000),
    record: () => undefined,
    metrics: { count: () => undefined, countLimited: () => undefined },
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  server.post(verdictPath, () => 'not replaced');
  const ask = async (payload: string | Buffer, environment = 'acme') => {
    Object.assign(cost, { digests: 0, longest: 0, judgements: 0 });
    const { statusCode } = await server.inject({
      method: 'POST',
      url: `/v1/environments/${environment}/verdicts`,
      headers: { 'content-type': 'application/json' },
      payload,
    });
    return { statusCode, ...cost };
  };
  return ask;
}
const presents = (presentedToken: unknown, more: object = {}) => JSON.stringify({ kind: 'pairing', presentedToken, ...more });
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('hostile input', () => {
  const ask = countingServer();
  const good = { digests: 2, longest: 53, judgements: 1 };

  it.each<[string, string]>([
    ['a good token', presents('t'.repeat(53))],
    ['nothing', presents('')],
    ['a token as long as the body may be', presents('x'.repeat(16_000))],
    ['half a character', presents('\ud800')],
    ['facts of the wrong type', presents('', { device: { platform: [], model: {}, isLocked: 'yes', id: 7 } })],
    ['deep facts', `{"kind":"pairing","device":{"model":${deep(3_000)}}}`],
    ['many facts', presents('', { device: Object.fromEntries(Array.from({ length: 800 }, (_, i) => [`fact-${i}`, i])) })],
  ])('costs what a good request costs: %s', async (_, payload) => {
    expect(await ask(payload)).toEqual({ statusCode: 200, ...good });
  });

  it('costs no more for thousands of environments that do not exist, and leaves nothing behind', async () => {
    for (let i = 0; i < 2_000; i++) expect(await ask(presents(''), `nowhere-${i}`)).toEqual({ statusCode: 404, ...good });
    expect(table.environments.size).toBe(1);
  }, 30_000);

  it.each<[string, string | Buffer, number]>([
    ['a token of 64 KiB', presents('x'.repeat(65_536)), 413],
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 400],
    ['no JSON', '{"kind":', 400],
    ['a poisoned prototype', '{"kind":"pairing","__proto__":{"presentedToken":"x"}}', 400],
    ['a poisoned prototype below', '{"kind":"pairing","device":{"__proto__":{"id":"x"}}}', 400],
    ['a constructor', '{"kind":"pairing","device":{"constructor":{"prototype":{"id":"x"}}}}', 400],
    ['a token that is none', presents({ toString: 'x' }), 400],
    ['deep nesting', deep(8_000), 400],
    ['thousands of unknown fields', presents('', Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`f${i}`, 1]))), 400],
  ])('is refused before any work: %s', async (_, payload, statusCode) => {
    expect(await ask(payload)).toEqual({ statusCode, digests: 0, longest: 0, judgements: 0 });
  });

  it.each(['__proto__', 'hasOwnProperty', 'ACME', '..%2f', 'a'.repeat(64)])('is no environment: %s', async (environment) => {
    expect(await ask(presents(''), environment)).toEqual({ statusCode: 404, digests: 0, longest: 0, judgements: 0 });
  });
});
