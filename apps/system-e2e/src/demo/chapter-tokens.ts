import { type FlowAnswer, ProviderClient, TokensClient } from '../system/tokens-client.ts';
import { type Asked, askUntil } from '../system/ask-validators.ts';
import type { Person } from '../system/feed.ts';
import { environment } from './demo-system.ts';
import type { Stage } from './story.ts';

const phone = { type: 'iPhone', model: 'iPhone 17 Pro', osVersion: '26.1', appVersion: '3.4.0' };
const told = ({ httpStatus, status }: FlowAnswer): string => `${httpStatus} ${status}`;

/** Chapter 5: only phones that the organisation manages. */
export async function guardPairings({ report, system }: Stage, people: readonly Person[]): Promise<void> {
  report.chapter(
    '5. Only managed phones pair and sign on',
    'The organisation puts one secret into its phones by MDM; each pairing and sign-on is asked about it.',
  );
  const tokens = new TokensClient(
    system.url('token-service'),
    environment,
    await system.access.tokenFor('demo-admin', environment, ['token-admin', 'viewer']),
  );
  const provider = new ProviderClient(system.url('directory-simulator'));
  const [first, second] = [people[2]!['username']!, people[3]!['username']!];

  const atOnce = await tokens.raw('PUT', '/requirement', { enabled: true, effectiveAt: new Date().toISOString() });
  report.expect(
    'turning it on at once is refused, for no phone has a token yet (the lock-out of the reference product)',
    atOnce.status === 409,
    String(atOnce.status),
  );
  const tokenA = await tokens.enforceFrom(new Date(Date.now() + 86_400_000));
  report.expect('turning it on from tomorrow made one token (M2), shown this once', tokenA !== undefined);
  if (!tokenA) return;
  const early = await provider.pair(environment, people[4]!['username']!, undefined, phone);
  report.expect('until then nobody is refused (M4)', early.httpStatus === 200, told(early));
  await tokens.enforceFrom(new Date());
  report.say('  … the MDM delivers the token, and the requirement is put in force');

  const managed = await provider.pair(environment, first, tokenA.value, phone);
  report.expect('a phone with the token pairs', managed.httpStatus === 200, told(managed));
  const unmanaged = await provider.pair(environment, second, undefined, phone);
  report.expect(`a phone without it does not: "${unmanaged.status}"`, unmanaged.httpStatus === 403, told(unmanaged));
  const guessed = await provider.pair(environment, second, 'tsk_guess', phone);
  report.expect('nor does one with a wrong token, and the answer is the same', told(guessed) === told(unmanaged), told(guessed));

  const tokenB = await tokens.add('autumn');
  const both = [
    await provider.signOn(environment, first, managed.deviceId ?? '', tokenA.value),
    await provider.signOn(environment, first, managed.deviceId ?? '', tokenB.value),
  ];
  report.expect(
    'a second token is added; now both are accepted (M16)',
    both.every(({ httpStatus }) => httpStatus === 200),
    both.map(told).join(', '),
  );

  const caller = await system.access.tokenFor('demo-load', environment, ['validator-caller']);
  const validators = system.validators.map((name) => system.url(name));
  const asking = askUntil({ validators, environment, caller, presentedToken: tokenA.value });
  await asking.untilAllowedEverywhere;
  const sentAt = performance.now();
  const answer = await tokens.revoke(tokenA.id, 'the demo rotates');
  const answeredAt = performance.now();
  const asked = await asking.stop();
  const lastAllow = Math.max(...asked.filter(({ allowed }) => allowed).map(({ endedAt }) => endedAt));
  report.say(
    `  revoke answered after ${Math.round(answeredAt - sentAt)} ms (${answer.validators} validators, confirmed by ${answer.confirmedBy}); ` +
      `the last validator allowed the token for the last time ${Math.max(0, Math.round(lastAllow - sentAt))} ms after the request`,
  );
  report.expect(
    'no validator allowed it in a request begun after the answer',
    !asked.some((one: Asked) => one.allowed && one.startedAt > answeredAt),
  );
  report.expect(
    `${asked.filter(({ startedAt }) => startedAt > answeredAt).length} requests after the answer were all refused`,
    asked.some(({ startedAt }) => startedAt > answeredAt),
  );
  const refused = await provider.signOn(environment, first, managed.deviceId ?? '', tokenA.value);
  report.expect('the phone that still has the old token can not sign on', refused.httpStatus === 403, told(refused));
  const back = await provider.signOn(environment, first, managed.deviceId ?? '', tokenB.value);
  report.expect('with the new one it can, without pairing again (M14)', back.httpStatus === 200, told(back));
}
