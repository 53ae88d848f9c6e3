import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

export const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
export const list = (texts: readonly string[]): string => `*${texts.length}\r\n${texts.map(bulk).join('')}`;

export interface FalseServer {
  /** `host:port`. */
  readonly address: string;
  readonly port: number;
  readonly close: () => Promise<void>;
}

export type Identity = { readonly cert: string; readonly key: string };

/** Speaks RESP and says to each command what it is told to say, in its order; `+OK` where it is told nothing. */
export async function falseServer(
  answer: (command: readonly string[]) => string | undefined | Promise<string | undefined>,
  tls?: Identity,
): Promise<FalseServer> {
  const sockets = new Set<Socket>();
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let text = '';
    let last = Promise.resolve();
    socket.on('data', (chunk) => {
      text += String(chunk);
      for (let command = read(text); command; command = read(text)) {
        text = text.slice(command.length);
        const { words } = command;
        last = last.then(async () => void socket.write((await answer(words)) ?? '+OK\r\n'));
      }
    });
  };
  const server: Server = tls ? createTlsServer(tls, onSocket) : createServer(onSocket);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    address: `127.0.0.1:${port}`,
    port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a sentinel says of its primary; `address` where it differs from what `MASTER` has. */
export interface SentinelSays {
  readonly port: number;
  readonly epoch: number;
  readonly masterPort?: number;
}

export const falseSentinel = (id: string, says: () => SentinelSays, tls?: Identity): Promise<FalseServer> =>
  falseServer(([, question = '']) => {
    const { port, epoch, masterPort = port } = says();
    if (question === 'MYID') return bulk(id);
    if (question === 'GET-MASTER-ADDR-BY-NAME') return list(['127.0.0.1', String(port)]);
    if (question === 'MASTER')
      return list(['ip', '127.0.0.1', 'port', String(masterPort), 'config-epoch', String(epoch), 'num-slaves', '1']);
    return undefined;
  }, tls);

/** The first whole command of a text, and how long it is. */
function read(text: string): { readonly words: readonly string[]; readonly length: number } | undefined {
  const [start, count] = /^\*(\d+)\r\n/.exec(text) ?? [];
  if (start === undefined) return undefined;
  let at = start.length;
  const words: string[] = [];
  for (let left = Number(count); left > 0; left--) {
    const [head, size] = /^\$(\d+)\r\n/.exec(text.slice(at)) ?? [];
    if (head === undefined || text.length < at + head.length + Number(size) + 2) return undefined;
    words.push(text.slice(at + head.length, at + head.length + Number(size)));
    at += head.length + Number(size) + 2;
  }
  return { words, length: at };
}
