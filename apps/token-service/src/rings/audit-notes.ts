import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import type { Logger } from '@tallystick/platform-observability';
import type { Ring, RingChangeResult, TokenId, TokenRingStore } from '@tallystick/tokens-domain';
import type { ShardStandings } from '../recovery/ring-recovery.ts';
import { auditNote } from './audit-entry.ts';
import type { ChangeLimits } from './change-limits.ts';
import type { SealedAnswers, SealedValues } from './sealed-answers.ts';

export interface AuditNotesNeeds {
  readonly store: Pick<TokenRingStore, 'shardOf' | 'read' | 'change' | 'answered' | 'readSealed'>;
  readonly answers: SealedAnswers;
  readonly seals: SealedValues;
  readonly recovery: ShardStandings;
  readonly limits: ChangeLimits;
  readonly logger: Logger;
  readonly nowMs: () => number;
}

export interface Note {
  readonly environment: EnvironmentId;
  readonly actor: string;
  /** Kebab-case; what was done, beside the commands of rings. */
  readonly action: string;
  /** Ids and words; nothing secret. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** The same note with the same key is written once. */
  readonly idempotencyKey?: string;
}

export type NoteFailure = Exclude<RingChangeResult['kind'], 'changed' | 'replayed'>;
export type NoteOutcome =
  | { readonly kind: 'noted'; readonly ring: Ring }
  | { readonly kind: 'no-ring' }
  | { readonly kind: 'too-many-changes'; readonly retryAfterSeconds: number }
  | { readonly kind: NoteFailure };

const attempts = 8;

/** Writes audit entries about what changes no ring. Throws when the store can't be reached. */
export class AuditNotes {
  readonly #needs: AuditNotesNeeds;
  constructor(needs: AuditNotesNeeds) {
    this.#needs = needs;
  }

  async write({ environment, actor, action, facts, idempotencyKey: key }: Note): Promise<NoteOutcome> {
    const { store, answers, recovery, limits, nowMs } = this.#needs;
    const shard = store.shardOf(environment);
    const sent = [environment, 'note', action, facts];
    const known = key === undefined ? undefined : await store.answered(environment, key);
    if (known && !answers.isDigestOf(known.requestDigest, actor, sent)) return { kind: 'key-reused' };
    const wait = known ? undefined : await limits.take('note', environment, actor);
    if (wait !== undefined) return { kind: 'too-many-changes', retryAfterSeconds: wait };
    let failure: NoteFailure = 'conflict';
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { settledEpoch } = await recovery.standing(shard);
      const ring = await store.read(environment);
      if (!ring) return { kind: 'no-ring' };
      if (known) return { kind: 'noted', ring };
      const result = await store.change({
        ring,
        expectedVersion: ring.version,
        audit: auditNote({ environment, at: instant(nowMs()), actor, action, facts }),
        mayUseReserve: false,
        ...(settledEpoch === undefined ? {} : { settledEpoch }),
        ...(key === undefined ? {} : { idempotency: { key, requestDigest: answers.digestOf(actor, sent), answer: '{}' } }),
      });
      if (result.kind === 'changed' || result.kind === 'replayed') return { kind: 'noted', ring };
      failure = result.kind;
      if (failure === 'unsettled') await recovery.compare(shard);
      else if (failure !== 'conflict') break;
    }
    return { kind: failure };
  }

  /**
   * The kept values of these tokens, after a note that they were read. A token without a copy is left out; without any, nothing is noted.
   */
  async readValues(
    note: Note,
    tokens: readonly TokenId[],
  ): Promise<
    { readonly kind: 'read'; readonly values: ReadonlyMap<TokenId, string> } | Exclude<NoteOutcome, { readonly kind: 'noted' }>
  > {
    const { store, seals, logger } = this.#needs;
    const { environment } = note;
    if (tokens.length === 0) return { kind: 'read', values: new Map() };
    const noted = await this.write({ ...note, facts: { ...note.facts, tokens } });
    if (noted.kind !== 'noted') return noted;
    const values = new Map<TokenId, string>();
    for (const token of tokens) {
      const copy = await store.readSealed(environment, token);
      const value = copy === undefined ? undefined : seals.open(environment, token, copy);
      if (value !== undefined) values.set(token, value);
      else if (copy !== undefined)
        logger.error({ environment, id: token }, 'a sealed copy can not be opened with the keys of TOKENS_SEAL_KEYS_FILE');
    }
    return { kind: 'read', values };
  }
}
