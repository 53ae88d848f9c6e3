import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { eventually } from '@tallystick/platform-testing';
import { type HeldLink, heldLink } from './held-link.ts';

let server: Server;
let link: HeldLink;
let received: string[];
const clients: Socket[] = [];

beforeEach(async () => {
  received = [];
  server = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .on('data', (message) => {
        received.push(String(message));
        socket.write(`answer to ${String(message)}`);
      }),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  link = await heldLink({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, (message) =>
    message.includes('mark'),
  );
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await link.close();
  server.close();
});

async function client() {
  const socket = connect(link.port, '127.0.0.1');
  clients.push(socket);
  await once(socket, 'connect');
  const answers: string[] = [];
  socket.on('error', () => undefined).on('data', (answer) => answers.push(String(answer)));
  return {
    answers,
    ask: async (message: string): Promise<void> => {
      const before = answers.length;
      socket.write(message);
      await eventually(() => answers.length > before, { withinMs: 5_000, what: 'an answer' });
    },
    send: (message: string) => socket.write(message),
  };
}

describe('a link that is held', () => {
  it('passes everything on, and counts the messages that matter', async () => {
    const one = await client();
    for (const message of ['mark 1', 'other', 'mark 2']) await one.ask(message);
    expect(one.answers).toEqual(['answer to mark 1', 'answer to other', 'answer to mark 2']);
    expect(link.count()).toBe(2);
  });

  it('before: stops at the message, which the server never gets, nor anything that is sent later on any connection', async () => {
    const [one, two] = [await client(), await client()];
    const held = link.hold(2, 'before');
    await one.ask('mark 1');
    one.send('mark 2');
    await held;
    two.send('mark 3');
    link.open();
    const three = await client();
    await three.ask('later');
    expect(received).toEqual(['mark 1', 'later']);
    expect([...one.answers, ...two.answers]).toEqual(['answer to mark 1']);
  });

  it('after: the server has the message, and its answer never comes back', async () => {
    const [one, two] = [await client(), await client()];
    const held = link.hold(1, 'after');
    one.send('mark 1');
    two.send('sent before that is answered');
    await held;
    expect(received).toEqual(['mark 1']);
    expect([...one.answers, ...two.answers]).toEqual([]);
  });

  it('that is not to be held any more passes what it would have stopped', async () => {
    const one = await client();
    void link.hold(1, 'before');
    link.cancel();
    await one.ask('mark 1');
    expect(one.answers).toEqual(['answer to mark 1']);
  });
});
