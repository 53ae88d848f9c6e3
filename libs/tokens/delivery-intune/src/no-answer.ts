import type { NoAnswer } from '@tallystick/platform-outbound';
import { type Fault, fault } from './intune-faults.ts';

/** Of a call that changes nothing, or that was not carried out. */
export function noAnswerFault(because: NoAnswer, what: string): Fault {
  switch (because) {
    case 'not-allowed':
      return fault('host-not-allowed', `${what}: its host is not on the list of hosts that may be called`);
    case 'not-trusted':
      return fault('not-trusted', `${what}: its certificate is not trusted`);
    case 'not-reachable':
      return fault('not-reachable', `${what}: not reachable`);
    case 'timed-out':
      return fault('not-reachable', `${what}: no answer in time`);
    case 'broken':
      return fault('not-reachable', `${what}: the connection broke`);
    case 'too-large':
      return fault('not-reachable', `${what}: the answer is longer than is read`);
  }
}
