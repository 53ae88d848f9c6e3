import type { Logger } from '@tallystick/platform-observability';
import { connectRedis, type Redis, type RedisAddress } from '@tallystick/platform-redis';
import type { DeviceJournal, RingWitness, SightingStore } from '@tallystick/tokens-domain';
import {
  RedisDeviceJournal,
  type RedisDeviceJournalOptions,
  RedisRingWitness,
  RedisSightingStore,
} from '@tallystick/tokens-store-redis';

type JournalOptions = Omit<RedisDeviceJournalOptions, 'prefix'>;

/** What the token service uses of the second Redis. Every call throws while it is away. */
export interface SecondRedis {
  readonly sightings: Pick<SightingStore, 'counts' | 'laggards' | 'forget' | 'environments'>;
  readonly witness: RingWitness;
  /** What devices answered to one target. Here, because there may be much of it, and losing it only means to ask the devices again. */
  readonly journalOf: (target: JournalOptions) => DeviceJournal;
  readonly close: () => Promise<void>;
}

const pauseMs = 1_000;
/** Less than anybody waits for an answer from here. */
const commandTimeoutMs = 2_000;

/**
 * Connects in the background, for as long as it takes: the service starts, and revokes, without it. Nothing here may hold up the rings.
 * @param address of a Redis other than that of the rings.
 */
export function connectSecondRedis({
  address,
  prefix,
  logger,
}: {
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly logger: Logger;
}): SecondRedis {
  let client: Redis | undefined;
  const stop = new AbortController();
  const { signal } = stop;
  const connecting = (async () => {
    while (!signal.aborted) {
      try {
        const made = await connectRedis({
          ...address,
          name: 'token-service-sightings',
          logger,
          commandTimeoutMs,
          connectDeadlineMs: pauseMs,
        });
        if (signal.aborted) made.destroy();
        else client = made;
        return;
      } catch (error) {
        logger.warn({ err: error }, 'the Redis of the sightings can not be reached: adoption is unknown; trying again');
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pauseMs);
          signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
        });
      }
    }
  })();
  const reached = (): Redis => {
    if (!client) throw new Error('the Redis of the sightings was not reached yet');
    return client;
  };
  const sightings = () => new RedisSightingStore({ client: reached(), prefix });
  const witness = () => new RedisRingWitness({ client: reached(), prefix });
  return {
    sightings: {
      counts: async (environment, fromDay) => sightings().counts(environment, fromDay),
      laggards: async (query) => sightings().laggards(query),
      forget: async (environment, before) => sightings().forget(environment, before),
      environments: async () => sightings().environments(),
    },
    witness: {
      raise: async (shard, headEpoch, seq) => witness().raise(shard, headEpoch, seq),
      read: async (shard, headEpoch) => witness().read(shard, headEpoch),
    },
    journalOf: (target) => {
      const journal = () => new RedisDeviceJournal(reached(), { ...target, prefix });
      return {
        intend: async (commands, at) => journal().intend(commands, at),
        note: async (answers) => journal().note(answers),
        enrolledAnew: async (enrolmentId, at) => journal().enrolledAnew(enrolmentId, at),
        find: async (enrolmentId, command) => journal().find(enrolmentId, command),
        read: async (enrolmentIds) => journal().read(enrolmentIds),
      };
    },
    close: async () => {
      stop.abort();
      await connecting;
      await client?.close();
    },
  };
}
