import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import type { Renewal, Ring, Token, TokenDigest } from '@tallystick/tokens-domain';
import {
  type FollowerEffect,
  followShard,
  type JudgedRing,
  judgePresentation,
  leaseHolds,
  newShardFollower,
  type ShardFollower,
} from './index.ts';
import { acme, globex, p1 as pepperId, revoked, ring as anyRing, token } from './rings.fixture.ts';

// For tests: the ring store as ADR 2 describes it, and a validator that is nothing but the state machine.

export const leaseMs = 3_000;
const entriesPerAnswer = 2;
export const start = 1_700_000_000_000;
export const environments = [acme, globex] as const;

type Entry = { readonly seq: number; readonly environment: EnvironmentId };
type Answer =
  | {
      readonly kind: 'renewed';
      readonly ticket: number;
      readonly renewal: Renewal;
      readonly held: ReadonlyMap<EnvironmentId, Ring>;
      readonly lineage: number;
    }
  | { readonly kind: 'loaded'; readonly ticket: number; readonly rings: readonly Ring[]; readonly witnessed: number };

export class Store {
  head = 1;
  server = 1;
  /** In another store: the highest sequence number of each head. */
  witness = new Map<number, number>();
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
  copies: { head: number; rings: Map<EnvironmentId, Ring>; seq: number; log: Entry[] }[] = [];
  #tokens = 0;
  #heads = 1;

  get epoch(): string {
    return `head-${this.head}@server-${this.server}`;
  }

  constructor() {
    for (const environment of environments) for (const kind of ['add', 'add'] as const) this.change(environment, kind);
  }

  /** @returns the digest that was revoked, if one was. */
  change(
    environment: EnvironmentId,
    kind: 'add' | 'revoke' | 'switch' | 'revive',
    digest?: TokenDigest,
  ): TokenDigest | undefined {
    const ring = this.rings.get(environment) ?? anyRing({ environment, version: 0 });
    const wanted = kind === 'revoke' ? 'active' : 'revoked';
    const chosen =
      kind === 'revoke' || kind === 'revive'
        ? ring.tokens.find((token) => token.state.kind === wanted && (digest ?? token.digest) === token.digest)
        : undefined;
    const state: Token['state'] = kind === 'revive' ? { kind: 'active' } : revoked;
    const tokens = ring.tokens.map((token) => (token === chosen ? { ...token, state } : token));
    if (kind === 'add') tokens.push(token(`d${this.#tokens++}`));
    const mode = kind !== 'switch' ? ring.requirement.mode : ring.requirement.mode === 'off' ? 'enforce' : 'off';
    const next: Ring = { ...ring, version: ring.version + 1, requirement: { ...ring.requirement, mode }, tokens };
    this.rings.set(environment, next);
    this.history.set(`${this.lineage} ${environment} ${next.version}`, next);
    this.log.push({ seq: ++this.seq, environment });
    this.witness.set(this.head, Math.max(this.seq, this.witness.get(this.head) ?? 0));
    this.copies.push({ head: this.head, rings: new Map(this.rings), seq: this.seq, log: [...this.log] });
    return chosen?.digest;
  }

  renew(member: number, epoch: string, applied: number, now: number, ticket: number): Answer {
    this.members.set(member, { epoch, applied });
    const after = epoch === this.epoch && applied >= 0 ? this.log.filter(({ seq }) => seq > applied) : [];
    const trimmed = epoch === this.epoch && applied >= 0 && applied < this.seq && after[0]?.seq !== applied + 1;
    const entries = trimmed
      ? []
      : after.slice(0, entriesPerAnswer).map(({ seq, environment }) => ({ seq, ring: this.rings.get(environment)! }));
    const serverTimeMs = now + this.clockOffset;
    const position = { epoch: this.epoch, seq: this.seq };
    const renewal = { position, headEpoch: String(this.head), serverTimeMs, entries, trimmed };
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
    this.head = ++this.#heads;
    this.#become(now, { rings: new Map(), seq: 0, log: [] });
  }

  get isBehindWitness(): boolean {
    return this.seq < (this.witness.get(this.head) ?? 0);
  }

  /** What the token service does once all lost revocations were made again. */
  reopen(now: number): void {
    this.witness.set(this.head, Infinity); // given up: whoever is put back to it is found out
    this.head = ++this.#heads;
    this.forgetMembers(now);
  }

  /** A restart, a fail-over, a restored backup: some changes may be lost, others will bear their numbers, and the epoch is another. */
  restore(now: number, lost: number): void {
    const { head, ...copy } = this.copies.at(-1 - lost) ?? this;
    this.head = head; // a copy has the head of its time, too
    this.#become(now, copy);
  }

  #become(now: number, { rings, seq, log }: { rings: Map<EnvironmentId, Ring>; seq: number; log: Entry[] }): void {
    this.lineage++;
    Object.assign(this, { server: this.server + 1, rings: new Map(rings), seq, log: [...log], copies: [] });
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
    for (const { tokens } of state.table.environments.values())
      for (const [digest, { isRefused }] of tokens) if (isRefused) this.everRefused.add(digest);
  }

  /** The server does what was asked. */
  execute(store: Store, now: number): void {
    if (!this.effect || this.answer) return;
    const { kind, ticket } = this.effect;
    this.answer =
      kind === 'load'
        ? {
            kind: 'loaded',
            ticket,
            rings: [...store.rings.values()],
            witnessed: store.witness.get(Number(this.effect.headEpoch)) ?? 0,
          }
        : store.renew(this.id, this.effect.epoch, this.effect.applied, now, ticket);
    if (this.answer.kind === 'renewed') this.grounds.set(ticket, this.answer);
  }

  deliver(answer: Answer | undefined, now: number): void {
    if (answer) this.send(answer, now);
  }

  ring(environment: EnvironmentId): JudgedRing | undefined {
    const ring = this.state.table.environments.get(environment)?.ring;
    return ring === 'unreadable' ? undefined : ring;
  }

  /** Whether what it knows of the environment is a ring that the store had in that life of it, or no ring at all. */
  hasRingOf(environment: EnvironmentId, { history }: Store, lineage: number): boolean {
    const ring = this.ring(environment);
    const original = ring && history.get(`${lineage} ${environment} ${ring.version}`);
    if (!ring || !original) return ring === undefined;
    const tokens = this.state.table.environments.get(environment)?.tokens;
    return (
      JSON.stringify(ring.requirement) === JSON.stringify(original.requirement) &&
      original.tokens.every(({ digest, id, state }) => {
        const known = tokens?.get(digest);
        return known?.id === id && (known.isRefused || state.kind !== 'revoked');
      })
    );
  }

  mayAnswer(now: number): boolean {
    const { mono, wall } = this.reading(now);
    return leaseHolds(this.state.lease, mono, wall);
  }

  allows(environment: EnvironmentId, digest: TokenDigest): boolean {
    const presentation = { kind: 'pairing', method: 'mobile-app', form: 'well-formed', digests: [{ pepperId, digest }] } as const;
    const { table } = this.state;
    return (
      judgePresentation({ table, environment, presentation, facts: undefined, at: instant(start) }).reason === 'token-active'
    );
  }
}
