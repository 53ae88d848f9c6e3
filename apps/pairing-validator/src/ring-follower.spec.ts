import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { eventually } from '@tallystick/platform-testing';
import { unwellPatienceMs } from '@tallystick/pairing-domain';
import type { PepperId, Renewal, Ring, RingShard, UnreadableRing } from '@tallystick/tokens-domain';
import {
  environmentsOfOneShard,
  exampleDigest,
  exampleRing,
  exampleToken,
  InMemoryRingWitness,
  InMemoryTokenRingStore,
} from '@tallystick/tokens-testing';
import { RingFollower } from './ring-follower.ts';

const { shard, environments } = environmentsOfOneShard(2);
const [acme, globex] = environments as [(typeof environments)[0], (typeof environments)[0]];
const revoked = { kind: 'revoked', at: exampleToken(1).createdAt, by: 'admin', reason: 'lost' } as const;
const presentation = {
  kind: 'pairing',
  method: 'mobile-app',
  form: 'well-formed',
  digests: [{ pepperId: exampleToken(1).pepperId, digest: exampleDigest(1) }],
} as const;

/** A store on which single calls can be held back, or fail for one shard. */
class SlowStore extends InMemoryTokenRingStore {
  readonly held: (() => void)[] = [];
  readonly witness = new InMemoryRingWitness();
  holds: 'renew' | 'load' | undefined;
  sick: RingShard | undefined;
  loadsNow = 0;
  mostLoads = 0;

  override async renew(...args: Parameters<InMemoryTokenRingStore['renew']>): Promise<Renewal> {
    if (args[0] === this.sick) throw new Error('damaged');
    const answer = await super.renew(...args);
    if (this.holds === 'renew') await new Promise<void>((resolve) => this.held.push(resolve));
    return answer;
  }

  override async load(shard: RingShard, epoch?: string): Promise<readonly (Ring | UnreadableRing)[]> {
    this.mostLoads = Math.max(this.mostLoads, ++this.loadsNow);
    await new Promise((resolve) => setImmediate(resolve));
    this.loadsNow--;
    return super.load(shard, epoch);
  }

  async put(ring: Ring): Promise<void> {
    const result = await this.change({ ring, expectedVersion: ring.version - 1, audit: '{}', mayUseReserve: true });
    if (result.kind !== 'changed') throw new Error(result.kind);
  }
}

const running: RingFollower[] = [];
function follow(store: SlowStore, leaseMs = 600, log: string[] = []) {
  const clocks = { wallOffset: 0, monoOffset: 0 };
  const readClocks = () => ({ mono: performance.now() + clocks.monoOffset, wall: Date.now() + clocks.wallOffset });
  const logger = createLogger({ service: 'test', level: 'debug', destination: { write: (line: string) => void log.push(line) } });
  const follower = new RingFollower({
    feed: store,
    witness: store.witness,
    peppers: [exampleToken(1).pepperId],
    leaseMs,
    logger,
    readClocks,
  });
  running.push(follower);
  follower.start();
  return { follower, clocks, log };
}
const ready = (follower: RingFollower) =>
  eventually(() => follower.isReady(), { withinMs: 5_000, what: 'the follower is ready' });
const verdict = (follower: RingFollower, environment = acme) => {
  const judged = follower.judge(environment, presentation);
  return judged && follower.mayAnswer(environment) ? judged.verdict.reason : 'no-lease';
};

afterEach(() => Promise.all(running.splice(0).map((follower) => follower.stop())));

describe('following the rings', () => {
  it('gives no verdict before it has joined, and is in every member table afterwards', async () => {
    const store = new SlowStore();
    await store.put(exampleRing(acme, 1));
    const { follower } = follow(store);
    expect([follower.isReady(), verdict(follower)]).toEqual([false, 'no-lease']);
    await ready(follower);
    expect(verdict(follower)).toBe('token-active');
    const looks = await Promise.all(store.shards.map((each) => store.look(each)));
    expect(looks.every(({ seq, members }) => members.length === 1 && members[0]?.applied === seq)).toBe(true);
  });

  it('acknowledges a change as soon as it hears of it, long before the next renewal is due', async () => {
    const store = new SlowStore();
    const { follower } = follow(store, 5_000);
    await ready(follower);
    await store.put(exampleRing(acme, 1, [exampleToken(1, revoked)]));
    const { seq } = await store.look(shard);
    const isAcknowledged = async () => (await store.look(shard)).members[0]?.applied === seq;
    await eventually(isAcknowledged, { withinMs: 1_000, what: 'the change is acknowledged' });
    expect(verdict(follower)).toBe('token-revoked');
  });

  it('ends verdicts when a store hangs, and drops the answers that come after all', async () => {
    const store = new SlowStore();
    await store.put(exampleRing(acme, 1));
    const { follower } = follow(store, 300);
    await ready(follower);
    store.holds = 'renew';
    await eventually(() => verdict(follower) === 'no-lease', { withinMs: 2_000, what: 'the lease runs out' });
    for (const release of store.held.splice(0, store.held.length - 64)) release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(verdict(follower)).toBe('no-lease');
    store.holds = undefined;
    for (const release of store.held) release();
    await eventually(() => verdict(follower) === 'token-active', { withinMs: 2_000, what: 'there is a lease again' });
  });

  it('loads a few shards at a time', async () => {
    const store = new SlowStore();
    await ready(follow(store).follower);
    expect(store.mostLoads).toBeLessThanOrEqual(8);
    expect(store.mostLoads).toBeGreaterThan(1);
  });

  it('goes on for the environments of all other shards when one is sick, and is ready after waiting for it for long', async () => {
    const store = new SlowStore();
    await store.put(exampleRing(acme, 1));
    const other = environmentsOfOneShard(1, 'other');
    await store.put(exampleRing(other.environments[0]!, 1));
    expect(other.shard).not.toBe(shard);
    store.sick = shard;
    const { follower, clocks } = follow(store);
    const serves = () => verdict(follower, other.environments[0]) === 'token-active';
    await eventually(serves, { withinMs: 2_000, what: 'the other shard is served' });
    expect([follower.isReady(), verdict(follower)]).toEqual([false, 'no-lease']);
    clocks.monoOffset = unwellPatienceMs;
    await ready(follower);
    await eventually(serves, { withinMs: 2_000, what: 'the other shard is served again' });
    expect(verdict(follower)).toBe('no-lease');
  });

  it('gives no verdict from a store that went back behind its witness, until it was reopened', async () => {
    const store = new SlowStore();
    await store.put(exampleRing(acme, 1));
    const copy = store.snapshot();
    await store.put(exampleRing(acme, 2, [exampleToken(1, revoked)]));
    const before = await store.look(shard);
    await store.witness.raise(shard, before.headEpoch, before.seq);
    store.restore(copy);
    const { follower, log } = follow(store);
    await eventually(() => log.join('').includes('has lost changes'), { withinMs: 2_000, what: 'the alarm' });
    expect(verdict(follower)).toBe('no-lease'); // it has never heard of the revocation
    await store.put(exampleRing(acme, 2, [exampleToken(1, revoked)]));
    expect(await store.reopen(shard, before.headEpoch)).toBe(true);
    await eventually(() => verdict(follower) === 'token-revoked', { withinMs: 3_000, what: 'the shard is served again' });
  });

  it('serves without a witness, and says so once', async () => {
    const store = new SlowStore();
    await store.put(exampleRing(acme, 1));
    store.witness.read = () => Promise.reject(new Error('away'));
    const { follower, log } = follow(store);
    await ready(follower);
    expect(verdict(follower)).toBe('token-active');
    expect(log.filter((line) => line.includes('the witness can not be asked'))).toHaveLength(1);
  });

  it('says which keys it has, and which it lacks', async () => {
    const store = new SlowStore();
    await store.put(exampleRing(acme, 1, [{ ...exampleToken(2), pepperId: 'k9' as PepperId }]));
    const { follower, log } = follow(store);
    await ready(follower);
    expect((await store.look(shard)).members[0]?.peppers).toEqual([exampleToken(1).pepperId]);
    expect(log.join('')).toContain('"pepperId":"k9"');
    expect(verdict(follower)).toBe('pepper-missing');
  });

  it('gets a lease back at once after the wall clock was set', async () => {
    const store = new SlowStore();
    await store.put(exampleRing(acme, 1));
    const { follower, clocks } = follow(store, 5_000);
    await ready(follower);
    clocks.wallOffset = 3_600_000;
    expect(verdict(follower)).toBe('no-lease');
    await eventually(() => verdict(follower) === 'token-active', { withinMs: 1_000, what: 'there is a lease again' });
  });

  it('refuses a token that the store revived, says so once, and goes on for the others', async () => {
    const store = new SlowStore();
    await store.put(exampleRing(acme, 1));
    await store.put(exampleRing(globex, 1));
    const copy = store.snapshot();
    await store.put(exampleRing(acme, 2, [exampleToken(1, revoked)]));
    const { follower, log } = follow(store);
    await ready(follower);
    store.restore(copy);
    store.restart();
    const said = () => log.filter((line) => line.includes('the ring store went back')).length;
    await eventually(() => said() > 0, { withinMs: 2_000, what: 'the alarm' });
    await eventually(() => verdict(follower, globex) === 'token-active', {
      withinMs: 2_000,
      what: 'the other environment goes on',
    });
    expect(verdict(follower)).toBe('token-revoked');
    expect(said()).toBe(1);
  });

  it('leaves every member table when it stops, and gives no verdict after that', async () => {
    const store = new SlowStore();
    await store.put(exampleRing(acme, 1));
    const { follower } = follow(store);
    await ready(follower);
    await follower.stop();
    expect(verdict(follower)).toBe('no-lease');
    const looks = await Promise.all(store.shards.map((each) => store.look(each)));
    expect(looks.flatMap(({ members }) => members)).toEqual([]);
  });
});
