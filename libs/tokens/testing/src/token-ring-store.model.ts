import { expect, it } from '@jest/globals';
import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import {
  activeTokens,
  maxLeaseMs,
  type MemberId,
  nextRing,
  type PepperId,
  type Ring,
  type RingCommand,
  type RingFeed,
  ringShardOf,
  type TokenId,
  type TokenRingStore,
} from '@tallystick/tokens-domain';
import fc from 'fast-check';
import { environmentsOfOneShard, exampleDigest } from './example-rings.ts';
import { InMemoryTokenRingStore } from './in-memory-token-ring-store.ts';
import type { MakeStore, StoreUnderTest } from './token-ring-store.conformance.ts';

const { shard, environments } = environmentsOfOneShard(2, 'model');

type Act =
  | {
      readonly kind: 'command';
      readonly environment: EnvironmentId;
      readonly command: 'on' | 'off' | 'add' | 'revoke';
      readonly pick: number;
      readonly key: string | undefined;
      readonly stale: boolean;
    }
  | { readonly kind: 'renew'; readonly member: MemberId; readonly back: number }
  | { readonly kind: 'leave' | 'drop'; readonly member: MemberId }
  | { readonly kind: 'trim'; readonly keep: number }
  | { readonly kind: 'flush' };

const member = fc.constantFrom('a', 'b').map((id) => id as MemberId);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('command' as const),
      environment: fc.constantFrom(...environments),
      command: fc.constantFrom('on' as const, 'off' as const, 'add' as const, 'revoke' as const),
      pick: fc.nat(20),
      key: fc.option(fc.constantFrom('key-1', 'key-2'), { nil: undefined }),
      stale: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('renew' as const), member, back: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('leave' as const, 'drop' as const), member }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('trim' as const), keep: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
);

/** One command as the token service makes it, from the ring that the store shows; `number` makes ids and digests. */
function decide(ring: Ring | undefined, { environment, command, pick }: Act & { kind: 'command' }, number: number) {
  const commands: Record<typeof command, RingCommand> = {
    on: { kind: 'set-requirement', enabled: true, effectiveAt: instant(5_000 + pick) },
    off: { kind: 'set-requirement', enabled: false },
    add: { kind: 'add-token', label: 'added' },
    revoke: {
      kind: 'revoke-token',
      token: ring?.tokens[pick % ring.tokens.length]?.id ?? ('none' as TokenId),
      reason: 'test',
      force: pick % 2 === 0,
    },
  };
  const digest = exampleDigest(number);
  const fresh = { id: `tok_${number}` as TokenId, digest, pepperId: 'k1' as PepperId, otherDigests: [] };
  return nextRing(ring, commands[command], { environment, now: instant(1_000 + number), actor: 'model', fresh });
}

/** One store under random acts: what it says, without the names that it makes up. */
class Run {
  #number = 0;
  readonly #positions = new Map<MemberId, { epoch: string; applied: number }>();
  constructor(
    readonly store: TokenRingStore & RingFeed,
    readonly server: Pick<StoreUnderTest['server'], 'trim' | 'flush'>,
  ) {}

  async do(act: Act): Promise<unknown> {
    switch (act.kind) {
      case 'command': {
        const ring = await this.store.read(act.environment);
        const decision = decide(ring, act, ++this.#number);
        if (decision.kind !== 'changed') return decision;
        const next = act.stale ? { ...decision.ring, version: decision.ring.version + 1 } : decision.ring;
        const idempotency =
          act.key === undefined
            ? {}
            : { idempotency: { key: act.key, requestDigest: `${act.command}`, answer: `answer ${this.#number}` } };
        const result = await this.store.change({
          ring: next,
          expectedVersion: next.version - 1,
          audit: '{}',
          mayUseReserve: false,
          ...idempotency,
        });
        return 'identity' in result ? { ...result, identity: undefined } : result;
      }
      case 'renew': {
        const known = this.#positions.get(act.member) ?? { epoch: '', applied: -1 };
        const applied = Math.max(known.epoch === '' ? -1 : 0, known.applied - act.back);
        const { position, entries, trimmed } = await this.store.renew(shard, {
          id: act.member,
          epoch: known.epoch,
          applied,
          leaseMs: maxLeaseMs,
        });
        const isSame = position.epoch === known.epoch;
        this.#positions.set(act.member, { epoch: position.epoch, applied: position.seq });
        return { isSame, seq: position.seq, entries, trimmed };
      }
      case 'leave':
        return this.store.leave(shard, act.member);
      case 'drop':
        return this.store.drop(
          shard,
          act.member,
          (await this.store.look(shard)).members.find(({ id }) => id === act.member)?.renewals ?? 0,
        );
      case 'trim':
        return void (await this.server.trim(shard, act.keep));
      case 'flush':
        return void (await this.server.flush());
    }
  }

  async state(): Promise<unknown> {
    const { identity, seq, members, renewals } = await this.store.look(shard);
    const rows = members.map((row) => ({
      ...row,
      epoch: row.epoch === '' ? '' : row.epoch === identity.epoch ? 'this' : 'other',
    }));
    const rings = [...(await this.store.load(shard))].sort((a, b) => a.environment.localeCompare(b.environment));
    return { seq, renewals, members: rows.sort((a, b) => a.id.localeCompare(b.id)), rings };
  }
}

/** Random acts on a store and on the in-memory one: they say the same and end the same, and every ring stays sound (M23). */
export function describeModelRun(make: MakeStore): void {
  it('says the same as the model under any sequence of acts, and never has a requirement without a token', async () => {
    if (!environments.every((environment) => ringShardOf(environment) === shard))
      throw new Error('the environments are not of one shard');
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        const test = await make();
        try {
          const model = new InMemoryTokenRingStore();
          const real = new Run(test.store, test.server);
          const ideal = new Run(model, model);
          for (const each of acts) {
            const [said, expected] = [await real.do(each), await ideal.do(each)];
            expect(said).toEqual(expected);
            expect(await real.state()).toEqual(await ideal.state());
          }
          for (const ring of await test.store.load(shard))
            expect(!ring.requirement.enabled || activeTokens(ring).length > 0).toBe(true);
        } finally {
          await test.close();
        }
      }),
      { numRuns: 40 },
    );
  }, 60_000);
}
