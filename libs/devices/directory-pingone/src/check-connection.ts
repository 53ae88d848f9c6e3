import type { DirectoryCheck, DirectoryFault } from '@tallystick/devices-domain';
import type { Result } from '@tallystick/kernel-core';
import type { NoAnswer } from '@tallystick/platform-outbound';
import type { PingOneAccess } from './pingone-call.ts';
import { createTokens } from './pingone-tokens.ts';

type Tried = Promise<Result<unknown, DirectoryFault>>;

/**
 * Tries the connection part by part (P30): a login of its own, the look-up of a dummy user (whether it exists does not matter), the device limit.
 * Changes nothing. What kept an answer from coming is the code of its part's fault: it is for the person who tests.
 */
export async function checkOf(
  access: PingOneAccess,
  partsOf: (access: PingOneAccess) => { readonly read: () => Tried; readonly limit: () => Tried },
): Promise<readonly DirectoryCheck[]> {
  let noAnswer: NoAnswer | undefined;
  const outbound: PingOneAccess['outbound'] = {
    ...access.outbound,
    async send(request, deadline) {
      const answer = await access.outbound.send(request, deadline);
      noAnswer = answer.kind === 'none' ? answer.because : undefined;
      return answer;
    },
  };
  const tokens = createTokens({ ...access, outbound }); // the kept token may be older than the secret
  const failed = (part: DirectoryCheck['part'], error: DirectoryFault): DirectoryCheck => ({
    part,
    result: 'failed',
    fault: noAnswer === undefined ? error : { kind: 'refused', code: noAnswer },
  });

  const login = await tokens.get(AbortSignal.timeout(access.callTimeoutMs));
  if (!login.ok && login.error.kind === 'credentials-refused')
    return [passed('reach'), failed('credentials', login.error), notTried('read'), notTried('device-limit')];
  if (!login.ok) return [failed('reach', login.error), notTried('credentials'), notTried('read'), notTried('device-limit')];
  const { read, limit } = partsOf({ ...access, outbound, tokens });
  const seen = await read();
  if (!seen.ok) {
    const reached = seen.error.kind === 'unavailable' ? failed('reach', seen.error) : passed('reach');
    return [reached, passed('credentials'), failed('read', seen.error), notTried('device-limit')];
  }
  const told = await limit();
  return [
    passed('reach'),
    passed('credentials'),
    passed('read'),
    told.ok ? passed('device-limit') : failed('device-limit', told.error),
  ];
}

const passed = (part: DirectoryCheck['part']): DirectoryCheck => ({ part, result: 'passed' });
const notTried = (part: DirectoryCheck['part']): DirectoryCheck => ({ part, result: 'not-tried' });
