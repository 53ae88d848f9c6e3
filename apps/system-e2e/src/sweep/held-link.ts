import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Where a message is stopped: `before`: it never reaches the server; `after`: the server has it, and its answer never comes back. */
export type HeldAt = 'before' | 'after';

export interface HeldLink {
  readonly port: number;
  /** Messages that {@link matches} found since the last call of {@link hold} or {@link count}. */
  readonly count: () => number;
  /** Stops the link for good at the `n`-th matching message from now (from 1), until {@link open}. Resolves when it is stopped. */
  readonly hold: (n: number, at: HeldAt) => Promise<void>;
  /** Stops at nothing any more; what is stopped stays so. */
  readonly cancel: () => void;
  /** All old connections end, new ones pass: for the next process. */
  readonly open: () => void;
  readonly close: () => Promise<void>;
}

/**
 * A TCP link from one process to one server that can be stopped at an exact message of the process; whatever it wants of the server afterwards, on
 * any connection, waits, as if time stood still until the process is killed.
 *
 * @param matches which messages count
 * @param splitter of a connection: from packets to messages. Without one a message is a packet.
 */
export async function heldLink(
  target: { readonly host: string; readonly port: number },
  matches: (message: Buffer) => boolean,
  splitter: () => (packet: Buffer) => readonly Buffer[] = () => (packet) => [packet],
): Promise<HeldLink> {
  const pairs = new Set<readonly [near: Socket, far: Socket]>();
  let counted = 0;
  let wanted: { readonly n: number; readonly at: HeldAt; readonly reached: () => void } | undefined;
  let isStopped = false;
  let isSent = false; // the message at which it is to stop when the answer comes

  const stop = (): void => {
    isStopped = true;
    for (const pair of pairs) pair.forEach((socket) => socket.pause());
    wanted?.reached();
    wanted = undefined;
  };
  const server = createServer((near) => {
    const far = connect(target.port, target.host);
    const pair = [near, far] as const;
    pairs.add(pair);
    let isLast = false;
    const split = splitter();
    near.on('data', (packet) => {
      for (const message of split(packet)) {
        if (isStopped || isSent) return; // also what was read before the pause came into force
        const isPoint = matches(message) && ++counted === wanted?.n;
        if (isPoint && wanted?.at === 'before') return stop();
        isLast = isSent = isPoint;
        far.write(message);
      }
    });
    far.on('data', (answer) => {
      if (isStopped) return;
      if (isLast) return stop();
      near.write(answer);
    });
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('error', () => undefined);
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
    if (isStopped) pair.forEach((socket) => socket.pause());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endAll = (): void => {
    for (const pair of pairs) pair.forEach((socket) => socket.destroy());
  };
  return {
    port: (server.address() as AddressInfo).port,
    count: () => {
      const before = counted;
      counted = 0;
      return before;
    },
    hold: (n, at) => {
      counted = 0;
      return new Promise((reached) => (wanted = { n, at, reached }));
    },
    cancel: () => (wanted = undefined),
    open: () => {
      endAll();
      isStopped = isSent = false;
      wanted = undefined;
    },
    close: async () => {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}
