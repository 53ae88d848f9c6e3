import { ProviderClient, TokensClient, type FlowAnswer, type IssuedToken } from '../system/tokens-client.ts';
import type { Person } from '../system/feed.ts';
import { waitUntil } from '../system/wait-until.ts';
import { environment } from './demo-system.ts';
import { type Phone, meter, pairPhones, signOn } from './phones.ts';
import type { Stage } from './story.ts';

const phone = { type: 'iPhone', model: 'iPhone 17 Pro', osVersion: '26.1', appVersion: '3.4.0' };
export const told = ({ httpStatus, status }: FlowAnswer): string => `${httpStatus} ${status}`;

/** What the chapter about rotation goes on with. */
export interface Guarded {
  readonly tokens: TokensClient;
  readonly provider: ProviderClient;
  readonly token: IssuedToken;
  readonly phones: readonly Phone[];
}

interface Adoption {
  readonly figures: {
    readonly devices: number;
    readonly tokens: readonly { readonly token: string; readonly devices: number }[];
  };
}

/** Devices whose last sighting is this token, and all devices seen. */
export async function seenWith(tokens: TokensClient, token: string): Promise<{ readonly on: number; readonly all: number }> {
  const { figures } = (await tokens.read('/adoption')) as Adoption;
  return { on: figures.tokens.find((one) => one.token === token)?.devices ?? 0, all: figures.devices };
}

const people = { from: 20, managed: 60 };

/** Chapter 6: only phones that the organisation manages. */
export async function guardPairings({ report, system }: Stage, all: readonly Person[]): Promise<Guarded | undefined> {
  report.chapter(
    '6. Only managed phones pair and sign on',
    'The organisation puts one secret into its phones by MDM; each pairing and sign-on is asked about it. First it is only observed.',
  );
  const roles = ['token-admin', 'viewer', 'approver'];
  const bearer = await system.access.tokenFor('demo-admin', environment, roles);
  const tokens = new TokensClient(system.url('token-service'), environment, bearer);
  const provider = new ProviderClient(system.url('directory-simulator'));
  const names = all.slice(people.from).map(({ username }) => username!);

  const enforcing = () => ({ mode: 'enforce', effectiveAt: new Date().toISOString(), reason: 'only managed phones from now on' });
  const atOnce = await tokens.raw('PUT', '/requirement', enforcing());
  const why = ((await atOnce.json()) as { detail?: string }).detail ?? '';
  report.expect(
    `enforcing it at once is refused (the lock-out of the reference product): "${why}"`,
    atOnce.status === 409,
    String(atOnce.status),
  );
  await tokens.settings({ minimumObservationHours: 0 });
  report.say('  (this demo lets the guards trust figures at once; the default is to watch for a day first)');
  const token = await tokens.observe();
  report.expect('observing it made one token (M2), shown this once', token !== undefined);
  if (!token) return undefined;

  const phones = await pairPhones(provider, names.slice(0, people.managed), token.value);
  const [stranger] = await pairPhones(provider, names.slice(people.managed, people.managed + 1), undefined);
  await signOn(provider, phones, token.value);
  await signOn(provider, [stranger!], undefined);
  report.expect('while it is observed, an unmanaged phone pairs and signs on too', stranger !== undefined);
  await waitUntil('the phones to be seen', async () => {
    const { on, all: devices } = await seenWith(tokens, token.id);
    report.progress(`seen with the token  ${meter(on, people.managed)}`);
    return on === people.managed && devices === people.managed + 1;
  });
  const preview = (await tokens.read('/preview')) as { ifEnforcedNow: { devices: number; refused: number } };
  const { refused, devices } = preview.ifEnforcedNow;
  report.expect(
    `the preview says: if it were enforced now, ${refused} of the ${devices} phones seen would be refused`,
    refused === 1 && devices === people.managed + 1,
  );
  const enforced = await tokens.raw('PUT', '/requirement', enforcing());
  report.expect('so now enforcing it passes without force', enforced.status === 200, String(enforced.status));

  const [managed] = phones;
  const again = await provider.signOn(environment, managed!.username, managed!.deviceId, token.value);
  report.expect('a phone with the token signs on', again.httpStatus === 200, told(again));
  const next = names[people.managed + 2]!;
  const unmanaged = await provider.pair(environment, next, undefined, phone);
  report.expect(`a phone without it does not pair: "${unmanaged.status}"`, unmanaged.httpStatus === 403, told(unmanaged));
  const guessed = await provider.pair(environment, next, 'tsk_guess', phone);
  report.expect('nor does one with a wrong token, and the answer is the same', told(guessed) === told(unmanaged), told(guessed));
  return { tokens, provider, token, phones };
}
