import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import type { Logger } from '@tallystick/platform-observability';
import type { Ring, RingChange, RingChangeResult, TokenId, TokenRingStore } from '@tallystick/tokens-domain';
import type { ShardStandings } from '../recovery/ring-recovery.ts';
import { requestIdNow } from '../audit/request-context.ts';
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
  /** Ids and words; nothing secret. None is called as what every entry has: that stands for it. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** `refused`: of an attempt. Default `noted`. */
  readonly result?: 'noted' | 'refused';
  /** Where it is not the request that is being answered. */
  readonly requestId?: string;
}

/** Of something that is done: why, and a key. */
export interface DeedNote extends Note {
  readonly reason: string;
  /** The same note with the same key is written once. */
  readonly idempotencyKey: string;
  /** Everything that was asked for, where the facts are less: what tells a repeated request from another one with its key. */
  readonly asked?: unknown;
  /** More facts, which may differ when the same request is repeated: that does not make it another one. */
  readonly circumstances?: Readonly<Record<string, unknown>>;
  /** Before a revocation in an emergency: no limit stops it, and it may use the room that is kept for revocations. */
  readonly isEmergency?: boolean;
  /** Nobody waits for it: it is left out where the outbox is half full. */
  readonly leavesHalf?: boolean;
}

export type NoteFailure = Exclude<RingChangeResult['kind'], 'changed' | 'replayed'>;
export type NoteOutcome =
  /** `isRepeated`: it was written before, by the same request. */
  | { readonly kind: 'noted'; readonly ring: Ring; readonly isRepeated: boolean }
  | { readonly kind: 'no-ring' }
  | { readonly kind: 'too-many-changes'; readonly retryAfterSeconds: number }
  | { readonly kind: NoteFailure };

const attempts = 8;

/** What tells a note from another one with its key. */
const sentIn = ({ environment, action, reason, facts, asked }: DeedNote): unknown => [
  environment,
  'note',
  action,
  reason,
  facts,
  asked ?? null,
];

/** Writes audit entries about what changes no ring. Throws when the store can't be reached. */
export class AuditNotes {
  readonly #needs: AuditNotesNeeds;
  constructor(needs: AuditNotesNeeds) {
    this.#needs = needs;
  }

  /** Whether this very note was written before, with its key. Throws when the store can't be reached. */
  async isWritten(note: DeedNote): Promise<boolean> {
    const { store, answers } = this.#needs;
    const known = await store.answered(note.environment, note.idempotencyKey);
    return known !== undefined && answers.isDigestOf(known.requestDigest, note.actor, sentIn(note));
  }

  async write(note: DeedNote): Promise<NoteOutcome> {
    const { store, answers } = this.#needs;
    const { environment, actor, reason, facts, circumstances, idempotencyKey: key } = note;
    const sent = sentIn(note);
    const known = await store.answered(environment, key);
    if (known && !answers.isDigestOf(known.requestDigest, actor, sent)) return { kind: 'key-reused' };
    if (known) {
      const ring = await store.read(environment);
      return ring ? { kind: 'noted', ring, isRepeated: true } : { kind: 'no-ring' };
    }
    return this.#write({ ...note, facts: { ...facts, ...circumstances } }, reason, {
      key,
      requestDigest: answers.digestOf(actor, sent),
      answer: '{}',
    });
  }

  async #write(
    {
      environment,
      actor,
      action,
      facts,
      result: said = 'noted',
      requestId = requestIdNow(),
      isEmergency = false,
      leavesHalf = false,
    }: Note & Pick<DeedNote, 'isEmergency' | 'leavesHalf'>,
    reason: string | undefined,
    idempotency: RingChange['idempotency'],
  ): Promise<NoteOutcome> {
    const { store, recovery, limits, nowMs } = this.#needs;
    const shard = store.shardOf(environment);
    const wait = isEmergency ? undefined : await limits.take('note', environment, actor);
    if (wait !== undefined) return { kind: 'too-many-changes', retryAfterSeconds: wait };
    const why = reason === undefined ? {} : { reason };
    let failure: NoteFailure = 'conflict';
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { settledEpoch } = await recovery.standing(shard);
      const ring = await store.read(environment);
      if (!ring) return { kind: 'no-ring' };
      const result = await store.change({
        ring,
        expectedVersion: ring.version,
        audit: auditNote({
          environment,
          at: instant(nowMs()),
          actor,
          ...why,
          action,
          requestId,
          result: said,
          facts,
        }),
        mayUseReserve: isEmergency,
        ...(leavesHalf && { leavesHalf }),
        ...(settledEpoch === undefined ? {} : { settledEpoch }),
        ...(idempotency ? { idempotency } : {}),
      });
      if (result.kind === 'changed' || result.kind === 'replayed')
        return { kind: 'noted', ring, isRepeated: result.kind === 'replayed' };
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
    const noted = await this.#write({ ...note, facts: { ...note.facts, tokens } }, undefined, undefined);
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
