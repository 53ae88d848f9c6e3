import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { breakableLink, uniqueName } from '@tallystick/platform-testing';
// The servers' tool is no library: it is plain Node, because it runs before a package is installed. Here it gives servers that can be killed.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { startStack } from '../../../tools/stack/stack.mjs';
import type { Asked } from './system/ask-validators.ts';
import { histogram } from './system/histogram.ts';
import { type OpenLoad, startOpenLoad } from './system/open-load.ts';
import { startSystem, type System } from './system/system.ts';
import { type IssuedToken, type RevokeAnswer, TokensClient } from './system/tokens-client.ts';
import { waitUntil } from './system/wait-until.ts';

// "Revoked" must be true everywhere when it is said, whatever breaks: three validators under load, their links, their clocks, their Redis.
const root = resolve(import.meta.dirname, '../../..');
const folder = join(root, '.stack', 'test-token-faults', 'system');
const environment = uniqueName('revoke').toLowerCase();
const rate = 2_000; // R37
const leaseMs = 3_000;
/** No device is watched long enough here for the guards to know anything, so what they refuse is forced. */
const because = 'the test has no sightings to go by';

let stack: Awaited<ReturnType<typeof startStack>>;
let system: System;
let link: Awaited<ReturnType<typeof breakableLink>>;
let tokens: TokensClient;
let caller: string;
const clockFile = join(root, '.stack', 'test-token-faults-clock');
const setClock = (seconds: number): void => writeFileSync(clockFile, `${seconds >= 0 ? '+' : ''}${seconds}`);
/** Moves the clock of the third validator, and does not believe it before that process dates its answers so. */
async function shiftClock(seconds: number): Promise<void> {
  setClock(seconds);
  await waitUntil(`the third validator's clock to be ${seconds} s off`, async () => {
    const date = (await fetch(`${urls()[2]!}/health/live`)).headers.get('date') ?? 'none';
    return Math.abs(Date.parse(date) - Date.now() - seconds * 1_000) < 10_000;
  });
}
const urls = () => system.validators.map((name) => system.url(name));

beforeAll(async () => {
  setClock(0);
  const clockShifter = process.env['STACK_CLOCK_SHIFTER'];
  if (!clockShifter) throw new Error('STACK_CLOCK_SHIFTER names no library: run it by "npm test -- e2e"');
  stack = await startStack({ name: 'test-token-faults', fresh: true, servers: ['redis', 'kafka', 'oidc'] });
  const { redis, kafka, oidc } = stack.endpoints;
  const { hostname, port } = new URL(redis!);
  link = await breakableLink({ host: hostname, port: Number(port) });
  system = await startSystem({
    root,
    folder,
    servers: { redis: redis!, kafka: kafka!, oidc: oidc! },
    environment,
    halves: ['tokens'],
    validators: 3,
    deviceLimit: 9,
    connections: () => [],
    env: {
      // What is refused after each revoke would meet the limit of refusals, sooner on a slow machine; it has tests of its own.
      'pairing-validator': { VALIDATOR_LEASE_MS: String(leaseMs), VALIDATOR_REFUSALS_PER_MINUTE: '1000000' },
      'pairing-validator-2': { VALIDATOR_REDIS_URL: `redis://127.0.0.1:${link.port}` },
      'pairing-validator-3': {
        LD_PRELOAD: clockShifter,
        FAKETIME_TIMESTAMP_FILE: clockFile,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    },
  });
  tokens = new TokensClient(
    system.url('token-service'),
    environment,
    await system.access.tokenFor('admin', environment, ['token-admin', 'viewer', 'approver']),
  );
  caller = await system.access.tokenFor('load', environment, ['validator-caller']);
  await tokens.enforce(new Date(), 'the test begins');
}, 180_000);

afterAll(async () => {
  await system?.stop();
  await link?.close();
  await stack?.stop();
}, 90_000);

// What a test breaks is whole again for the next one, also when the test fails.
afterEach(async () => {
  link.restore();
  setClock(0);
  await system
    .process('pairing-validator-1')
    .kill('SIGCONT')
    .catch(() => undefined);
  await allReady();
}, 60_000);

interface Round {
  readonly token: IssuedToken;
  readonly answer: RevokeAnswer;
  /** By this process's monotonic clock. */
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly asked: readonly Asked[];
}

/** Adds a token, puts it under load everywhere, revokes it, and goes on asking for a while. `meanwhile` runs before the revoke is sent. */
async function revokeUnderLoad(
  label: string,
  { meanwhile = () => Promise.resolve(), after = () => Promise.resolve(), forMs = 400 } = {},
): Promise<Round> {
  const token = await tokens.add(label);
  const load: OpenLoad = startOpenLoad({ validators: urls(), environment, caller, rate, presentedToken: () => token.value });
  try {
    const seen = new Set<string>();
    await waitUntil(`every validator to accept ${label}`, () => {
      for (const { validator, allowed } of load.taken()) if (allowed) seen.add(validator);
      return Promise.resolve(seen.size === urls().length);
    });
    await meanwhile();
    const sentAt = performance.now();
    const answer = await tokens.revoke(token.id, 'test', because);
    const answeredAt = performance.now();
    await after();
    const until = performance.now() + forMs;
    await waitUntil('some more requests', () => Promise.resolve(performance.now() > until), { withinMs: forMs + 5_000 });
    return { token, answer, sentAt, answeredAt, asked: await load.stop() };
  } catch (error) {
    await load.stop();
    throw error;
  }
}

/** The promise: no allow to a request first read after the answer; one that was begun after it was certainly read after it. */
function expectPromiseKept({ asked, answeredAt }: Round): void {
  const after = asked.filter(({ startedAt }) => startedAt > answeredAt);
  expect(after.length).toBeGreaterThan(100);
  expect(after.filter(({ allowed }) => allowed)).toEqual([]);
}

const lastAllowAfter = ({ asked, sentAt }: Round): number =>
  Math.max(0, ...asked.filter(({ allowed }) => allowed).map(({ endedAt }) => endedAt - sentAt));

describe('a revoke under 2,000 requests a second on three validators', () => {
  // Before it has watched the member table for longer than any lease, the token service waits for leases to end instead.
  beforeAll(() =>
    waitUntil('a revoke that validators acknowledge', async () => {
      const token = await tokens.add('warm-up');
      return (await tokens.revoke(token.id, 'test', because)).confirmedBy === 'acknowledgement';
    }).then(() => undefined),
  );

  it('M22, R37: is over when it says so, well within a second; the times are printed', async () => {
    const rounds: Round[] = [];
    for (let n = 1; n <= 15; n += 1) rounds.push(await revokeUnderLoad(`round ${n}`));
    rounds.forEach(expectPromiseKept);
    for (const { answer } of rounds)
      expect(answer).toMatchObject({ confirmedBy: 'acknowledgement', validators: 3, bounded: true });
    const times = rounds.map(lastAllowAfter);
    process.stdout.write(`\n  from the revoke request to the last allow of any validator:\n`);
    for (const line of histogram(times)) process.stdout.write(`    ${line}\n`);
    // A machine that can't carry the load lets requests wait until a lease is over, and answers them 503: that is no fault of the revoke.
    const isPrompt = ({ startedAt, endedAt }: Round['asked'][number]): boolean => endedAt - startedAt < 1_000;
    const all = rounds.flatMap(({ asked }) => asked);
    expect(all.filter((one) => isPrompt(one) && one.status !== 200)).toEqual([]);
    expect(all.filter(isPrompt).length).toBeGreaterThan(0.5 * all.length);
  }, 180_000);

  it('R35: with the link of one validator cut it is over after its lease, and that validator gives no verdict from then on', async () => {
    const round = await revokeUnderLoad('cut', { meanwhile: () => Promise.resolve(link.cut()) });
    expectPromiseKept(round);
    expect(round.answeredAt - round.sentAt).toBeGreaterThan(1_000); // it could not acknowledge: its lease had to run out
    expect(round.answeredAt - round.sentAt).toBeLessThan(5_500 + 1_000); // never above the longest lease + 1 s
    const silent = round.asked.filter(({ validator, startedAt }) => validator === urls()[1] && startedAt > round.answeredAt);
    expect(new Set(silent.map(({ status }) => status))).toEqual(new Set([503]));
  }, 60_000);

  it('R35: a link that falls silent without closing is the same', async () => {
    const round = await revokeUnderLoad('silent', { meanwhile: () => Promise.resolve(link.silence()) });
    expectPromiseKept(round);
  }, 60_000);

  it('R35: a validator that is stopped, and goes on after the answer, allows nothing', async () => {
    const victim = system.process('pairing-validator-1');
    const round = await revokeUnderLoad('stopped', {
      meanwhile: () => victim.kill('SIGSTOP'),
      after: () => victim.kill('SIGCONT'),
    });
    expectPromiseKept(round);
  }, 60_000);

  it('R35: Redis killed while the revoke waits: either it says that the outcome is unknown and can be repeated, or the promise holds', async () => {
    const token = await tokens.add('restart');
    const load = startOpenLoad({ validators: urls(), environment, caller, rate, presentedToken: () => token.value });
    try {
      const key = { 'idempotency-key': crypto.randomUUID() };
      const revoke = () => tokens.raw('POST', `/tokens/${token.id}/revoke`, { reason: 'test', force: { reason: because } }, key);
      const first = revoke();
      await stack.kill('redis');
      await first.catch(() => undefined);
      await stack.start('redis');
      await allReady();
      // As its callers do: the same request again, as long as nobody can say what became of it. The token service may still be connecting.
      await waitUntil('the revoke to be answered', async () => {
        const { status } = await revoke();
        if (status !== 200) expect(status).toBe(503);
        return status === 200;
      });
      const answeredAt = performance.now();
      const until = performance.now() + 500;
      await waitUntil('some more requests', () => Promise.resolve(performance.now() > until));
      const asked = await load.stop();
      const after = asked.filter(({ startedAt }) => startedAt > answeredAt);
      expect(after.length).toBeGreaterThan(100);
      expect(after.filter(({ allowed }) => allowed)).toEqual([]);
    } finally {
      await load.stop();
    }
  }, 120_000);

  it('a validator that joins while a revoke waits is counted, and never allows the token', async () => {
    const victim = system.process('pairing-validator-1');
    let joinedAt = Infinity;
    const round = await revokeUnderLoad('joining', {
      meanwhile: async () => {
        await victim.kill('SIGKILL');
        void system.restart('pairing-validator-1').then(() => (joinedAt = performance.now()));
      },
      after: allReady,
      forMs: 1_000,
    });
    expectPromiseKept(round);
    // Two that were there all the time, and the one that joined when it was ready before the answer. (How long that takes is the machine's.)
    expect(round.answer.validators).toBeGreaterThanOrEqual(joinedAt < round.answeredAt ? 3 : 2);
  }, 60_000);
});

describe('clocks and order', () => {
  it.each([600, -600])(
    'R38: a validator whose wall clock is %d s off, and jumps to the other side during the revoke, keeps the promise',
    async (seconds) => {
      await shiftClock(seconds);
      await allReady();
      const round = await revokeUnderLoad('skewed', {
        meanwhile: () => Promise.resolve(setClock(-seconds)), // at once: its lease from before the jump is still there
        after: () => shiftClock(-seconds),
      });
      expectPromiseKept(round);
    },
    60_000,
  );

  it.each([600, -600])(
    'R38: a token is accepted from its date to its expiry, and neither before nor after, by a validator whose clock is %d s off',
    async (seconds) => {
      await shiftClock(seconds);
      await allReady();
      const inSeconds = (count: number) => new Date(Date.now() + count * 1_000);
      const later = await tokens.add('later', { notBefore: inSeconds(300) }); // a clock that is fast says it has come
      const [from, until] = [inSeconds(4), inSeconds(14)];
      const short = await tokens.add('short', { notBefore: from, expiresAt: until });
      const isAccepted = async (value: string): Promise<boolean> => (await askOnce(urls()[2]!, value)) === 'allow';
      await waitUntil('the short token to be accepted', () => isAccepted(short.value));
      expect(Date.now()).toBeGreaterThanOrEqual(from.getTime() - 2_000); // the stated skew
      expect(await isAccepted(later.value)).toBe(false);
      await waitUntil('the short token to expire', async () => !(await isAccepted(short.value)));
      expect(Date.now()).toBeGreaterThanOrEqual(until.getTime() - 2_000);
      expect(Date.now()).toBeLessThan(until.getTime() + 3_000);
      expect(await isAccepted(later.value)).toBe(false);
    },
    60_000,
  );

  it('R39: a validator that was cut off during the revoke and sees a later, wider policy first never accepts the revoked token', async () => {
    const token = await tokens.add('old');
    await waitUntil('the token to be accepted', async () => (await askOnce(urls()[1]!, token.value)) === 'allow');
    link.cut();
    await tokens.revoke(token.id, 'test', because);
    await tokens.add('wider'); // the second change, which it sees when it is back
    const load = startOpenLoad({ validators: [urls()[1]!], environment, caller, rate: 500, presentedToken: () => token.value });
    link.restore();
    // ready is a validator that has lost some shards, too: this one's lease is back when it judges again
    await waitUntil('it to judge again', async () => (await askOnce(urls()[1]!, token.value)) !== '503', { withinMs: 30_000 });
    const until = performance.now() + 500;
    await waitUntil('some more requests', () => Promise.resolve(performance.now() > until));
    const asked = await load.stop();
    expect(asked.filter(({ status }) => status === 200 || status === 429).length).toBeGreaterThan(50); // refused, or too often
    expect(asked.filter(({ allowed }) => allowed)).toEqual([]);
  }, 60_000);
});

async function allReady(): Promise<void> {
  const areReady = async () => {
    const answers = await Promise.all(urls().map((url) => fetch(`${url}/health/ready`).catch(() => undefined)));
    return answers.every((answer) => answer?.ok);
  };
  await waitUntil('all validators to be ready', areReady, { withinMs: 30_000 });
}

async function askOnce(validator: string, presentedToken: string): Promise<string> {
  const response = await fetch(`${validator}/v1/environments/${environment}/verdicts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${caller}`, 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'authentication', presentedToken }),
  });
  return ((await response.json()) as { verdict?: string }).verdict ?? String(response.status);
}
