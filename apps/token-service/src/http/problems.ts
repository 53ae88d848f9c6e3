import { notFound, ProblemException } from '@tallystick/platform-http';
import { ownValueRefusals, type RingRefusal, ringRefusals } from '@tallystick/tokens-domain';
import type { RingOutcome } from '../rings/change-rings.ts';

type Failure = Exclude<RingOutcome, { readonly kind: 'changed' | 'replayed' | 'unchanged' }>;

const statusOf: Readonly<Record<RingRefusal, 404 | 409 | 422>> = {
  'effective-date-missing': 422,
  'would-refuse-every-device': 409,
  'unknown-token': 404,
  'last-token': 409,
  'duplicate-value': 409,
  'too-many-tokens': 409,
  'ring-full': 409,
};

const forceable: ReadonlySet<RingRefusal> = new Set<RingRefusal>(['would-refuse-every-device', 'last-token']);

const again = { headers: { 'retry-after': '1' } };

/** Every expected failure as what the caller gets. One place; the switch is exhaustive. */
export function problemOfFailure(failure: Failure): ProblemException {
  switch (failure.kind) {
    case 'refused': {
      const { reason } = failure;
      if (statusOf[reason] === 404) return notFound();
      return new ProblemException(reason, statusOf[reason], 'The change was refused', ringRefusals[reason], {
        forceable: forceable.has(reason),
      });
    }
    case 'value-refused':
      return new ProblemException('own-value-refused', 422, 'The value was refused', ownValueRefusals[failure.reason], {
        reason: failure.reason,
      });
    case 'pepper-missing':
      return new ProblemException(
        'pepper-missing',
        503,
        'The value can not be compared with older ones',
        "A pepper that tokens of this environment were made with is not in the service's key ring. Put it back; it stays as long as any of its tokens is listed.",
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
    case 'damaged':
      return new ProblemException(
        'ring-store-damaged',
        503,
        'The store of the rings is damaged',
        'Nothing was changed. Parts of it are missing, so it has to be restored from a backup by hand.',
      );
    case 'outcome-unknown':
      return outcomeUnknown();
  }
}

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

export const keyMissing = (): ProblemException =>
  new ProblemException(
    'idempotency-key-missing',
    400,
    'Send an Idempotency-Key',
    'A key of your choice in the header Idempotency-Key lets you repeat the request when its answer got lost.',
  );
