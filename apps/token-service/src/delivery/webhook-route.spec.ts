import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as send } from 'node:http';
import { createHmac } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { err, instant, ok, type Result, type SecretFault } from '@tallystick/kernel-core';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { eventually } from '@tallystick/platform-testing';
import { longestWebhook } from '@tallystick/tokens-delivery-nanomdm';
import { pingIdApp } from '@tallystick/tokens-domain';
import { InMemoryDeviceJournal } from '@tallystick/tokens-testing';
import Fastify from 'fastify';
import { memoryHttp } from '../test-support/memory-http.ts';
import { memoryTargets } from '../test-support/memory-targets.ts';
import { parseTargets } from './targets-file.ts';
import { Targets } from './targets.ts';
import { addWebhookRoute } from './webhook-route.ts';
import { Webhooks } from './webhooks.ts';

const value = 'tsk1-new-b41e6d90f2a34c7788d1';
const device = '00008030-00DEVICE';
const command = '5b0e8f9a-0000-8000-8000-00000000c0de';
const keyOfAcme = 'the webhook key of acme';

const nanomdm = (environment: string, id: string, more: object = {}, bundle = pingIdApp.iosBundleId) => ({
  ...{ environment, id, vendor: 'nanomdm', app: { iosBundleId: bundle } },
  settings: {
    ...{ baseUrl: 'https://mdm.example', apiKey: { file: 'api-key' }, webhookKey: { file: `${id}-key` } },
    ...{ enrolmentIds: [device], ...more },
  },
});
const documents: readonly { readonly id?: string; readonly app?: { readonly iosBundleId: string } }[] = [
  nanomdm('acme', 'ipads'),
  nanomdm('acme', 'other-app', {}, 'com.example.other'),
  nanomdm('other', 'ipads', { baseUrl: 'https://MDM.example:443/' }, 'com.example.third'),
  nanomdm('other', 'elsewhere', { baseUrl: 'https://mdm.example/second', webhookKey: { file: 'ipads-key' } }, 'com.example.4th'),
  nanomdm('acme', 'keyless', { baseUrl: 'https://keyless.example' }, 'com.example.5th'),
  { ...{ environment: 'acme', id: 'by-hand', vendor: 'file' } },
];

let journals: Map<string, InMemoryDeviceJournal>;
/** By environment and file. */
let keys: Map<string, Result<string, SecretFault>>;
let lines: string[];
let http: Awaited<ReturnType<typeof memoryHttp>>;
let base: URL;

beforeEach(async () => {
  journals = new Map();
  lines = [];
  keys = new Map([
    ['acme/ipads-key', ok(`${keyOfAcme}\n`)],
    ['acme/other-app-key', ok(keyOfAcme)],
    ['other/ipads-key', ok('the webhook key of others')],
  ]);
  const targets = new Targets({
    documents: parseTargets(JSON.stringify({ targets: documents })),
    resolveSecret: (environment, ref) => ('file' in ref && keys.get(`${environment}/${ref.file}`)) || err('not-there'),
    insecureHosts: [],
    digest: (key, of) => createHmac('sha256', key).update(of).digest('hex'),
    journalOf: ({ environment, id }) => {
      const journal = new InMemoryDeviceJournal();
      journals.set(`${environment}/${id}`, journal);
      return journal;
    },
    deviceDigestOf:
      ({ environment, id }) =>
      (of) =>
        createHmac('sha256', `${environment}/${id}`).update(of).digest('hex'),
    nowMs: () => 1_800_000_000_000,
  });
  const logger = createLogger({ service: 'test', level: 'trace', destination: { write: (line) => void lines.push(line) } });
  http = await memoryHttp(undefined, undefined, targets, logger);
  await http.app.listen(0, '127.0.0.1');
  base = new URL(await http.app.getUrl());
  const asked = { enrolmentId: device, command, delivery: 'd', kind: 'read', attempt: 1, round: 0 } as const;
  for (const journal of journals.values()) await journal.intend([asked], instant(1_800_000_000_000));
});
afterEach(async () => {
  http.app.getHttpServer().closeAllConnections(); // also of a test that failed in between
  await http.app.close();
});

const report = `<plist version="1.0"><dict><key>ApplicationConfigurations</key><array>${documents
  .map(({ app }) => app?.iosBundleId ?? 'none')
  .map(
    (app) => `<dict><key>Identifier</key><string>${app}</string><key>Configuration</key><dict>
<key>${pingIdApp.key}</key><string>${value}</string></dict></dict>`,
  )
  .join('')}</array></dict></plist>`;
/** Written in another way than JSON.stringify would. */
const answered = `{ "topic" :"mdm.Connect",\t"event_id":"\\u0065",
  "created_at": "2027-01-15T08:00:00.123456789Z", "acknowledge_event": { "status":"Acknowledged", "command_uuid": "${command}",
  "udid": "${device}", "ids": {"id":"${device}", "type" : "Device"}, "raw_payload":"${Buffer.from(report).toString('base64')}" } }\r\n`;
const enrolled = `{"topic":"mdm.Authenticate","created_at":"2027-02-15T08:00:00Z","checkin_event":{"ids":{"id":"${device}","type":"Device"}}}`;

const sign = (body: string | Buffer, key = keyOfAcme): string => createHmac('sha256', key).update(body).digest('base64');
const pathOf = (target: string): string => `/v1/environments/${target.replace('/', '/delivery-targets/')}/webhook`;
const open = (target: string, headers: Readonly<Record<string, string>>, localAddress = '127.0.0.1'): ClientRequest => {
  const path = pathOf(target);
  const request = send({ host: '127.0.0.1', port: base.port, method: 'POST', path, headers, localAddress, agent: false });
  request.on('error', () => undefined); // seen where its answer is awaited
  return request;
};
async function answerTo(request: ClientRequest) {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}
/** As NanoMDM sends it. */
const tell = (
  body: string | Buffer,
  {
    target = 'acme/ipads',
    signature = sign(body),
    headers = {},
  }: { readonly target?: string; readonly signature?: string | null; readonly headers?: Readonly<Record<string, string>> } = {},
) =>
  answerTo(
    open(target, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      ...(signature === null ? {} : { 'x-hmac-signature': signature }),
      ...headers,
    }).end(body),
  );
const notes = async (of = 'acme/ipads') => (await journals.get(of)!.read([device])).get(device)![0]!;
const counted = async (result: string, environment = 'acme') => {
  const metric = await http.metrics.registry.getSingleMetric('tallystick_mdm_webhooks_total')!.get();
  return metric.values.find(({ labels }) => labels['result'] === result && labels['environment'] === environment)?.value ?? 0;
};

describe('a webhook of NanoMDM', () => {
  it('is known by its signature over the bytes as they came, and answered 200 with nothing', async () => {
    const answer = await tell(answered);
    expect([answer.status, answer.text]).toEqual([200, '']); // NanoMDM 0.9.0 takes 204 for a failure
    expect(await notes()).toMatchObject({
      ...{ status: 'acknowledged', answeredAt: Date.parse('2027-01-15T08:00:00.123Z') },
      holds: createHmac('sha256', 'acme/ipads').update(value).digest('hex'),
    });
    expect(await counted('noted')).toBe(2);
  });

  it('that is replayed changes nothing', async () => {
    await tell(answered);
    const before = await notes();
    expect((await tell(answered)).status).toBe(200);
    const later = answered.replace('Acknowledged', 'NotNow');
    expect((await tell(later)).status).toBe(200);
    expect(await notes()).toEqual(before);
  });

  it('of a new enrolment, of another command, and of nothing that matters is taken, and counted as such', async () => {
    expect((await tell(answered.replaceAll(command, 'of-another-tool'))).status).toBe(200);
    expect((await tell('{"topic":"mdm.TokenUpdate"}')).status).toBe(200);
    expect(await notes()).toMatchObject({ status: 'sending' });
    expect((await tell(enrolled)).status).toBe(200);
    expect(await notes()).toMatchObject({ status: 'lost' });
    expect(await Promise.all(['not-ours', 'other', 'enrolled-anew', 'noted'].map((result) => counted(result)))).toEqual([
      2, 1, 2, 0,
    ]);
  });

  const foreign: readonly (readonly [string, Parameters<typeof tell>[1] & object])[] = [
    ['to an environment that is not there', { target: 'nowhere/ipads' }],
    ['to an environment that can not be one', { target: 'NO%20NAME/ipads' }],
    ['to a target that is not there', { target: 'acme/none' }],
    ["to another environment's target", { target: 'other/ipads' }],
    ['to a target of another vendor', { target: 'acme/by-hand' }],
    ['to a target whose key can not be read', { target: 'acme/keyless' }],
    ['signed with another key', { signature: sign(answered, 'another key') }],
    ['with the signature of other bytes', { signature: sign(`${answered} `) }],
    ['with half a signature', { signature: sign(answered).slice(0, 20) }],
    ['without a signature', { signature: null }],
    ['with a bearer token in place of one', { signature: null, headers: { authorization: 'Bearer admin:token-admin' } }],
  ];
  it.each(foreign)('%s is refused, with the same answer to all', async (_, how) => {
    const plain = ({ status, headers, text: said }: Awaited<ReturnType<typeof tell>>) => {
      const { 'x-request-id': _id, date: _date, ...rest } = headers;
      return { status, rest, said: said.replace(/[0-9a-f-]{36}/, '') };
    };
    const usual = plain(await tell(answered, { signature: sign(answered, 'wrong') }));
    expect(usual).toMatchObject({
      status: 401,
      said: expect.stringContaining('urn:tallystick:problem:unauthenticated') as unknown,
    });
    expect(plain(await tell(answered, how))).toEqual(usual);
    expect(await notes()).toMatchObject({ status: 'sending' });
    const said = await http.metrics.registry.metrics();
    expect([await counted('refused', ''), await counted('refused')]).toEqual([2, 0]);
    expect(said + lines.join('')).not.toMatch(/nowhere|NO NAME|NO%20NAME|none"/);
  });

  it('that is signed and can not be read is refused as such', async () => {
    for (const body of ['', 'no json', '{"topic":"mdm.Connect"}', '{"__proto__":{"topic":"mdm.Connect"}}'])
      expect(await tell(body)).toMatchObject({ status: 400, text: expect.stringContaining('unreadable-webhook') as unknown });
    expect(await counted('refused')).toBe(4);
  });

  it('may be of 4 MiB, and not longer, whether its length is told before or not', async () => {
    const most = Buffer.alloc(longestWebhook, ' ');
    expect((await tell(most)).status).toBe(400); // signed, and nothing in it
    expect((await tell(Buffer.alloc(longestWebhook + 1))).status).toBe(413);
    const unmeasured = { 'transfer-encoding': 'chunked', 'x-hmac-signature': sign(most) };
    expect((await answerTo(open('acme/ipads', unmeasured).end(most))).status).toBe(400);
    const longer = open('acme/ipads', unmeasured);
    longer.write(most);
    longer.write('x');
    expect((await answerTo(longer)).status).toBe(413);
  });

  it('is refused while what it tells can not be noted, and noted where it can', async () => {
    journals.get('acme/ipads')!.reachable = false;
    expect((await tell(answered)).status).toBe(503);
    expect(await notes('acme/other-app')).toMatchObject({ status: 'acknowledged' });
    journals.get('acme/ipads')!.reachable = true;
    expect((await tell(answered)).status).toBe(200);
    expect(await notes()).toMatchObject({ status: 'acknowledged' });
  });

  it('is noted for every target on that server whose own key signed it, and for no other', async () => {
    await tell(answered);
    const stands = async () =>
      Object.fromEntries(await Promise.all([...journals.keys()].map(async (of) => [of, (await notes(of)).status] as const)));
    expect(await stands()).toEqual({
      ...{ 'acme/ipads': 'acknowledged', 'acme/other-app': 'acknowledged', 'acme/keyless': 'sending' },
      ...{ 'other/ipads': 'sending', 'other/elsewhere': 'sending' },
    });
  });

  it('is noted in other environments too where their key is the same, under digests of their own', async () => {
    keys.set('other/ipads-key', ok(keyOfAcme)); // also of other/elsewhere, which is on another server
    await tell(answered, { target: 'acme/other-app' });
    expect((await notes('other/ipads')).status).toBe('acknowledged');
    expect((await notes('other/elsewhere')).status).toBe('sending');
    const digests = await Promise.all(['acme/ipads', 'other/ipads'].map(async (of) => (await notes(of)).holds));
    expect(new Set(digests).size).toBe(2);
  });

  it('of a server whose other target lacks its key is taken all the same', async () => {
    keys.delete('acme/other-app-key');
    expect((await tell(answered)).status).toBe(200);
    expect(lines.join('')).toMatch(/"target":"other-app","fault":"not-there"/);
  });

  it('leaves nothing of its body, its signature and its device in log and metrics', async () => {
    const bodies = [answered, enrolled, 'no json', `${answered}x`];
    for (const body of bodies) for (const target of ['acme/ipads', 'acme/none']) await tell(body, { target });
    journals.get('acme/ipads')!.reachable = false;
    await tell(answered);
    await tell(answered, { signature: sign('x') });
    const said = lines.join('') + (await http.metrics.registry.metrics());
    expect(lines.length).toBeGreaterThan(5);
    for (const secret of [
      ...[value, device, command, keyOfAcme, Buffer.from(value).toString('base64').slice(0, 12), 'raw_payload'],
      ...[...bodies, 'x'].map((body) => sign(body)),
    ])
      expect(said).not.toContain(secret);
  });
});

describe('the address of webhooks', () => {
  it('says in the documents who asks for what', () => {
    const operation = http.document.paths['/v1/environments/{environment}/delivery-targets/{target}/webhook']!['post'];
    expect(operation).toMatchObject({ security: [], 'x-authenticated-by': expect.stringContaining('webhookKey') as unknown });
    expect(operation).not.toHaveProperty('x-roles');
  });

  it('changes nothing for the bodies of other routes', async () => {
    const check = async (type: string, body: string) => {
      const headers = { 'content-type': type, authorization: 'Bearer x:token-admin', 'x-hmac-signature': sign(body) };
      return (
        await fetch(new URL('/v1/environments/acme/delivery-targets/by-hand/check', base), { method: 'POST', headers, body })
      ).status;
    };
    expect(await check('application/json', '{"platform":"ios"}')).toBe(200);
    expect(await check('application/json', '{"platform"')).toBe(400);
    expect(await check('text/plain', '{"platform":"ios"}')).toBe(415);
    expect(await check('application/json', JSON.stringify({ platform: 'ios', more: 'x'.repeat(70_000) }))).toBe(413);
  });

  const large = { 'content-length': '100000', 'x-hmac-signature': sign('x') };
  const whole = (from?: string) => answerTo(open('acme/ipads', large, from).end('x'.repeat(100_000)));
  const begin = (count: number, from?: string) =>
    Array.from({ length: count }, () => {
      const request = open('acme/none', large, from);
      request.write('x');
      return request;
    });
  const hasNoPlace = (from?: string) =>
    eventually(async () => (await whole(from)).status === 429, { withinMs: 20_000, what: 'no place is left' });
  const hasPlace = (from?: string) =>
    eventually(async () => (await whole(from)).status === 401, { withinMs: 20_000, what: 'there is a place again' });

  it('holds 4 large bodies of one address and 16 of all; small ones pass beside them, and a broken one makes room', async () => {
    const begun = begin(4);
    await hasNoPlace();
    expect(await whole()).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect((await tell(answered)).status).toBe(200);
    expect((await whole('127.0.0.2')).status).toBe(401);
    for (const from of ['127.0.0.2', '127.0.0.3', '127.0.0.4']) begun.push(...begin(4, from));
    await hasNoPlace('127.0.0.5');
    begun.pop()!.destroy();
    await hasPlace('127.0.0.5');
    for (const request of begun) request.end('x'.repeat(99_999));
    expect((await Promise.all(begun.map(answerTo))).map(({ status }) => status)).toEqual(begun.map(() => 401));
    for (const from of ['127.0.0.1', '127.0.0.5'])
      expect((await Promise.all([1, 2, 3, 4].map(() => whole(from)))).map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  }, 60_000);

  it('gives no place to what has no signature, and refuses it before its body comes', async () => {
    const { 'x-hmac-signature': _, ...unsigned } = large;
    for (const headers of [
      unsigned,
      { ...unsigned, 'x-hmac-signature': 'x' },
      { ...unsigned, 'x-hmac-signature': `${sign('x')} x` },
    ]) {
      const begun = Array.from({ length: 8 }, () => {
        const request = open('acme/ipads', headers);
        request.flushHeaders();
        return request;
      });
      expect((await Promise.all(begun.map(answerTo))).map(({ status }) => status)).toEqual(begun.map(() => 401));
    }
    expect((await whole()).status).toBe(401);
    expect(await counted('refused', '')).toBe(25);
  });

  it('waits for a body for some seconds only, and then the place is free', async () => {
    const impatient = Fastify();
    impatient.decorateRequest('principal', null);
    const logger = createLogger({ service: 'test', level: 'silent' });
    const webhooks = new Webhooks({ targets: memoryTargets(), logger, metrics: createMetrics({ service: 'another' }) });
    addWebhookRoute(impatient, webhooks, logger, { withinMs: 300 });
    base = new URL(await impatient.listen({ host: '127.0.0.1', port: 0 }));
    try {
      for (let round = 0; round < 2; round++) {
        const begun = await Promise.all(begin(4).map(answerTo));
        expect(begun.map(({ status, headers }) => [status, headers.connection])).toEqual(begun.map(() => [408, 'close']));
      }
      expect((await whole()).status).toBe(401);
    } finally {
      impatient.server.closeAllConnections();
      await impatient.close();
    }
  });
});
