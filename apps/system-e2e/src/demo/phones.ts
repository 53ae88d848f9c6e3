import type { FlowAnswer, ProviderClient } from '../system/tokens-client.ts';
import { environment } from './demo-system.ts';

const model = { type: 'iPhone', model: 'iPhone 17 Pro', osVersion: '26.1', appVersion: '3.4.0' };

export interface Phone {
  readonly username: string;
  readonly deviceId: string;
}

/** One phone for each person, paired at the provider while nothing is enforced. @throws Error when one can't be paired. */
export async function pairPhones(
  provider: ProviderClient,
  usernames: readonly string[],
  presented: string | undefined,
): Promise<readonly Phone[]> {
  const phones: Phone[] = [];
  for (const username of usernames) {
    const { deviceId, status, httpStatus } = await provider.pair(environment, username, presented, model);
    if (deviceId === undefined) throw new Error(`the phone of a person was not paired: ${httpStatus} ${status}`);
    phones.push({ username, deviceId });
  }
  return phones;
}

/** Each phone signs on, presenting what its MDM has put on it. */
export const signOn = (
  provider: ProviderClient,
  phones: readonly Phone[],
  presented: string | undefined,
): Promise<readonly FlowAnswer[]> =>
  Promise.all(phones.map(({ username, deviceId }) => provider.signOn(environment, username, deviceId, presented)));

/** How many of how many, as a bar. */
export function meter(part: number, whole: number): string {
  const filled = whole === 0 ? 0 : Math.round((30 * part) / whole);
  return `${'█'.repeat(filled)}${'░'.repeat(30 - filled)} ${part} of ${whole}`;
}
