import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP link to a server that can be cut, or fall silent without closing. */
export async function breakableLink(target: { readonly host: string; readonly port: number }) {
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: 'open' | 'silent' | 'cut' = 'open';
  const server = createServer((near) => {
    if (state === 'cut') return void near.destroy();
    const far = connect(target.port, target.host);
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => undefined);
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
    if (state === 'silent') silence(pair);
  });
  const silence = (pair: readonly [Socket, Socket]) => pair.forEach((socket) => socket.pause());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    /** Closes all connections and refuses new ones. */
    cut: () => {
      state = 'cut';
      for (const pair of pairs) pair.forEach((socket) => socket.destroy());
    },
    /** Nothing passes any more, on old connections nor on new ones, and nobody is told. */
    silence: () => {
      state = 'silent';
      pairs.forEach(silence);
    },
    /** Nothing passes any more on the connections that there are; new ones work, as after a fail-over. */
    silenceOld: () => pairs.forEach(silence),
    /** All is well again; what was held back arrives. */
    restore: () => {
      state = 'open';
      for (const pair of pairs) pair.forEach((socket) => socket.resume());
    },
    close: async () => {
      for (const pair of pairs) pair.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
