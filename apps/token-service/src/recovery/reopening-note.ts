import { instant } from '@tallystick/kernel-core';
import type { RingShard, TokenRingStore } from '@tallystick/tokens-domain';
import { auditNote } from '../rings/audit-entry.ts';

export interface ReopeningNoteNeeds {
  readonly store: Pick<TokenRingStore, 'environments' | 'read' | 'change'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Notes in the audit of every environment of a shard that somebody reopens it. Throws when one can't be written. */
export type NoteReopening = (shard: RingShard, by: { readonly actor: string; readonly reason: string }) => Promise<void>;

const attempts = 8;

/** May use the reserve of the outbox: while Kafka is away, which is when a person has to do this, it may well be full. */
export const createReopeningNote =
  ({ store, nowMs }: ReopeningNoteNeeds): NoteReopening =>
  async (shard, { actor, reason }) => {
    for (const environment of await store.environments(shard)) {
      for (let attempt = 1; ; attempt++) {
        const ring = await store.read(environment).catch((error: unknown) => {
          if (error instanceof Error && error.name === 'UnreadableRecord') return undefined; // it gets no verdict, reopened or not
          throw error;
        });
        if (!ring) break;
        const audit = auditNote({ environment, at: instant(nowMs()), actor, action: 'reopen-shard', facts: { shard, reason } });
        const { kind } = await store.change({ ring, expectedVersion: ring.version, audit, mayUseReserve: true });
        if (kind === 'changed') break;
        if (kind !== 'conflict' || attempt === attempts)
          throw new Error(`the reopening could not be noted in the audit: ${kind}`);
      }
    }
  };
