import type { UserRef } from '@tallystick/devices-domain';
import type { KafkaRecord } from '@tallystick/platform-kafka';
import { inSpan, isTracing } from '@tallystick/platform-observability';

/** A record of which a user is woken, as its span is to tell it. */
export interface SeenRecord {
  readonly record: KafkaRecord;
  readonly of: Pick<UserRef, 'environment' | 'connection'>;
  /** Of records of the same user before it, in the same batch: their traces are linked. */
  readonly before: readonly string[];
  /** Milliseconds since 1970: when it was stored. */
  readonly startedAt: number;
}

const mostBefore = 16;

/** Costs next to nothing where nobody traces. */
export function seenRecord(record: KafkaRecord, of: SeenRecord['of'], earlier: SeenRecord | undefined): SeenRecord {
  const parent = earlier && isTracing() ? parentOf(earlier.record) : undefined;
  const before = [...(earlier?.before ?? []), ...(parent === undefined ? [] : [parent])].slice(-mostBefore);
  return { record, of, before, startedAt: earlier?.startedAt ?? Date.now() };
}

/** In the trace that the record came with, else in one of its own: not one for a batch, which would be that of a thousand people. */
export function inRecordSpan<T>(seen: SeenRecord | undefined, act: () => Promise<T>): Promise<T> {
  if (!seen || !isTracing()) return act();
  const { record, of, before, startedAt } = seen;
  return inSpan(
    'process source record',
    {
      kind: 'consumer',
      parent: parentOf(record) ?? 'none',
      links: before,
      startedAt,
      attributes: {
        'messaging.system': 'kafka',
        'messaging.destination.name': record.topic,
        'messaging.destination.partition.id': String(record.partition),
        'messaging.kafka.offset': record.offset,
        'tallystick.environment': of.environment,
        'tallystick.connection': of.connection,
      },
    },
    act,
  );
}

/** W3C's header; one that is repeated is none. */
function parentOf({ headers }: KafkaRecord): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === 'string' || Buffer.isBuffer(traceparent) ? traceparent.toString() : undefined;
}
