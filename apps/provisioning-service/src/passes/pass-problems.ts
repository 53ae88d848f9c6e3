import type { PassStage } from '@tallystick/devices-domain';
import { ProblemException } from '@tallystick/platform-http';

export const alreadyRunning = (pass: string | undefined): ProblemException =>
  new ProblemException(
    'pass-already-running',
    409,
    'A pass of this connection is under way',
    'One at a time. Look at it, wait for its end, or cancel it; a preview can be made meanwhile.',
    pass === undefined ? {} : { pass },
  );

export const tooManyPreviews = (pass: string): ProblemException =>
  new ProblemException(
    'previews-under-way',
    409,
    'Other previews of this connection are under way',
    'Three previews and samples at a time. Wait for the end of one, or cancel it.',
    { pass },
  );

export const candidateOfPass = (): ProblemException =>
  new ProblemException(
    'candidate-not-saved',
    422,
    'A document that is not saved can only be previewed',
    'Save it and start the pass, or ask for a preview or a sample.',
  );

export const keyReused = (): ProblemException =>
  new ProblemException('idempotency-key-reused', 422, 'The key belongs to another request', 'Take a new Idempotency-Key.');

export const notNow = (sentence: string): ProblemException =>
  new ProblemException('pass-not-now', 409, 'The pass does not take this now', sentence);

export const notCancellable = (stage: PassStage): ProblemException => notNow(`the pass is over: ${stage}`);

export const timesRefused = (): ProblemException =>
  new ProblemException(
    'times-refused',
    422,
    'The times can not be read',
    'Correct the cron expressions: minute hour day month weekday.',
  );

export const storeUnavailable = (cause: unknown): never => {
  if (cause instanceof ProblemException) throw cause;
  throw new ProblemException(
    'store-unavailable',
    503,
    'The store can not be reached now',
    'Try again later.',
    {},
    { cause, headers: { 'retry-after': '1' } },
  );
};
