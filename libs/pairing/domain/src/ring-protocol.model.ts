import { type EnvironmentId, environmentId, instant } from '@tallystick/kernel-core';
import type { PepperId, Renewal, Ring, Token, TokenDigest, TokenId } from '@tallystick/tokens-domain';
import {
  type FollowerEffect,
  followShard,
  judgePresentation,
  leaseHolds,
  newShardFollower,
  type ShardFollower,
} from './index.ts';

// For tests: the ring store as ADR 2 describes it, and a validator that is nothing but the state machine.

export const leaseMs = 3_000;
const entriesPerAnswer = 2;
export const start = 1_700_000_000_000;
export const environments = [environmentId('acme'), environmentId('globex')] as const;

type Entry = { readonly seq: number; readonly environment: EnvironmentId };
type Answer =
  | {
      readonly kind: 'renewed';
      readonly ticket: number;
      readonly renewal: Renewal;
      readonly held: ReadonlyMap<EnvironmentId, Ring>;
      readonly lineage: number;
    }
  | { readonly kind: 'loaded'; readonly ticket: number; readonly rings: readonly Ring[] };

export class Store {
  epoch = 'epoch-1';
  seq = 0;
  log: Entry[] = [];
  rings = new Map<EnvironmentId, Ring>();
  members = new Map<number, { epoch: string; applied: number }>();
  /** Counts how often the store went back; the history tells which ring a version means. */
  lineage = 0;
  history = new Map<string, Ring>();
  registrySince = start;
  clockOffset = 0;
  /** What the store held after each change of this epoch, for a replica or a backup that is behind. */
  copies: { rings: Map<EnvironmentId, Ring>; seq: number; log: Entry[] }[] = [];
  #tokens = 0;

  constructor() {
    for (const environment of environments) for (const kind of ['add', 'add'] as const) this.change(environment, kind);
  }

  /** @returns the digest that was revoked, if one was. */
  change(environment: EnvironmentId, kind: 'add' | 'revoke' | 'switch' | 'revive'): TokenDigest | undefined {
    const ring = this.rings.get(environment) ?? {
      environment,
      version: 0,
      requirement: { enabled: true, effectiveAt: instant(0) },
      tokens: [],
    };
    const wanted = kind === 'revoke' ? 'active' : 'revoked';
    const chosen = kind === 'revoke' || kind === 'revive' ? ring.tokens.find(({ state }) => state.kind === wanted) : undefined;
    const state: Token['state'] =
      kind === 'revive' ? { kind: 'active' } : { kind: 'revoked', at: instant(0), by: 'admin', reason: 'lost' };
    const tokens = ring.tokens.map((token) => (token === chosen ? { ...token, state } : token));
    if (kind === 'add') tokens.push(token(`d${this.#tokens++}`));
    const requirement = kind === 'switch' ? { ...ring.requirement, enabled: !ring.requirement.enabled } : ring.requirement;
    const next: Ring = { environment, version: ring.version + 1, requirement, tokens };
    this.rings.set(environment, next);
    this.history.set(`${this.lineage} ${environment} ${next.version}`, next);
    this.log.push({ seq: ++this.seq, environment });
    this.copies.push({ rings: new Map(this.rings), seq: this.seq, log: [...this.log] });
    return chosen?.digest;
  }

  renew(member: number, epoch: string, applied: number, now: number, ticket: number): Answer {
    this.members.set(member, { epoch, applied });
    const after = epoch === this.epoch && applied >= 0 ? this.log.filter(({ seq }) => seq > applied) : [];
    const trimmed = epoch === this.epoch && applied >= 0 && applied < this.seq && after[0]?.seq !== applied + 1;
    const entries = trimmed
      ? []
      : after.slice(0, entriesPerAnswer).map(({ seq, environment }) => ({ seq, ring: this.rings.get(environment)! }));
    const renewal = { position: { epoch: this.epoch, seq: this.seq }, serverTimeMs: now + this.clockOffset, entries, trimmed };
    return { kind: 'renewed', ticket, renewal, held: new Map(this.rings), lineage: this.lineage };
  }

  trim(): void {
    this.log = this.log.slice(-1);
  }

  forgetMembers(now: number): void {
    this.members.clear();
    this.registrySince = now;
  }

  flush(now: number): void {
    this.#become(now, { rings: new Map(), seq: 0, log: [] });
  }

  /** A restart, a fail-over, a restored backup: some changes may be lost, others will bear their numbers, and the epoch is another. */
  restore(now: number, lost: number): void {
    this.#become(now, this.copies.at(-1 - lost) ?? { rings: this.rings, seq: this.seq, log: this.log });
  }

  #become(now: number, { rings, seq, log }: { rings: Map<EnvironmentId, Ring>; seq: number; log: Entry[] }): void {
    this.lineage++;
    Object.assign(this, { epoch: `epoch-${this.lineage + 1}`, rings: new Map(rings), seq, log: [...log], copies: [] });
    for (const [environment, ring] of rings) this.history.set(`${this.lineage} ${environment} ${ring.version}`, ring);
    this.forgetMembers(now);
  }
}

export class Validator {
  state: ShardFollower = newShardFollower(leaseMs);
  effect: FollowerEffect | undefined;
  answer: Answer | undefined;
  stale: Answer[] = [];
  /** What the renewal that a lease rests on saw, by ticket. */
  grounds = new Map<number, Extract<Answer, { kind: 'renewed' }>>();
  /** Tickets by the moment they were sent. */
  sent = new Map<object, number>();
  slept = 0;
  wallOffset = 0;
  everRefused = new Set<TokenDigest>();

  constructor(readonly id: number) {}

  reading(now: number) {
    return { mono: now - start - this.slept, wall: now + this.wallOffset };
  }

  send(event: Parameters<typeof followShard>[1], now: number): void {
    const { state, effect } = followShard(this.state, event, this.reading(now));
    if (state.call?.ticket !== this.state.call?.ticket && this.answer) this.stale.push(this.answer);
    if (state.call?.ticket !== this.state.call?.ticket) [this.effect, this.answer] = [effect, undefined];
    if (effect && state.call) this.sent.set(state.call.sentAt, effect.ticket);
    this.state = state;
    for (const { ring, refused } of state.table.environments.values()) {
      for (const { digest, state } of ring?.tokens ?? []) if (state.kind === 'revoked') this.everRefused.add(digest);
      for (const digest of refused) this.everRefused.add(digest);
    }
  }

  /** The server does what was asked. */
  execute(store: Store, now: number): void {
    if (!this.effect || this.answer) return;
    const { kind, ticket } = this.effect;
    this.answer =
      kind === 'load'
        ? { kind: 'loaded', ticket, rings: [...store.rings.values()] }
        : store.renew(this.id, this.effect.epoch, this.effect.applied, now, ticket);
    if (this.answer.kind === 'renewed') this.grounds.set(ticket, this.answer);
  }

  deliver(answer: Answer | undefined, now: number): void {
    if (answer) this.send(answer, now);
  }

  mayAnswer(now: number): boolean {
    const { mono, wall } = this.reading(now);
    return leaseHolds(this.state.lease, mono, wall);
  }

  allows(environment: EnvironmentId, digest: TokenDigest): boolean {
    const presentation = { kind: 'pairing', method: 'mobile-app', form: 'well-formed', digests: [{ pepperId, digest }] } as const;
    return (
      judgePresentation({ table: this.state.table, environment, presentation, at: instant(start) }).reason === 'token-active'
    );
  }
}

const pepperId = 'p1' as PepperId;
const token = (name: string): Token => ({
  id: `tok_${name}` as TokenId,
  label: name,
  digest: name as TokenDigest,
  pepperId,
  createdAt: instant(0),
  createdBy: 'admin',
  state: { kind: 'active' },
});
