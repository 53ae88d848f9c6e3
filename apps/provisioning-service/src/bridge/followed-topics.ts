import type { RunningConsumer } from '@tallystick/platform-kafka';

export interface FollowedTopicsNeeds {
  /** Reads these topics until it is stopped; all of the group's members have the same offsets. */
  readonly consume: (topics: readonly string[]) => Pick<RunningConsumer, 'joined' | 'assignedPartitions' | 'seek' | 'stop'>;
  /** Resolves when the topic is there and can be read; makes it, where that is allowed. */
  readonly prepare: (topic: string) => Promise<void>;
  /** Which of these can't be read any more; rejects when nobody can be asked. */
  readonly missing: (topics: readonly string[]) => Promise<readonly string[]>;
  /** The topic can't be read (yet); the others are. */
  readonly onMissing: (topic: string, error: unknown) => void;
  /** Milliseconds of a clock that only goes on. */
  readonly elapsedMs: () => number;
}

/** A topic that is not there is looked for again after so long; so often those that are read are looked at. */
const lookAgainMs = 15_000;

/**
 * One consumer over the topics of all connections, made anew when a topic joins or leaves. Nothing is lost by it: a batch under way is ended
 * and committed first, and what was not committed comes again. A topic that is not there keeps nobody else's from being read; nor does one
 * that was deleted, or whose reading is no longer allowed: KafkaJS reads none of its topics while the broker refuses one.
 */
export class FollowedTopics {
  readonly #needs: FollowedTopicsNeeds;
  #reading: ReadonlySet<string> = new Set();
  #consumer: ReturnType<FollowedTopicsNeeds['consume']> | undefined;
  readonly #missing = new Map<string, number>();
  #last: Promise<void> = Promise.resolve();
  #stopped = false;
  #lookedAt: number;

  constructor(needs: FollowedTopicsNeeds) {
    this.#needs = needs;
    this.#lookedAt = needs.elapsedMs();
  }

  /** From now on these are read. Asked again and again: topics that were missing are looked for then. Never rejects. */
  follow(topics: readonly string[]): Promise<void> {
    this.#last = this.#last.then(() => this.#follow(new Set(topics)));
    return this.#last;
  }

  /** For the readiness of the service. Rejects while there are topics to read, and none of them could be joined. */
  async joined(): Promise<void> {
    if (!this.#consumer && this.#missing.size > 0) throw new Error('no topic of a connection can be read yet');
    if (this.#consumer?.assignedPartitions().length === 0) await this.#consumer.joined;
  }

  /** Whether it is read now. */
  reads(topic: string): boolean {
    return this.#reading.has(topic);
  }

  /** Those of the topic that this process reads now. */
  partitionsOf(topic: string): readonly number[] {
    return (this.#consumer?.assignedPartitions() ?? []).flatMap((one) => (one.topic === topic ? [one.partition] : []));
  }

  /** Goes on there; false without the partition. */
  seek(topic: string, partition: number, offset: string): boolean {
    return this.#consumer?.seek({ topic, partition }, offset) ?? false;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#last;
    await this.#consumer?.stop();
  }

  async #follow(wanted: ReadonlySet<string>): Promise<void> {
    for (const topic of this.#missing.keys()) if (!wanted.has(topic)) this.#missing.delete(topic);
    await this.#look(wanted);
    const next = new Set<string>();
    for (const topic of wanted) if (await this.#isThere(topic)) next.add(topic);
    if (this.#stopped || (next.size === this.#reading.size && [...next].every((topic) => this.#reading.has(topic)))) return;
    await this.#consumer?.stop();
    this.#consumer = next.size === 0 ? undefined : this.#needs.consume([...next]);
    this.#reading = next;
  }

  /** Looks at those that are read. Whether their broker is away for a moment is the consumer's own affair. */
  async #look(wanted: ReadonlySet<string>): Promise<void> {
    const now = this.#needs.elapsedMs();
    if (this.#stopped || now - this.#lookedAt < lookAgainMs) return;
    this.#lookedAt = now;
    const read = [...this.#reading].filter((topic) => wanted.has(topic));
    const missing = read.length === 0 ? [] : await this.#needs.missing(read).catch(() => []);
    for (const topic of missing) {
      this.#missing.set(topic, now);
      this.#needs.onMissing(topic, new Error('the topic was deleted, or may not be read any more'));
    }
  }

  async #isThere(topic: string): Promise<boolean> {
    if (this.#reading.has(topic) && !this.#missing.has(topic)) return true;
    const now = this.#needs.elapsedMs();
    const lookedAt = this.#missing.get(topic);
    if (this.#stopped || (lookedAt !== undefined && now - lookedAt < lookAgainMs)) return false;
    try {
      await this.#needs.prepare(topic);
      this.#missing.delete(topic);
      return true;
    } catch (error) {
      this.#missing.set(topic, now);
      this.#needs.onMissing(topic, error);
      return false;
    }
  }
}
