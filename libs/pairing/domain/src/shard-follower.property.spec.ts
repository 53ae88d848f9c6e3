import { describe, expect, it } from '@jest/globals';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { leaseMarginMs, maxLeaseMs, type TokenDigest } from '@tallystick/tokens-domain';
import fc from 'fast-check';
import { environments, leaseMs, start, Store, Validator } from './ring-protocol.model.ts';

// The whole protocol: a store, a token service that answers revocations by its rule, and two validators. Random interleavings; after
// every step the promises are checked against the model.

const bound = maxLeaseMs + leaseMarginMs;

class World {
  now = start;
  store = new Store();
  validators = [new Validator(0), new Validator(1)] as const;
  revokes: {
    environment: EnvironmentId;
    digest: TokenDigest;
    seq: number;
    epoch: string;
    committedAt: number;
    answered: boolean;
  }[] = [];
  leasesSeen = 0;
  recoveries = 0;
  answersSeen = 0;

  run(command: Command): void {
    const validator = this.validators[command.who];
    const environment = environments[command.where];
    // A store behind its witness is changed by the recovery only: other changes would hide that it has lost some.
    if (changes.has(command.kind) && this.store.isBehindWitness) return;
    switch (command.kind) {
      case 'pass': // time, with all timers running
        this.now += command.ms;
        for (const each of this.validators) each.send({ kind: 'tick' }, this.now);
        break;
      case 'pause': // time, while nobody runs
        this.now += command.ms * 4;
        break;
      case 'sleep': // the machine of validator 0 is suspended: its monotonic clock stands still
        this.now += command.ms * 4;
        this.validators[0].slept += command.ms * 4;
        break;
      case 'set-wall': // somebody sets the wall clock of validator 1
        this.validators[1].wallOffset += (command.ms - 1_000) * 5;
        break;
      case 'execute':
        validator.execute(this.store, this.now);
        break;
      case 'answer':
        validator.deliver(validator.answer, this.now);
        break;
      case 'stale':
        validator.deliver(
          validator.stale.findLast(({ kind }) => kind === (validator.state.call?.kind === 'load' ? 'loaded' : 'renewed')),
          this.now,
        );
        break;
      case 'fail':
        if (validator.effect) validator.send({ kind: 'failed', ticket: validator.effect.ticket }, this.now);
        break;
      case 'hint':
        validator.send({ kind: 'hint' }, this.now);
        break;
      case 'serve': // several calls answered one after the other
        for (let i = 0; i < 4; i++) {
          validator.execute(this.store, this.now);
          this.now += 1;
          validator.deliver(validator.answer, this.now);
        }
        break;
      case 'revoke': {
        const digest = this.store.change(environment, 'revoke');
        if (digest)
          this.revokes.push({
            environment,
            digest,
            seq: this.store.seq,
            epoch: this.store.epoch,
            committedAt: this.now,
            answered: false,
          });
        break;
      }
      case 'revive': // what the token service never does
        this.store.change(environment, 'revive');
        this.forgetLostRevokes();
        break;
      case 'restore': // what is lost is known to the witness
        this.store.restore(this.now, command.ms % 4);
        break;
      case 'recover':
        this.recover();
        break;
      case 'server-clock':
        this.store.clockOffset += (command.ms - 1_000) * 5;
        break;
      case 'add':
      case 'switch':
        this.store.change(environment, command.kind);
        break;
      case 'trim':
        this.store.trim();
        break;
      case 'forget-members':
        this.store.forgetMembers(this.now);
        break;
      case 'flush':
        this.store.flush(this.now);
        break;
    }
    this.answerRevokes();
    this.check();
  }

  /** The token service makes the revocations again that the store has lost, then reopens it. */
  recover(): void {
    if (!this.store.isBehindWitness) return;
    for (const { environment, digest } of this.revokes) this.store.change(environment, 'revoke', digest);
    this.store.reopen(this.now);
    this.recoveries++;
  }

  /** A known limit: who has not seen a revocation that the store lost can't know of it. Who has, is checked all the same. */
  forgetLostRevokes(): void {
    const tokens = [...this.store.rings.values()].flatMap((ring) => ring.tokens);
    const active = new Set(tokens.flatMap(({ digest, state }) => (state.kind === 'active' ? [digest] : [])));
    this.revokes = this.revokes.filter(({ digest }) => !active.has(digest));
  }

  /** The token service: fast where every member acknowledged and the registry is trusted, else after the bound. */
  answerRevokes(): void {
    const isTrusted = this.now - this.store.registrySince >= bound;
    for (const revoke of this.revokes) {
      const isAcknowledged = [...this.store.members.values()].every(
        ({ epoch, applied }) => epoch === revoke.epoch && applied >= revoke.seq,
      );
      const isFast = isTrusted && this.store.epoch === revoke.epoch && isAcknowledged;
      if (isFast && !revoke.answered) this.answersSeen++;
      if (isFast || this.now >= revoke.committedAt + bound) revoke.answered = true;
    }
  }

  check(): void {
    for (const validator of this.validators) {
      for (const digest of validator.everRefused)
        for (const environment of environments)
          if (validator.allows(environment, digest)) throw new Error(`un-revoked: ${digest}`);
      if (!validator.mayAnswer(this.now)) continue;
      this.leasesSeen++;
      for (const { environment, digest, answered } of this.revokes)
        if (answered && validator.allows(environment, digest))
          throw new Error(`broken promise: ${digest} passes after its revoke was answered`);
      const ground = validator.grounds.get(validator.sent.get(validator.state.lease!.from) ?? -1);
      if (!ground) throw new Error('a lease without a renewal');
      for (const [environment, ring] of ground.held) {
        const found = validator.ring(environment);
        if (!found || found.version < ring.version)
          throw new Error(`stale under a lease: ${environment} ${found?.version} < ${ring.version}`);
      }
      for (const environment of validator.state.table.environments.keys())
        if (!validator.hasRingOf(environment, this.store, ground.lineage))
          throw new Error(`under a lease on store ${ground.lineage}: a ring of ${environment} that this store never had`);
    }
  }

  /** Servers and links are well for a while. */
  calm(): void {
    this.recover();
    for (let i = 0; i < 12; i++) {
      this.now += renewEvery;
      for (const validator of this.validators) {
        validator.send({ kind: 'tick' }, this.now);
        for (let calls = 0; calls < 30 && validator.effect && validator.state.call; calls++) {
          validator.execute(this.store, this.now);
          validator.deliver(validator.answer, this.now);
        }
      }
      this.answerRevokes();
      this.check();
    }
  }
}
const renewEvery = leaseMs / 3;

const changes: ReadonlySet<string> = new Set(['revoke', 'add', 'switch', 'revive']);
const weights = {
  pass: 6, pause: 1, sleep: 1, 'set-wall': 1, execute: 6, answer: 6, stale: 3, fail: 3, hint: 2, serve: 6,
  revoke: 4, add: 2, switch: 1, revive: 1, trim: 1, 'forget-members': 1, flush: 1, restore: 1, recover: 1, 'server-clock': 1,
} as const; // prettier-ignore
type Command = { readonly kind: keyof typeof weights; readonly who: 0 | 1; readonly where: 0 | 1; readonly ms: number };
const kinds = (Object.keys(weights) as (keyof typeof weights)[]).map((kind) => ({
  arbitrary: fc.constant(kind),
  weight: weights[kind],
}));
const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.record({
    kind: fc.oneof(...kinds),
    who: fc.constantFrom(0, 1),
    where: fc.constantFrom(0, 1),
    ms: fc.integer({ min: 1, max: 2_000 }),
  }),
  { minLength: 5, maxLength: 120, size: 'max' },
);

describe('following a shard under every interleaving', () => {
  it('holds a lease only over a table with every change before it, never un-revokes, and never allows what an answered revoke named', () => {
    let leases = 0;
    let answers = 0;
    let recoveries = 0;
    fc.assert(
      fc.property(commands, (list) => {
        const world = new World();
        world.calm();
        for (const command of list) world.run(command);
        leases += world.leasesSeen;
        answers += world.answersSeen;
        recoveries += world.recoveries;
      }),
      { numRuns: 1_000 },
    );
    // Not for lack of leases, of answers or of lost changes.
    expect(leases).toBeGreaterThan(20_000);
    expect(answers).toBeGreaterThan(200);
    expect(recoveries).toBeGreaterThan(50);
  });

  it('comes back to a lease and to the rings of the store when the store is well again', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const world = new World();
        for (const command of list) world.run(command);
        world.calm();
        world.calm();
        for (const validator of world.validators) {
          expect(validator.mayAnswer(world.now)).toBe(true);
          for (const [environment, ring] of world.store.rings) {
            expect(validator.ring(environment)?.version).toBe(ring.version);
            expect(validator.hasRingOf(environment, world.store, world.store.lineage)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
