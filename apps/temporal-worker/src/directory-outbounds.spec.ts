import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { instant } from '@tallystick/kernel-core';
import { eventually } from '@tallystick/platform-testing';
import { DirectoryOutbounds } from './directory-outbounds.ts';

let server: Server;
let host: string;
const hanging: ServerResponse[] = [];
const outbounds = () => new DirectoryOutbounds(() => instant(Date.now()));

beforeEach(async () => {
  server = createServer(({ url }, response) => void (url === '/hang' ? hanging.push(response) : response.end('well')));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  hanging.length = 0;
});
const callOf = (path: string) => ({ method: 'GET', url: `http://${host}${path}`, read: true }) as const;

describe('the HTTP clients of directories', () => {
  it('R47: a directory whose calls all hang keeps nobody else on the same host waiting', async () => {
    const all = outbounds();
    const hosts = { hosts: [], insecureHosts: [host] };
    const sick = all.of('acme/pingone/1', 4, hosts);
    const calls = Array.from({ length: 10 }, () => sick.send(callOf('/hang'), AbortSignal.timeout(20_000)));
    await eventually(() => hanging.length === 4, { withinMs: 5_000, what: 'four calls to hang' });
    const answer = await all.of('globex/pingone/2', 4, hosts).send(callOf('/'), AbortSignal.timeout(5_000));
    expect(answer).toMatchObject({ kind: 'answer', status: 200, text: 'well' });
    expect(hanging).toHaveLength(4); // and no more at once than its budget allows
    await all.close();
    for (const call of calls) expect(await call).toEqual({ kind: 'none', because: 'broken' }); // at once, and nothing is sent again
  });

  it('are the same for the same directory and settings, so that its connections are kept', () => {
    const all = outbounds();
    const hosts = { hosts: ['api.example.com'] };
    expect(all.of('acme/pingone/1', 8, hosts)).toBe(all.of('acme/pingone/1', 8, hosts));
    expect(all.of('acme/pingone/1', 9, hosts)).not.toBe(all.of('acme/pingone/1', 8, hosts));
    expect(all.of('globex/pingone/1', 8, hosts)).not.toBe(all.of('acme/pingone/1', 8, hosts));
  });
});
