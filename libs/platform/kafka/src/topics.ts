import { setTimeout as pause } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { briefRetry, oneTry, retryingAs } from './create-kafka.ts';
import { withinMs } from './within.ts';

export type TopicSpec = {
  readonly topic: string;
  readonly numPartitions: number;
  /** Keep the newest record of each key for ever, instead of all records for a time. */
  readonly compact?: boolean;
  /** Left out: the broker's default. */
  readonly replicationFactor?: number;
  readonly config?: Readonly<Record<string, string>>;
};

async function withAdmin<T>(admin: Admin, act: (admin: Admin) => Promise<T>): Promise<T> {
  await admin.connect();
  try {
    return await act(admin);
  } finally {
    await admin.disconnect();
  }
}

/**
 * Creates the topics that are missing and waits until each has a leader for every partition. A topic that exists is left as it is.
 * `createTopics` at times reports an unknown topic although it has created it, so its error counts only if the topic stays away.
 * @param deadlineMs connecting included.
 * @param signal ends it before.
 * @throws Error naming the topics that were not there in time.
 */
export async function ensureTopics(
  kafka: Kafka,
  topics: readonly TopicSpec[],
  deadlineMs = 30_000,
  signal?: AbortSignal,
): Promise<void> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), deadlineMs);
  const onAbort = () => end.abort();
  if (signal?.aborted) end.abort();
  signal?.addEventListener('abort', onAbort);
  const progress: Progress = { missing: topics, cause: undefined };
  try {
    // A call under way when the end comes has a time limit of its own; nothing is begun after it.
    await Promise.race([makeTopics(retryingAs(kafka, oneTry), topics, progress, end.signal), aborted(end.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    end.abort();
  }
  if (progress.missing.length === 0) return;
  throw new Error(`these topics are not ready: ${progress.missing.map(({ topic }) => topic).join(', ')}`, {
    cause: progress.cause,
  });
}

interface Progress {
  missing: readonly TopicSpec[];
  /** The latest error. */
  cause: unknown;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Tries until they are there, or until the end. Never rejects. */
async function makeTopics(kafka: Kafka, topics: readonly TopicSpec[], progress: Progress, end: AbortSignal): Promise<void> {
  const note = (error: unknown): void => void (progress.cause = error);
  while (!end.aborted && progress.missing.length > 0) {
    await withAdmin(kafka.admin(), async (admin) => {
      while (!end.aborted) {
        progress.missing = await unready(admin, topics);
        if (progress.missing.length === 0 || end.aborted) return;
        await create(admin, progress.missing).catch(note);
        await pause(100);
      }
    }).catch(note);
    if (progress.missing.length > 0) await pause(100);
  }
}

async function unready(admin: Admin, topics: readonly TopicSpec[]): Promise<readonly TopicSpec[]> {
  const existing = new Set(await admin.listTopics());
  const there = topics.filter(({ topic }) => existing.has(topic));
  const metadata =
    there.length === 0 ? { topics: [] } : await admin.fetchTopicMetadata({ topics: there.map(({ topic }) => topic) });
  const ready = new Set(
    metadata.topics
      .filter(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0))
      .map(({ name }) => name),
  );
  return topics.filter(({ topic }) => !ready.has(topic));
}

async function create(admin: Admin, topics: readonly TopicSpec[]): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const wanted = topics.filter(({ topic }) => !existing.has(topic));
  if (wanted.length === 0) return;
  await admin.createTopics({
    waitForLeaders: false,
    timeout: 5_000,
    topics: wanted.map(({ topic, numPartitions, replicationFactor, compact, config }) => ({
      topic,
      numPartitions,
      ...(replicationFactor === undefined ? {} : { replicationFactor }),
      configEntries: Object.entries({ ...(compact ? { 'cleanup.policy': 'compact' } : {}), ...config }).map(([name, value]) => ({
        name,
        value,
      })),
    })),
  });
}

export type PartitionOffsets = {
  readonly partition: number;
  /** first offset still kept */ readonly low: string;
  /** offset of the next record to come */ readonly high: string;
};

/** Where each partition begins and ends now. */
export const endOffsets = (kafka: Kafka, topic: string): Promise<readonly PartitionOffsets[]> =>
  withAdmin(kafka.admin({ retry: briefRetry }), async (admin) =>
    (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({ partition, low, high })),
  );

/** The broker's words for "not there" and "not yours". */
const refusals: ReadonlySet<unknown> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'TOPIC_AUTHORIZATION_FAILED',
  'INVALID_TOPIC_EXCEPTION',
]);

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && (refusals.has((error as { type?: unknown }).type) || isRefusal(error.cause));

/**
 * Which of these topics the broker does not have, or does not show to this client: a consumer of such a one reads no other topic either.
 * Makes none. @throws Error when it can't be asked.
 */
export async function missingTopics(kafka: Kafka, topics: readonly string[], deadlineMs = 10_000): Promise<readonly string[]> {
  if (topics.length === 0) return [];
  const are = (some: readonly string[]): Promise<boolean> =>
    // A client of its own for each question: what one knows of a topic that is gone it asks for again and again.
    withAdmin(retryingAs(kafka, oneTry).admin(), (admin) => admin.fetchTopicMetadata({ topics: [...some] })).then(
      () => true,
      (error: unknown) => {
        if (isRefusal(error)) return false;
        throw error;
      },
    );
  return withinMs(
    deadlineMs,
    (async () => {
      if (await are(topics)) return [];
      const missing: string[] = [];
      for (const topic of topics) if (topics.length === 1 || !(await are([topic]))) missing.push(topic);
      return missing;
    })(),
  );
}
