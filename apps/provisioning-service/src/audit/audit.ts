import type { AuditNote, AuditTrail } from '@tallystick/devices-domain';
import type { RedisChangeLedger } from '@tallystick/devices-store-redis';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { ProblemException } from '@tallystick/platform-http';
import type { Logger } from '@tallystick/platform-observability';
import type { FastifyReply } from 'fastify';
import type { Asked, Caller } from './changing.ts';

export interface AuditNeeds {
  readonly trail: AuditTrail;
  readonly ledger: Pick<RedisChangeLedger, 'begin' | 'answered' | 'leftOpen' | 'forgotten'>;
  readonly logger: Pick<Logger, 'error'>;
  /** Random, for each request. */
  readonly newRun: () => string;
}

declare const brand: unique symbol;
/** Stands for an intent that is in the audit. Who changes something asks for it, so that nothing is changed without (R43). */
export interface Noted {
  readonly by: string;
  readonly [brand]: 'noted';
}

/** What is noted of a change, besides who, when and why. */
export type Intent = Pick<
  AuditNote,
  'connection' | 'action' | 'person' | 'subject' | 'planId' | 'before' | 'after' | 'digestsOf' | 'facts'
> & {
  /** It stops something, or takes it back: it has room in the audit when others have none any more. */
  readonly urgent?: true;
};

export interface Made<T> {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: T;
  /** What became of it, in kebab-case; `done` if left out. */
  readonly result?: string;
  /** Whom it was about is erased: the note of what became of it names nobody, for to name them would be to know them again. */
  readonly forgotten?: true;
}

/** Thrown where the first thing that a request does is certainly not done: it has changed nothing, so its key is free again. */
export class NothingDone extends ProblemException {}

/** Writes the intent down. @throws ProblemException 503 when that can't be done */
export type Begin = (intent: Intent) => Promise<Noted>;

/** `again`: the same request was begun before, and nobody knows what became of it. */
export type Work<T> = (begin: Begin, again: boolean) => Promise<Made<T>>;

/** Changes and readings of people: each is in the audit before it is done (R43), and a change is done once for its key. */
export class Audit {
  readonly #needs: AuditNeeds;
  constructor(needs: AuditNeeds) {
    this.#needs = needs;
  }

  /**
   * Looks, begins, and changes: `work` looks at what is there, calls `begin` once it knows what it will do, and then does it with what it
   * is given. A request that was answered is answered again.
   * @throws ProblemException 409 while the same request is worked on, 422 when the key is another request's, 503 when the audit or the
   * store can't be written; nothing is changed then. And whatever `work` throws.
   */
  async change<T>(asked: Asked, environment: EnvironmentId, work: Work<T>): Promise<Made<T>> {
    const { ledger, newRun } = this.#needs;
    const name = { environment, actor: asked.by, key: asked.key };
    const begun = await ledger.begin(name, asked.request, newRun()).catch(unavailable);
    if (begun.kind === 'answered') return JSON.parse(begun.answer) as Made<T>;
    if (begun.kind === 'reused') throw keyReused();
    if (begun.kind === 'under-way') throw underWay();
    let intended: AuditNote | undefined;
    const begin = async ({ urgent, ...intent }: Intent): Promise<Noted> => {
      const { by: actor, requestId, reason } = asked;
      const about = { ...intent, intent: begun.run, environment, actor, requestId, reason };
      const note = { ...about, class: urgent ? 'urgent' : 'intent' } as const;
      await this.#note(note);
      intended = note;
      return { by: actor } as Noted;
    };
    try {
      const made = await work(begin, begun.again);
      await this.#result(made.forgotten ? withoutPerson(intended) : intended, made.result ?? 'done');
      await this.#end(() => ledger.answered(name, begun.run, JSON.stringify(made)));
      return made;
    } catch (error) {
      const isRefused = error instanceof ProblemException && error.status < 500;
      // Of one that was begun before it says nothing: that one may be done.
      const isNothingDone = error instanceof NothingDone && !begun.again;
      const isUndone = isRefused || !intended || isNothingDone;
      await this.#result(intended, error instanceof ProblemException ? error.kind : 'failed');
      await this.#end(() => (isUndone ? ledger.forgotten(name, begun.run) : ledger.leftOpen(name, begun.run)));
      throw error;
    }
  }

  /**
   * Before it is answered; for each person of `people` one note. Undefined stands for what is shown of nobody in particular.
   * @throws ProblemException 503 when it can't be written: then nothing may be shown
   */
  async reading(
    { by: actor, requestId }: Caller,
    about: Pick<AuditNote, 'environment' | 'connection' | 'action' | 'subject' | 'facts'>,
    people: readonly AuditNote['person'][] = [undefined],
  ): Promise<void> {
    const note = { ...about, actor, requestId, class: 'reading', reason: 'asked for over the API' } as const;
    await this.#note(...people.map((person) => ({ ...note, ...(person && { person }) })));
  }

  /**
   * Of what happens without anybody asking for it, and can't be refused. It has an intent's room: what is told again and again must not fill the
   * room of what people were told is done.
   * @throws ProblemException 503 when it can't be written: then it is to be told again
   */
  async happened(
    about: Pick<AuditNote, 'environment' | 'connection' | 'action' | 'subject' | 'facts' | 'reason' | 'result'>,
  ): Promise<void> {
    await this.#note({ ...about, class: 'intent', actor: 'system', requestId: this.#needs.newRun() });
  }

  async #note(...notes: readonly AuditNote[]): Promise<void> {
    if (!(await this.#needs.trail.note(...notes)).ok) throw notWritable();
  }

  /** The change was made or not, whatever becomes of this note: it must not be answered as if it were not. */
  async #result(intended: AuditNote | undefined, result: string): Promise<void> {
    if (!intended) return;
    const { before: _before, after: _after, digestsOf: _of, ...intent } = intended;
    const noted = await this.#needs.trail.note({ ...intent, class: 'result', result });
    const { action, requestId } = intended;
    if (!noted.ok)
      this.#needs.logger.error({ action, requestId, result }, 'what became of a change is not in the audit, but here');
  }

  /** A key that can't be ended only makes a repeated request wait, or look again. */
  async #end(end: () => Promise<void>): Promise<void> {
    await end().catch((error: unknown) =>
      this.#needs.logger.error({ err: error }, 'an answer could not be kept for a repeated request'),
    );
  }
}

function withoutPerson(note: AuditNote | undefined): AuditNote | undefined {
  if (!note) return undefined;
  const { person: _person, ...rest } = note;
  return rest;
}

/** Answers as it was made, with its status and headers. */
export function answerWith<T>(reply: FastifyReply, { status, headers, body }: Made<T>): T {
  if (status !== undefined) void reply.status(status);
  if (headers) void reply.headers({ ...headers });
  return body;
}

const again = { headers: { 'retry-after': '1' } } as const;

const notWritable = (): ProblemException =>
  new ProblemException(
    'audit-not-writable',
    503,
    'The audit can not be written',
    'Nothing was changed or shown. What is not in the audit is refused; try again when its entries are taken away.',
    {},
    { headers: { 'retry-after': '10' } },
  );

const keyReused = (): ProblemException =>
  new ProblemException(
    'idempotency-key-reused',
    422,
    'The Idempotency-Key belongs to another request',
    'Use a new key for a new request, and repeat a request exactly as it was.',
  );

const underWay = (): ProblemException =>
  new ProblemException(
    'request-under-way',
    409,
    'The same request is being worked on',
    'Repeat it in a moment: then it is answered.',
    {},
    again,
  );

const unavailable = (cause: unknown): never => {
  throw new ProblemException(
    'store-unavailable',
    503,
    'The store can not be reached now',
    'Nothing was changed. Try again later.',
    {},
    { ...again, cause },
  );
};
