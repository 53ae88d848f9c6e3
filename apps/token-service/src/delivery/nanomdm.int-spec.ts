import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { endpoints, eventually, freePort, uniqueName } from '@tallystick/platform-testing';
import { type RunningNanomdm, SimulatedDevice, startNanomdm } from '@tallystick/tokens-delivery-nanomdm/simulated';
import { pingIdApp } from '@tallystick/tokens-domain';
import { runningService } from '../test-support/running-service.ts';

const environment = uniqueName('mdm').toLowerCase();
const prefix = uniqueName('nanomdm');
const base = `/v1/environments/${environment}`;
const [apiKey, webhookKey] = ['api-key-of-the-tests', 'webhook-key-of-the-tests'];
const udid = '00008030-00TEST';
const within = (what: string) => ({ withinMs: 20_000, what });

let folder: string;
let mdm: RunningNanomdm;
let service: Awaited<ReturnType<typeof runningService>>;
let redis: Redis;
let device: SimulatedDevice;

beforeAll(async () => {
  const program = process.env['STACK_NANOMDM'];
  if (!program) throw new Error('STACK_NANOMDM is not set: run "npm test -- int <path>"');
  const port = await freePort();
  const webhookUrl = `http://127.0.0.1:${port}${base}/delivery-targets/ipads/webhook`;
  mdm = await startNanomdm({ program, webhookUrl, apiKey, webhookKey, storage: 'inmem' });
  folder = mkdtempSync(join(tmpdir(), 'nanomdm-targets-'));
  mkdirSync(join(folder, environment));
  writeFileSync(join(folder, environment, 'api'), `${apiKey}\n`);
  writeFileSync(join(folder, environment, 'webhook'), `${webhookKey}\n`);
  const settings = {
    ...{ baseUrl: mdm.url, apiKey: { file: 'api' }, webhookKey: { file: 'webhook' } },
    ...{ enrolmentIds: [udid], push: false, otherKeys: { server: 'a.example' } },
  };
  const targets = [{ environment, id: 'ipads', vendor: 'nanomdm', settings }];
  writeFileSync(join(folder, 'targets.json'), JSON.stringify({ targets }));
  service = await runningService(endpoints().redis, prefix, {
    TOKENS_PORT: String(port),
    TOKENS_DELIVERY_TARGETS_FILE: join(folder, 'targets.json'),
    TOKENS_DELIVERY_INSECURE_HOSTS: new URL(mdm.url).host,
  });
  redis = await connectRedis({
    ...{ url: endpoints().redis, name: 'test', logger: createLogger({ service: 'test', level: 'silent' }) },
  });
  device = new SimulatedDevice(udid, (report) => mdm.connect(udid, report));
  await mdm.enrol(udid);
}, 60_000);

afterAll(async () => {
  await service?.stop();
  for await (const keys of redis.scanIterator({ MATCH: `${prefix}:*`, COUNT: 1_000 }))
    if (keys.length > 0) await redis.unlink(keys);
  await redis?.close();
  await mdm?.close();
  rmSync(folder, { recursive: true });
});

async function post(path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const headers = { 'idempotency-key': uniqueName('key') };
  const { status, text, body: answer } = await service.call('POST', `${base}${path}`, { body, bearer: service.admin, headers });
  if (status >= 300) throw new Error(`${path}: ${status} ${text}`);
  return answer;
}
const metrics = async (): Promise<string> => (await fetch(`${service.url}/metrics`)).text();
const webhooks = async (): Promise<Record<string, number>> => {
  const lines = (await metrics()).matchAll(/^tallystick_mdm_webhooks_total\{.*?result="([^"]+)".*\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, result, count]) => [result!, Number(count)]));
};
/** Everything that stands in Redis for this test. */
async function stored(): Promise<string> {
  const all: string[] = [];
  for await (const keys of redis.scanIterator({ MATCH: `${prefix}:*delivery*`, COUNT: 1_000 })) all.push(...keys);
  for await (const keys of redis.scanIterator({ MATCH: `${prefix}:{journal-*`, COUNT: 1_000 }))
    for (const key of keys) all.push(key, JSON.stringify(await redis.hGetAll(key)));
  return all.join('\n');
}

describe('a delivery by a real NanoMDM to a simulated device', () => {
  it('is known to have arrived by what the device itself answers, and leaves neither value nor device behind', async () => {
    await eventually(async () => (await webhooks())['enrolled-anew'] === 1, within('the enrolment is told'));
    const made = (await post('/tokens', { label: 'a', keepValue: true, reason: 'a test' })) as unknown as {
      readonly token: { readonly id: string };
      readonly value: string;
    };
    const slot = { platform: 'ios', token: made.token.id, name: 'rotation-1/ipads/1' };
    const plan = await post('/delivery-targets/ipads/plan', { ...slot, reason: 'a test', known: [] });
    expect(plan).toMatchObject({ kind: 'planned' });
    const answer = await post('/delivery-targets/ipads/deliver', { ...slot, reason: 'a test', expected: plan['revision'] });
    expect(answer).toMatchObject({ kind: 'stored' });
    const verify = async () =>
      (await post('/delivery-targets/ipads/verify', { ...slot, receipt: answer['receipt'] }))['coverage'] as Readonly<
        Record<string, unknown>
      >;
    expect(await verify()).toMatchObject({ kind: 'known', signal: 'exact', of: 1, delivered: 0, pending: 1, failed: 0 });

    await device.connect();
    expect(device.apps.get(pingIdApp.iosBundleId)).toEqual({ server: 'a.example', [pingIdApp.key]: made.value });
    await eventually(async () => (await webhooks())['noted'] === 1, within('the device’s acknowledgement is noted'));
    expect(await verify()).toMatchObject({ delivered: 0, pending: 1 }); // now it is asked what it holds
    await device.connect();
    await eventually(async () => (await webhooks())['noted'] === 2, within('the device’s answer is noted'));
    expect(await verify()).toMatchObject({ delivered: 1, pending: 0 });

    expect(mdm.log()).not.toMatch(/unexpected HTTP status|webhook.*err/i); // it took every answer of ours for a success
    const kept = await stored();
    expect(kept).toContain('acknowledged');
    for (const text of [kept, await metrics(), service.log.join('')])
      for (const secret of [made.value, udid, webhookKey, apiKey]) expect(text).not.toContain(secret);
  }, 60_000);
});
