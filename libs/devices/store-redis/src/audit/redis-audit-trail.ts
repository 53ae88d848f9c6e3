import { randomBytes } from 'node:crypto';
import type { AuditClass, AuditNote, AuditTrail } from '@tallystick/devices-domain';
import { err, type Instant, isoOf, ok, type Result } from '@tallystick/kernel-core';
import { type AuditDigest, type AuditEntry, writeAuditEntry } from '@tallystick/platform-audit';
import type { Redis } from '@tallystick/platform-redis';
import { auditedEnvironmentsKey, auditKeys } from './audit-keys.ts';
import { noteScript } from './note.script.ts';

export interface RedisAuditTrailOptions {
  readonly redis: Redis;
  /** Left out: entries have no digests, and say so by their absence. */
  readonly digest?: AuditDigest | undefined;
  readonly now: () => Instant;
  /** Why a note was not written; there is nothing of the note in it. */
  readonly onFault: (fault: 'full' | 'unreachable', cause?: unknown) => void;
  /** Entries of an environment that may wait, twice over with results and what takes back. Default 100 000. */
  readonly room?: number;
}

const usualRoom = 100_000;

/**
 * What may wait before a class of notes is refused. Readings leave room for changes, changes for the results of what is begun, and nothing
 * takes the last of it from what stops or takes back.
 */
const share: Readonly<Record<AuditClass, number>> = { reading: 0.5, intent: 0.9, result: 1.9, urgent: 2 };

/**
 * Writes notes into the outbox of their environment, where the relay takes them. No person is named: an entry has a random name that only
 * `people` connects with the user's hash, so a person is forgotten by taking that line out.
 */
export class RedisAuditTrail implements AuditTrail {
  readonly #options: RedisAuditTrailOptions;

  constructor(options: RedisAuditTrailOptions) {
    this.#options = options;
  }

  async note(...notes: readonly AuditNote[]): Promise<Result<void, 'not-writable'>> {
    const [first] = notes;
    if (!first) return ok(undefined);
    const { redis, onFault, room = usualRoom } = this.#options;
    try {
      const { environment } = first;
      if (notes.some((note) => note.environment !== environment || note.class !== first.class))
        throw new RangeError('what is noted at once is of one environment and class');
      const { outbox, head, people } = auditKeys(environment);
      const most = Math.floor(room * share[first.class]);
      // Each time, and sent before the note: a Redis that has lost the name would keep the notes where no relay looks.
      const [, seq] = await Promise.all([
        redis.sAdd(auditedEnvironmentsKey, environment),
        noteScript.run(redis, [outbox, head, people], [most, ...notes.flatMap((note) => this.#written(note))]),
      ]);
      if (seq !== null) return ok(undefined);
      onFault('full');
    } catch (cause) {
      onFault('unreachable', cause);
    }
    return err('not-writable');
  }

  /** The entry, the person's field, and their name should they have none yet. */
  #written(note: AuditNote): readonly [string, string, string] {
    const { environment, connection, actor, action, reason, requestId, planId, person, result, facts } = note;
    const fresh = person ? randomBytes(16).toString('hex') : '';
    const subject = person ? `person:${fresh}` : note.subject;
    const { digest, now } = this.#options;
    const entry: AuditEntry = {
      ...{ format: 1, environment, at: isoOf(now()), actor, action, reason },
      ...(requestId !== undefined && { requestId }),
      ...(planId !== undefined && { planId }),
      ...(subject !== undefined && { subject }),
      ...(digest && note.before !== undefined && { before: digest(note.before) }),
      ...(digest && note.after !== undefined && { after: digest(note.after) }),
      ...(result !== undefined && { result }),
      facts: { ...(connection !== undefined && { connection }), ...facts, class: note.class },
    };
    return [writeAuditEntry(entry), person ? `${person.connection}/${person.user}` : '', fresh];
  }
}
