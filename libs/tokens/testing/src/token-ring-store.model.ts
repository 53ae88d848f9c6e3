import { expect, it } from '@jest/globals';
import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import {
  liveTokens,
  type MemberId,
  nextRing,
  type PepperId,
  type ProposalId,
  type Ring,
  type RingChange,
  type TokenId,
} from '@tallystick/tokens-domain';
import fc from 'fast-check';
import { environmentsOfOneShard, exampleDigest } from './example-rings.ts';
import { mayUseReserve, type ModelCommand, modelCommand, modelCommands } from './model-commands.ts';
import { RingStoreModel } from './ring-store-model.ts';
import { joining, type MakeStore, noteOn, type StoreUnderTest } from './ring-store-under-test.ts';

const { shard, environments } = environmentsOfOneShard(2, 'model');
const keys = ['key-1', 'key-2'] as const;

/** A command; where two people have to agree, one proposes and the other approves. */
interface Order {
  readonly command: ModelCommand | 'note';
  readonly actor: 'ann' | 'bob';
  readonly pick: number;
  readonly key: string | undefined;
  readonly stale: boolean;
}

type Act =
  /** One after the other, so that rings grow old. */
  | { readonly kind: 'commands'; readonly environment: EnvironmentId; readonly orders: readonly Order[] }
  /** The last change once more, as after a crash between it and its answer. */
  | { readonly kind: 'repeat' }
  | { readonly kind: 'renew'; readonly member: MemberId; readonly back: number }
  | { readonly kind: 'leave' | 'drop'; readonly member: MemberId }
  | { readonly kind: 'trim'; readonly keep: number }
  | { readonly kind: 'reopen'; readonly expected: 'this' | 'another' }
  | { readonly kind: 'break'; readonly environment: EnvironmentId }
  | { readonly kind: 'flush' };

const member = fc.constantFrom('a', 'b').map((id) => id as MemberId);
const environment = fc.constantFrom(...environments);
const order = fc.record<Order>({
  command: fc.constantFrom(...modelCommands, 'note' as const),
  actor: fc.constantFrom('ann' as const, 'bob' as const),
  pick: fc.nat(20),
  key: fc.option(fc.constantFrom(...keys), { nil: undefined, freq: 3 }),
  stale: fc.nat(8).map((number) => number === 0),
});
const commands = fc.record({
  kind: fc.constant('commands' as const),
  environment,
  orders: fc.array(order, { minLength: 1, maxLength: 10, size: 'max' }),
});
const acts = [
  ...Array.from({ length: 5 }, () => commands),
  ...Array.from({ length: 3 }, () => fc.record({ kind: fc.constant('renew' as const), member, back: fc.nat(3) })),
  fc.constant({ kind: 'repeat' as const }),
  fc.record({ kind: fc.constantFrom('leave' as const, 'drop' as const), member }),
  fc.record({ kind: fc.constant('trim' as const), keep: fc.nat(3) }),
  fc.record({ kind: fc.constant('reopen' as const), expected: fc.constantFrom('this' as const, 'another' as const) }),
  // What ends a story is rare.
  fc.tuple(environment, fc.nat(5)).map(([one, rare]): Act => {
    return rare === 0 ? { kind: 'flush' } : rare === 1 ? { kind: 'break', environment: one } : { kind: 'repeat' };
  }),
];

const otherThan = (actor: string): Order['actor'] => (actor === 'ann' ? 'bob' : 'ann');

/** One command as the token service makes it; `number` makes ids and digests. Undefined when nothing is to be changed. */
function decide(ring: Ring | undefined, environment: EnvironmentId, act: Order, number: number): RingChange | undefined {
  const { pick, key } = act;
  const idempotency = key === undefined ? {} : { idempotency: answerOf(act, key, number) };
  if (act.command === 'note') return ring && noteOn(ring, { ...idempotency, audit: `note ${number}` });
  const fresh = [0, 1, 2]
    .map((more) => number + more / 4)
    .map((one) => ({
      id: `tok_${one}` as TokenId,
      digest: exampleDigest(one * 4),
      pepperId: 'k1' as PepperId,
      origin: 'generated' as const,
      otherDigests: [],
    }));
  const now = instant(1_000 + number);
  const by = ring?.proposals.at(-1)?.by;
  const decision = nextRing(ring, modelCommand(ring, act.command, pick, now), {
    environment,
    now,
    actor: act.command === 'approve' && by !== undefined ? otherThan(by) : act.actor,
    mayForce: true,
    fresh,
    proposal: `prp_${number}` as ProposalId,
    adoption: { kind: 'unknown', why: 'no-sightings' },
  });
  if (decision.kind !== 'changed' && decision.kind !== 'proposed') return undefined;
  const created = decision.kind === 'changed' ? decision.created : [];
  const later = act.stale ? 1 : 0;
  const live = new Set(liveTokens(decision.ring).map(({ id }) => id));
  return {
    ring: { ...decision.ring, version: decision.ring.version + later },
    expectedVersion: decision.ring.version - 1 + later,
    sealed: {
      keep: created.map(({ id }) => ({ token: id, copy: `copy of ${id}` })),
      erase: (ring?.tokens ?? []).map(({ id }) => id).filter((id) => !live.has(id)),
    },
    audit: `${act.command} ${number}`,
    mayUseReserve: mayUseReserve(act.command),
    ...idempotency,
  };
}

const answerOf = ({ command: requestDigest, pick }: Order, key: string, number: number) => ({
  key,
  requestDigest,
  answer: `answer ${number}`,
  ...(pick % 2 === 0 ? { values: `values ${number}` } : {}),
});

/** What is the same in the model and in every store: epochs get the number under which they were first seen. */
class Names {
  readonly #seen: string[] = [];
  of(epoch: string): number {
    if (!this.#seen.includes(epoch)) this.#seen.push(epoch);
    return this.#seen.indexOf(epoch);
  }
}

interface Real extends StoreUnderTest {
  readonly heads: Names;
  readonly epochs: Names;
  readonly positions: Map<MemberId, { readonly epoch: string; readonly applied: number }>;
}

interface Model {
  readonly store: RingStoreModel;
  readonly heads: Names;
  readonly epochs: Names;
  readonly positions: Real['positions'];
  last: RingChange | undefined;
  number: number;
  readonly tokens: Set<TokenId>;
  /** Commands that changed the ring, of all runs. */
  readonly made: Set<string>;
}

class ActCommand implements fc.AsyncCommand<Model, Real> {
  readonly #act: Act;
  constructor(act: Act) {
    this.#act = act;
  }

  check = (): boolean => true;
  toString = (): string => JSON.stringify(this.#act);

  async run(model: Model, real: Real): Promise<void> {
    await this.#do(this.#act, model, real);
    expect(await stateOfReal(model, real)).toEqual(stateOfModel(model));
  }

  async #do(act: Act, model: Model, real: Real): Promise<void> {
    const { store } = model;
    switch (act.kind) {
      case 'commands':
        for (const order of act.orders) await command(order, act.environment, model, real);
        return;
      case 'repeat':
        return void (model.last && (await changeBoth(model.last, model, real)));
      case 'renew': {
        const claim = (known = { epoch: '', applied: -1 }) => ({
          ...joining(act.member),
          epoch: known.epoch,
          applied: known.epoch === '' ? -1 : Math.max(0, known.applied - act.back),
        });
        const expected = store.renew(claim(model.positions.get(act.member)));
        const { position, entries, trimmed } = await real.store.renew(shard, claim(real.positions.get(act.member)));
        expect({ entries, trimmed, seq: position.seq }).toEqual({ ...expected, seq: store.seq });
        model.positions.set(act.member, { epoch: String(store.head), applied: store.seq });
        real.positions.set(act.member, { epoch: position.epoch, applied: position.seq });
        return;
      }
      case 'leave':
        store.members.delete(act.member);
        return real.store.leave(shard, act.member);
      case 'drop':
        await real.store.drop(shard, act.member, store.members.get(act.member)?.renewals ?? 0);
        store.members.delete(act.member);
        return;
      case 'trim':
        store.trim(act.keep);
        return void (await real.server.trim(shard, act.keep));
      case 'reopen': {
        const expected = act.expected === 'this' ? (await real.store.look(shard)).headEpoch : 'another';
        expect(await real.store.reopen(shard, expected)).toBe(act.expected === 'this');
        if (act.expected === 'this') store.reopen();
        return;
      }
      case 'break':
        if (!store.rings.has(act.environment)) return;
        store.rings.set(act.environment, 'broken');
        return void (await real.server.breakRing(act.environment));
      case 'flush':
        store.flush();
        return void (await real.server.flush());
    }
  }
}

async function command(order: Order, environment: EnvironmentId, model: Model, real: Real): Promise<void> {
  const ring = model.store.rings.get(environment);
  if (ring === 'broken') return;
  const change = decide(ring, environment, order, ++model.number);
  if (change === undefined) return;
  if ((await changeBoth(change, model, real)) !== 'changed') return;
  model.made.add(order.command);
  if (change.ring.proposals.length > 0) model.made.add('a proposal is kept');
}

/** What the store and the model say of it. */
async function changeBoth(change: RingChange, model: Model, real: Real): Promise<string> {
  model.last = change;
  for (const { token } of change.sealed?.keep ?? []) model.tokens.add(token);
  const said = await real.store.change(change).catch((error: Error) => {
    if (error.name !== 'UnreadableRecord') throw error;
    return { kind: 'unreadable' };
  });
  const { kind, seq, answer, values } = said as { kind: string; seq?: number; answer?: string; values?: string };
  expect({ kind, seq, answer, values }).toEqual({
    seq: undefined,
    answer: undefined,
    values: undefined,
    ...model.store.change(change),
  });
  return kind;
}

const byId = <T extends { readonly id: string }>(rows: readonly T[]): readonly T[] =>
  [...rows].sort((a, b) => a.id.localeCompare(b.id));

function stateOfModel({ store, heads, epochs, tokens }: Model): unknown {
  const named = (epoch: string) => (epoch === '' ? '' : epochs.of(epoch));
  return {
    head: heads.of(String(store.head)),
    epoch: named(String(store.head)),
    seq: store.seq,
    renewals: store.renewals,
    members: byId([...store.members.values()]).map((row) => ({ ...row, epoch: named(row.epoch) })),
    rings: environments.filter((one) => store.rings.has(one)).map((one) => store.stored(one)),
    outbox: store.outbox,
    answered: environments.flatMap((one) => keys.map((key) => store.answered(one, key))),
    sealed: environments.flatMap((one) => [...tokens].map((token) => store.readSealed(one, token))),
  };
}

async function stateOfReal({ tokens }: Model, { store, server, heads, epochs }: Real): Promise<unknown> {
  const named = (epoch: string) => (epoch === '' ? '' : epochs.of(epoch));
  const [look, loaded, outbox, answered, sealed] = await Promise.all([
    store.look(shard),
    store.load(shard),
    server.outbox(shard),
    Promise.all(environments.flatMap((one) => keys.map((key) => store.answered(one, key)))),
    Promise.all(environments.flatMap((one) => [...tokens].map((token) => store.readSealed(one, token)))),
  ]);
  return {
    head: heads.of(look.headEpoch),
    epoch: named(look.identity.epoch),
    seq: look.seq,
    renewals: look.renewals,
    members: byId(look.members).map((row) => ({ ...row, epoch: named(row.epoch) })),
    rings: environments.flatMap((one) => loaded.filter((ring) => ring.environment === one)),
    outbox,
    answered: answered.map((one) => {
      if (!one) return one;
      const { requestDigest: _, ...answer } = one;
      return answer;
    }),
    sealed,
  };
}

/** Random acts on a store and on the model: they say the same and show the same after each, and every ring stays sound (M23). */
export function describeModelRun(make: MakeStore): void {
  it('says the same as the model under any sequence of acts, and never has a requirement without a token', async () => {
    const made = new Set<string>();
    const stories = fc.commands(
      acts.map((one) => one.map((act) => new ActCommand(act))),
      { maxCommands: 30, size: 'max' },
    );
    await fc.assert(
      fc.asyncProperty(stories, async (each) => {
        const test = await make();
        try {
          const model: Model = {
            store: new RingStoreModel(),
            heads: new Names(),
            epochs: new Names(),
            positions: new Map(),
            last: undefined,
            number: 0,
            tokens: new Set(),
            made,
          };
          const real: Real = { ...test, heads: new Names(), epochs: new Names(), positions: new Map() };
          await fc.asyncModelRun(() => ({ model, real }), each);
          for (const ring of await test.store.load(shard))
            expect('isUnreadable' in ring || ring.requirement.mode === 'off' || liveTokens(ring).length > 0).toBe(true);
        } finally {
          await test.close();
        }
      }),
      { numRuns: 60 },
    );
    // A command that never changes anything would show nothing of the store. (Approving and withdrawing need luck.)
    const drawn = modelCommands.filter((one) => one !== 'approve' && one !== 'withdraw');
    expect([...made.keys()]).toEqual(expect.arrayContaining([...new Set(drawn), 'note', 'a proposal is kept']));
  }, 180_000);
}
