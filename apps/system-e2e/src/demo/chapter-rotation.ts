import { type Asked, askUntil } from '../system/ask-validators.ts';
import type { IssuedToken, TokensClient } from '../system/tokens-client.ts';
import { waitUntil } from '../system/wait-until.ts';
import { manageSome, type ManagedSome } from './chapter-rotation-mdm.ts';
import { type Guarded, seenWith, told } from './chapter-tokens.ts';
import { environment } from './demo-system.ts';
import { meter, signOn } from './phones.ts';
import { moment, path, SlotTeller } from './slots.ts';
import type { Stage } from './story.ts';

/** Where the value is put; NanoMDM only where it could be built. */
const slotsOf = (isManaged: boolean) => [
  ...(isManaged ? [{ id: 'nanomdm', mdm: 'NanoMDM', platform: 'ios', kind: 'target', target: 'nanomdm' }] : []),
  { id: 'intune-file', mdm: 'Intune', platform: 'ios', kind: 'target', target: 'intune-file' },
  { id: 'maas360', mdm: 'IBM MaaS360', platform: 'ios', kind: 'target', target: 'maas360' },
];
const byHand = ['intune-file', 'maas360'];
const plan = {
  label: 'winter',
  reason: 'the yearly rotation',
  adoptionShare: 0.95,
  minimumOverlapHours: 0,
  watchEveryMinutes: 0.02,
};

/** Chapter 7: a new value for every phone, and a revoke that is over when it says so. */
export async function rotateToken({ report, system, managed }: Stage, guarded: Guarded): Promise<void> {
  const { tokens, provider, token: old, phones } = guarded;
  report.chapter(
    '7. A rotation on rails, and a revoke that is over when it says so',
    'No value leaves before every validator accepts it; the adoption meter shows which phones have it; the old one can not go too early.',
  );
  const slots = new SlotTeller(report, tokens);
  const mdm = managed && (await manageSome({ report, managed, slots, tokenService: system.url('token-service') }, guarded));
  // The MDM is asked once more at the end of that time.
  await tokens.send('POST', '/rotations', { ...plan, slots: slotsOf(mdm !== undefined), retireForHours: mdm ? moment : 0 });
  const waiting = await slots.until('it waits for a person', ({ slots: of }) =>
    of.every(({ id, state }) => state === (byHand.includes(id) ? 'awaiting' : 'stored')),
  );
  const fresh = waiting.token!;
  report.say(`  rotation: ${waiting.sentence}`);
  const file = await tokens.send('POST', `${path}/slots/intune-file/export?format=json`);
  const { value } = file as { value: string };
  report.expect('the file for the MDM has the key that the app reads, and the new value', value.startsWith('tsk_'));
  await mdm?.wakeAll(value);
  for (const [slot, reason] of [
    ['intune-file', 'imported'],
    ['maas360', 'typed in, by the guide'],
  ] as const)
    // prettier-ignore
    await tokens.send('POST', `${path}/confirm-slot`, { slot, token: fresh, result: 'done', reason });
  await slots.until('a person has confirmed', ({ slots: of }) =>
    byHand.every((id) => of.some((slot) => slot.id === id && slot.state === 'confirmed')),
  );
  await mdm?.answer();

  const steps = [6, 15, 30, 42];
  let given = 0;
  for (const upTo of steps) {
    await signOn(provider, phones.slice(given, upTo), value);
    given = upTo;
    await waitUntil('the phones to be seen with the new token', async () => (await seenWith(tokens, fresh)).on === upTo);
    report.say(`  phones on the new token  ${meter(upTo, phones.length)}`);
  }
  await mdm?.expectCounted();
  const early = await tokens.raw(
    'POST',
    `/tokens/${old.id}/revoke`,
    { reason: 'too early' },
    { 'idempotency-key': crypto.randomUUID() },
  );
  const { figures } = (await early.json()) as { figures?: { byToken: number; devices: number; withoutToken: number } };
  report.expect(
    `revoking the old one now is refused: ${figures ? figures.byToken - figures.withoutToken : '?'} of ${figures?.devices ?? '?'} phones seen would be locked out`,
    early.status === 409 && figures !== undefined && figures.byToken - figures.withoutToken === phones.length - given,
    String(early.status),
  );

  await forceRevoke({ report, system }, guarded, { id: fresh, value }, given, mdm);

  await signOn(provider, phones.slice(given), value);
  const done = await slots.until('it ends', ({ stage }) => stage === 'finished');
  report.say(`  phones on the new token  ${meter(phones.length, phones.length)}`);
  mdm?.expectAll(done);
  report.expect(`the rotation ends by itself when the phones have it: "${done.sentence}"`, done.stage === 'finished');
}

/** The old value has leaked: it goes now, whoever still has it. */
async function forceRevoke(
  { report, system }: Pick<Stage, 'report' | 'system'>,
  { tokens, provider, token: old, phones }: Guarded,
  fresh: IssuedToken,
  given: number,
  mdm: ManagedSome | undefined,
): Promise<void> {
  const caller = await system.access.tokenFor('demo-load', environment, ['validator-caller']);
  const validators = system.validators.map((name) => system.url(name));
  const asking = askUntil({ validators, environment, caller, presentedToken: old.value });
  await asking.untilAllowedEverywhere;
  const sentAt = performance.now();
  const answer = await tokens.revoke(
    old.id,
    'found in a public repository',
    'the leak is worse than some phones that have to check in',
  );
  const answeredAt = performance.now();
  const asked = await asking.stop();
  const lastAllow = Math.max(0, ...asked.filter(({ allowed }) => allowed).map(({ endedAt }) => endedAt - sentAt));
  report.say(
    `  the old value has leaked, so it is forced: answered after ${Math.round(answeredAt - sentAt)} ms ` +
      `(${answer.validators} validators, by ${answer.confirmedBy}); allowed for the last time ${Math.round(lastAllow)} ms after the request`,
  );
  const after = asked.filter((one: Asked) => one.startedAt > answeredAt);
  report.expect(
    `no validator allowed it in any of ${after.length} requests begun after the answer`,
    after.length > 0 && !after.some(({ allowed }) => allowed),
  );
  const late = phones.at(-1)!;
  const refused = await provider.signOn(environment, late.username, late.deviceId, mdm?.valueOfLate() ?? old.value);
  report.expect('a phone that still has the old one can not sign on', refused.httpStatus === 403, told(refused));
  const laggards = await listLaggards(tokens, fresh.id);
  report.expect(
    `the list of laggards names the ${phones.length - given} phones that have to check in, and the unmanaged one`,
    laggards === phones.length - given + 1,
    String(laggards),
  );
  await mdm?.wakeLate();
  const back = await provider.signOn(environment, late.username, late.deviceId, mdm?.valueOfLate() ?? fresh.value);
  report.expect('when it has the new one it can, without pairing again (M14)', back.httpStatus === 200, told(back));
}

/** All pages: each has what a part of the store holds, which may be nothing. */
async function listLaggards(tokens: TokensClient, token: string): Promise<number> {
  let count = 0;
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await tokens.read(`/adoption/laggards?token=${token}${from}`)) as { items: readonly unknown[]; next?: string };
    count += page.items.length;
    cursor = page.next;
  }
  return count;
}
