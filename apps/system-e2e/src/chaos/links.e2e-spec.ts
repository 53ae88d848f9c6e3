import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
// The servers' tool is no library: it is plain Node, because it runs before a package is installed. Here it gives a program.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { toxiproxy } from '../../../../tools/stack/toxiproxy.mjs';
import { waitUntil } from '../system/wait-until.ts';
import { type Links, startLinks } from './links.ts';

let echo: Server;
let links: Links;
beforeAll(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const { STACK_TOXIPROXY } = await toxiproxy();
  links = await startLinks(STACK_TOXIPROXY, { 'worker-redis': `127.0.0.1:${(echo.address() as AddressInfo).port}` });
}, 300_000);

afterAll(async () => {
  links?.stop();
  echo?.close();
  await once(echo, 'close');
});

async function connected(): Promise<Socket> {
  const [host, port] = links.at('worker-redis').split(':');
  const socket = connect(Number(port), host);
  await once(socket, 'connect');
  return socket;
}

/** How long an echo of so many bytes takes; `undefined` when it has not come within a second. */
async function echoed(socket: Socket, bytes = 4): Promise<number | undefined> {
  const sentAt = performance.now();
  let left = bytes;
  const all = new Promise<number>((done, fail) => {
    socket.on('error', fail);
    socket.on('data', (chunk) => {
      left -= chunk.length;
      if (left <= 0) done(performance.now() - sentAt);
    });
  });
  const late = new Promise<undefined>((done) =>
    AbortSignal.timeout(2_000).addEventListener('abort', () => done(undefined), { once: true }),
  );
  socket.write(Buffer.alloc(bytes, 'x'));
  return Promise.race([all, late]);
}

describe('a link that is struck', () => {
  it('when slow, answers late; healed, the same connection goes on', async () => {
    const socket = await connected();
    await links.break('worker-redis', 'link-slow');
    expect(await echoed(socket)).toBeGreaterThanOrEqual(390);
    await links.heal('worker-redis');
    expect(await echoed(socket)).toBeDefined();
    socket.destroy();
  });

  it('when silent, says nothing and stays open; healed, that connection ends, for it has lost bytes, and new ones pass', async () => {
    const socket = await connected();
    await links.break('worker-redis', 'link-silent');
    expect(await echoed(socket)).toBeUndefined();
    expect(socket.readyState).toBe('open');
    const ended = once(socket, 'close');
    await links.heal('worker-redis');
    await ended;
    const next = await connected();
    expect(await echoed(next)).toBeDefined();
    next.destroy();
  });

  it('when reset, ends every connection; healed, new ones pass', async () => {
    await links.break('worker-redis', 'link-reset');
    const socket = await connected();
    await expect(echoed(socket)).rejects.toThrow('ECONNRESET');
    await links.heal('worker-redis');
    const next = await connected();
    expect(await echoed(next)).toBeDefined();
    next.destroy();
  });

  it('when slow, and its client does not read any more, is healed all the same, and new connections pass', async () => {
    const socket = await connected();
    socket.on('error', () => undefined);
    socket.pause();
    await links.break('worker-redis', 'link-slow');
    socket.write(Buffer.alloc(160_000_000, 'x')); // the proxy holds 32 MB of what is slow
    let [left, since] = [-1, 0];
    const isFull = (): boolean => {
      if (socket.writableLength !== left) [left, since] = [socket.writableLength, performance.now()];
      return left > 0 && performance.now() - since > 3_000; // later than the link is
    };
    await waitUntil('all buffers on the way to be full', () => Promise.resolve(isFull()));
    await links.heal('worker-redis');
    const next = await connected();
    expect(await echoed(next)).toBeDefined();
    next.destroy();
    socket.destroy();
  }, 60_000);

  it('when narrow, lets 8 kB a second through', async () => {
    await links.break('worker-redis', 'link-narrow');
    const socket = await connected();
    expect(await echoed(socket, 8_000)).toBeGreaterThan(500);
    await links.heal('worker-redis');
    expect(await echoed(socket, 8_000)).toBeDefined();
    socket.destroy();
  });
});
