import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@tallystick/platform-observability';
import { connectRedis, keepLayout, type KeptLayout, type Redis, type RedisAddress } from '@tallystick/platform-redis';
import type { DeviceJournal, RingWitness, SightingStore } from '@tallystick/tokens-domain';
import {
  RedisDeviceJournal,
  type RedisDeviceJournalOptions,
  RedisRingWitness,
  RedisSightingStore,
  sightingsLayout,
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
 * Connects in the background, for as long as it takes: the service starts, and revokes, without it. Nothing here may hold up the rings. Data of a
 * newer version is left alone, as if the server were away, and that is said.
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
  let used: { readonly client: Redis; readonly witness: RingWitness } | undefined;
  const stop = new AbortController();
  const { signal } = stop;
  const isStopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  const connecting = (async () => {
    while (!signal.aborted) {
      let client: Redis | undefined;
      let layout: KeptLayout | undefined;
      try {
        client = await connectRedis({
          ...address,
          name: 'token-service-sightings',
          logger,
          commandTimeoutMs,
          connectDeadlineMs: pauseMs,
        });
        layout = await keepLayout(client, sightingsLayout(prefix), { logger });
        used = { client, witness: new RedisRingWitness({ client, prefix }) };
        await Promise.race([isStopped, layout.refused]);
      } catch (error) {
        logger.warn({ err: error }, 'the Redis of the sightings can not be used: adoption is unknown; trying again');
        await Promise.race([isStopped, pause(pauseMs, undefined, { ref: false })]);
      } finally {
        used = undefined;
        await layout?.stop();
        if (signal.aborted) await client?.close().catch(() => undefined);
        client?.destroy();
      }
    }
  })();
  const reached = () => {
    if (!used) throw new Error('the Redis of the sightings was not reached yet');
    return used;
  };
  const sightings = () => new RedisSightingStore({ client: reached().client, prefix });
  return {
    sightings: {
      counts: async (environment, fromDay) => sightings().counts(environment, fromDay),
      laggards: async (query) => sightings().laggards(query),
      forget: async (environment, before) => sightings().forget(environment, before),
      environments: async () => sightings().environments(),
    },
    witness: {
      raise: async (shard, headEpoch, seq) => reached().witness.raise(shard, headEpoch, seq),
      read: async (shard, headEpoch) => reached().witness.read(shard, headEpoch),
    },
    journalOf: (target) => {
      const journal = () => new RedisDeviceJournal(reached().client, { ...target, prefix });
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
    },
  };
}
