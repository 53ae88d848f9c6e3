import { createServer, type Server, type Socket, connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, eventually, freePort, OwnRedis, uniqueName } from '@tallystick/platform-testing';
import {
  checkDurability,
  checkNodes,
  connectRedis,
  defineScript,
  type Redis,
  redisFacts,
  type RedisState,
  RedisTimeout,
  watchDurability,
} from './index.ts';
import { clusterRefusal } from './what-server.ts';

const logger = createLogger({ service: 'redis-int', level: 'silent' });

/** A line to the real server that can be cut and held. */
async function lineTo(target: URL) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(Number(target.port || 6379), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => (sockets.delete(socket), near.destroy(), far.destroy()));
    }
    near.pipe(far).pipe(near);
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${port}`,
    /** From now on nothing that is sent on the present connections arrives, and nobody is told. */
    silence: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    cut: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: () => listen(port),
  };
}

let line: Awaited<ReturnType<typeof lineTo>>;
let client: Redis;
const states: RedisState[] = [];
beforeAll(async () => {
  line = await lineTo(new URL(endpoints().redis));
  client = await connectRedis({
    url: line.url,
    name: 'int',
    logger,
    commandTimeoutMs: 400,
    onStateChange: (state) => void states.push(state),
  });
});
afterAll(async () => {
  client.destroy();
  await line.cut();
});

describe('a Redis connection', () => {
  it('is named, answers in RESP 2 and runs scripts by digest', async () => {
    const server = await OwnRedis.start(); // for its scripts are thrown away
    const client = await connectRedis({ url: server.url, name: 'int', logger });
    expect(await client.sendCommand(['CLIENT', 'GETNAME'])).toBe('int');
    const script = defineScript({
      name: 'shapes',
      lua: `return { KEYS[1], ARGV[1], 7, false, { 'inner' } } -- ${uniqueName('digest')}`,
    });
    const reply = [uniqueName('key'), '5', 7, null, ['inner']];
    expect(await script.run(client, [String(reply[0])], [5])).toEqual(reply);
    expect(await script.run(client, [String(reply[0])], [5])).toEqual(reply);
    await client.sendCommand(['SCRIPT', 'FLUSH']);
    expect(await script.run(client, [String(reply[0])], [5])).toEqual(reply);
    client.destroy();
    await server.close();
  });

  it('gives an error of a script as an error', async () => {
    await expect(defineScript({ name: 'bad', lua: "return redis.error_reply('EXPECTED no')" }).run(client, [])).rejects.toThrow(
      'EXPECTED no',
    );
  });

  it('R27: ends a command that gets no answer, and comes back by itself', async () => {
    line.silence();
    const begin = performance.now();
    await expect(client.get('x')).rejects.toThrow(RedisTimeout);
    expect(performance.now() - begin).toBeLessThan(2_000);
    const busy = setInterval(() => void client.get('x').catch(() => undefined), 50); // traffic must not hide the silence
    await eventually(() => states.includes('lost') && states.at(-1) === 'ready', {
      withinMs: 10_000,
      what: 'the connection is renewed',
    });
    clearInterval(busy);
    expect(await client.get('x')).toBeNull();
  }, 30_000);

  it('R35: fails at once while the line is cut, sends nothing later, and reconnects', async () => {
    const key = uniqueName('key');
    states.length = 0;
    await line.cut();
    await eventually(() => states.includes('lost'), { withinMs: 5_000, what: 'the loss is seen' });
    const begin = performance.now();
    await expect(client.incr(key)).rejects.toThrow();
    expect(performance.now() - begin).toBeLessThan(200);
    await line.mend();
    await eventually(() => states.at(-1) === 'ready', { withinMs: 10_000, what: 'the line is mended' });
    expect(await client.get(key)).toBeNull();
    expect(states).toEqual(['lost', 'ready']);
  }, 30_000);

  it('waits for a server that is not there yet', async () => {
    const late = await lineTo(new URL(endpoints().redis));
    await late.cut();
    const connecting = connectRedis({ url: late.url, name: 'late', logger, connectDeadlineMs: 10_000 });
    await late.mend();
    const other = await connecting;
    expect(await other.ping()).toBe('PONG');
    await other.close();
    await late.cut();
  }, 20_000);

  it('refuses a node of a cluster at once, where WAIT, INFO and CONFIG would each be told by another one, and says what to use', async () => {
    const server = await OwnRedis.start('--cluster-enabled', 'yes', '--cluster-port', String(await freePort())); // by itself its port + 10,000, which may be none
    const begin = performance.now();
    const refused = connectRedis({ url: server.url, name: 'rings', logger });
    await expect(refused).rejects.toThrow(`no Redis connection for "rings": ${clusterRefusal}`);
    expect(performance.now() - begin).toBeLessThan(5_000); // it will be one in 30 seconds too
    await server.close();
  });

  it('takes no replica, and takes it when it has been promoted', async () => {
    const primary = await OwnRedis.start();
    const replica = await OwnRedis.start('--replicaof', '127.0.0.1', String(primary.port));
    const address = { url: replica.url, name: 'int', logger };
    await expect(connectRedis({ ...address, connectDeadlineMs: 500 })).rejects.toThrow('no Redis connection for "int"');
    const connecting = connectRedis({ ...address, connectDeadlineMs: 10_000 });
    await replica.ask('REPLICAOF NO ONE');
    const promoted = await connecting;
    expect(await promoted.ping()).toBe('PONG');
    promoted.destroy();
    await Promise.all([primary.close(), replica.close()]);
  }, 30_000);

  it('leaves a server that has become a replica within seconds, though it is only read from', async () => {
    const [server, other] = [await OwnRedis.start(), await OwnRedis.start()];
    const reading = await connectRedis({ url: server.url, name: 'int', logger });
    expect(await reading.get('x')).toBeNull();
    await server.ask(`REPLICAOF 127.0.0.1 ${other.port}`);
    await eventually(
      () =>
        reading.get('x').then(
          () => false,
          () => true,
        ),
      { withinMs: 3_000, what: 'it is read from no more' },
    );
    expect(redisFacts(reading).connection).toBeUndefined();
    reading.destroy();
    await Promise.all([server.close(), other.close()]);
  }, 30_000);

  it('does not take for a replica what answers at the address that the primary has of it', async () => {
    const primary = await OwnRedis.start();
    const faultsOf = async (replica: OwnRedis) => {
      const client = await connectRedis({ url: primary.url, name: 'int', logger });
      const found = await eventually(
        async () => {
          const check = await checkNodes(client);
          return check.replicas.length === 1 && !check.faults.join().includes('not online') ? check.faults : undefined;
        },
        { withinMs: 15_000, what: 'the replica follows' },
      );
      client.destroy();
      await replica.close();
      return found.filter((fault) => fault.includes('no replica of this primary'));
    };
    const following = ['--replicaof', '127.0.0.1', String(primary.port)];
    expect(await faultsOf(await OwnRedis.start(...following))).toEqual([]);
    const disguised = await OwnRedis.start(...following, '--replica-announce-port', String(primary.port));
    expect(await faultsOf(disguised)).toHaveLength(1);
    await primary.close();
  }, 60_000);

  it('is checked again and again with all its nodes: what is changed while it runs is told', async () => {
    const server = await OwnRedis.start('--aof-load-truncated', 'no', '--maxmemory-policy', 'noeviction');
    const redis = await connectRedis({ url: server.url, name: 'int', logger });
    const found: number[] = [];
    const watching = await watchDurability(redis, {
      of: 'a test',
      logger,
      onChecked: (faults) => void found.push(faults),
      everyMs: 50,
    });
    expect(found).toEqual([0]);
    await server.ask('CONFIG SET appendfsync everysec');
    await eventually(() => found.includes(1), { withinMs: 5_000, what: 'the fault is found' });
    watching.stop();
    redis.destroy();
    await server.close();
  }, 30_000);

  it('does not give what would end with one connection unnoticed', () => {
    expect(() => client.duplicate).toThrow('does not outlive a connection');
    expect(() => client.on).toThrow('does not outlive a connection');
  });

  it('leaves a server that has become a replica, and is another connection afterwards', async () => {
    const [server, other] = [await OwnRedis.start(), await OwnRedis.start()];
    const moving = await connectRedis({ url: server.url, name: 'int', logger });
    const before = redisFacts(moving).connection;
    await moving.set('x', '1');
    await moving.sendCommand(['REPLICAOF', '127.0.0.1', String(other.port)]);
    await expect(moving.set('x', '2')).rejects.toThrow('READONLY');
    await eventually(() => redisFacts(moving).connection === undefined, { withinMs: 5_000, what: 'it is left' });
    await server.ask('REPLICAOF NO ONE');
    await eventually(() => (redisFacts(moving).connection ?? 0) > before!, { withinMs: 10_000, what: 'another connection' });
    moving.destroy();
    await Promise.all([server.close(), other.close()]);
  });

  it('finds the faults of a server without durability', async () => {
    const before = (await client.configGet('appendonly'))['appendonly'];
    const faults = await checkDurability(client);
    expect(faults.some((fault) => fault.startsWith('appendonly'))).toBe(before !== 'yes');
  });
});
