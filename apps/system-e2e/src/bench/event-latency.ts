import { createFeed } from '../system/feed.ts';
import { waitUntil } from '../system/wait-until.ts';
import { startDevicesBench } from './devices-bench.ts';
import type { SectionOptions } from './section.ts';

export interface EventLatency {
  /** From the record's way to Kafka until the provider has the user and both devices under their names, in milliseconds; one per round. */
  readonly newUserMs: readonly number[];
  /** The same for another number of a user who is there. */
  readonly newNumberMs: readonly number[];
}

/** One user at a time, with nothing else going on: the bridge, Temporal, the worker and a provider without latency. */
export async function measureEventLatency(options: SectionOptions, { rounds = 60, warmUps = 8 } = {}): Promise<EventLatency> {
  const bench = await startDevicesBench(options, 'bench-latency');
  const feed = createFeed(options.servers.kafka);
  const lookEveryMs = 5;
  try {
    const { directory, topic } = bench;
    const applied = async (n: number, mobile: string): Promise<number> => {
      const username = `latency-${n}`;
      const record = { id: username, username, mail: `${username}@example.com`, mobile };
      const sentAt = performance.now();
      await feed.send(topic, [{ key: record.id, value: JSON.stringify(record) }]);
      await waitUntil(
        'the devices of a user',
        async () => {
          const devices = (await directory.user(username))?.devices ?? [];
          const has = (nickname: string, ending: string) =>
            devices.some((one) => one.nickname === nickname && one.value.endsWith(ending));
          return has('Email 1', record.mail) && has('SMS Number 1', mobile.slice(2));
        },
        { everyMs: lookEveryMs },
      );
      return performance.now() - sentAt;
    };
    const [newUserMs, newNumberMs]: [number[], number[]] = [[], []];
    for (let n = 1 - warmUps; n <= rounds; n += 1) {
      options.progress(`one user after another: ${Math.max(0, n)} of ${rounds}`);
      const suffix = String(n + warmUps).padStart(4, '0');
      const created = await applied(n, `+1202555${suffix}`);
      await pause(); // its run ends, and all is idle again
      const changed = await applied(n, `+1303555${suffix}`);
      await pause();
      if (n < 1) continue;
      newUserMs.push(created);
      newNumberMs.push(changed);
    }
    return { newUserMs, newNumberMs };
  } finally {
    await feed.close();
    await bench.stop();
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250));
