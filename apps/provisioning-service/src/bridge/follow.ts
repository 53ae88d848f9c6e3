import { type ConnectionRef, connectionRefText } from '@tallystick/devices-domain';
import type { Logger } from '@tallystick/platform-observability';
import type { FollowedConnections } from './followed-connections.ts';
import type { FollowedTopics } from './followed-topics.ts';
import { repeat } from './repeat.ts';

export interface FollowingNeeds {
  readonly followed: Pick<FollowedConnections, 'look' | 'topics' | 'has'>;
  readonly topics: Pick<FollowedTopics, 'follow'>;
  /** Ends what a removed connection has left; can be repeated. */
  readonly retire: (ref: ConnectionRef) => Promise<void>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** One step of following the documents: what is saved is read from now on, what is removed is read no more and leaves nothing running. */
export function createFollow({ followed, topics, retire, logger }: FollowingNeeds): () => Promise<void> {
  const retiring = new Map<string, ConnectionRef>();
  return async () => {
    try {
      const { added, removed } = await followed.look();
      for (const { environment, connection, source } of added)
        logger.info({ environment, connection, topic: source.topic }, 'the topic of a connection is read from now on');
      for (const ref of removed) retiring.set(connectionRefText(ref), ref);
    } catch (error) {
      logger.warn({ err: error }, 'the connections could not be read; they stay as they were');
    }
    await topics.follow(followed.topics());
    for (const [name, ref] of retiring) {
      const { environment, connection } = ref;
      try {
        if (!followed.has(ref)) {
          await retire(ref);
          logger.info({ environment, connection }, 'a connection was removed: its schedules, passes and holds have ended');
        }
        retiring.delete(name);
      } catch (error) {
        logger.warn(
          { environment, connection, err: error },
          'what a removed connection has left could not be ended; tried again',
        );
      }
    }
  };
}

/** Until stopped. */
export const startFollowing = (needs: FollowingNeeds, intervalMs: number): { readonly stop: () => Promise<void> } =>
  repeat(createFollow(needs), intervalMs);
