import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join, resolve } from 'node:path';
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { isAllowedAtLast } from '../system/ask-validators.ts';
import { createLocalAccess } from '../system/local-access.ts';
import { type ProxiedRequest, type Proxy, startProxy } from '../system/proxy.ts';
import { RotationsClient, type RotationSeen } from '../system/rotations-client.ts';
import { startSystem, type System } from '../system/system.ts';
import { type IssuedToken, TokensClient } from '../system/tokens-client.ts';
import { waitUntil } from '../system/wait-until.ts';
import type { HeldAt } from './held-link.ts';

// R2, R40: the worker is killed at every kind of call that a rotation makes to the token service, before and after it was carried out. Each
// point is an environment with a rotation of its own; all go on side by side, so each kill hits the others wherever they are as well.
const root = resolve(import.meta.dirname, '../../../..');
const base = uniqueName('turn').toLowerCase();
/** Environments that this machine carries side by side. */
const most = 24;
const second = 1 / 3_600;
const slots = [{ id: 'files', mdm: 'intune', platform: 'ios', kind: 'file' }];
const plan = {
  ...{ label: 'next', slots, adoptionShare: 1, watchEveryMinutes: 1 / 60, reason: 'yearly', segment: { platform: 'ios' } },
  ...{ minimumOverlapHours: 2 * second, retireForHours: 2 * second },
};

interface Point {
  readonly call: string;
  readonly at: HeldAt;
}
const tell = ({ call, at }: Point): string => `${at} ${call}`;

/** One environment, with one phone and one administrator. */
interface World {
  readonly environment: string;
  readonly tokens: TokensClient;
  readonly rotations: RotationsClient;
  readonly caller: string;
  readonly old: IssuedToken;
}

let system: System;
let proxy: Proxy;
/** By environment: the call at which it is to be held. */
const wanted = new Map<string, Point>();
const held = new Set<string>();
const callsOf = new Map<string, string[]>();

/** What a request asks for, whoever and whatever it is about; and of which environment. */
function callIn({ method, path }: ProxiedRequest): { readonly environment: string; readonly call: string } {
  const [, environment = '', rest = ''] = /^\/v1\/environments\/([^/]+)(\/[^?]*)/.exec(path) ?? [];
  return { environment, call: `${method} ${rest.replace(/tok_[0-9a-z]+/g, '{id}')}` };
}

beforeAll(async () => {
  const { redis, kafka, temporal, oidc } = endpoints();
  const folder = join(root, '.stack', 'test', 'rotation-sweep');
  // The worker acts in every environment here; its access is made before the system is.
  const account = await (await createLocalAccess(oidc)).accountFor(`worker-of-${base}`, '*', ['token-admin', 'viewer']);
  const worker: Record<string, string> = {};
  system = await startSystem({
    ...{ root, folder, environment: base, halves: ['tokens'], validators: 2, deviceLimit: 9, connections: () => [] },
    servers: { redis, kafka: kafka.join(','), temporal, oidc },
    targets: async (url) => {
      proxy = await startProxy(url);
      proxy.between = async (request, pass) => {
        const { environment, call } = callIn(request);
        if (environment === '') return pass();
        callsOf.set(environment, [...(callsOf.get(environment) ?? []), call]);
        const point = wanted.get(environment);
        if (point?.call !== call) return pass();
        wanted.delete(environment); // the next process makes the same call, and gets its answer
        if (point.at === 'after') await pass();
        held.add(environment);
        return new Promise(() => undefined);
      };
      const secret = join(folder, 'worker-of-all.secret');
      writeFileSync(secret, account.clientSecret, { mode: 0o600 });
      Object.assign(worker, { WORKER_TOKEN_SERVICE_URL: proxy.url, WORKER_CLIENT_ID: account.clientId, WORKER_CLIENT_SECRET_FILE: secret }); // prettier-ignore
      return { documents: [] };
    },
    env: { 'temporal-worker': worker, 'pairing-validator': { VALIDATOR_LEASE_MS: '1000' } },
  });
}, 120_000);

afterAll(async () => {
  await system?.stop();
  await proxy?.close();
}, 60_000);

async function worldOf(n: number): Promise<World> {
  const environment = `${base}-${n}`;
  const bearer = (subject: string, roles: string[]) => system.access.tokenFor(`${subject}-${n}`, environment, roles);
  const tokens = new TokensClient(system.url('token-service'), environment, await bearer('admin', ['token-admin', 'viewer', 'approver'])); // prettier-ignore
  const guards = { windowDays: 14, refusedShare: 0.02, minimumObservationHours: 0, staleAfterHours: 24, noticeHours: 12 };
  const settings = { reason: 'sweep', compatibility: 'safe', twoPeople: false, readableValues: false, guards };
  expect((await tokens.raw('PUT', '/settings', settings, { 'if-none-match': '*' })).status).toBe(200);
  const old = await tokens.add('old', { segment: { platform: 'ios' }, keepValue: true });
  await tokens.enforce(new Date(), 'the sweep begins');
  const world = { environment, tokens, rotations: new RotationsClient(tokens), caller: await bearer('provider', ['validator-caller']), old }; // prettier-ignore
  await waitUntil('the phone to sign on', async () => (await signOn(world, old.value)).every(Boolean));
  return world;
}

/** The one phone asks at both validators. */
const signOn = ({ environment, caller }: World, presentedToken: string): Promise<boolean[]> =>
  Promise.all(
    system.validators.map((name) => isAllowedAtLast(system.url(name), { environment, caller, presentedToken, device: 'phone' })),
  );

/** Starts the rotation, and does all that people and phones do, until it is over. Gives the new value. */
async function rotated(world: World): Promise<string> {
  await world.rotations.start(plan);
  return carriedOut(world);
}

async function carriedOut(world: World, known?: string, withinMs = 420_000): Promise<string> {
  const { rotations } = world;
  let value = known;
  let last: RotationSeen | undefined;
  await waitUntil(
    `the rotation of ${world.environment} to be over`,
    async () => {
      const seen = await rotations.look('ios');
      last = seen ?? last;
      if (seen?.slots.some(({ state }) => state === 'awaiting')) {
        value ??= await rotations.exported('ios', 'files').catch(() => undefined);
        if (value !== undefined) await rotations.confirmAll('ios').catch(() => undefined); // again, when the worker was away
      }
      if (value !== undefined) await signOn(world, value);
      return seen?.stage === 'finished';
    },
    { withinMs, everyMs: 500 }, // what was broken off often is tried again after 10 s, 20 s, 40 s …,
  ).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}: ${JSON.stringify(last)}; ${callsOf.get(world.environment)?.join(', ')}`, { cause: error }); // prettier-ignore
  });
  return value!;
}

async function expectTurned({ tokens, old, ...world }: World, value: string, what: string): Promise<void> {
  const { items } = (await tokens.read('/tokens')) as { items: { id: string; state: string }[] };
  expect([what, items.map(({ state }) => state).sort()]).toEqual([what, ['active', 'revoked']]); // one new token, however often it was asked for
  expect([what, items.find(({ id }) => id === old.id)?.state]).toEqual([what, 'revoked']);
  const [fresh, former] = [await signOn({ tokens, old, ...world }, value), await signOn({ tokens, old, ...world }, old.value)];
  expect([what, fresh, former]).toEqual([what, [true, true], [false, false]]);
}

describe('R2, R40: the worker, killed at every call of a rotation', () => {
  const points: Point[] = [];

  it('undisturbed, makes such calls, and ends with one new token and the old one revoked', async () => {
    const world = await worldOf(0);
    await expectTurned(world, await rotated(world), 'undisturbed');
    for (const call of new Set(callsOf.get(world.environment))) points.push({ call, at: 'before' }, { call, at: 'after' });
    expect(points.length).toBeGreaterThanOrEqual(10);
    expect(points.length).toBeLessThanOrEqual(most);
  }, 120_000);

  it('asked for its state in a process that has not heard of it, just when a timer has rung, it takes a command and goes on', async () => {
    const world = await worldOf(most + 1);
    const { rotations } = world;
    await rotations.start({ ...plan, watchEveryMinutes: 5 * plan.watchEveryMinutes });
    const isOpen = async () => (await rotations.look('ios'))?.slots.some(({ state }) => state === 'awaiting');
    await waitUntil('the slot to be opened', isOpen, { withinMs: 60_000, everyMs: 200 });
    const exported = () => rotations.exported('ios', 'files').catch(() => undefined);
    const value = await waitUntil('the value to be had', exported);
    const looks = () => callsOf.get(world.environment)!.filter((call) => call === 'GET /adoption').length;
    const before = looks();
    const token = (await rotations.look('ios'))!.token;
    await waitUntil('the next timer to run', () => Promise.resolve(looks() > before), { withinMs: 20_000, everyMs: 20 });
    await waitUntil('its task to be over', async () => (await rotations.look('ios'))?.doing === undefined);
    await system.process('temporal-worker').kill('SIGKILL');
    const asked = isOpen(); // if this waits for the one that is dead, the timer rings meanwhile
    await system.restart('temporal-worker');
    await asked;
    await rotations.command('ios', 'confirm-slot', { slot: 'files', token, result: 'done' });
    await system.process('temporal-worker').kill('SIGKILL'); // what stands in the history is all that is left
    await system.restart('temporal-worker');
    await expectTurned(world, await carriedOut(world, value, 120_000), 'asked first');
  }, 240_000);

  it('goes on in another process from each point, to one new token and the old one revoked everywhere', async () => {
    const worlds = await Promise.all(points.map((_, at) => worldOf(at + 1)));
    for (const [at, { environment }] of worlds.entries()) wanted.set(environment, points[at]!);
    let isOver = false;
    let kills = 0;
    const reached = new Set<string>();
    const killing = (async () => {
      while (!isOver) {
        await pause(200);
        if (held.size === 0) continue;
        for (const environment of held) reached.add(environment);
        held.clear();
        await system.process('temporal-worker').kill('SIGKILL');
        kills += 1;
        await system.restart('temporal-worker');
      }
    })();
    try {
      await Promise.all(worlds.map(async (world, at) => expectTurned(world, await rotated(world), tell(points[at]!))));
    } finally {
      isOver = true;
      await killing;
    }
    expect(worlds.flatMap(({ environment }, at) => (reached.has(environment) ? [] : [tell(points[at]!)]))).toEqual([]);
    process.stdout.write(`  ${points.length} points survived, in ${kills} kills\n`);
  }, 600_000);
});
