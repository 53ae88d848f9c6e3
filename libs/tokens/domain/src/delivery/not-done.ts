import type { CheckedThing, CheckFinding, DeliveryRefusal, NotDone } from './delivery-ports.ts';

/** Why a call got no whole answer. */
type Unanswered = 'not-allowed' | 'not-trusted' | 'not-reachable' | 'timed-out' | 'broken' | 'too-large';

export const deliveryRefused = (reason: DeliveryRefusal, detail: string): NotDone => ({ kind: 'refused', reason, detail });

export const deliveryLater = (detail: string, retryAfterMs?: number): NotDone => ({
  kind: 'try-later',
  detail,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

/** For a call that was not carried out, or that only reads. `what`: which call, for people. */
export function whyNotSent(because: Unanswered, what: string): NotDone {
  switch (because) {
    case 'not-allowed':
      return deliveryRefused('host-not-allowed', `${what}: its host is not on the list of hosts that may be called`);
    case 'not-trusted':
      return deliveryRefused('not-trusted', `${what}: the certificate of the host is not valid for it`);
    case 'not-reachable':
    case 'timed-out':
    case 'broken':
    case 'too-large':
      return deliveryLater(`${what} got no answer: ${because}`);
  }
}

/** For a login of a client that gave no access token. */
export function whyNoToken(
  login:
    | { readonly kind: 'none'; readonly because: Unanswered }
    | { readonly kind: 'status'; readonly status: number; readonly retryAfterMs?: number }
    | { readonly kind: 'no-token' },
): NotDone {
  switch (login.kind) {
    case 'none':
      return whyNotSent(login.because, 'the login');
    case 'no-token':
      return deliveryRefused('unreadable', 'the login was answered with no access token: is it the address of tokens?');
    case 'status': {
      const { status, retryAfterMs } = login;
      if (status === 429 || status >= 500) return deliveryLater(`the login was answered with status ${status}`, retryAfterMs);
      return deliveryRefused('not-authorised', `the login of the client was refused with status ${status}`);
    }
  }
}

/** What a check makes of it. */
export function deliveryFinding(notDone: NotDone, severity: CheckFinding['severity'] = 'error'): CheckFinding {
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
