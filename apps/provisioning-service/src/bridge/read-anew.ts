import type { Logger } from '@tallystick/platform-observability';
import type { Source } from './bridge.ts';
import type { FollowedTopics } from './followed-topics.ts';
import { repeat } from './repeat.ts';
import type { SourceWatch } from './source-watch.ts';

export interface ReadingAnewNeeds {
  readonly watch: Pick<SourceWatch, 'goBack'>;
  readonly topics: Pick<FollowedTopics, 'partitionsOf' | 'seek'>;
  /** Those that the bridge reads. */
  readonly sources: () => readonly { readonly topic: string; readonly source: Source }[];
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** One look at all sources: whose epoch was raised is read anew, also when nothing comes of its topic. */
export function createReadAnew({ watch, topics, sources, logger }: ReadingAnewNeeds): () => Promise<void> {
  return async () => {
    for (const { topic, source } of sources()) {
      const partitions = topics.partitionsOf(topic);
      if (partitions.length === 0) continue;
      const { environment, connection } = source;
      try {
        await watch.goBack(source, topic, partitions, (partition, offset) => {
          const done = topics.seek(topic, partition, offset);
          if (done)
            logger.info(
              { environment, connection, topic, partition, offset },
              'a partition is read from there: the store lacks it in this epoch',
            );
          return done;
        });
      } catch (error) {
        logger.warn({ environment, connection, err: error }, 'whether the epoch of a source was raised could not be seen');
      }
    }
  };
}

/** Until stopped. */
export const startReadingAnew = (needs: ReadingAnewNeeds, intervalMs: number): { readonly stop: () => Promise<void> } =>
  repeat(createReadAnew(needs), intervalMs);
