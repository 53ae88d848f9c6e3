import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import { certificate, expiredCertificate, key } from './certificates.fixture.ts';
import { createOutbound } from './create-outbound.ts';
import type { Outbound, OutboundAnswer, OutboundOptions, OutboundRequest } from './outbound.ts';
import { http, TestServer } from './test-server.fixture.ts';

let server: TestServer;
let clients: Outbound[] = [];
beforeAll(async () => {
  server = await new TestServer().listen();
});
afterAll(() => server.close());
afterEach(async () => {
  await Promise.all(clients.map((it) => it.close()));
  clients = [];
  server.forget();
});

const secret = 'token-that-nobody-may-see';
const make = (options: Partial<OutboundOptions> = {}): Outbound => {
  const client = createOutbound({
    hosts: [],
    insecureHosts: ['127.0.0.1', 'localhost'],
    now: () => instant(Date.now()),
    ...options,
  });
  clients.push(client);
  return client;
};
const request = (more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  method: 'POST',
  url: `http://127.0.0.1:${server.port}/users?filter=a%20b`,
  headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
  body: '{"username":"ada"}',
  read: false,
  ...more,
});
const soon = (ms = 5_000): AbortSignal => AbortSignal.timeout(ms);
const none = (because: string): OutboundAnswer => ({ kind: 'none', because }) as OutboundAnswer;

describe('a call', () => {
  it('sends method, path, headers and body as they are, and gives status and text of the answer', async () => {
    server.play = (socket) => void socket.write(http('{"ä":1}', 'HTTP/1.1 409 Conflict'));
    expect(await make().send(request(), soon())).toEqual({ kind: 'answer', status: 409, text: '{"ä":1}' });
    expect(server.requests[0]).toMatch(/^POST \/users\?filter=a%20b HTTP\/1.1\r\n/);
    expect(server.requests[0]).toContain(`authorization: Bearer ${secret}\r\n`);
    expect(server.requests[0]).toMatch(/\r\n\r\n\{"username":"ada"\}$/);
  });

  it('gives the headers of the answer that were wanted, and no other', async () => {
    server.play = (socket) => void socket.write(http('', 'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Own: one'));
    expect(await make().send(request({ wanted: ['set-cookie', 'x-none'] }), soon())).toMatchObject({
      headers: { 'set-cookie': 'a=1\nb=2' },
    });
    expect(await make().send(request(), soon())).not.toHaveProperty('headers');
  });

  it('keeps connections for the next ones, and opens no more than it may', async () => {
    const client = make({ connections: 2 });
    for (let n = 0; n < 6; n++) await client.send(request(), soon());
    server.play = (socket) => void setTimeout(() => socket.write(http('fine')), 5);
    const answers = await Promise.all(Array.from({ length: 12 }, () => client.send(request(), soon())));
    expect(answers.every((it) => it.kind === 'answer')).toBe(true);
    expect(server.requests).toHaveLength(18);
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('follows no redirect', async () => {
    server.play = (socket) => void socket.write(http('', 'HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/'));
    expect(await make().send(request(), soon())).toMatchObject({ kind: 'answer', status: 307 });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a sick server (R27)', () => {
  it('that hangs costs no more than the deadline, and the next call gets a connection of its own', async () => {
    server.play = (socket, before) => void (before === 0 || socket.write(http('fine')));
    const client = make({ connections: 1 });
    const started = performance.now();
    expect(await client.send(request(), soon(100))).toEqual(none('timed-out'));
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(await client.send(request(), soon())).toMatchObject({ status: 200 });
  });

  it('that never answers ends at the time-out for the head too', async () => {
    server.play = () => undefined;
    expect(await make({ headersTimeoutMs: 100 }).send(request(), soon())).toEqual(none('timed-out'));
  });

  it('that falls silent inside the body ends at the time-out for it', async () => {
    server.play = (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
    expect(await make({ bodyTimeoutMs: 100 }).send(request(), soon())).toEqual(none('timed-out'));
  });

  it('that drips bytes for ever ends at the deadline, though it is never silent', async () => {
    server.play = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
      const drip = setInterval(() => socket.write('.'), 10);
      socket.on('close', () => clearInterval(drip));
    };
    expect(await make().send(request(), soon(150))).toEqual(none('timed-out'));
  });

  it('that does not take connections ends at the time-out for connecting', async () => {
    // 192.0.2.0/24 is for documentation: packets to it get lost, or there is no route.
    const client = make({ insecureHosts: ['192.0.2.1'], connectTimeoutMs: 200 });
    expect(await client.send(request({ url: 'http://192.0.2.1/' }), soon())).toEqual(none('not-reachable'));
  });

  it.each([
    ['resets', (socket) => void socket.resetAndDestroy()],
    ['closes without a word', (socket) => void socket.end()],
    ['cuts the body', (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')],
    ['speaks something else', (socket) => void socket.end('SSH-2.0-OpenSSH_9.9\r\n')],
  ] satisfies [string, TestServer['play']][])('that %s is broken', async (_, play) => {
    server.play = play;
    expect(await make().send(request(), soon())).toEqual(none('broken'));
    expect(server.requests).toHaveLength(1);
  });

  it('that sends more than the limit is not read to the end, whether it says so before or not', async () => {
    const client = make({ mostBytes: 1_000 });
    server.play = (socket) => void socket.write(http('x'.repeat(1_001)));
    expect(await client.send(request(), soon())).toEqual(none('too-large'));
    server.play = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const flood = setInterval(() => socket.write(`100\r\n${'x'.repeat(256)}\r\n`), 1);
      socket.on('close', () => clearInterval(flood));
    };
    expect(await client.send(request(), soon())).toEqual(none('too-large'));
    server.play = (socket) => void socket.write(http('x'.repeat(1_000)));
    expect(await client.send(request(), soon())).toMatchObject({ status: 200 });
  });

  it('that hangs for one client leaves the connections of another client alone', async () => {
    server.play = (socket, before) => void (before < 2 || socket.write(http('fine')));
    const sick = make({ connections: 2 });
    const hanging = [sick.send(request(), soon(500)), sick.send(request(), soon(500))];
    while (server.requests.length < 2) await pause(1);
    expect(await make().send(request(), soon(400))).toMatchObject({ status: 200 });
    expect(await Promise.all(hanging)).toEqual([none('timed-out'), none('timed-out')]);
  });

  it('nobody listening, and a name that nobody has, are not reachable', async () => {
    const closed = await new TestServer().listen();
    const { port } = closed;
    await closed.close();
    expect(await make().send(request({ url: `http://127.0.0.1:${port}/` }), soon())).toEqual(none('not-reachable'));
    const client = make({ hosts: ['nobody.invalid'] });
    expect(await client.send(request({ url: 'https://nobody.invalid/' }), soon(10_000))).toEqual(none('not-reachable'));
  });
});

describe('sending again (R29)', () => {
  const breakFirst: TestServer['play'] = (socket, before) =>
    void (before === 0 ? socket.resetAndDestroy() : socket.write(http('fine')));

  it('a read whose connection broke is sent once more', async () => {
    server.play = breakFirst;
    expect(await make().send(request({ read: true }), soon())).toMatchObject({ status: 200 });
    expect(server.requests).toHaveLength(2);
    server.forget();
    server.play = (socket) => void socket.resetAndDestroy();
    expect(await make().send(request({ read: true }), soon())).toEqual(none('broken'));
    expect(server.requests).toHaveLength(2);
  });

  it('a write is never sent again, whatever its method', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      server.forget();
      server.play = breakFirst;
      expect(await make().send(request({ method }), soon())).toEqual(none('broken'));
      expect(server.requests).toHaveLength(1);
    }
  });

  it.each(['429 Too Many Requests', '500 Internal Server Error', '503 Service Unavailable'])(
    'an answer of %s is given to the caller, for reads too: the budget decides when to ask again',
    async (status) => {
      server.play = (socket) => void socket.write(http('', `HTTP/1.1 ${status}`));
      expect(await make().send(request({ read: true }), soon())).toMatchObject({ status: Number(status.slice(0, 3)) });
      expect(server.requests).toHaveLength(1);
    },
  );

  it('a read that timed out is not sent again', async () => {
    server.play = () => undefined;
    expect(await make().send(request({ read: true }), soon(100))).toEqual(none('timed-out'));
    expect(server.requests).toHaveLength(1);
  });
});

describe('Retry-After (R28)', () => {
  it('is read from the head of the answer, a date against the clock of the server', async () => {
    server.play = (socket) =>
      void socket.write(
        http('', 'HTTP/1.1 429 x\r\ndate: Sun, 22 Nov 2020 12:00:00 GMT\r\nretry-after: Sun, 22 Nov 2020 12:00:30 GMT'),
      );
    expect(await make().send(request(), soon())).toEqual({ kind: 'answer', status: 429, text: '', retryAfterMs: 30_000 });
  });
});

describe('certificates', () => {
  const tlsServer = async (cert: string): Promise<TestServer> => new TestServer({ key, cert }).listen();
  const get = (port: number, host = 'localhost'): OutboundRequest => ({
    method: 'GET',
    url: `https://${host}:${port}/`,
    read: true,
  });

  it('of a known authority, for this host, in its time, are trusted', async () => {
    const tls = await tlsServer(certificate);
    expect(await make({ authorities: certificate }).send(get(tls.port), soon())).toMatchObject({ status: 200, text: 'fine' });
    await tls.close();
  });

  it.each([
    ['of an unknown authority', certificate, {}, 'localhost'],
    ['of another host', certificate, { authorities: certificate }, '127.0.0.1'],
    ['that are over', expiredCertificate, { authorities: expiredCertificate }, 'localhost'],
  ])('%s are not trusted, and nothing is sent', async (_, cert, options, host) => {
    const tls = await tlsServer(cert);
    expect(await make(options).send(get(tls.port, host), soon())).toEqual(none('not-trusted'));
    expect(tls.requests).toEqual([]);
    await tls.close();
  });

  it('TLS to a server that speaks none is not trusted', async () => {
    server.play = (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(await make().send(get(server.port, '127.0.0.1'), soon())).toEqual(none('not-trusted'));
  });
});

describe('what may be called', () => {
  it.each([
    ['a host that is not on the list', 'https://elsewhere.example/'],
    ['a name that only ends like one', 'https://api.example.evil.example/'],
    ['plain http', 'http://api.example/'],
    ['another port', 'https://api.example:8443/'],
    ['a user in the address', 'https://api.example@elsewhere.example/'],
    ['a user at the right host', 'https://u:p@api.example/'],
    ['an address of this machine', 'https://127.0.0.1/'],
    ['no address at all', 'not a url'],
    ['another protocol', 'file:///etc/passwd'],
  ])('%s is not called', async (_, url) => {
    const client = make({ hosts: ['api.example', '127.0.0.1'], insecureHosts: [] });
    expect(await client.send(request({ url }), soon())).toEqual(none('not-allowed'));
  });

  it('a name on the list that leads to this machine is not called', async () => {
    const client = make({ hosts: ['localhost'], insecureHosts: [] });
    expect(await client.send(request({ url: 'https://localhost/' }), soon())).toEqual(none('not-allowed'));
  });

  it.each(['https://api.example/', 'https://api.example:443/', 'https://jamf.example:8443/'])('by https: %s', async (url) => {
    const client = make({ hosts: ['api.example', 'Jamf.example:8443'], insecureHosts: [] });
    expect(await client.send(request({ url }), soon())).toEqual(none('not-reachable')); // no such name: it was tried
    expect(await client.send(request({ url: 'https://jamf.example/' }), soon())).toEqual(none('not-allowed'));
  });

  it('plain http is for the hosts that are named for it, with their port where one is named', async () => {
    const client = make({ insecureHosts: [`127.0.0.1:${server.port}`] });
    expect(await client.send(request(), soon())).toMatchObject({ status: 200 });
    expect(await client.send(request({ url: `http://127.0.0.1:${server.port + 1}/` }), soon())).toEqual(none('not-allowed'));
  });
});

it('no answer holds anything of the request, and nothing is thrown, even for a header that can not be sent', async () => {
  const odd = request({ headers: { authorization: `Bearer ${secret}\r\nx: y` } });
  const answer = await make().send(odd, soon());
  expect(answer.kind).toBe('none');
  expect(JSON.stringify(answer)).not.toContain(secret);
  expect(server.requests).toEqual([]);
});
