import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import type { Between, Proxy } from '../system/proxy.ts';
import type { System } from '../system/system.ts';
import { type HeldAt, type HeldLink, heldLink } from './held-link.ts';
import { redisCommands } from './redis-commands.ts';
import { callIn, RotatingWorld, startRotatingSystem } from './rotating-world.ts';

// R2, R5: the token service is killed at every message that it sends to Redis while it carries out a call of a rotation, the worker's or the
// administrator's, before and after Redis had it. In the n-th rotation it is killed at the n-th message of each call; all go on side by side.
const base = uniqueName('serve').toLowerCase();

let system: System;
let proxy: Proxy;
let link: HeldLink;

/** What is to be killed yet, by environment: at which message of which call. */
const wanted = new Map<string, Map<string, number>>();
/** The call that is under way, by environment: one at a time, so that a message belongs to it. */
const underWay = new Map<string, { readonly call: string; messages: number }>();
const turns = new Map<string, Promise<unknown>>();
/** How many messages each call of an environment took, one number for each time it was made. */
const made = new Map<string, { readonly call: string; readonly messages: number }[]>();
/** While nobody is there a call waits, so that each meets its own point and no other. */
let isThere: Promise<void> = Promise.resolve();
let isHolding = false;
let point: { readonly environment: string; readonly call: string } | undefined;

/** Whether this message is one at which the service is to be killed. What its relay takes to the audit's topic is of no call, whatever it names. */
function isPoint(message: Buffer): boolean {
  if (message.includes(':chain-relay')) return false;
  for (const [environment, calling] of underWay) {
    if (!message.includes(environment)) continue;
    calling.messages += 1;
    if (!isHolding || point || wanted.get(environment)?.get(calling.call) !== calling.messages) continue;
    point = { environment, call: calling.call };
    return true;
  }
  return false;
}

/** One call at a time of each environment. */
function inTurn<T>(environment: string, call: () => Promise<T>): Promise<T> {
  const mine = (turns.get(environment) ?? Promise.resolve()).then(call, call);
  turns.set(environment, mine);
  return mine;
}

const between: Between = (request, pass) => {
  const { environment, call } = callIn(request);
  if (environment === '') return pass();
  return inTurn(environment, async () => {
    await isThere;
    const calling = { call, messages: 0 };
    underWay.set(environment, calling);
    try {
      return await pass();
    } finally {
      underWay.delete(environment);
      made.set(environment, [...(made.get(environment) ?? []), calling]);
    }
  });
};

beforeAll(async () => {
  const { hostname, port } = new URL(endpoints().redis);
  link = await heldLink({ host: hostname, port: Number(port) }, isPoint, redisCommands);
  const throughLink = { TOKENS_REDIS_URL: `redis://127.0.0.1:${link.port}` };
  ({ system, proxy } = await startRotatingSystem({ name: 'rotation-token-service-sweep', base, between }, throughLink));
}, 120_000);

afterAll(async () => {
  await system?.stop();
  await proxy?.close();
  await link?.close();
}, 60_000);

const worldOf = (name: string): Promise<RotatingWorld> => RotatingWorld.of(system, `${base}-${name}`, proxy.url);
async function rotated(world: RotatingWorld): Promise<string> {
  await world.start();
  return world.carriedOut();
}
const letter = (n: number): string => String.fromCharCode('a'.charCodeAt(0) + n); // of the same length: no name is the beginning of another

/** Kills the service wherever a point is met, until the rotations are over. Gives how often. */
async function killed(at: HeldAt, rotations: Promise<unknown>): Promise<number> {
  let kills = 0;
  const over = rotations.then(
    () => false,
    () => false,
  );
  for (;;) {
    point = undefined;
    const held = link.hold(1, at);
    isHolding = true;
    const isHeld = await Promise.race([held.then(() => true), over]);
    isHolding = false;
    if (!isHeld) return kills;
    kills += 1;
    wanted.get(point!.environment)!.delete(point!.call); // the next process gets the same call, and carries it out
    let open!: () => void;
    isThere = new Promise((done) => (open = done));
    await system.process('token-service').kill('SIGKILL');
    link.open();
    await system.restart('token-service');
    open();
  }
}

describe('R2, R5: the token service, killed at every message to Redis during a rotation', () => {
  /** The fewest messages that a call took, by call. */
  const messagesOf = new Map<string, number>();

  it('undisturbed, takes so many messages for each call, and the rotation ends with one new token and the old one revoked', async () => {
    const worlds = await Promise.all(['y', 'z'].map(worldOf));
    for (const { environment } of worlds) made.delete(environment); // what it took to make the environments
    const values = await Promise.all(worlds.map(rotated));
    for (const [at, world] of worlds.entries()) {
      const calls = made.get(world.environment)!.splice(0);
      for (const { call, messages } of calls) messagesOf.set(call, Math.min(messages, messagesOf.get(call) ?? messages));
      await world.expectTurned(values[at]!, 'undisturbed');
    }
    expect(messagesOf.size).toBeGreaterThanOrEqual(8);
  }, 120_000);

  it.each(['before', 'after'] as const)(
    'I6 goes on in another process from each point, %s Redis had the message, to one new token and the old one revoked everywhere',
    async (at) => {
      const most = Math.max(...messagesOf.values());
      const worlds = await Promise.all(Array.from({ length: most }, (_, n) => worldOf(`${at[0]}${letter(n)}`)));
      for (const [n, { environment }] of worlds.entries())
        wanted.set(environment, new Map([...messagesOf].filter(([, messages]) => messages > n).map(([call]) => [call, n + 1])));
      const tried = [...messagesOf.values()].reduce((sum, messages) => sum + messages, 0);
      const rotations = Promise.all(worlds.map(rotated));
      const points = await killed(at, rotations);
      for (const [n, value] of (await rotations).entries()) await worlds[n]!.expectTurned(value, `${at} ${n + 1}`);
      const missed = [...wanted].flatMap(([environment, calls]) => [...calls].map(([call, n]) => `${environment}: message ${n} of ${call}`)); // prettier-ignore
      process.stdout.write(`  ${points} points ${at} a message survived\n`);
      expect([points, missed]).toEqual([tried, []]);
    },
    600_000,
  );
});
