import { join } from 'node:path';
import { type SourceChange, sourcePosition } from '@tallystick/devices-domain';
import { parseSourceMessage } from '@tallystick/devices-source-kafka';
import { createKafka, createProducer } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { readRecorded } from '../system/feed.ts';
import { waitUntil } from '../system/wait-until.ts';
import { type DevicesBench, startDevicesBench } from './devices-bench.ts';
import { countOf, cpuMicrosecondsOf } from './process-figures.ts';
import type { SectionOptions } from './section.ts';

export interface ReplayRate {
  /** Records a second from the first batch to the last, one per reading of the whole topic. */
  readonly perSecond: readonly number[];
  /** Records for a second of the service's processor time. */
  readonly perCpuSecond: readonly number[];
  readonly providerCalls: number;
  readonly workflows: number;
}

const format = { kind: 'debezium', envelope: 'full' } as const;
const handled = 'tallystick_source_records_total';

/** A topic of Debezium envelopes whose records were all applied before is read again from its beginning by a service that is started anew. */
export async function measureReplay(options: SectionOptions, { records = 60_000, rounds = 5 } = {}): Promise<ReplayRate> {
  const bench = await startDevicesBench(options, 'bench-replay', {
    source: { topic: 'bench-replay.staff', format },
    mapping: { userName: { attribute: 'username' }, mfaEmail1: { attribute: 'email' }, mfaSms1: { attribute: 'mobile' } },
  });
  const logger = createLogger({ service: 'bench', level: 'silent' });
  const kafka = createKafka({ brokers: options.servers.kafka.split(','), clientId: 'bench', logger });
  const admin = kafka.admin();
  try {
    await bench.system.process('provisioning-service').stop();
    await fill(options, bench, kafka, records);
    await admin.connect();
    await bench.directory.reset({});
    const figures: { readonly perSecond: number; readonly perCpuSecond: number }[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      await admin.deleteGroups([`tallystick-${bench.ref.environment}`]).catch(() => undefined); // none was made yet
      figures.push(await readAll(options, bench, records, `reading ${round} of ${rounds}`));
      await bench.system.process('provisioning-service').stop();
    }
    const { calls } = await bench.directory.counters();
    const workflows = await countOf(bench.system.url('temporal-worker'), 'tallystick_reconciliations_total');
    return {
      perSecond: figures.map(({ perSecond }) => perSecond),
      perCpuSecond: figures.map(({ perCpuSecond }) => perCpuSecond),
      ...{ providerCalls: calls, workflows },
    };
  } finally {
    await admin.disconnect();
    await bench.stop();
  }
}

/** The topic, and in the store what the bridge would have made of it, signalled. */
async function fill(
  { root, progress }: SectionOptions,
  { ref, topic, identities, store }: DevicesBench,
  kafka: ReturnType<typeof createKafka>,
  records: number,
): Promise<void> {
  const producer = createProducer(kafka);
  const envelope = JSON.parse(readRecorded(join(root, 'samples')).find(({ step }) => step === '02')?.value ?? '') as {
    readonly after: Readonly<Record<string, unknown>>;
  };
  const { photo: _photo, ...person } = envelope.after;
  for (let from = 0; from < records; from += 1_000) {
    progress(`filling the topic: ${from.toLocaleString('en')} of ${records.toLocaleString('en')}`);
    const messages = Array.from({ length: Math.min(1_000, records - from) }, (_, at) => {
      const id = `00000000-0000-4000-8000-${String(from + at).padStart(12, '0')}`;
      const after = { ...person, id, username: `user-${from + at}`, email: `user-${from + at}@example.org` };
      return { key: JSON.stringify({ id }), value: JSON.stringify({ ...envelope, after }) };
    });
    await producer.send(topic, messages);
    const puts = messages.map(({ key, value }) => {
      const event = parseSourceMessage(
        { topic, partition: 0, offset: '0', key: Buffer.from(key), value: Buffer.from(value) },
        format,
      );
      if (event.kind !== 'record') throw new Error(`a recorded message is read as ${event.kind}`);
      const change: SourceChange = { kind: 'record', attributes: event.attributes };
      const user = identities.userOf(ref.environment, ref.connection, event.sourceKey);
      return { user, version: sourcePosition(0, event.version), change };
    });
    await store.putAll(puts);
    await Promise.all(puts.map(({ user, version }) => store.signalled(user, version)));
  }
  await producer.close();
}

async function readAll({ progress }: SectionOptions, { system }: DevicesBench, records: number, what: string) {
  const joining = system.restart('provisioning-service');
  await joining;
  const [url, { pid }] = [system.url('provisioning-service'), system.process('provisioning-service')];
  const read = () => countOf(url, handled, 'what="superseded"');
  const seen: { readonly at: number; readonly count: number; readonly cpu: number }[] = [];
  await waitUntil(
    'the whole topic to be read',
    async () => {
      const count = await read();
      if (count !== seen.at(-1)?.count) seen.push({ at: performance.now(), count, cpu: cpuMicrosecondsOf(pid) });
      progress(`${what}: ${count.toLocaleString('en')} of ${records.toLocaleString('en')} records`);
      return count >= records;
    },
    { withinMs: 300_000, everyMs: 100 },
  );
  const others = (await countOf(url, handled)) - (await read());
  if (others !== 0) throw new Error(`${others} records of an unchanged topic were taken for news`);
  const [first, last] = [seen.find(({ count }) => count > 0), seen.at(-1)];
  if (!first || !last || first.count > records / 2)
    throw new Error('the topic was read too fast to be measured: take more records');
  return {
    perSecond: ((last.count - first.count) / (last.at - first.at)) * 1_000,
    perCpuSecond: ((last.count - first.count) / (last.cpu - first.cpu)) * 1_000_000,
  };
}
