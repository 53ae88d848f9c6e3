import { createKafka, runConsumer } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';

/** What the outcomes topic says of one user; the rest of the record is not needed here. */
export interface SeenOutcome {
  readonly environment: string;
  readonly connection: string;
  readonly user: string;
  readonly kind: string;
  readonly because?: string;
  readonly steps: readonly { readonly kind: string; readonly result: string; readonly slot?: string }[];
  readonly findings: readonly { readonly kind: string; readonly slot?: string }[];
}

export interface OutcomeWatch {
  /** All outcomes since the watch began, in order of arrival. */
  readonly outcomes: readonly SeenOutcome[];
  readonly stop: () => Promise<void>;
}

/** Follows the outcomes topic as any other system of the organisation could. */
export async function watchOutcomes(brokers: string, environment: string): Promise<OutcomeWatch> {
  const logger = createLogger({ service: 'outcomes', level: 'silent' });
  const outcomes: SeenOutcome[] = [];
  const consumer = runConsumer({
    kafka: createKafka({ brokers: brokers.split(','), clientId: 'tallystick-outcomes', logger }),
    groupId: `watch-${environment}-${process.pid}-${Date.now()}`,
    topics: ['tallystick.outcomes'],
    fromBeginning: true,
    logger,
    handle: (record) => {
      const outcome = JSON.parse(record.value?.toString() ?? '{}') as SeenOutcome;
      if (outcome.environment === environment) outcomes.push(outcome);
      return Promise.resolve();
    },
  });
  await consumer.joined;
  return { outcomes, stop: () => consumer.stop() };
}
