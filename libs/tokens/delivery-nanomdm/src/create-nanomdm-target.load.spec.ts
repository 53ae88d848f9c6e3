import { describe, expect, it } from '@jest/globals';
import { canonicalJson, instant } from '@tallystick/kernel-core';
import { pingIdApp } from '@tallystick/tokens-domain';
import { InMemoryDeviceJournal } from '@tallystick/tokens-testing';
import { createNanomdmTarget } from './create-nanomdm-target.ts';
import { commandUuid, configurationOf } from './device-commands.ts';
import { nanomdmSettings } from './settings.ts';
import { digestOf } from './test-support/delivery-bench.ts';

const enrolmentIds = Array.from({ length: 10_000 }, (_, index) => `DEVICE-${index}`);
const delivery = { platform: 'ios', value: 'tsk1-new-b41e6d90f2a34c7788d1', name: 'rotation-1/slot/1' } as const;
const start = instant(1_700_000_000_000);
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

/** A target of 10,000 devices which all took the delivery, and are waited for. */
async function manyDevices() {
  const settings = nanomdmSettings.parse({
    ...{ baseUrl: 'https://mdm.example', apiKey: { file: 'api-key' }, webhookKey: { file: 'webhook-key' }, enrolmentIds },
  });
  const configuration = configurationOf(pingIdApp, settings, delivery.value);
  const content = digestOf(canonicalJson(['content', pingIdApp.iosBundleId, configuration]));
  const commands = enrolmentIds.map((enrolmentId) => {
    const command = { enrolmentId, delivery: delivery.name, kind: 'set', attempt: 1, round: 0 } as const;
    return { ...command, command: commandUuid(command, content) };
  });
  const journal = new InMemoryDeviceJournal();
  await journal.intend(commands, start);
  await journal.note(commands.map(({ enrolmentId, command }) => ({ enrolmentId, command, status: 'queued' })));
  return createNanomdmTarget(settings, {
    ...{ app: pingIdApp, journal, digestOf, now: () => instant(start + 120_000) },
    secret: () => ({ ok: true, value: 'key' }),
    outbound: { send: () => Promise.reject(new Error('nothing is to be sent')) },
  });
}

/** How often everything else that the process does got its turn meanwhile. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let [turns, isOver] = [0, false];
  const turn = (): void => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isOver = true;
  return turns;
}

describe('a target of 10,000 devices', () => {
  it('lets everything else have its turn while it looks at them', async () => {
    const target = await manyDevices();
    const receipt = { at: start, rest: '', before: [] };
    const looks: readonly (readonly [object, () => Promise<unknown>])[] = [
      [{ kind: 'stored' }, () => target.verify(delivery, receipt, soon())],
      [{ kind: 'known', pending: 10_000 }, () => target.coverage(delivery, receipt, soon())],
      [{ changes: [{ change: 'none' }] }, () => target.plan(delivery, soon())],
      [{ kind: 'stored', isNew: false }, () => target.apply(delivery, soon())],
    ];
    for (const [expected, look] of looks) {
      let found: unknown;
      expect(await turnsDuring(async () => (found = await look()))).toBeGreaterThanOrEqual(40);
      expect(found).toMatchObject(expected);
    }
  }, 60_000);
});
