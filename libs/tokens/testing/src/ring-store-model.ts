import type { EnvironmentId } from '@tallystick/kernel-core';
import type { Member, MemberId, PepperId, Ring, RingChange, TokenId, UnreadableRing } from '@tallystick/tokens-domain';

export type MemberClaim = Pick<Member, 'id' | 'epoch' | 'applied' | 'leaseMs'> & { readonly peppers: readonly PepperId[] };

type Answer = { readonly seq: number; readonly answer: string; readonly values?: string };

/**
 * What a store of one shard has to say, as simply as it can be written: no clock, no limits, one server. Heads are named by a number that
 * grows; the epoch that is told is that of the head.
 */
export class RingStoreModel {
  head = 0;
  seq = 0;
  renewals = 0;
  rings = new Map<EnvironmentId, Ring | 'broken'>();
  sealed = new Map<string, string>();
  outbox: string[] = [];
  members = new Map<MemberId, Member>();
  /** The environment of each change that the log still has. */
  log = new Map<number, EnvironmentId>();
  readonly #done = new Map<string, Answer & { readonly requestDigest: string }>();

  change({ ring, expectedVersion, sealed, audit, idempotency }: RingChange): { readonly kind: string } & Partial<Answer> {
    const { environment } = ring;
    const key = `${environment}:${idempotency?.key ?? ''}`;
    const done = idempotency && this.#done.get(key);
    if (done && done.requestDigest !== idempotency.requestDigest) return { kind: 'key-reused' };
    if (done) return { kind: 'replayed', ...this.answered(environment, idempotency.key) };
    const stored = this.rings.get(environment);
    if (stored === 'broken') return { kind: 'unreadable' };
    if ((stored?.version ?? 0) !== expectedVersion) return { kind: 'conflict' };
    this.seq++;
    if (ring.version > expectedVersion) this.rings.set(environment, ring);
    for (const { token, copy } of sealed?.keep ?? []) this.sealed.set(`${environment}:${token}`, copy);
    for (const token of sealed?.erase ?? []) this.sealed.delete(`${environment}:${token}`);
    this.log.set(this.seq, environment);
    this.outbox.push(audit);
    if (idempotency) this.#done.set(key, { ...idempotency, seq: this.seq });
    return { kind: 'changed', seq: this.seq };
  }

  answered(environment: EnvironmentId, key: string): Answer | undefined {
    const done = this.#done.get(`${environment}:${key}`);
    return done && { seq: done.seq, answer: done.answer, ...(done.values === undefined ? {} : { values: done.values }) };
  }

  readSealed(environment: EnvironmentId, token: TokenId): string | undefined {
    return this.sealed.get(`${environment}:${token}`);
  }

  reopen(): void {
    this.head++;
  }

  renew(member: MemberClaim): { readonly entries: readonly unknown[]; readonly trimmed: boolean } {
    this.members.set(member.id, { ...member, renewals: ++this.renewals });
    const { applied } = member;
    const wanted = this.seq - applied;
    if (member.epoch !== String(this.head) || applied < 0 || wanted <= 0) return { entries: [], trimmed: false };
    const known = Array.from({ length: wanted }, (_, at) => this.log.get(applied + 1 + at));
    if (known.includes(undefined)) return { entries: [], trimmed: true };
    const entries = known.map((environment, at) => ({ seq: applied + 1 + at, ring: this.stored(environment as EnvironmentId) }));
    return { entries, trimmed: false };
  }

  stored(environment: EnvironmentId): Ring | UnreadableRing {
    const ring = this.rings.get(environment);
    return ring === undefined || ring === 'broken' ? { environment, isUnreadable: true } : ring;
  }

  trim(keep: number): void {
    for (const seq of this.log.keys()) if (seq <= this.seq - keep) this.log.delete(seq);
  }

  flush(): void {
    this.head++;
    this.seq = this.renewals = 0;
    for (const all of [this.rings, this.sealed, this.members, this.log, this.#done]) all.clear();
    this.outbox = [];
  }
}
