import { ProblemException } from '@tallystick/platform-http';
import { ownValueRefusals, type RingRefusal, ringRefusals } from '@tallystick/tokens-domain';
import type { RingFailure } from '../rings/ring-request.ts';
import { viewOfFigures } from './documents/outcomes.ts';

type RefusalStatus = 403 | 404 | 409 | 422;

const statusOf: Readonly<Record<RingRefusal, RefusalStatus>> = {
  'last-token': 409,
  'would-refuse-every-device': 409,
  'too-many-devices': 409,
  'adoption-unknown': 409,
  'being-delivered': 409,
  'siblings-unproven': 409,
  'checks-would-stop': 409,
  'needs-approval': 409,
  'effective-date-missing': 422,
  'tokens-missing': 422,
  'unknown-token': 404,
  'token-is-revoked': 409,
  'successor-not-accepted': 409,
  'dates-reversed': 422,
  'date-is-past': 422,
  'duplicate-value': 409,
  'too-many-tokens': 409,
  'ring-full': 409,
  'force-not-allowed': 403,
  'unknown-proposal': 404,
  'own-proposal': 403,
  'proposal-outdated': 409,
  'too-many-proposals': 409,
  'values-need-single-steps': 409,
};

const forceable: ReadonlySet<RingRefusal> = new Set<RingRefusal>([
  'last-token',
  'would-refuse-every-device',
  'too-many-devices',
  'adoption-unknown',
  'being-delivered',
  'siblings-unproven',
  'checks-would-stop',
  'needs-approval',
]);

const again = { headers: { 'retry-after': '1' } };

/** Every expected failure as what the caller gets. One place; the switch is exhaustive. */
export function problemOfFailure(failure: RingFailure): ProblemException {
  switch (failure.kind) {
    case 'refused': {
      const { reason, figures } = failure;
      return new ProblemException(reason, statusOf[reason], 'The change was refused', ringRefusals[reason], {
        forceable: forceable.has(reason),
        ...(figures ? { figures: viewOfFigures(figures) } : {}),
      });
    }
    case 'value-refused':
      return new ProblemException('own-value-refused', 422, 'The value was refused', ownValueRefusals[failure.reason], {
        reason: failure.reason,
      });
    case 'two-generations':
      return new ProblemException(
        'two-generations',
        409,
        'The segment has enough tokens',
        'As many live tokens of this segment as you allow are there already. Revoke one of them first.',
      );
    case 'pepper-missing':
      return new ProblemException(
        'pepper-missing',
        503,
        'The value can not be compared with older ones',
        "A pepper that tokens of this environment were made with is not in the service's key ring. Put it back; it stays as long as any of its tokens is listed.",
      );
    case 'pepper-not-everywhere':
      return new ProblemException(
        'pepper-not-everywhere',
        503,
        'Not every validator could know the new token',
        'A validator lacks the key that new tokens are made with, or nobody can tell now. Nothing was changed. Give the key to every validator, then try again.',
      );
    case 'version-mismatch':
      return new ProblemException(
        'version-mismatch',
        412,
        'Somebody changed it in the meantime',
        'Read it again, and decide again.',
        {
          version: failure.version,
        },
      );
    case 'key-reused':
      return new ProblemException(
        'idempotency-key-reused',
        422,
        'The Idempotency-Key belongs to another request',
        'Use a new key for a new request, and repeat a request exactly as it was.',
      );
    case 'conflict':
      return new ProblemException(
        'conflict',
        409,
        'Others change this environment at the same time',
        'Nothing was changed. Try again.',
      );
    case 'outbox-full':
      return new ProblemException(
        'audit-outbox-full',
        503,
        'The audit can not take another entry',
        'Nothing was changed. Changes that are not audited are refused until the audit entries are taken away.',
      );
    case 'store-full':
      return new ProblemException(
        'ring-store-full',
        503,
        'The store of the rings has no memory left',
        'Nothing was changed. Revocations are still made. An operator has to give it more memory.',
      );
    case 'clocks-apart':
      return new ProblemException(
        'clocks-apart',
        503,
        'Two clocks disagree by more than a minute',
        "Nothing was changed. The clock of this service and that of the store of the rings are too far apart to say what this change would do when. An operator has to set them right. Until then reported leaks and forced revocations are taken: force a revocation that can't wait.",
      );
    case 'damaged':
      return new ProblemException(
        'ring-store-damaged',
        503,
        'The store of the rings is damaged',
        'Nothing was changed. Parts of it are missing, so it has to be restored from a backup by hand.',
      );
    case 'shard-shut':
      return new ProblemException(
        'shard-shut',
        503,
        'The store of the rings went back in time',
        'Nothing was changed. Revocations that it lost are being made again; until then only revocations are taken. Try again later.',
        {},
        { headers: { 'retry-after': '5' } },
      );
    case 'unsettled':
      return new ProblemException(
        'store-replaced',
        503,
        'Another server keeps the rings by now',
        'Nothing was changed. Whether it has everything that the one before had is being found out. Try again.',
        {},
        again,
      );
    case 'too-many-changes':
      return new ProblemException(
        'too-many-changes',
        429,
        'Too many changes in a short time',
        'Nothing was changed. Try again after the seconds in Retry-After. Revocations of live tokens are not limited.',
        {},
        { headers: { 'retry-after': String(failure.retryAfterSeconds) } },
      );
    case 'outcome-unknown':
      return outcomeUnknown();
  }
}

/** This request did nothing, and noted nothing. @param perMinute tokens. @param seconds until what was asked for, or a full minute's worth, is there. */
export const problemOfBreakGlassLimit = (perMinute: number, seconds: number): ProblemException =>
  new ProblemException(
    'too-many-revocations',
    429,
    'The break-glass credential revokes no more now',
    `Nothing was revoked by this request. It may revoke ${perMinute} tokens a minute (AUTH_BREAK_GLASS_PER_MINUTE) at each process: name at most so many at a time, and try again after the seconds in Retry-After.`,
    {},
    { headers: { 'retry-after': String(seconds) } },
  );

/** The change may have been made. Repeating the same request finds out. */
export const outcomeUnknown = (cause?: unknown): ProblemException =>
  new ProblemException(
    'outcome-unknown',
    503,
    'The change may or may not have been made',
    'Repeat the same request, with the same Idempotency-Key if it had one.',
    {},
    { ...again, ...(cause === undefined ? {} : { cause }) },
  );

/** Nothing was asked to change. */
export const storeUnavailable = (cause: unknown): ProblemException =>
  new ProblemException(
    'store-unavailable',
    503,
    'The store of the rings can not be read now',
    'Try again later.',
    {},
    { ...again, cause },
  );

/** What is stored is not for this version. Its neighbours are served. */
export const ringUnreadable = (cause: unknown): ProblemException =>
  new ProblemException(
    'ring-unreadable',
    503,
    "This environment's requirement can not be read",
    'What is stored was written by a newer version, or is damaged. Nothing was changed. An operator has to look at it.',
    {},
    { cause },
  );

export const sightingsUnavailable = (cause: unknown): ProblemException =>
  new ProblemException(
    'sightings-unavailable',
    503,
    'The sightings can not be read now',
    'Try again later. Tokens and revocations do not depend on them.',
    {},
    { ...again, cause },
  );

export const preconditionMissing = (): ProblemException =>
  new ProblemException(
    'precondition-missing',
    428,
    'Say which version you have seen',
    'Everything is replaced by what you send. Send the ETag of what you have seen in If-Match, or "If-None-Match: *" when there is nothing yet.',
  );

export const valueNotKept = (): ProblemException =>
  new ProblemException(
    'value-not-kept',
    409,
    'No copy of this value is kept',
    'Only a digest of it is stored. A copy is kept when the token is made with keepValue, and until it is released or revoked.',
  );
