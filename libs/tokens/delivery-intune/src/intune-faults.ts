import type { CheckedThing, CheckFinding, DeliveryRefusal, NotDone } from '@tallystick/tokens-domain';

export type FaultReason = DeliveryRefusal | 'app-not-found' | 'not-reachable' | 'busy';

/** Why something was not done. No text of it holds what was sent or what was answered. */
export interface Fault {
  readonly kind: 'fault';
  readonly reason: FaultReason;
  readonly detail: string;
  readonly retryAfterMs?: number;
}

export const fault = (reason: FaultReason, detail: string, retryAfterMs?: number): Fault => ({
  kind: 'fault',
  reason,
  detail,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

export const isFault = (result: object): result is Fault => 'kind' in result && result.kind === 'fault';

export function notDoneOf({ reason, detail, retryAfterMs }: Fault): NotDone {
  switch (reason) {
    case 'not-reachable':
    case 'busy':
      return { kind: 'try-later', detail, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    case 'app-not-found':
      return { kind: 'refused', reason: 'slot-not-found', detail };
    default:
      return { kind: 'refused', reason, detail };
  }
}

export function findingOf({ reason, detail }: Fault, severity: CheckFinding['severity'] = 'error'): CheckFinding {
  return { severity, what: thingOf(reason), detail };
}

function thingOf(reason: FaultReason): CheckedThing {
  switch (reason) {
    case 'value-not-allowed':
    case 'would-change-more':
    case 'vendor-refused':
      return 'unreadable';
    default:
      return reason;
  }
}
