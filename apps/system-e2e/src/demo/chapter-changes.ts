import { createKafka } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { type Person, recordOf } from '../system/feed.ts';
import type { SeenDirectory } from '../system/seen-directory.ts';
import { waitUntil } from '../system/wait-until.ts';
import { environment, topics } from './demo-system.ts';
import type { Stage } from './story.ts';

const ownPhone = { type: 'iPhone', nickname: "Ben's iPhone", model: 'iPhone 17', osVersion: '26.1' };

const deviceOf = async (directory: SeenDirectory, username: string, nickname: string) =>
  (await directory.user(username))?.devices.find((device) => device.nickname === nickname);

/** Chapter 2: one number changes. */
export async function changeOneNumber({ report, feed, directory }: Stage, people: readonly Person[]): Promise<void> {
  report.chapter(
    '2. One phone number changes',
    'A changed value replaces exactly one device (P42, P43); the others keep their ids.',
  );
  const person = people[0]!;
  const username = person['username']!;
  const before = await directory.user(username);
  const since = await directory.lastCall();
  const startedAt = performance.now();
  await feed.send(topics.staff, [recordOf({ ...person, mobile: '+447700900001' })]);
  await waitUntil(
    'the new number',
    async () => (await deviceOf(directory, username, 'SMS Number 1'))?.value.endsWith('7700900001'),
    { everyMs: 20 },
  );
  const ms = Math.round(performance.now() - startedAt);
  const after = await waitUntil('the device to be named', () => directory.user(username));
  const writes = (await directory.calls(since, username))
    .filter(({ op }) => op !== 'getuserdetails')
    .map(({ op, attributeName }) => attributeName ?? op);
  report.say(`  from the record to the new device: ${ms} ms`);
  report.expect(
    'the provider saw one unpair, one pair and one nickname, and no more',
    writes.join() === 'unpairdevice,offlinepairing,NICKNAME',
    writes.join(),
  );
  const kept = before?.devices.filter(({ nickname }) => nickname !== 'SMS Number 1') ?? [];
  report.expect(
    'every other device is the same device as before',
    kept.every((device) => after.devices.some(({ deviceId }) => deviceId === device.deviceId)),
  );
}

/** Chapter 3: what users paired themselves. */
export async function mergeAndOverwrite({ report, feed, directory }: Stage, people: readonly Person[]): Promise<void> {
  report.chapter(
    "3. A user's own device",
    'Two people each pair a phone of their own. Connection "staff" merges, connection "hr" overwrites.',
  );
  const merged = people[1]!;
  await directory.addOwnDevice(merged['username']!, ownPhone);
  await directory.addOwnDevice('user1', ownPhone);
  await feed.send(topics.staff, [recordOf({ ...merged, familyName: `${merged['familyName']}-Changed` })]);
  await feed.send(topics.hr, [hrChange('00000000-0000-4000-8000-000000000001', 'user1')]);
  await waitUntil(
    'the phone of user1 to be unpaired',
    async () => (await deviceOf(directory, 'user1', ownPhone.nickname)) === undefined,
  );
  report.expect('Overwrite removed it', (await deviceOf(directory, 'user1', ownPhone.nickname)) === undefined);
  report.expect('… and left the managed e-mail device', (await deviceOf(directory, 'user1', 'Email 1')) !== undefined);
  await waitUntil('the change of the merged user', async () =>
    (await directory.calls(0, merged['username'])).some(({ op }) => op === 'edituser'),
  );
  report.expect('Merge left it alone', (await deviceOf(directory, merged['username']!, ownPhone.nickname)) !== undefined);
}

/** A Debezium envelope in the form of the recorded ones, later than all of them. */
const hrChange = (id: string, username: string) => ({
  key: JSON.stringify({ id }),
  value: JSON.stringify({
    before: null,
    after: {
      id,
      username,
      given_name: 'Given1',
      family_name: 'Renamed',
      email: `${username}@example.org`,
      mobile: '+33612345671',
      telephone: null,
      enabled: true,
    },
    source: { connector: 'postgresql', name: 'pg', snapshot: 'false', sequence: '["99000000","99000000"]', lsn: 99_000_000 },
    op: 'u',
  }),
});

/** Chapter 4: the whole topic again. */
export async function replayEverything({ report, directory, system }: Stage): Promise<void> {
  report.chapter(
    '4. The topics are read again from their beginning',
    'Offsets are rewound, as after a restored broker. Nothing may happen twice (R17).',
  );
  const kafka = createKafka({
    brokers: system.options.servers.kafka.split(','),
    clientId: 'tallystick-demo',
    logger: createLogger({ service: 'demo', level: 'silent' }),
  });
  const admin = kafka.admin();
  await system.process('provisioning-service').stop();
  await admin.connect();
  let records = 0;
  for (const topic of Object.values(topics)) {
    const ends = await admin.fetchTopicOffsets(topic);
    records += ends.reduce((sum, { high }) => sum + Number(high), 0);
    report.progress(`rewinding ${topic}`);
    await admin.setOffsets({
      groupId: `tallystick-${environment}`,
      topic,
      partitions: ends.map(({ partition }) => ({ partition, offset: '0' })),
    });
  }
  await admin.disconnect();
  const since = await directory.lastCall();
  await system.restart('provisioning-service');
  const handled = await waitUntil('the bridge to read everything again', async () => {
    const counts = await recordCounts(system.url('provisioning-service'));
    const sum = Object.values(counts).reduce((total, n) => total + n, 0);
    report.progress(`${sum} of ${records} records read again`);
    return sum >= records && counts;
  });
  report.progressEnd();
  const calls = await directory.calls(since);
  report.expect(
    `${records} records were read again: ${handled['superseded'] ?? 0} were known, ${handled['ignored'] ?? 0} were tombstones, none was new`,
    (handled['stored'] ?? 0) === 0,
    JSON.stringify(handled),
  );
  report.expect('the provider was not called once', calls.length === 0, `${calls.length} calls`);
}

/** What became of the records since the bridge started, from its metrics. */
async function recordCounts(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts: Record<string, number> = {};
  for (const [, what, n] of text.matchAll(/^tallystick_source_records_total\{[^}]*what="([^"]+)"[^}]*\} (\d+)$/gm)) {
    counts[what!] = (counts[what!] ?? 0) + Number(n);
  }
  return counts;
}
