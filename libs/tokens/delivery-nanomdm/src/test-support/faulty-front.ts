import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ApiAnswer, ApiCall, MdmUnderTest } from './mdm-under-test.ts';

/** A proxy before the API, on which calls can go wrong; it also counts the set commands that the server took. */
export async function faultyFront(mdm: Pick<MdmUnderTest, 'call'>) {
  const front = {
    /** What happens to the next calls that enqueue, first things first. */
    next: [] as ('fine' | 'lost-answer' | 'lost-request' | ApiAnswer)[],
    isAuthorised: true,
    taken: 0,
    calls: 0,
    paths: [] as string[],
    baseUrl: '',
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  const server = createServer((request, response) => {
    const { method = '', url: path = '' } = request;
    const headers = request.headers as Record<string, string>;
    if (!front.isAuthorised) headers['authorization'] = 'Basic bm9ib2R5Om5vdGhpbmc=';
    void text(request).then(async (body) => {
      const call: ApiCall = { method, path, headers, body };
      front.calls++;
      front.paths.push(path);
      const fault = body === '' ? undefined : front.next.shift();
      if (fault === 'lost-request') return void request.socket.destroy();
      const answer = typeof fault === 'object' ? fault : await mdm.call(call);
      const isTaken = !/"command_error"/.test(answer.text) && /"command_uuid"/.test(answer.text);
      if (fault !== answer && isTaken && body.includes('ApplicationConfiguration</string>') && body.includes('Settings'))
        front.taken++;
      if (fault === 'lost-answer') return void request.socket.destroy();
      response.writeHead(answer.status, answer.headers).end(answer.text);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  front.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return front;
}
