import crypto, { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { environmentId, err, ok, type Result, type SecretFault } from '@tallystick/kernel-core';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { createGuidedTarget } from '@tallystick/tokens-delivery-guided';
import { pingIdApp } from '@tallystick/tokens-domain';
import { configuredTarget, memoryTargets } from '../test-support/memory-targets.ts';
import { Webhooks } from './webhooks.ts';

const acme = environmentId('acme');
const enrolled = Buffer.from(
  '{"topic":"mdm.Authenticate","created_at":"2027-02-15T08:00:00Z","checkin_event":{"ids":{"id":"D1","type":"Device"}}}',
);
const sign = (body: Uint8Array, key: string): string => createHmac('sha256', key).update(body).digest('base64');

let keys: Map<string, Result<string, SecretFault>>;
let read: string[];
let noted: string[];
let lines: string[];
let now: number;
beforeEach(() => {
  keys = new Map();
  [read, noted, lines, now] = [[], [], [], 1_000_000];
});
afterEach(() => void jest.restoreAllMocks());

function webhooksOf(...ids: readonly string[]) {
  const guided = createGuidedTarget({ product: 'generic', platforms: ['ios'] }, { app: pingIdApp });
  const targets = memoryTargets(
    ...ids.map((id) => ({
      ...configuredTarget(acme, id, guided),
      webhook: {
        server: 'https://mdm.example/',
        key: () => (read.push(id), keys.get(id) ?? err('not-there' as const)),
        note: () => Promise.resolve((noted.push(id), 'noted' as const)),
      },
    })),
  );
  const toldBy = jest.spyOn(targets, 'toldBy');
  const logger = createLogger({ service: 'test', level: 'error', destination: { write: (line) => void lines.push(line) } });
  const webhooks = new Webhooks({ targets, logger, metrics: createMetrics({ service: 'test' }), nowMs: () => now });
  const take = (body: Uint8Array, signature: string | undefined, target = 'ipads') =>
    webhooks.take({ environment: 'acme', target, body, signature });
  return { take, toldBy };
}

describe('the key of a webhook', () => {
  it('is read once in five seconds, also one that is not there', async () => {
    const { take } = webhooksOf('ipads');
    for (let more = 0; more < 100; more++) expect(await take(enrolled, sign(enrolled, 'key'))).toBe('not-authenticated');
    keys.set('ipads', ok('key'));
    now += 4_999;
    expect(await take(enrolled, sign(enrolled, 'key'))).toBe('not-authenticated');
    expect(read).toEqual(['ipads']);
    now += 1;
    for (let more = 0; more < 100; more++) expect(await take(enrolled, sign(enrolled, 'key'))).toBe('taken');
    expect(read).toEqual(['ipads', 'ipads']);
    keys.set('ipads', ok('another key'));
    now += 5_000;
    expect(await take(enrolled, sign(enrolled, 'key'))).toBe('not-authenticated');
    expect(await take(enrolled, sign(enrolled, 'another key'))).toBe('taken');
  });

  it('that can not be read is told by the log once a minute for each target, by its name', async () => {
    const { take } = webhooksOf('ipads', 'phones');
    for (const end = now + 59_999; now < end; now += 1_000)
      for (const target of ['ipads', 'phones'])
        expect(await take(enrolled, sign(enrolled, 'key'), target)).toBe('not-authenticated');
    const told = () => lines.map((line) => JSON.parse(line) as unknown);
    const line = (target: string) =>
      expect.objectContaining({ level: 'error', environment: 'acme', target, fault: 'not-there' }) as unknown;
    expect(told()).toEqual([line('ipads'), line('phones')]);
    now += 5_000;
    await take(enrolled, sign(enrolled, 'key'));
    expect(told()).toEqual([line('ipads'), line('phones'), line('ipads')]);
  });

  it('is not read for a signature that can be none', async () => {
    const { take } = webhooksOf('ipads');
    for (const signature of [undefined, '', 'x', `${sign(enrolled, 'key')}=`])
      expect(await take(enrolled, signature)).toBe('not-authenticated');
    expect(read).toEqual([]);
  });
});

describe('a webhook for a server with many targets', () => {
  const ids = Array.from({ length: 300 }, (_, index) => (index === 0 ? 'ipads' : `target-${index}`));

  it('is read once, and compared once with each key that they have', async () => {
    ids.forEach((id, index) => keys.set(id, ok(['key', 'another key', 'a third key'][index % 3]!)));
    const { take } = webhooksOf(...ids);
    const signature = sign(enrolled, 'key');
    const [hashed, parsed] = [jest.spyOn(crypto, 'createHmac'), jest.spyOn(JSON, 'parse')];
    expect(await take(enrolled, signature)).toBe('taken');
    expect([hashed.mock.calls.length, parsed.mock.calls.length]).toEqual([3, 1]);
    expect(noted).toEqual(ids.filter((_, index) => index % 3 === 0));
  });

  it('that tells nothing of deliveries costs the others nothing', async () => {
    for (const id of ids) keys.set(id, ok('key'));
    const { take, toldBy } = webhooksOf(...ids);
    const nothing = Buffer.from('{"topic":"mdm.TokenUpdate"}');
    expect(await take(nothing, sign(nothing, 'key'))).toBe('taken');
    expect(toldBy).not.toHaveBeenCalled();
    expect([read, noted]).toEqual([['ipads'], []]);
  });
});
