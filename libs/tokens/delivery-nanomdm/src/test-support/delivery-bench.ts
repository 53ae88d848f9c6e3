import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { instant } from '@tallystick/kernel-core';
import { createOutbound } from '@tallystick/platform-outbound';
import { eventually } from '@tallystick/platform-testing';
import { type DeviceJournal, pingIdApp } from '@tallystick/tokens-domain';
import { InMemoryDeviceJournal } from '@tallystick/tokens-testing';
import { createNanomdmTarget } from '../create-nanomdm-target.ts';
import { nanomdmSettings } from '../settings.ts';
import { SimulatedDevice } from '../simulated/index.ts';
import { noteWebhook, readWebhook, type WebhookEvent } from '../webhook.ts';
import { faultyFront } from './faulty-front.ts';
import { apiKey, type MdmUnderTest, webhookKey } from './mdm-under-test.ts';

export const otherKeys = { server: 'a.example', 'days & <more>': 7, isManaged: true };
export const digestOf = (text: string): string => createHmac('sha256', 'journal key of the tests').update(text).digest('hex');
const otherApp = 'com.example.other';

export interface BenchOptions {
  readonly make: (webhookUrl: string) => Promise<MdmUnderTest> | MdmUnderTest;
  /** What the devices hold before. */
  readonly value: string;
  readonly devices?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Devices, an MDM, the webhook's receiver and a target: all that a delivery passes through. */
export async function deliveryBench({ make, value, devices: count = 2, settings: more = {} }: BenchOptions) {
  let kept = new InMemoryDeviceJournal();
  const journal: DeviceJournal = {
    intend: (commands, at) => kept.intend(commands, at),
    note: (answers) => kept.note(answers),
    enrolledAnew: (id, at) => kept.enrolledAnew(id, at),
    find: (id, command) => kept.find(id, command),
    read: (ids) => kept.read(ids),
  };
  const events: WebhookEvent[] = [];
  /** Bodies and signatures as they came. */
  const webhooks: { readonly body: Uint8Array; readonly signature: string | undefined }[] = [];
  const bench = { now: 1_700_000_000_000, losesWebhooks: false };
  let reported = 0;
  const receiver = createServer((request, response) => {
    void buffer(request).then(async (body) => {
      const signature = request.headers['x-hmac-signature'] as string | undefined;
      const event = readWebhook(body, signature, webhookKey);
      if (!bench.losesWebhooks && event.kind !== 'refused') await noteWebhook(event, { app: pingIdApp, journal, digestOf });
      webhooks.push({ body, signature });
      events.push(event);
      if (event.kind === 'answer') reported++;
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const mdm = await make(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`);
  const front = await faultyFront(mdm);

  const devices = Array.from({ length: count }, (_, at) => {
    const udid = `0000800${at}-TEST`;
    return new SimulatedDevice(udid, (report) => mdm.connect(udid, report));
  });
  for (const device of devices) {
    await mdm.enrol(device.udid);
    device.apps.set(pingIdApp.iosBundleId, { ...otherKeys, [pingIdApp.key]: value });
    device.apps.set(otherApp, { theirs: 'untouched' });
  }
  const toldEnrolments = (least: number): Promise<unknown> =>
    eventually(() => events.filter(({ kind }) => kind === 'enrolled-anew').length >= least, {
      ...{ withinMs: 10_000, what: 'the enrolments are told' },
    });
  await toldEnrolments(count);

  const outbound = createOutbound({ hosts: [], insecureHosts: ['127.0.0.1'], now: () => instant(Date.now()) });
  const settings = nanomdmSettings.parse({
    ...{ baseUrl: front.baseUrl, apiKey: { file: 'api-key' }, webhookKey: { file: 'webhook-key' } },
    ...{ enrolmentIds: devices.map(({ udid }) => udid), otherKeys, ...more },
  });
  const target = createNanomdmTarget(settings, {
    ...{ outbound, app: pingIdApp, journal, digestOf, now: () => instant(bench.now) },
    secret: (ref) => ({ ok: true, value: 'file' in ref && ref.file === 'api-key' ? `${apiKey}\n` : webhookKey }),
  });
  const reportsOf = (): number => devices.reduce((sum, { reports }) => sum + reports, 0);
  const told = (): Promise<unknown> =>
    eventually(() => reported === reportsOf(), { withinMs: 10_000, what: 'every report of a device is told by a webhook' });

  return {
    ...{ target, journal, front, devices, mdm, webhooks, events, settings, told, toldEnrolments },
    state: bench,
    setJournalAway: (isAway: boolean) => void (kept.reachable = !isAway),
    /** All of it, or one device. */
    async forgetJournal(device?: string): Promise<void> {
      const others = devices.flatMap(({ udid }) => (device === undefined || udid === device ? [] : [udid]));
      const notes = [...(await kept.read(others)).values()].flat();
      kept = new InMemoryDeviceJournal();
      for (const { status, intendedAt, ...note } of notes) {
        await kept.intend([note], intendedAt);
        if (status !== 'sending' && status !== 'lost') await kept.note([{ ...note, status }]);
      }
    },
    held: () => devices.map(({ apps }) => apps.get(pingIdApp.iosBundleId)?.[pingIdApp.key] as string | undefined),
    elsewhere: () => devices.map(({ apps }) => [...apps].map(([id, keys]) => [id, { ...keys, [pingIdApp.key]: '' }])),
    /** Every device fetches and answers all there is, and the webhooks are noted. */
    async connectAll(): Promise<void> {
      for (const device of devices) await device.connect();
      await told();
    },
    async close(): Promise<void> {
      await outbound.close();
      await front.close();
      await mdm.close();
      receiver.closeAllConnections();
      await new Promise((closed) => receiver.close(closed));
    },
  };
}
export type DeliveryBench = Awaited<ReturnType<typeof deliveryBench>>;
