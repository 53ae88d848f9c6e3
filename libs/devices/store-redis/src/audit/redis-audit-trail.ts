import { randomBytes } from 'node:crypto';
import type { AuditClass, AuditNote, AuditTrail } from '@tallystick/devices-domain';
import { err, type Instant, isoOf, ok, type Result } from '@tallystick/kernel-core';
import { type AuditDigest, type AuditEntry, writeAuditEntry } from '@tallystick/platform-audit';
import type { Redis } from '@tallystick/platform-redis';
import { Acknowledged } from './acknowledged.ts';
import { auditedEnvironmentsKey, auditKeys, linesOf } from './audit-keys.ts';
import { argumentsOf, noteScript, secretScript, type WrittenNote } from './note.script.ts';

/**
 * - `full`: there is no room for notes of this class
 * - `unreachable`: nobody knows whether it was written
 * - `not-replicated`: it was, and too few replicas have it: a fail-over could lose it. Of class `urgent` it counts all the same
 */
export type AuditFault = 'full' | 'unreachable' | 'not-replicated';

export interface RedisAuditTrailOptions {
  /** With `replicas` a connection of its own: each note blocks it until they have it. */
  readonly redis: Redis;
  /** Left out: entries have no digests, and say so by their absence. */
  readonly digest?: AuditDigest | undefined;
  readonly now: () => Instant;
  /** Why a note was not written, does not count, or may be lost; there is nothing of the note in it. */
  readonly onFault: (fault: AuditFault, cause?: unknown) => void;
  /** Entries of an environment that may wait, twice over with results and what takes back. Default 100 000. */
  readonly room?: number;
  /** Replicas that must have a note before what it is about is done or shown: all that could be promoted. Default 0. */
  readonly replicas?: number;
  /** How long they may take. Default 1 000. */
  readonly replicasWithinMs?: number;
  /** Random per process run: intents are kept open under it until their result is noted. Left out: none is. */
  readonly writer?: string;
}

const usualRoom = 100_000;

/**
 * What may wait before a class of notes is refused. Readings leave room for changes, changes for the results of what is begun, and nothing
 * takes the last of it from what stops or takes back.
 */
const share: Readonly<Record<AuditClass, number>> = { reading: 0.5, intent: 0.9, result: 1.9, urgent: 2 };

/** Entries that may wait before one of this class. */
export const roomFor = (kind: AuditClass, room = usualRoom): number => Math.floor(room * share[kind]);

/** A person who is erased again and again while they are noted is none whom a note can name. */
const attempts = 3;

/**
 * Writes notes into the outbox of their environment, where the relay takes them. No person is named: an entry has a random name that only
 * `people` connects with the user's hash, so a person is forgotten by taking that line out, and the secret of their digests with it.
 */
export class RedisAuditTrail implements AuditTrail {
  readonly #options: RedisAuditTrailOptions;
  readonly #acknowledged: Acknowledged;
  readonly #underWay = new Set<string>();

  constructor(options: RedisAuditTrailOptions) {
    this.#options = options;
    const { redis, replicas = 0, replicasWithinMs = 1_000 } = options;
    this.#acknowledged = new Acknowledged({ redis, replicas, withinMs: replicasWithinMs });
  }

  /** Whether this process works on it now: it was noted here, and its result was not. */
  isUnderWay(intent: string): boolean {
    return this.#underWay.has(intent);
  }

  async note(...notes: readonly AuditNote[]): Promise<Result<void, 'not-writable'>> {
    const [first] = notes;
    if (!first) return ok(undefined);
    const isResult = first.class === 'result';
    for (const { intent } of notes) if (intent !== undefined) this.#underWay[isResult ? 'delete' : 'add'](intent);
    const written = await this.#write(first, notes);
    if (written !== undefined) this.#options.onFault(...written);
    if (written === undefined) return ok(undefined);
    // Nothing is done then; what has reached the store all the same is ended by a look at what is open.
    for (const { intent } of notes) if (intent !== undefined) this.#underWay.delete(intent);
    return err('not-writable');
  }

  async #write(first: AuditNote, notes: readonly AuditNote[]): Promise<readonly [AuditFault, unknown?] | undefined> {
    try {
      const { environment } = first;
      if (notes.some((note) => note.environment !== environment || note.class !== first.class))
        throw new RangeError('what is noted at once is of one environment and class');
      const { connection } = this.#acknowledged;
      const seq = await this.#append(first, notes);
      if (seq === null) return ['full'];
      // What came of something has happened, and its note is worth having also where a fail-over may lose it: then it is told as unknown.
      if (first.result !== undefined) return undefined;
      return first.class === 'urgent' ? await this.#goOn(connection) : await this.#replicated(connection, notes);
    } catch (cause) {
      return ['unreachable', cause];
    }
  }

  async #replicated(connection: number | undefined, notes: readonly AuditNote[]): Promise<readonly [AuditFault] | undefined> {
    if (await this.#acknowledged.by(connection)) return undefined;
    await this.#takeBack(notes);
    return ['not-replicated'];
  }

  /** A replica that is away, or a connection that was lost since, must not keep anybody from stopping something: that is told only. */
  async #goOn(connection: number | undefined): Promise<undefined> {
    try {
      if (!(await this.#acknowledged.by(connection))) this.#options.onFault('not-replicated');
    } catch (cause) {
      this.#options.onFault('not-replicated', cause);
    }
  }

  async #append({ environment, class: kind }: AuditNote, notes: readonly AuditNote[]): Promise<number | null> {
    const { redis, room } = this.#options;
    const { outbox, head, people, open } = auditKeys(environment);
    for (let attempt = 1; ; attempt++) {
      const written = await Promise.all(notes.map((note) => this.#written(note)));
      // Each time, and sent before the note: a Redis that has lost the name would keep the notes where no relay looks.
      const [, reply] = await Promise.all([
        redis.sAdd(auditedEnvironmentsKey, environment),
        noteScript.run(redis, [outbox, head, people, open], [roomFor(kind, room), ...written.flatMap(argumentsOf)]),
      ]);
      if (reply !== 'forgotten') return reply as number | null;
      if (attempt === attempts) throw new Error('a person was erased while they were noted');
    }
  }

  /** Of intents that are in the store, and that nothing came of. */
  async #takeBack(notes: readonly AuditNote[]): Promise<void> {
    const intents = notes.filter(({ class: kind }) => kind === 'intent');
    const ends = intents.map(({ before: _before, after: _after, ...intent }): AuditNote => ({
      ...intent,
      class: 'result',
      result: 'not-begun',
    }));
    if (ends[0]) await this.#append(ends[0], ends);
  }

  async #written(note: AuditNote): Promise<WrittenNote> {
    const { environment, connection, actor, action, reason, requestId, planId, person, result, facts, intent } = note;
    const fresh = person ? randomBytes(16).toString('hex') : '';
    const subject = person ? `person:${fresh}` : note.subject;
    const { now, writer = '' } = this.#options;
    const { digests, secretLine, secret } = await this.#digested(note);
    const entry: AuditEntry = {
      ...{ format: 1, environment, at: isoOf(now()), actor, action, reason },
      ...(requestId !== undefined && { requestId }),
      ...(planId !== undefined && { planId }),
      ...(intent !== undefined && { intent }),
      ...(subject !== undefined && { subject }),
      ...digests,
      ...(result !== undefined && { result }),
      facts: { ...(connection !== undefined && { connection }), ...facts, class: note.class },
    };
    return {
      entry: writeAuditEntry(entry),
      person: person ? linesOf(person).name : '',
      ...{ fresh, secretLine, secret },
      intent: intent ?? '',
      writer: note.class === 'result' ? '' : writer,
    };
  }

  /** Equal values of two people have two digests, and whose secret is destroyed can't be found by trying values, not with the key either. */
  async #digested({ environment, person, digestsOf = person, before, after }: AuditNote) {
    const { redis, digest } = this.#options;
    if (!digest || (before === undefined && after === undefined)) return { digests: {}, secretLine: '', secret: '' };
    const fresh = randomBytes(32).toString('hex');
    const about = typeof digestsOf === 'object' ? linesOf(digestsOf) : undefined;
    const secret = about
      ? ((await secretScript.run(redis, [auditKeys(environment).people], [about.secret, fresh])) as string)
      : fresh;
    const of = (document: unknown) => (digestsOf ? digest(document, 'person', secret) : digest(document));
    const digests = { ...(before !== undefined && { before: of(before) }), ...(after !== undefined && { after: of(after) }) };
    return { digests, ...(about ? { secretLine: about.secret, secret } : { secretLine: '', secret: '' }) };
  }
}
