import { connect, createServer, type Socket } from 'node:net';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';

const logger = createLogger({ service: 'test', level: 'silent' });

export const redisAt = (port: number): Promise<Redis> =>
  connectRedis({ url: `redis://127.0.0.1:${port}`, name: 'test', logger, commandTimeoutMs: 2_000 });

/** An address that leads to one server now and to another later, as the name of a primary does. */
export async function movingAddress(first: number) {
  let target = first;
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const cut = () => open.forEach((socket) => socket.destroy());
  return {
    port,
    moveTo: (next: number) => {
      target = next;
      cut();
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
