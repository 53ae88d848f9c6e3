import type { DirectoryCheck, DirectoryFault } from '@tallystick/devices-domain';
import type { Result } from '@tallystick/kernel-core';
import type { NoAnswer, Outbound } from '@tallystick/platform-outbound';

/**
 * Is the directory there, and does it accept the credentials? Asks for a dummy user as the reference does (P30): whether it exists does not
 * matter. Changes nothing. What kept an answer from coming is the code of the first part's fault: it is for the person who tests.
 * The device limit is `not-tried`: the classic API does not tell it.
 */
export async function checkOf(
  outbound: Outbound,
  observe: (outbound: Outbound) => Promise<Result<unknown, DirectoryFault>>,
): Promise<readonly DirectoryCheck[]> {
  let noAnswer: NoAnswer | undefined;
  const observed = await observe({
    ...outbound,
    async send(request, deadline) {
      const answer = await outbound.send(request, deadline);
      noAnswer = answer.kind === 'none' ? answer.because : undefined;
      return answer;
    },
  });
  const limit: DirectoryCheck = { part: 'device-limit', result: 'not-tried' };
  if (observed.ok) return [passed('reach'), passed('credentials'), passed('read'), limit];
  const fault: DirectoryFault = noAnswer === undefined ? observed.error : { kind: 'refused', code: noAnswer };
  if (observed.error.kind === 'unavailable')
    return [{ part: 'reach', result: 'failed', fault }, notTried('credentials'), notTried('read'), limit];
  if (observed.error.kind === 'credentials-refused')
    return [passed('reach'), { part: 'credentials', result: 'failed', fault }, notTried('read'), limit];
  return [passed('reach'), passed('credentials'), { part: 'read', result: 'failed', fault }, limit];
}

const passed = (part: DirectoryCheck['part']): DirectoryCheck => ({ part, result: 'passed' });
const notTried = (part: DirectoryCheck['part']): DirectoryCheck => ({ part, result: 'not-tried' });
