import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { isAllowed } from './system/ask-validators.ts';
import { everythingWritten, findIn, type Written } from './system/leaks.ts';
import { type ManagedPhones, setByHand, startManagedPhones, valueOn, webhookPath } from './system/managed-phones.ts';
import { passOn, type ProxiedRequest, type Proxy, startProxy } from './system/proxy.ts';
import { RotationsClient, type RotationSeen } from './system/rotations-client.ts';
import { SeenTemporal } from './system/seen-temporal.ts';
import { startSystem, type System } from './system/system.ts';
import { TokensClient } from './system/tokens-client.ts';
import { waitUntil } from './system/wait-until.ts';

// The whole road of a value: minted, delivered by the real NanoMDM, carried out by phones of ours, presented to the validators. Everything is
// real but the phones: Apple's side of the protocol is simulated, and they sign on with what they hold in the app's managed configuration.
const root = resolve(import.meta.dirname, '../../..');
const folder = join(root, '.stack', 'test', 'rotation-targets');
const environment = uniqueName('targets').toLowerCase();
const because = 'the test has no sightings to go by yet';
const moment = 0.001; // hours, the least that there is
const slots = [
  { id: 'mdm', mdm: 'nanomdm', platform: 'ios', kind: 'target', target: 'mdm' },
  { id: 'paper', mdm: 'intune', platform: 'ios', kind: 'target', target: 'paper' },
  { id: 'by-hand', mdm: 'maas360', platform: 'ios', kind: 'target', target: 'by-hand' },
];
const plan = {
  ...{ slots, segment: { platform: 'ios' }, adoptionShare: 1, minimumOverlapHours: 0, retireForHours: moment },
  ...{ watchEveryMinutes: 1 / 60, reason: 'yearly' },
};

let system: System;
let managed: ManagedPhones;
/** What the token service calls, and what NanoMDM tells devices' answers to. */
let api: Proxy;
let webhook: Proxy;
let temporal: SeenTemporal;
let tokens: TokensClient;
let rotations: RotationsClient;
let caller: string;
const values = new Map<string, string>();
const ids = new Map<string, string>();

const program = process.env['STACK_NANOMDM'];
const phone = (which: 0 | 1) => managed.phones[which]!;
const validators = () => system.validators.map((name) => system.url(name));
const carriedOut = () => managed.phones.map((one) => one.carriedOut.length);
const held = () => managed.phones.map(valueOn);
const stateOf = async (id: string) => ((await tokens.read(`/tokens/${id}`)) as { state: string }).state;

/** What each validator says to what a phone holds. The provider knows it by another name than the MDM. */
const signsOn = (which: 0 | 1): Promise<readonly boolean[]> => presents(valueOn(phone(which))!, `phone-${which}`);
const presents = (presentedToken: string, device?: string): Promise<readonly boolean[]> =>
  Promise.all(
    validators().map((validator) =>
      isAllowed(validator, { environment, caller, presentedToken, ...(device === undefined ? {} : { device }) }),
    ),
  );
const everywhere = [true, true];
const nowhere = [false, false];

/** A phone is woken: it fetches and answers what there is, and the token service hears of it. */
async function wakes(which: 0 | 1): Promise<void> {
  await phone(which).connect();
  await waitUntil('what the phones answered is told', () => Promise.resolve(told === reported()), { everyMs: 20 });
}
const reported = () => managed.phones.reduce((sum, { reports }) => sum + reports, 0);
/** Answers of phones to commands that the token service took. */
let told = 0;
const isAnswer = ({ body }: ProxiedRequest): boolean =>
  (JSON.parse(body.toString()) as { acknowledge_event?: { command_uuid?: string } }).acknowledge_event?.command_uuid !==
  undefined;
async function tell(request: ProxiedRequest) {
  const answer = await webhook.send(request);
  if (answer.status < 300 && isAnswer(request)) told += 1;
  return answer;
}

const slotOf = (seen: RotationSeen, id: string) => seen.slots.find((slot) => slot.id === id)!;
const coverage = (delivered: number, pending: number) =>
  expect.objectContaining({ kind: 'known', signal: 'exact', of: 2, delivered, pending, failed: 0 }) as unknown;
/** More time for the overlap: at its end the targets are asked anew. */
async function lookAgain(): Promise<unknown> {
  const since = Date.now();
  await rotations.command('ios', 'extend', { hours: moment });
  const asOf = (seen: RotationSeen) => Date.parse(slotOf(seen, 'mdm').coverage?.asOf ?? '');
  const isAsked = (seen: RotationSeen) => seen.stage === 'gate' && asOf(seen) >= since;
  return slotOf(await rotations.until('ios', 'the targets were asked anew', isAsked), 'mdm').coverage;
}
/** The calls about a slot, in the order in which they were made. */
const callsOf = async (slot: string): Promise<readonly string[]> => {
  const calls = await temporal.callsOf(`rotation/${environment}/ios`);
  return calls.filter(({ input }) => (input as { slot?: { id: string } }).slot?.id === slot).map(({ name }) => name);
};
async function confirmByHand(token: string): Promise<void> {
  for (const slot of ['paper', 'by-hand']) await rotations.command('ios', 'confirm-slot', { slot, token, result: 'done' });
}

beforeAll(async () => {
  if (!program) throw new Error('STACK_NANOMDM is not set, so there is no NanoMDM to test against: run "npm test -- e2e"');
  const { redis, kafka, temporal: address, oidc } = endpoints();
  temporal = new SeenTemporal(address);
  system = await startSystem({
    ...{ root, folder, environment, halves: ['tokens'], validators: 2, deviceLimit: 9, connections: () => [] },
    servers: { redis, kafka: kafka.join(','), temporal: address, oidc },
    targets: async (tokenServiceUrl) => {
      webhook = await startProxy(tokenServiceUrl);
      webhook.between = (request) => tell(request);
      managed = await startManagedPhones({ program, count: 2, webhookUrl: webhook.url + webhookPath(environment, 'mdm') });
      api = await startProxy(managed.apiUrl);
      return {
        documents: [
          managed.document({ environment, id: 'mdm', baseUrl: api.url }),
          { environment, id: 'paper', vendor: 'file' },
          { environment, id: 'by-hand', vendor: 'guided', settings: { product: 'maas360' } },
        ],
        secrets: managed.secrets,
        insecureHosts: [new URL(api.url).host],
      };
    },
  });
  await managed.enrol();
  const client = async (subject: string, roles: readonly string[]) =>
    new TokensClient(system.url('token-service'), environment, await system.access.tokenFor(subject, environment, roles));
  tokens = await client('admin', ['token-admin', 'viewer']);
  const approver = await client('second-admin', ['approver', 'token-admin', 'viewer']);
  rotations = new RotationsClient(tokens);
  caller = await system.access.tokenFor('provider', environment, ['validator-caller']);
  await approver.settings({ minimumObservationHours: 0 });

  const old = await tokens.add('old', { segment: { platform: 'ios' }, keepValue: true });
  ids.set('old', old.id);
  values.set('old', old.value);
  for (const one of managed.phones) setByHand(one, old.value);
  await approver.enforce(new Date(), because);
  for (const which of [0, 1] as const) expect(await signsOn(which)).toEqual(everywhere);
}, 240_000);

afterAll(async () => {
  await system?.stop();
  for (const one of [api, webhook, managed, temporal]) await one?.close();
}, 240_000);

describe('a rotation on an MDM, a file and what a person does', () => {
  it('stores the value at the MDM and waits for a person at the other two; no phone has it before it asks for it', async () => {
    await rotations.start({ ...plan, label: 'winter' });
    const seen = await rotations.until('ios', 'the MDM took it, and a person is waited for', ({ slots: of }) =>
      ['stored', 'awaiting', 'awaiting'].every((state, at) => of[at]!.state === state),
    );
    ids.set('winter', seen.token!);
    expect(await callsOf('mdm')).toEqual(['inspectTarget', 'planSlot', 'openSlot']);
    expect(await callsOf('paper')).toEqual(['inspectTarget', 'planSlot']);
    expect(held()).toEqual([values.get('old'), values.get('old')]);

    const file = await tokens.raw('POST', '/rotations/ios/slots/paper/export?format=json');
    const download = await file.text();
    mkdirSync(join(folder, 'downloads'));
    writeFileSync(join(folder, 'downloads', 'paper.json'), download);
    values.set('winter', (JSON.parse(download) as { value: string }).value);
  }, 240_000);

  it('delivered: 0 of 2 while one phone has only acknowledged and the other puts it off; 1 of 2 when the first says what it holds', async () => {
    phone(1).next = ['NotNow'];
    for (const which of [0, 1] as const) await wakes(which);
    expect(held()).toEqual([values.get('winter'), values.get('old')]);
    await confirmByHand(ids.get('winter')!);
    const seen = await rotations.until('ios', 'it waits for adoption', ({ stage }) => stage === 'gate');
    expect(seen.slots.map(({ state }) => state)).toEqual(['stored', 'confirmed', 'confirmed']);
    expect(await lookAgain()).toEqual(coverage(0, 2)); // and now the first is asked what it holds

    await wakes(0);
    expect(await lookAgain()).toEqual(coverage(1, 1));
    expect(await signsOn(0)).toEqual(everywhere);
    expect(await signsOn(1)).toEqual(everywhere); // with the old value
    await rotations.until('ios', 'half of the phones are counted', ({ adoption }) => adoption === 0.5);
    expect(await lookAgain()).toEqual(coverage(1, 1));
  }, 240_000);

  it('believes no answer of a phone whose webhook is signed with another key, changed, or not signed', async () => {
    const kept: ProxiedRequest[] = [];
    webhook.between = (request) => {
      kept.push(request);
      return Promise.resolve({ status: 200, body: Buffer.alloc(0) });
    };
    await phone(1).connect(); // takes the command that it had put off
    await waitUntil('its answer is on its way', () => Promise.resolve(kept.some(isAnswer)), { everyMs: 20 });
    expect(held()).toEqual([values.get('winter'), values.get('winter')]);
    webhook.between = (request) => tell(request);

    const answer = kept.find(isAnswer)!;
    const { 'x-hmac-signature': signature = '', ...unsigned } = answer.headers;
    expect(signature).not.toBe('');
    const forged = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    for (const request of [
      { ...answer, headers: { ...unsigned, 'x-hmac-signature': forged } },
      { ...answer, body: Buffer.from(answer.body.toString().replace('"udid"', '"UDID"')) },
      { ...answer, headers: unsigned },
    ]) {
      expect(request).not.toEqual(answer);
      expect((await webhook.send(request)).status).toBe(401);
    }
    expect(await lookAgain()).toEqual(coverage(1, 1));
    const { reports } = phone(1);
    await phone(1).connect();
    expect(phone(1).reports).toBe(reports); // nobody believes that it has the value, so nobody asks it what it holds

    for (const request of kept) await tell(request);
    expect(await lookAgain()).toEqual(coverage(1, 1)); // now it is asked
    await wakes(1);
    expect(await lookAgain()).toEqual(coverage(2, 0));
  }, 240_000);

  it('opens its gate when both phones have signed on with it, revokes the old token, and the phones get in with what they hold', async () => {
    expect((await rotations.look('ios'))!.stage).toBe('gate');
    expect(await stateOf(ids.get('old')!)).toBe('active');
    expect(await signsOn(1)).toEqual(everywhere);
    const ended = await rotations.atStage('ios', 'finished');
    expect(ended).toMatchObject({ token: ids.get('winter'), replaces: [ids.get('old')], adoption: 1 });
    expect(slotOf(ended, 'mdm')).toMatchObject({ state: 'stored', coverage: coverage(2, 0) });
    expect(await stateOf(ids.get('old')!)).toBe('revoked');
    expect(await presents(values.get('old')!)).toEqual(nowhere);
    for (const which of [0, 1] as const) expect(await signsOn(which)).toEqual(everywhere);
    expect(carriedOut()).toEqual([1, 1]);
  }, 240_000);
});

describe('a rotation whose token service is killed while it delivers, and which is rolled back', () => {
  it('reads first what became of it, then goes on; each phone carries the value out once', async () => {
    let sent = 0;
    let taken = 0;
    let lose: (why: Error) => void;
    const noAnswer = new Promise<never>((_, lost) => (lose = lost));
    noAnswer.catch(() => undefined);
    // The command for one phone arrives, the one for the other does not, and nobody hears of either.
    api.between = async (request, pass) => {
      if (request.method === 'GET') return pass();
      if (sent++ === 0) {
        await pass();
        taken += 1;
      }
      return noAnswer;
    };
    await rotations.start({ ...plan, label: 'summer', remindEveryHours: 2 * moment });
    await waitUntil('it delivers', () => Promise.resolve(sent === 2 && taken === 1), { everyMs: 20 });
    expect(slotOf((await rotations.look('ios'))!, 'mdm').state).toBe('applying');
    await system.process('token-service').kill('SIGKILL');
    lose!(new Error('nobody waits for this answer'));
    api.between = passOn;
    await system.restart('token-service');

    const isAt = (state: string) => (seen: RotationSeen) => slotOf(seen, 'mdm').state === state;
    await rotations.until('ios', 'the outcome is unknown', isAt('accepted'));
    const read = await rotations.until('ios', 'it was read', isAt('failing'), { withinMs: 120_000 });
    expect(slotOf(read, 'mdm').detail).toBe('the write was not carried out');
    await rotations.command('ios', 'resume', {});
    const { token } = await rotations.until('ios', 'the MDM took it', isAt('stored'));
    ids.set('summer', token!);
    expect(carriedOut()).toEqual([1, 1]);
    for (const which of [0, 1] as const) await wakes(which);
    expect(carriedOut()).toEqual([2, 2]);

    const [first, second] = held();
    expect(second).toBe(first);
    expect([...values.values()]).not.toContain(first);
    values.set('summer', first!);
    for (const which of [0, 1] as const) expect(await signsOn(which)).toEqual(everywhere);
  }, 240_000);

  it('rolled back: the old value is delivered, and the new token is revoked when every phone has signed on with the old value again', async () => {
    await rotations.command('ios', 'roll-back', { reason: 'the wrong season' });
    await rotations.until('ios', 'the MDM took the old value, and a person is waited for', ({ slots: of }) =>
      ['stored', 'awaiting', 'awaiting'].every((state, at) => of[at]!.state === state && of[at]!.token === ids.get('winter')),
    );
    await wakes(0);
    expect(held()).toEqual([values.get('winter'), values.get('summer')]);
    for (const which of [0, 1] as const) expect(await signsOn(which)).toEqual(everywhere);
    await confirmByHand(ids.get('winter')!);
    const kept = await rotations.until('ios', 'it is kept from revoking', ({ sentence }) =>
      sentence.startsWith('the guards keep'),
    );
    expect(kept.stage).toBe('rolling-back');
    expect(await stateOf(ids.get('summer')!)).toBe('active');
    expect(await signsOn(1)).toEqual(everywhere);

    await wakes(1);
    expect(held()).toEqual([values.get('winter'), values.get('winter')]);
    expect(await signsOn(1)).toEqual(everywhere);
    await rotations.atStage('ios', 'rolled-back');
    expect(await stateOf(ids.get('summer')!)).toBe('revoked');
    expect(await presents(values.get('summer')!)).toEqual(nowhere);
    for (const which of [0, 1] as const) expect(await signsOn(which)).toEqual(everywhere);
    expect(carriedOut()).toEqual([3, 3]);
  }, 240_000);
});

describe('what nobody may read', () => {
  // NanoMDM itself, its log and its store, hold the values by nature, and are not searched; nor are they under the folder of the system.
  it('I8: no value, old or new, in any log, file, key of Redis, topic or history, neither as text nor in base64; the download is the only one', async () => {
    expect([...values.keys()]).toEqual(['old', 'winter', 'summer']);
    const { servers } = system.options;
    const written: Written[] = [];
    for await (const one of everythingWritten({ folder, servers, environment })) written.push(one);
    expect(await findIn(written, values)).toEqual(['winter: file downloads/paper.json']);

    // It looks where it should: what may be read is found in each kind of place.
    const found = await findIn(written, new Map([['environment', environment]]));
    for (const place of [
      'file logs/token-service.log',
      'redis ',
      'kafka tallystick.audit',
      `temporal rotation/${environment}/ios`,
    ])
      expect(found).toContainEqual(expect.stringContaining(`environment: ${place}`));
  }, 240_000);

  it('no phone is named by its id in Redis, in a topic or in a history', async () => {
    const phones = new Map(managed.phones.map(({ udid }, at) => [`phone ${at}`, udid]));
    const { servers } = system.options;
    const found = await findIn(everythingWritten({ folder, servers, environment }), phones);
    expect(found.filter((one) => !one.includes(': file targets.json'))).toEqual([]);
  }, 240_000);
});
