import { createHash } from 'node:crypto';
import { instant } from '@tallystick/kernel-core';
import type { RingShard, TokenRingStore } from '@tallystick/tokens-domain';
import { requestIdNow } from '../audit/request-context.ts';
import { auditNote } from '../rings/audit-entry.ts';

export interface ReopeningNoteNeeds {
  readonly store: Pick<TokenRingStore, 'environments' | 'read' | 'change'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

export interface ReopenedBy {
  readonly actor: string;
  readonly reason: string;
  readonly idempotencyKey: string;
}

/**
 * Notes in the audit of every environment of a shard that somebody reopens it, once for a key. Throws when one can't be written.
 * `key-reused`: the key belongs to another request.
 */
export type NoteReopening = (shard: RingShard, by: ReopenedBy) => Promise<'noted' | 'key-reused'>;

const attempts = 8;

/** May use the reserve of the outbox: while Kafka is away, which is when a person has to do this, it may well be full. */
export const createReopeningNote =
  ({ store, nowMs }: ReopeningNoteNeeds): NoteReopening =>
  async (shard, { actor, reason, idempotencyKey: key }) => {
    const requestDigest = createHash('sha256')
      .update(JSON.stringify(['reopen-shard', shard, actor, reason]))
      .digest('hex');
    for (const environment of await store.environments(shard)) {
      for (let attempt = 1; ; attempt++) {
        const ring = await store.read(environment).catch((error: unknown) => {
          if (error instanceof Error && error.name === 'UnreadableRecord') return undefined; // it gets no verdict, reopened or not
          throw error;
        });
        if (!ring) break;
        const facts = { shard };
        const [action, requestId] = ['reopen-shard', requestIdNow()];
        const audit = auditNote({ environment, at: instant(nowMs()), actor, reason, action, requestId, facts });
        const idempotency = { key, requestDigest, answer: '{}' };
        const { kind } = await store.change({ ring, expectedVersion: ring.version, audit, mayUseReserve: true, idempotency });
        if (kind === 'key-reused') return kind;
        if (kind === 'changed' || kind === 'replayed') break;
        if (kind !== 'conflict' || attempt === attempts)
          throw new Error(`the reopening could not be noted in the audit: ${kind}`);
      }
    }
    return 'noted';
  };
