import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { eventually, OwnRedis, OwnSentinels, testCertificates } from '@tallystick/platform-testing';
import { checkNodes, connectRedis, type Redis, redisFacts, type RedisState } from './index.ts';
import { falseSentinel, type FalseServer } from './test-support/false-server.ts';

const logger = createLogger({ service: 'sentinels-int', level: 'silent' });
const clients: Redis[] = [];
const connect = async (options: Parameters<typeof connectRedis>[0]): Promise<Redis> => {
  const client = await connectRedis(options);
  clients.push(client);
  return client;
};

describe('a connection that sentinels lead', () => {
  let group: OwnSentinels;
  const open = (name: string, onStateChange?: (state: RedisState) => void) =>
    connect({
      sentinels: group.addresses,
      primary: group.primary,
      name,
      logger,
      commandTimeoutMs: 1_000,
      ...(onStateChange ? { onStateChange } : {}),
    });
  const portOf = async (client: Redis) => Number((await client.configGet('port'))['port']);
  beforeEach(async () => {
    group = await OwnSentinels.start();
  }, 60_000);
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await group.close();
  });

  it('moves with all others of the process when the primary dies, is another connection then, and keeps what it is subscribed to', async () => {
    const [one, other, hints] = await Promise.all([open('one'), open('other'), open('hints')]);
    const heard: string[] = [];
    await hints.subscribe('news', (message) => void heard.push(message));
    const [first] = group.nodes;
    expect(await Promise.all([portOf(one), portOf(other)])).toEqual([first!.port, first!.port]);
    const before = redisFacts(one).connection;
    await one.set('kept', 'yes');
    expect(await one.wait(2, 1_000)).toBe(2);
    await first!.kill();
    const promoted = await group.otherThan(first!);
    for (const client of [one, other])
      expect(await eventually(() => portOf(client), { withinMs: 5_000, what: 'the connection is with the new primary' })).toBe(
        promoted.port,
      );
    expect(redisFacts(one).connection).not.toBe(before);
    expect(await one.get('kept')).toBe('yes');
    await eventually(async () => (await one.publish('news', 'x'), heard.length > 0), {
      withinMs: 5_000,
      what: 'the subscription is there',
    });
    expect(redisFacts(one).mostReplicas).toBe(2);
  }, 90_000);

  it('does not stay with a primary that is frozen while it is replaced, nor come back to it when it wakes', async () => {
    const client = await open('one');
    const [first] = group.nodes;
    first!.signal('SIGSTOP');
    const promoted = await group.otherThan(first!);
    await eventually(async () => (await portOf(client)) === promoted.port, { withinMs: 5_000, what: 'the connection has moved' });
    first!.signal('SIGCONT');
    await eventually(async () => (await first!.ask('ROLE')).includes('slave'), {
      withinMs: 20_000,
      what: 'the old one is demoted',
    });
    expect(await portOf(client)).toBe(promoted.port);
  }, 90_000);

  it('changes nothing while most sentinels are silent, and takes no new connection then', async () => {
    const client = await open('one');
    for (const sentinel of [0, 1]) group.signal(sentinel, 'SIGSTOP');
    const refused = async () => {
      const address = { sentinels: group.addresses, primary: group.primary };
      const another = connectRedis({ ...address, name: 'new', logger, connectDeadlineMs: 1_500 });
      const outcome = await another.then((made) => (made.destroy(), 'connected'), String);
      return outcome.includes('no Redis connection for "new" within 1500 ms');
    };
    await eventually(refused, { withinMs: 10_000, what: 'what the sentinels said before is old' });
    expect(await client.ping()).toBe('PONG');
    for (const sentinel of [0, 1]) group.signal(sentinel, 'SIGCONT');
  }, 60_000);

  it('finds a node that keeps nothing, and one that is never promoted, before it is needed', async () => {
    const client = await open('one');
    const wrong = ['no-appendfsync-on-rewrite', 'aof-load-truncated', 'maxmemory-policy'];
    const [, second, third] = group.nodes;
    const namedOf = async () => (await checkNodes(client)).faults.filter((fault) => !wrong.some((name) => fault.includes(name)));
    expect(await namedOf()).toEqual([]);
    await second!.ask('CONFIG SET appendfsync everysec');
    await third!.ask('CONFIG SET replica-priority 0');
    const faults = await namedOf();
    expect(faults).toHaveLength(2);
    expect(faults.join()).toContain(`replica 127.0.0.1:${second!.port}: appendfsync is "everysec"`);
    expect(faults.join()).toContain(`replica 127.0.0.1:${third!.port}: replica-priority is "0"`);
    expect((await checkNodes(client)).replicas).toHaveLength(2);
  }, 60_000);
});

const { authority: ca, server } = testCertificates;
const identity = { cert: server.certificate, key: server.key };

describe('sentinels that do not agree', () => {
  const servers: OwnRedis[] = [];
  const sentinels: FalseServer[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await Promise.all(sentinels.splice(0).map((one) => one.close()));
    await Promise.all(servers.splice(0).map((one) => one.close()));
  });
  const says = ({ port }: { readonly port: number }, epoch: number) => ({ port, epoch });

  it('decide by the majority at the newest epoch; an older one is not gone back to, and a replica is not taken', async () => {
    servers.push(await OwnRedis.start(), await OwnRedis.start());
    const [old, next] = servers as [OwnRedis, OwnRedis];
    const told = [says(old, 1), says(old, 1), says(old, 1)];
    for (const at of [0, 1, 2]) sentinels.push(await falseSentinel(`s${at}`, () => told[at]!));
    const addresses = sentinels.map(({ address }) => address);
    const client = await connect({ sentinels: addresses, primary: 'p', name: 'one', logger, commandTimeoutMs: 1_000 });
    const portOf = async () => Number((await client.configGet('port'))['port']);
    const follows = (port: number) =>
      eventually(async () => (await portOf()) === port, { withinMs: 5_000, what: `the connection is with ${port}` });
    await follows(old.port);

    told[1] = says(next, 2); // one has heard of it
    const stays = performance.now() + 2_500;
    while (performance.now() < stays) expect(await eventually(portOf, { withinMs: 1_000, what: 'an answer' })).toBe(old.port);
    told[2] = says(next, 2); // a majority; the first was cut off with the old one
    await follows(next.port);

    const before = redisFacts(client).connection;
    told.splice(0, 3, says(old, 1), says(old, 1), says(old, 1)); // restored from long ago
    const again = performance.now() + 2_500;
    while (performance.now() < again) expect(await portOf()).toBe(next.port);
    expect(redisFacts(client).connection).toBe(before);

    told.splice(0, 3, says(old, 3), says(old, 3), says(old, 3));
    await (await connect({ url: old.url, name: 'old', logger })).sendCommand(['REPLICAOF', '127.0.0.1', String(next.port)]);
    await eventually(() => redisFacts(client).connection === undefined, { withinMs: 5_000, what: 'the connection has left' });
    await expect(client.get('x')).rejects.toThrow();
  }, 60_000);

  it.each([
    ['the name that was told', 'localhost', true],
    ['another name: then no password is sent there', 'rings.example', false],
  ])(
    'lead by TLS only to a server whose certificate has %s',
    async (_, serverName, isTaken) => {
      const heard: string[] = [];
      const sockets = new Set<Socket>();
      const data = createTlsServer(identity, (socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined).on('data', (chunk) => heard.push(String(chunk)));
      }).on('tlsClientError', () => undefined);
      await new Promise<void>((resolve) => data.listen(0, '127.0.0.1', resolve));
      for (const id of ['a', 'b', 'c'])
        sentinels.push(await falseSentinel(id, () => says(data.address() as { port: number }, 1), identity));
      const place = {
        sentinels: sentinels.map(({ address }) => address),
        primary: 'p',
        tls: { ca, serverName },
        password: 's3cret',
      };
      const opening = connectRedis({ ...place, name: 'one', logger, commandTimeoutMs: 300, connectDeadlineMs: 2_000 });
      await expect(opening).rejects.toThrow('no Redis connection for "one"');
      expect(heard.join().includes('s3cret')).toBe(isTaken);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => data.close(resolve));
    },
    20_000,
  );
});
