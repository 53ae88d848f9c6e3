import type { NoAnswer } from '@tallystick/platform-outbound';
import type { CheckedThing, CheckFinding, DeliveryRefusal, NotDone } from '@tallystick/tokens-domain';

export const refused = (reason: DeliveryRefusal, detail: string): NotDone => ({ kind: 'refused', reason, detail });

export const tryLater = (detail: string, retryAfterMs?: number): NotDone => ({
  kind: 'try-later',
  detail,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

/** For a call that was not carried out, or that only reads. `what`: which call, for people. */
export function whyNotSent(because: NoAnswer, what: string): NotDone {
  switch (because) {
    case 'not-allowed':
      return refused('host-not-allowed', `${what}: its host is not on the list of hosts that may be called`);
    case 'not-trusted':
      return refused('not-trusted', `${what}: the certificate of the host is not valid for it`);
    case 'not-reachable':
    case 'timed-out':
    case 'broken':
    case 'too-large':
      return tryLater(`${what} got no answer: ${because}`);
  }
}

/** What a check makes of it. */
export function findingOf(notDone: NotDone, severity: CheckFinding['severity'] = 'error'): CheckFinding {
  const { detail } = notDone;
  if (notDone.kind === 'try-later')
    return { severity, what: notDone.retryAfterMs === undefined ? 'not-reachable' : 'busy', detail };
  return { severity, what: checkedAs[notDone.reason], detail };
}

const checkedAs: Record<DeliveryRefusal, CheckedThing> = {
  'value-not-allowed': 'unreadable',
  'secret-missing': 'secret-missing',
  'host-not-allowed': 'host-not-allowed',
  'not-trusted': 'not-trusted',
  'not-authorised': 'not-authorised',
  'permission-missing': 'permission-missing',
  'slot-not-found': 'slot-not-found',
  'key-missing': 'key-missing',
  'near-miss-key': 'near-miss-key',
  unreadable: 'unreadable',
  'would-change-more': 'unreadable',
  'vendor-refused': 'unreadable',
};
