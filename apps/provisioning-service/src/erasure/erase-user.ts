import type { Pass, PassStore, UserRef } from '@tallystick/devices-domain';
import type { ErasedOfUser, RedisErasure } from '@tallystick/devices-store-redis';
import { ProblemException } from '@tallystick/platform-http';
import type { Audit, Made } from '../audit/audit.ts';
import type { Asked } from '../audit/changing.ts';
import { ask } from '../passes/engine-away.ts';
import { stored } from '../passes/passes-api.ts';

/** Runs of one user in the engine. Each throws EngineAway when it can't be reached. */
export interface UserRuns {
  /** A worker is at this user right now. */
  readonly isBusy: (user: UserRef) => Promise<boolean>;
  /** Ends a run that waits for something. */
  readonly end: (user: UserRef) => Promise<void>;
  /** Every run that ever was, with its history. Gives how many there were, and how many are still on their way out. */
  readonly forget: (user: UserRef) => Promise<{ readonly runs: number; readonly remaining: number }>;
}

export interface EraseNeeds {
  readonly audit: Audit;
  readonly erasure: Pick<RedisErasure, 'known' | 'erase' | 'forgetName'>;
  readonly passes: Pick<PassStore, 'list'>;
  readonly runs: UserRuns;
  /** Takes the parked records of a source key out of the index. `unread`: they lie in the topic only, or can't be read. */
  readonly forgetParked: (user: UserRef, sourceKey: string) => Promise<{ readonly forgotten: number; readonly unread: number }>;
  /** @throws ProblemException 404 where there is no such connection */
  readonly connectionIsThere: (ref: Pick<UserRef, 'environment' | 'connection'>) => Promise<unknown>;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly elapsedMs: () => number;
}

export interface ErasedPerson extends ErasedOfUser {
  /** Anything was kept under their name. */
  readonly known: boolean;
  readonly parkedRecords: number;
  readonly parkedUnread: number;
  readonly runs: number;
  readonly runsRemaining: number;
}

/** So long somebody who is worked on is waited for; a run of one user takes some seconds. */
const waitMs = 10_000;
const passesLooked = 200;

/**
 * Takes away all that our own stores and the engine keep of one person in a connection, and last what ties them to the audit. Can be repeated:
 * what is gone is gone. Nothing is done at the directory.
 * @throws ProblemException 409 while a pass or a worker is at them, 503 when it was not finished: then it is repeated
 */
export async function eraseUser(
  needs: EraseNeeds,
  { user, sourceKey }: { readonly user: UserRef; readonly sourceKey: string },
  asked: Asked,
): Promise<Made<ErasedPerson>> {
  const { audit, erasure, passes, runs } = needs;
  return audit.change(asked, user.environment, async (begin) => {
    const known = await stored(erasure.known(user));
    if (!known) await needs.connectionIsThere(user);
    const pass = (await stored(passes.list(user, passesLooked))).find(mayStillWrite);
    if (pass) throw passUnderWay(pass);
    await waitForWorker(needs, user);
    // Who is not known gets no name in the audit: else whoever tries keys would fill it.
    await begin({ connection: user.connection, action: 'erase-user', ...(known && { person: user }), facts: { known } });
    try {
      await runs.end(user);
      const erased = await erasure.erase(user);
      const parked = await needs.forgetParked(user, sourceKey);
      const { runs: deleted, remaining } = await runs.forget(user);
      await erasure.forgetName(user); // last: until here the repetition is about the same person
      const counts = { parkedRecords: parked.forgotten, parkedUnread: parked.unread, runs: deleted, runsRemaining: remaining };
      return { body: { known, ...erased, ...counts }, result: remaining > 0 ? 'histories-remain' : 'done', forgotten: true };
    } catch (cause) {
      throw unfinished(cause);
    }
  });
}

/** It reads and writes results of users; one that is held or paused does neither. */
const mayStillWrite = ({ stage }: Pass): boolean => stage === 'planning' || stage === 'applying';

async function waitForWorker({ runs, pause, elapsedMs }: EraseNeeds, user: UserRef): Promise<void> {
  const begun = elapsedMs();
  while (await ask(runs.isBusy(user))) {
    if (elapsedMs() - begun >= waitMs) throw userUnderWay();
    await pause(500);
  }
}

const passUnderWay = ({ id, kind }: Pass): ProblemException =>
  new ProblemException(
    'pass-under-way',
    409,
    `A ${kind} of the connection is under way`,
    `Nothing was erased: it would write of this person again. Wait for the end of ${id}, or pause or cancel it, and repeat this.`,
    { pass: id },
  );

const userUnderWay = (): ProblemException =>
  new ProblemException(
    'user-under-way',
    409,
    'A worker is at this user right now',
    'Nothing was erased. Repeat this in a minute. If it goes on like this, look at the directory: it may not answer.',
    {},
    { headers: { 'retry-after': '30' } },
  );

const unfinished = (cause: unknown): ProblemException =>
  new ProblemException(
    'erasure-unfinished',
    503,
    'It is not all erased yet',
    'Some of it may be gone already. Repeat the request with the same Idempotency-Key until it is answered; that harms nothing.',
    {},
    { cause, headers: { 'retry-after': '10' } },
  );
