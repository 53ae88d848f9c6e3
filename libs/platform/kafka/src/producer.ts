import { type Kafka, type Message, Partitioners, type Producer, type RecordMetadata } from 'kafkajs';
import { withinMs } from './within.ts';

export type ProducerOptions = {
  /** How long one `send` may take, waiting for its turn included. Default 15 000. */
  readonly sendDeadlineMs?: number;
  /** How many `send` calls may wait; more are refused at once. Default 1 000. */
  readonly maxWaiting?: number;
};

/** `not-sent`: nothing has left this process. `unknown`: it may be in the topic, or may yet get there; sending again may double it. */
export class KafkaSendError extends Error {
  override readonly name = 'KafkaSendError';
  readonly outcome: 'not-sent' | 'unknown';
  constructor(outcome: 'not-sent' | 'unknown', message: string, options?: ErrorOptions) {
    super(message, options);
    this.outcome = outcome;
  }
}

export type KafkaProducer = {
  /** Resolves when all in-sync replicas have the messages. Calls are sent one after another, each as a whole. @throws KafkaSendError */
  readonly send: (topic: string, messages: readonly Message[]) => Promise<readonly RecordMetadata[]>;
  /** Connects ahead of the first `send`, to find out at start. Optional. */
  readonly connect: () => Promise<void>;
  /** Waits for what is under way, at most `sendDeadlineMs`, and disconnects. */
  readonly close: () => Promise<void>;
};

/**
 * An idempotent producer (acks from all in-sync replicas, one request in flight) whose `send` has an end: KafkaJS itself retries for
 * half an hour here.
 *
 * After any failure the producer id is given up. KafkaJS takes its sequence back on a failure. If the broker did store that batch, the next
 * one would carry the same sequence: the broker would take it for a duplicate and acknowledge it without storing it.
 */
export function createProducer(
  kafka: Kafka,
  { sendDeadlineMs = 15_000, maxWaiting = 1_000 }: ProducerOptions = {},
): KafkaProducer {
  let current: Promise<Producer> | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let closed = false;

  const connected = (): Promise<Producer> => {
    current ??= (async () => {
      const producer = kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner: Partitioners.DefaultPartitioner,
      });
      await producer.connect();
      return producer;
    })();
    current.catch(() => (current = undefined));
    return current;
  };
  const giveUp = () => {
    const old = current;
    current = undefined;
    old?.then((producer) => producer.disconnect()).catch(() => undefined);
  };

  const send = async (topic: string, messages: readonly Message[]): Promise<readonly RecordMetadata[]> => {
    if (closed) throw new KafkaSendError('not-sent', 'the producer is closed');
    if (waiting >= maxWaiting) throw new KafkaSendError('not-sent', `${maxWaiting} sends are waiting already`);
    waiting += 1;
    const progress: { state: 'waiting' | 'abandoned' | 'sending' } = { state: 'waiting' };
    const isWaiting = () => progress.state === 'waiting';
    const turn = tail.then(async () => {
      const producer = isWaiting() ? await connected() : undefined;
      if (!producer || !isWaiting()) throw new KafkaSendError('not-sent', 'its turn came too late');
      progress.state = 'sending';
      return producer.send({ topic, messages: [...messages], acks: -1 });
    });
    tail = turn.then(
      () => (waiting -= 1),
      () => {
        waiting -= 1;
        if (progress.state === 'sending') giveUp();
      },
    );
    try {
      return await withinMs(sendDeadlineMs, turn);
    } catch (error) {
      const outcome = progress.state === 'sending' ? 'unknown' : 'not-sent';
      if (isWaiting()) progress.state = 'abandoned';
      throw new KafkaSendError(
        outcome,
        `a message to ${topic} was not confirmed: ${error instanceof Error ? error.message : 'unknown fault'}`,
        { cause: error },
      );
    }
  };

  return {
    send,
    connect: async () => void (await withinMs(sendDeadlineMs, connected())),
    close: async () => {
      closed = true;
      await withinMs(sendDeadlineMs, tail).catch(() => undefined);
      const producer = current;
      current = undefined;
      if (producer)
        await withinMs(
          sendDeadlineMs,
          producer.then((one) => one.disconnect()),
        ).catch(() => undefined);
    },
  };
}
