import type { EnvironmentId } from '@tallystick/kernel-core';
import { readToEnd } from '@tallystick/platform-kafka';
import type { Logger } from '@tallystick/platform-observability';
import type { RingShard, TokenId } from '@tallystick/tokens-domain';
import type { Kafka } from 'kafkajs';
import { progressValue, readRevocationsKey } from './audit-topics.ts';

export interface Revocation {
  readonly environment: EnvironmentId;
  readonly token: TokenId;
}

/** How far a shard's revocations are in the topic: all of them up to this number, under this head epoch. */
export interface PublishedUpTo {
  readonly headEpoch: string;
  readonly seq: number;
}

/** The revocations that were published, outside of the store that may lose them. */
export interface RevocationTopic {
  /**
   * Tells every revocation that was there when the call was made, some of them more than once, and gives how far each shard is complete; a
   * shard that is not listed is not known to be. Holds nothing but that. @throws Error when not all of it could be read.
   */
  read(onRevocation: (revocation: Revocation) => void): Promise<ReadonlyMap<RingShard, PublishedUpTo>>;
}

export interface RevocationTopicOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly logger: Logger;
  /** Default `tallystick-recovery`. */
  readonly groupPrefix?: string;
}

export const kafkaRevocationTopic = ({
  kafka,
  topic,
  logger,
  groupPrefix = 'tallystick-recovery',
}: RevocationTopicOptions): RevocationTopic => ({
  async read(onRevocation) {
    const published = new Map<RingShard, PublishedUpTo>();
    let unreadable = 0;
    await readToEnd({
      kafka,
      topic,
      groupPrefix,
      onRecord: ({ key, value, isSettled }) => {
        const name = readRevocationsKey(key?.toString() ?? '');
        if (!name) unreadable += 1;
        // The key says it all, so a value that can't be read loses nothing; nor does a tombstone take a revocation back.
        else if (name.kind === 'revocation') onRevocation(name);
        else if (isSettled) {
          const progress = readProgress(value);
          if (progress) published.set(name.shard, progress);
          else published.delete(name.shard);
        }
      },
    });
    if (unreadable > 0) logger.error({ topic, records: unreadable }, 'records of the revocations can not be read');
    return published;
  },
});

function readProgress(value: Buffer | null): PublishedUpTo | undefined {
  try {
    return progressValue.parse(JSON.parse(value?.toString() ?? ''));
  } catch {
    return undefined;
  }
}
