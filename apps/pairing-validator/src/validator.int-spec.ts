import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type EnvironmentId, environmentId } from '@tallystick/kernel-core';
import { createTokenVerifier } from '@tallystick/platform-http';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { breakableLink, endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { ringShardOf } from '@tallystick/tokens-domain';
import { RedisTokenRingStore } from '@tallystick/tokens-store-redis';
import { InMemoryRingWitness, InMemorySightingStore } from '@tallystick/tokens-testing';
import { createValidator, type Validator } from './start.ts';
import { testIssuer } from './test-support/callers.ts';
import { ringMaker } from './test-support/rings.ts';

// A database of its own, since some tests empty it. Hints pass between databases; they are only hints.
const database = 11;
const leaseMs = 1_500;
const { issuer, audience, jwks, bearer } = testIssuer();
const authorization = bearer({ '*': ['validator-caller'] });
const peppers = parseKeyRing(generateKeyRing());
const aside = {
  witness: new InMemoryRingWitness(),
  sightings: new InMemorySightingStore(),
  events: undefined,
  refusalsPerMinute: 1_000_000,
};
const logger = createLogger({ service: 'test', level: 'silent' });

jest.setTimeout(90_000);

let client: Redis;
let store: RedisTokenRingStore;
let rings: ReturnType<typeof ringMaker>;
let environment: EnvironmentId;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const url = new URL(endpoints().redis);
  url.pathname = `/${database}`;
  client = await connectRedis({ url: url.href, name: 'test', logger });
  store = new RedisTokenRingStore({ client });
  rings = ringMaker(store, peppers);
});
beforeEach(async () => {
  await client.flushDb();
  environment = environmentId(uniqueName('acme'));
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});
afterAll(() => client.close());

/** A validator behind a link of its own. */
async function startValidator() {
  const { hostname, port } = new URL(endpoints().redis);
  const link = await breakableLink({ host: hostname, port: Number(port) });
  const options = { url: `redis://127.0.0.1:${link.port}/${database}`, name: 'validator', logger, commandTimeoutMs: leaseMs / 3 };
  const [commands, hints] = [await connectRedis(options), await connectRedis(options)];
  const feed = new RedisTokenRingStore({ client: commands, hints });
  const validator: Validator = await createValidator({
    feed,
    ...aside,
    peppers,
    auth: createTokenVerifier({ jwks, issuer, audience }),
    leaseMs,
    logger,
  });
  await validator.app.listen(0, '127.0.0.1');
  const url = await validator.app.getUrl();
  stops.push(async () => {
    link.restore();
    await validator.stop();
    commands.destroy();
    hints.destroy();
    await link.close();
  });
  /** `allow`, `deny`, or the status. */
  const ask = async (value: string): Promise<string> => {
    const response = await fetch(`${url}/v1/environments/${environment}/verdicts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ kind: 'authentication', presentedToken: value }),
    });
    const body = (await response.json()) as { verdict?: string };
    return body.verdict ?? String(response.status);
  };
  return { link, ask, isReady: () => validator.follower.isReady(), stop: validator.stop };
}
type Running = Awaited<ReturnType<typeof startValidator>>;

async function readyValidators(count: number): Promise<Running[]> {
  const validators = await Promise.all(Array.from({ length: count }, startValidator));
  for (const { isReady } of validators) await eventually(isReady, { withinMs: 30_000, what: 'the validator is ready' });
  return validators;
}
const becomes = ({ ask }: Running, value: string, wanted: string, withinMs = 20_000) =>
  eventually(async () => (await ask(value)) === wanted, { withinMs, what: `the verdict on ${value} is ${wanted}` });

/** What the token service waits for on its fast road. */
const acknowledgedByAll = (seq: number) =>
  eventually(
    async () => {
      const { identity, members } = await store.look(ringShardOf(environment));
      return members.length > 0 && members.every(({ epoch, applied }) => epoch === identity.epoch && applied >= seq);
    },
    { withinMs: 20_000, what: 'every member has acknowledged', everyMs: 1 },
  );

/** Asks without a pause until there is no verdict any more; the last verdict must have been asked for before the lease ran out. */
async function endsWithinTheLease({ ask }: Running, value: string, ends: readonly string[] = ['503']): Promise<void> {
  const since = performance.now();
  for (;;) {
    const askedAt = performance.now() - since;
    const answer = await ask(value);
    if (ends.includes(answer)) return;
    expect([answer, askedAt < leaseMs]).toEqual([answer, true]);
  }
}

describe('two validators on a real Redis', () => {
  it('both refuse a token as soon as all have acknowledged its revocation, twenty times in a row', async () => {
    const values = Array.from({ length: 20 }, (_, index) => `value-${index}`);
    await rings.add(environment, ...values);
    const validators = await readyValidators(2);
    for (const value of values) {
      expect(await Promise.all(validators.map(({ ask }) => ask(value)))).toEqual(['allow', 'allow']);
      await acknowledgedByAll(await rings.revoke(environment, value));
      expect(await Promise.all(validators.map(({ ask }) => ask(value)))).toEqual(['deny', 'deny']);
    }
  });

  it('one that joins while tokens are being revoked allows none whose revocation was acknowledged by all', async () => {
    const values = Array.from({ length: 60 }, (_, index) => `value-${index}`);
    await rings.add(environment, ...values);
    const running = await readyValidators(1);
    const joining = [0, 1, 2].map(() => startValidator().then((validator) => running.push(validator)));
    let asked = 0;
    for (const value of values) {
      await acknowledgedByAll(await rings.revoke(environment, value));
      const answers = await Promise.all(running.map(({ ask }) => ask(value)));
      asked += answers.length;
      expect(answers).not.toContain('allow');
    }
    await Promise.all(joining);
    expect(asked).toBeGreaterThan(values.length);
    await readyValidators(1);
  });

  it('that stops leaves the member table, so that nobody waits for it', async () => {
    const [first] = await readyValidators(2);
    await first?.stop();
    const { members } = await store.look(ringShardOf(environment));
    expect(members).toHaveLength(1);
  });
});

describe('a validator whose link to Redis', () => {
  it('is cut gives no verdict after its lease, and goes on by itself when the link is back', async () => {
    await rings.add(environment, 'value');
    const [validator] = (await readyValidators(1)) as [Running];
    validator.link.cut();
    await endsWithinTheLease(validator, 'value');
    validator.link.restore();
    await becomes(validator, 'value', 'allow');
  });

  it('falls silent gives no verdict after its lease, and none that lacks a revocation when what was held back arrives', async () => {
    await rings.add(environment, 'kept', 'revoked');
    const [validator] = (await readyValidators(1)) as [Running];
    validator.link.silence();
    await rings.revoke(environment, 'revoked');
    await endsWithinTheLease(validator, 'revoked');
    validator.link.restore();
    await becomes(validator, 'kept', 'allow');
    expect(await validator.ask('revoked')).toBe('deny');
  });

  it('falls silent for ever goes on over a new one', async () => {
    await rings.add(environment, 'kept', 'revoked');
    const [validator] = (await readyValidators(1)) as [Running];
    validator.link.silenceOld();
    await rings.revoke(environment, 'revoked');
    // It may renew its lease over the new link before the old one is over, and then it knows of the revocation.
    await endsWithinTheLease(validator, 'revoked', ['503', 'deny']);
    await becomes(validator, 'kept', 'allow');
    expect(await validator.ask('revoked')).toBe('deny');
    // The hints have found a new connection as well: a change is known long before the next renewal is due.
    await eventually(
      async () => {
        const before = performance.now();
        await acknowledgedByAll(await rings.add(environment, uniqueName('value')));
        return performance.now() - before < leaseMs / 10;
      },
      { withinMs: 15_000, what: 'hints arrive again' },
    );
  });

  it('is back after the log was trimmed loads everything', async () => {
    await rings.add(environment, 'kept', 'revoked');
    const [validator] = (await readyValidators(1)) as [Running];
    validator.link.silence();
    await rings.revoke(environment, 'revoked');
    for (let i = 0; i < 5; i++) await rings.add(environment, `more-${i}`);
    await client.xTrim(`tally:{ring-${ringShardOf(environment)}}:log`, 'MAXLEN', 1);
    await endsWithinTheLease(validator, 'revoked');
    validator.link.restore();
    await becomes(validator, 'more-4', 'allow');
    expect(await validator.ask('revoked')).toBe('deny');
  });
});

describe('a Redis that lost', () => {
  it('its member table has the validator in it again after the next renewal, and verdicts go on', async () => {
    await rings.add(environment, 'value');
    const [validator] = (await readyValidators(1)) as [Running];
    await client.del(`tally:{ring-${ringShardOf(environment)}}:members`);
    await acknowledgedByAll(await rings.add(environment, 'another'));
    expect(await validator.ask('another')).toBe('allow');
  });

  it('everything allows nothing, and after a repair everything but what was seen revoked', async () => {
    await rings.add(environment, 'kept', 'revoked');
    const [validator] = (await readyValidators(1)) as [Running];
    await acknowledgedByAll(await rings.revoke(environment, 'revoked'));
    expect(await validator.ask('kept')).toBe('allow');
    await client.flushDb();
    await becomes(validator, 'kept', '404');
    await rings.add(environment, 'kept', 'revoked'); // a backup from before the revocation
    await becomes(validator, 'kept', 'allow');
    expect(await validator.ask('revoked')).toBe('deny');
  });

  it('everything and got other changes with the same numbers is not taken for the one it was', async () => {
    await rings.add(environment, 'one', 'two');
    const [validator] = (await readyValidators(1)) as [Running];
    validator.link.silence();
    await client.flushDb();
    await rings.change(environment, () => [rings.revokedToken('one'), rings.token('two')]);
    validator.link.restore();
    await becomes(validator, 'one', 'deny');
    expect(await validator.ask('two')).toBe('allow');
  });
});
