import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { createTokenVerifier } from '@tallystick/platform-http';
import { createKafka, ensureTopics, runConsumer } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { breakableLink, endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { InMemoryRingWitness, InMemorySightingStore, InMemoryTokenRingStore } from '@tallystick/tokens-testing';
import { createValidator } from '../start.ts';
import { testIssuer } from '../test-support/callers.ts';
import { ringMaker } from '../test-support/rings.ts';
import { kafkaSink } from './kafka-sink.ts';
import { verdictTopic } from './verdict-events.ts';

jest.setTimeout(60_000);

const logger = createLogger({ service: 'test', level: 'silent' });
const { issuer, audience, jwks, bearer } = testIssuer();
const peppers = parseKeyRing(generateKeyRing());
const [good, lost] = ['tsk_a-good-token-value', 'a-value-that-was-revoked'];
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function startValidator(brokers: readonly string[], createTopic: boolean) {
  const environment = environmentId(uniqueName('acme'));
  const store = new InMemoryTokenRingStore();
  const rings = ringMaker(store, peppers);
  await rings.change(environment, () => [rings.token(good), rings.revokedToken(lost)]);
  const { app, follower, stop } = await createValidator({
    feed: store,
    witness: new InMemoryRingWitness(),
    sightings: new InMemorySightingStore(),
    events: kafkaSink({ brokers }, createTopic, logger),
    peppers,
    auth: createTokenVerifier({ jwks, issuer, audience }),
    leaseMs: 3_000,
    refusalsPerMinute: 100_000,
    logger,
  });
  stops.push(stop);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  await eventually(() => follower.isReady(), { withinMs: 5_000, what: 'all shards have a lease' });
  const ask = async (presentedToken: string, more: object = {}): Promise<unknown> => {
    const response = await fetch(`${url}/v1/environments/${environment}/verdicts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: bearer({ '*': ['validator-caller'] }) },
      body: JSON.stringify({ kind: 'authentication', presentedToken, ...more }),
    });
    return ((await response.json()) as { verdict?: string }).verdict;
  };
  const counted = async (name: string): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(new RegExp(`tallystick_validator_${name}_total\\{buffer="events",[^}]*\\} (\\d+)`).exec(text)?.[1]);
  };
  return { environment, rings, ask, counted };
}

describe('verdict events on a real Kafka', () => {
  it('M37: arrive in a batch that has the environment as its key, with what was decided and of which device, and no token', async () => {
    const { environment, rings, ask, counted } = await startValidator(endpoints().kafka, true);
    const kafka = createKafka({ brokers: endpoints().kafka, clientId: 'test', logger });
    await ensureTopics(kafka, [{ topic: verdictTopic, numPartitions: 12, replicationFactor: 1 }]);
    const records: { readonly key: string; readonly value: string }[] = [];
    const consumer = runConsumer({
      kafka,
      logger,
      groupId: uniqueName('group'),
      topics: [verdictTopic],
      fromBeginning: true,
      handle: ({ key, value }) => {
        if (String(key) === environment) records.push({ key: String(key), value: String(value) });
        return Promise.resolve();
      },
    });
    stops.push(() => consumer.stop());

    const device = { id: lost, brand: 'Google', model: `Pixel ${good}`, platform: 'android', osVersion: '15', isRooted: false };
    expect(await ask(lost, { kind: 'pairing', method: lost, device })).toBe('deny');
    expect(await ask(good, { device: { id: 'device-1', platform: 'ios', model: 'iPhone 17' } })).toBe('allow');
    for (let i = 0; i < 8; i++) await ask('');
    const events = () => records.flatMap(({ value }) => JSON.parse(value) as Record<string, unknown>[]);
    await eventually(() => events().length >= 10, { withinMs: 30_000, what: 'all events are in the topic' });
    expect(events().slice(0, 3)).toEqual([
      {
        format: 1,
        environment,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        kind: 'pairing',
        method: 'other',
        verdict: 'deny',
        reason: 'token-revoked',
        causes: ['managed-device-token'],
        observed: [],
        token: rings.token(lost).id,
        presented: 'token',
        device: { brand: 'Google', platform: 'android', osVersion: '15', isRooted: false },
      },
      expect.objectContaining({
        kind: 'authentication',
        method: 'mobile-app',
        verdict: 'allow',
        reason: 'token-active',
        token: rings.token(good).id,
        device: { id: 'device-1', platform: 'ios', model: 'iPhone 17' },
      }),
      expect.objectContaining({ verdict: 'deny', reason: 'token-empty', presented: 'nothing' }),
    ]);
    const told = JSON.stringify(records);
    for (const value of [good, lost]) expect(told).not.toContain(value);
    expect(records.length).toBeLessThan(10);
    await eventually(async () => (await counted('written')) === 10, { withinMs: 5_000, what: 'the events are counted' });
    expect(await counted('dropped')).toBe(0);
  });

  it('are dropped and counted while Kafka is away, verdicts go on, and later ones arrive when it is back', async () => {
    const [host = '', port = ''] = String(endpoints().kafka[0]).split(':');
    const link = await breakableLink({ host, port: Number(port) });
    stops.push(() => Promise.resolve(link.close()));
    link.cut();
    const { ask, counted } = await startValidator([`127.0.0.1:${link.port}`], false);
    for (let i = 0; i < 20; i++) expect(await ask(i % 2 === 0 ? good : lost)).toBe(i % 2 === 0 ? 'allow' : 'deny');
    await eventually(async () => (await counted('dropped')) >= 1, { withinMs: 20_000, what: 'the loss is counted' });
    expect(await ask(good)).toBe('allow');
    link.restore();
    const back = async () => {
      expect(await ask(good)).toBe('allow');
      return (await counted('written')) >= 1;
    };
    await eventually(back, { withinMs: 30_000, everyMs: 200, what: 'events are written again' });
  });
});
