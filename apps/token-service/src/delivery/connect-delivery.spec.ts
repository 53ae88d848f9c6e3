import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import { createMetrics } from '@tallystick/platform-observability';
import { parseKeyRing } from '@tallystick/platform-secrets';
import { pingIdApp } from '@tallystick/tokens-domain';
import { InMemoryDeviceJournal } from '@tallystick/tokens-testing';
import { memoryService } from '../test-support/memory-service.ts';
import { connectDelivery } from './connect-delivery.ts';

const value = 'tsk1-new-b41e6d90f2a34c7788d1';
const device = '00008030-00DEVICE';
const environments = ['acme', 'other'];
const target = (environment: string, id: string) => ({
  ...{ environment, id, vendor: 'nanomdm', app: { iosBundleId: `com.example.${environment}.${id}` } },
  settings: {
    ...{ baseUrl: 'https://mdm.example', apiKey: { file: 'key' }, webhookKey: { file: 'key' } },
    enrolmentIds: [device],
  },
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delivery-'));
  const targets = environments.flatMap((environment) => ['one', 'two'].map((id) => target(environment, id)));
  writeFileSync(join(folder, 'targets.json'), JSON.stringify({ targets }));
  for (const environment of environments) {
    mkdirSync(join(folder, environment));
    writeFileSync(join(folder, environment, 'key'), 'one key\n');
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

const ring = () => parseKeyRing(JSON.stringify({ current: 'k1', keys: { k1: randomBytes(32).toString('base64') } }));

/** What is kept of one device's answer, by target: its name and the digest of its value. */
async function kept(keys = ring()) {
  const journals = new Map<string, { readonly journal: InMemoryDeviceJournal; readonly name: string }>();
  const config = {
    TOKENS_DELIVERY_TARGETS_FILE: join(folder, 'targets.json'),
    TOKENS_SECRETS_FOLDER: undefined,
    TOKENS_DELIVERY_INSECURE_HOSTS: [],
  };
  const { webhooks, api, close } = connectDelivery(config, {
    ...memoryService().needs,
    ...{ metrics: createMetrics({ service: 'test' }), redis: {} as never, prefix: 'tally', keys },
    journalOf: ({ environment, target: id, nameOf }) => {
      const journal = new InMemoryDeviceJournal();
      journals.set(`${environment}/${id}`, { journal, name: nameOf(device) });
      return journal;
    },
  });
  try {
    const asked = { enrolmentId: device, command: 'c', delivery: 'd', kind: 'read', attempt: 1, round: 0 } as const;
    for (const { journal } of journals.values()) await journal.intend([asked], instant(0));
    const held = environments
      .flatMap((environment) => ['one', 'two'].map((id) => `com.example.${environment}.${id}`))
      .map(
        (app) =>
          `<dict><key>Identifier</key><string>${app}</string><key>Configuration</key><dict><key>${pingIdApp.key}</key><string>${value}</string></dict></dict>`,
      );
    const report = `<plist version="1.0"><dict><key>ApplicationConfigurations</key><array>${held.join('')}</array></dict></plist>`;
    const body = Buffer.from(
      JSON.stringify({
        ...{ topic: 'mdm.Connect', created_at: '2027-01-15T08:00:00Z' },
        acknowledge_event: {
          ...{ ids: { id: device }, status: 'Acknowledged', command_uuid: 'c' },
          raw_payload: Buffer.from(report).toString('base64'),
        },
      }),
    );
    const signature = createHmac('sha256', 'one key').update(body).digest('base64');
    expect(await webhooks.take({ environment: 'acme', target: 'one', body, signature })).toBe('taken');
    expect(api.targets.of(environmentId('acme'))).toHaveLength(2);
    return await Promise.all(
      [...journals.values()].map(async ({ journal, name }) => {
        const holds = (await journal.read([device])).get(device)?.[0]?.holds;
        return { name, holds: holds ?? 'nothing' };
      }),
    );
  } finally {
    await close();
  }
}

describe('what is kept of a device', () => {
  it('is keyed by the installation, and by environment and target, and is the same after a restart', async () => {
    const keys = ring();
    const once = await kept(keys);
    expect(await kept(keys)).toEqual(once);
    const all = [...once, ...(await kept())].flatMap(({ name, holds }) => [name, holds]);
    expect(new Set(all).size).toBe(16);
    for (const text of all) expect(text).toMatch(/^[0-9a-f]{64}$/);
  });
});
