import { ProblemException } from '@tallystick/platform-http';
import { grpcCodeOf, grpcCodes } from '@tallystick/platform-temporal';
import { NothingDone } from '../audit/audit.ts';

/** Temporal, or a worker behind it, did not answer. `unknown`: what was asked for may be done, now or later. */
export class EngineAway extends Error {
  override readonly name = 'EngineAway';
  readonly outcome: 'not-done' | 'unknown' | 'no-worker';
  constructor(outcome: EngineAway['outcome'], cause?: unknown) {
    super(`Temporal did not answer: ${outcome}`, { cause });
    this.outcome = outcome;
  }
}

export const asAway = (error: unknown, call: 'read' | 'change'): EngineAway =>
  new EngineAway(call === 'read' || grpcCodeOf(error) === grpcCodes.unavailable ? 'not-done' : 'unknown', error);

/** Runs a call of the engine; that it is away becomes a problem here and nowhere else. */
export async function ask<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof EngineAway) throw problemOf(error);
    throw error;
  }
}

/** The same of the first call of a request that changes something: who is not reached has done nothing of the request. */
export async function askFirst<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof EngineAway) throw problemOf(error, NothingDone);
    throw error;
  }
}

function problemOf(away: EngineAway, NotDone = ProblemException): ProblemException {
  const options = { cause: away, headers: { 'retry-after': '5' } };
  switch (away.outcome) {
    case 'not-done':
      return new NotDone(
        'engine-unavailable',
        503,
        'Temporal can not be reached now',
        'Nothing was done. Try again later.',
        {},
        options,
      );
    case 'unknown':
      return new ProblemException(
        'outcome-unknown',
        503,
        'It may or may not have been done',
        'Look at it before you repeat it; with the same Idempotency-Key a start can be repeated at once.',
        {},
        options,
      );
    case 'no-worker':
      return new ProblemException(
        'no-worker',
        503,
        'No worker answered in time',
        'Look whether a worker of the devices half runs for bulk work. It may still do what was asked for once it runs: look before you repeat it.',
        {},
        options,
      );
  }
}
