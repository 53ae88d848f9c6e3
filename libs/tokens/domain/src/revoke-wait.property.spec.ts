import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type LastRenewals, nextTrust, type RegistryTrust, revokeWait, watchRenewals } from './revoke-wait.ts';
import { maxLeaseMs, type Member, type MemberId, type RegistryIdentity, type RegistryLook } from './ring-ports.ts';

// A server, validators that renew when they like, and two token services that look, drop and wait: time goes in steps of 100 ms.
// The oracle knows every lease. When a wait says "done", no lease may be left that lacks the change.

type Act =
  | { readonly kind: 'renew'; readonly who: number; readonly delaySteps: number }
  | { readonly kind: 'leave' | 'pause'; readonly who: number }
  | { readonly kind: 'look'; readonly service: number; readonly fails: boolean }
  | { readonly kind: 'forget-members' | 'fail-over' };

const stepMs = 100;
const validators = 3;

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('renew' as const), who: fc.nat(validators - 1), delaySteps: fc.nat(4) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('leave' as const, 'pause' as const), who: fc.nat(validators - 1) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
      service: fc.nat(1),
      fails: fc.nat(20).map((number) => number === 0),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('forget-members' as const, 'fail-over' as const) }) },
);
const worlds = fc.array(fc.array(act, { maxLength: 4 }), { minLength: 140, maxLength: 160 });

class Service {
  trust: RegistryTrust | undefined;
  last: LastRenewals = new Map();
  look: RegistryLook | undefined;
}

class World {
  now = 0;
  seq = 6;
  #names = 0;
  identity: RegistryIdentity = { epoch: 'e0', registry: 'r0', serverId: 's0' };
  renewals = 0;
  readonly members = new Map<MemberId, Member>();
  readonly services = [new Service(), new Service()] as const;
  readonly validators = Array.from({ length: validators }, (_, at) => ({
    id: `v${at}` as MemberId,
    epoch: '',
    applied: -1,
    leaseUntil: -Infinity,
    pausedUntil: 0,
  }));

  do(act: Act): void {
    switch (act.kind) {
      case 'renew': {
        const validator = this.validators[act.who]!;
        if (this.now < validator.pausedUntil) return;
        const { id, epoch, applied } = validator;
        this.members.set(id, { id, epoch, applied, leaseMs: maxLeaseMs, peppers: undefined, renewals: ++this.renewals });
        // It follows at once (joining costs two calls more, which only makes its lease begin earlier).
        validator.leaseUntil = this.now - act.delaySteps * stepMs + maxLeaseMs;
        [validator.epoch, validator.applied] = [this.identity.epoch, this.seq];
        return;
      }
      case 'pause': // keeps its lease, as a stopped process does
        this.validators[act.who]!.pausedUntil = this.now + 7_000;
        return;
      case 'leave':
        this.members.delete(this.validators[act.who]!.id);
        this.validators[act.who]!.leaseUntil = -Infinity;
        return;
      case 'forget-members':
        this.members.clear();
        this.renewals = 0;
        this.identity = { ...this.identity, registry: `r${++this.#names}` };
        return;
      case 'fail-over':
        this.identity = { ...this.identity, epoch: `e${++this.#names}`, serverId: `s${this.#names}` };
        return;
      case 'look':
        return this.lookBy(this.services[act.service as 0 | 1], act.fails);
    }
  }

  lookBy(service: Service, fails: boolean): void {
    if (fails) {
      [service.trust, service.last, service.look] = [nextTrust(service.trust, { kind: 'failed' }), new Map(), undefined];
      return;
    }
    const { identity, renewals, seq } = this;
    const look: RegistryLook = { identity, headEpoch: 'h', seq, members: [...this.members.values()], renewals, replicas: 0 };
    const trust = nextTrust(service.trust, { kind: 'seen', identity, renewals, atMs: this.now });
    if (trust?.identity !== service.trust?.identity) service.last = new Map();
    const { last, silent } = watchRenewals(service.last, look.members, { sentMs: this.now, receivedMs: this.now });
    for (const { id, renewals: seen } of silent) if (this.members.get(id)?.renewals === seen) this.members.delete(id);
    Object.assign(service, { trust, last, look });
  }
}

/** Commits after 80 steps and gives how the wait of one service ended, and whether a lease was left that lacked the change. */
function play(steps: readonly (readonly Act[])[]) {
  const world = new World();
  const service = world.services[0];
  let committed: { seq: number; identity: RegistryIdentity; atMs: number } | undefined;
  for (const acts of steps) {
    world.now += stepMs;
    for (const each of acts) world.do(each);
    if (world.now === 80 * stepMs) {
      world.seq++;
      committed = { seq: world.seq, identity: world.identity, atMs: world.now };
      service.look = undefined;
    }
    if (!committed) continue;
    world.lookBy(service, false);
    const decision = revokeWait({ committed, nowMs: world.now, look: service.look, trust: service.trust });
    if (decision.kind === 'continue') continue;
    const stale = world.validators.filter(({ leaseUntil, applied }) => leaseUntil > world.now && applied < world.seq);
    return { confirmedBy: decision.confirmedBy, waitedMs: world.now - committed.atMs, stale: stale.length };
  }
  throw new Error('the wait did not end');
}

const quiet = (steps: readonly (readonly Act[])[], isFault: (act: Act) => boolean): readonly (readonly Act[])[] =>
  steps.map((acts) => acts.filter((one) => !isFault(one)));

describe('a wait that has ended', () => {
  it('leaves no lease without the change, whatever validators, servers and other token services do', () => {
    fc.assert(
      fc.property(worlds, (steps) => play(steps).stale === 0),
      { numRuns: 600 },
    );
  });

  it('leaves no lease without the change when members fall silent and are dropped by two services', () => {
    const isFault = ({ kind }: Act) => kind === 'fail-over' || kind === 'forget-members';
    fc.assert(
      fc.property(worlds, (steps) => play(quiet(steps, isFault)).stale === 0),
      { numRuns: 600 },
    );
  });

  it('came by acknowledgement as well as by lease in these worlds, so the laws are not empty', () => {
    const isFault = ({ kind }: Act) => kind === 'fail-over' || kind === 'forget-members' || kind === 'pause';
    const sampled = fc.sample(worlds, { numRuns: 200, seed: 7 });
    const ends = new Set(sampled.flatMap((steps) => [play(steps).confirmedBy, play(quiet(steps, isFault)).confirmedBy]));
    expect(ends).toEqual(new Set(['acknowledgement', 'lease']));
  });
});
