import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { devicesOnTheWay } from '../proof/devices-on-the-way.ts';
import { createFeed, type Feed } from '../system/feed.ts';
import { ProvisioningClient } from '../system/provisioning-client.ts';
import { SeenDirectory } from '../system/seen-directory.ts';
import { ampleBudget, type ProcessName, startSystem, type System } from '../system/system.ts';
import { waitUntil } from '../system/wait-until.ts';
import { type HeldAt, type HeldLink, heldLink } from './held-link.ts';
import { redisCommands } from './redis-commands.ts';

// R4: the bridge is killed at every message that it sends to Redis and to Temporal between reading a record and committing its offset,
// before and after the server had it, and once more when all is done. Each point is a bridge of its own, with its own topic and group.
const root = resolve(import.meta.dirname, '../../../..');
const folder = join(root, '.stack', 'test', 'bridge-sweep');
const base = uniqueName('bridge').toLowerCase();
/** At least as many as there are points, and three more. */
const most = 14;
const servers = ['redis', 'temporal'] as const;
type Server = (typeof servers)[number];

interface Bridge {
  readonly name: ProcessName;
  readonly environment: string;
  readonly record: { readonly id: string; readonly username: string; readonly mobile: string };
  readonly links: Readonly<Record<Server, HeldLink>>;
  /** In every message that is about the record's user: known when the bridge has told it. */
  readonly marks: { user?: string };
}
interface Point {
  readonly server: Server;
  readonly n: number;
  readonly at: HeldAt;
}
const tell = ({ server, n, at }: Point): string => `${at} message ${n} to ${server}`;

let system: System;
let directory: SeenDirectory;
let feed: Feed;
const bridges: Bridge[] = [];

async function bridgeOf(n: number, addresses: Readonly<Record<Server, string>>): Promise<Bridge> {
  const marks: Bridge['marks'] = {};
  const matches = (message: Buffer): boolean => marks.user !== undefined && message.includes(marks.user);
  const link = async (server: Server): Promise<HeldLink> => {
    const { hostname, port } = new URL(server === 'redis' ? addresses.redis : `tcp://${addresses.temporal}`);
    return heldLink({ host: hostname, port: Number(port) }, matches, server === 'redis' ? redisCommands : undefined);
  };
  return {
    name: `provisioning-service-${n}`,
    environment: `${base}-${n}`,
    record: { id: `key-${n}`, username: `bridged-${n}`, mobile: `+44770090${String(n).padStart(4, '0')}` },
    links: { redis: await link('redis'), temporal: await link('temporal') },
    marks,
  };
}

beforeAll(async () => {
  const { redis, kafka, temporal, oidc } = endpoints();
  for (let n = 1; n <= most; n += 1) bridges.push(await bridgeOf(n, { redis, temporal }));
  const connectionOf = (environment: string, file: string) => ({
    environment,
    connection: 'people',
    source: { topic: `${environment}.people`, format: { kind: 'json' } },
    directory: { kind: 'pingid', properties: { file } },
    mapping: { userName: { attribute: 'username' }, mfaSms1: { attribute: 'mobile' } },
    options: { manageDevices: 'merge' },
    visibilityWindowMs: 500,
    budget: ampleBudget,
  });
  const fileOf = (name: string): string => join(folder, `${name}.connections.json`);
  system = await startSystem({
    root,
    folder,
    servers: { redis, kafka: kafka.join(','), temporal, oidc },
    ...{ environment: base, halves: ['devices'], validators: 0, deviceLimit: 9 },
    connections: (file) => {
      writeFileSync(fileOf('none'), JSON.stringify({ connections: [connectionOf(base, file)] }));
      for (const { name, environment } of bridges) {
        mkdirSync(join(folder, environment));
        copyFileSync(join(folder, base, file), join(folder, environment, file));
        writeFileSync(fileOf(name), JSON.stringify({ connections: [connectionOf(environment, file)] }));
      }
      return bridges.map(({ environment }) => connectionOf(environment, file));
    },
    env: {
      // Nothing but the record itself brings the user on: what a sweep sends is no part of the way to the commit.
      'provisioning-service': { PROVISIONING_SWEEP_INTERVAL: '10m', PROVISIONING_CONNECTIONS_FILE: fileOf('none') },
      ...Object.fromEntries(
        bridges.map(({ name, environment, links }) => [
          name,
          {
            PROVISIONING_REDIS_URL: `redis://127.0.0.1:${links.redis.port}`,
            PROVISIONING_TEMPORAL_ADDRESS: `127.0.0.1:${links.temporal.port}`,
            PROVISIONING_KAFKA_GROUP: `tallystick-${environment}`,
            PROVISIONING_CONNECTIONS_FILE: fileOf(name),
          },
        ]),
      ),
    },
  });
  directory = new SeenDirectory(system.url('directory-simulator'));
  feed = createFeed(kafka.join(','));
}, 180_000);

afterAll(async () => {
  await feed?.close();
  await system?.stop();
  for (const { links } of bridges) for (const server of servers) await links[server].close();
}, 120_000);

/** Starts the bridge, and learns how messages about its user are known. */
async function start({ name, environment, record, marks }: Bridge): Promise<void> {
  await system.restart(name);
  const bearer = await system.access.tokenFor(`operator-of-${environment}`, environment, ['operator']);
  marks.user = (await new ProvisioningClient(system.url(name), environment, 'people', bearer).userOf(record.id)).user;
}

const send = ({ environment, record }: Bridge) =>
  feed.send(`${environment}.people`, [{ key: record.id, value: JSON.stringify(record) }]);

const provisioned = ({ record }: Bridge) =>
  waitUntil(`the device of ${record.username}`, async () => {
    const devices = (await directory.user(record.username))?.devices ?? [];
    return devices.some(({ nickname, value }) => nickname === 'SMS Number 1' && value.replace(/\D/g, '').endsWith(record.mobile.slice(-10))); // prettier-ignore
  });

async function within(ms: number, what: string, it: Promise<void>): Promise<void> {
  const late = AbortSignal.timeout(ms);
  const tooLate = new Promise<never>((_, fail) => late.addEventListener('abort', () => fail(new Error(`not within ${ms} ms: ${what}`)), { once: true })); // prettier-ignore
  await Promise.race([it, tooLate]);
}

/** Works through a list with so many at a time: most of it is waiting for a dead member of a group to be given up. */
async function each<T>(list: readonly T[], atATime: number, work: (one: T) => Promise<void>): Promise<void> {
  const left = [...list];
  const lane = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: atATime }, lane));
}

describe('R4, R7, I4, I5: the bridge, killed at every message between reading a record and committing it', () => {
  const points: Point[] = [];

  it('undisturbed, sends so many messages about a user to Redis and to Temporal', async () => {
    const [first, bridge] = bridges;
    for (const one of [first!, bridge!]) {
      // The first one of all finds no script in Redis, and sends each of them as well.
      await start(one);
      for (const server of servers) one.links[server].count();
      await send(one);
      await provisioned(one);
    }
    for (const server of servers) {
      const messages = bridge!.links[server].count();
      expect([server, messages]).toEqual([server, Math.max(messages, 1)]);
      for (let n = 1; n <= messages; n += 1) points.push({ server, n, at: 'before' }, { server, n, at: 'after' });
    }
    expect(points.length + 3).toBeLessThanOrEqual(most);
  }, 60_000);

  it('loses no record and does nothing twice, whichever point it was', async () => {
    const since = await directory.lastCall();
    let survived = 0;
    await each([...points.entries()], 8, async ([at, point]) => {
      const bridge = bridges[at + 2]!;
      await start(bridge);
      const held = bridge.links[point.server].hold(point.n, point.at);
      await send(bridge);
      await within(30_000, tell(point), held);
      await system.process(bridge.name).kill('SIGKILL');
      for (const server of servers) bridge.links[server].open();
      await system.restart(bridge.name);
      await provisioned(bridge);
      const { paired, unpaired } = devicesOnTheWay(await directory.calls(since, bridge.record.username), 0);
      expect([tell(point), { paired, unpaired }]).toEqual([tell(point), { paired: 1, unpaired: 0 }]);
      survived += 1;
      process.stdout.write(`  ${survived} of ${points.length} points survived: ${tell(point)}\n`);
    });
  }, 600_000);

  it('does nothing twice when it was killed after the commit', async () => {
    const bridge = bridges.at(-1)!;
    await start(bridge);
    const since = await directory.lastCall();
    await send(bridge);
    await provisioned(bridge);
    await system.process(bridge.name).kill('SIGKILL');
    await system.restart(bridge.name);
    const next = {
      ...bridge,
      record: { ...bridge.record, id: `${bridge.record.id}-next`, username: `${bridge.record.username}-next` },
    };
    await send(next);
    await provisioned(next); // it has read on, past the first record
    expect(devicesOnTheWay(await directory.calls(since, bridge.record.username), 0)).toMatchObject({ paired: 1, unpaired: 0 });
  }, 120_000);
});
