import type { ConnectionRef, UserRef } from '@tallystick/devices-domain';
import { readSourceKey } from '@tallystick/devices-source-kafka';
import type { ParkedBytes, ParkedRecord, RedisParkedStore } from '@tallystick/devices-store-redis';
import { z } from 'zod';
import type { Source } from '../bridge/bridge.ts';
import { asItCame } from '../parking/parked-records.ts';

interface ParkedGround {
  readonly index: Pick<RedisParkedStore, 'list' | 'bytes' | 'forget'>;
  readonly sourceOf: (connection: ConnectionRef) => Source | undefined;
}

const page = 200;
const eventWithSubject = z.looseObject({ subject: z.unknown() });

/**
 * A parked record is somebody's when its key says so, or what the connection reads of it, or the subject of the event. One whose bytes are not
 * in the index, or can't be opened, is left and counted: nobody can say whose it is.
 */
export const createForgetParked =
  ({ index, sourceOf }: ParkedGround) =>
  async (user: UserRef, sourceKey: string): Promise<{ readonly forgotten: number; readonly unread: number }> => {
    const source = sourceOf(user);
    let [forgotten, unread] = [0, 0];
    for (const state of ['open', 'settled'] as const) {
      const theirs: string[] = [];
      for (let cursor: number | undefined = 0; cursor !== undefined;) {
        const { records, next }: Awaited<ReturnType<RedisParkedStore['list']>> = await index.list(user, state, cursor, page);
        const all = await Promise.all(records.map((record) => index.bytes(user, record.id).catch(() => undefined)));
        for (const [at, record] of records.entries()) {
          const bytes = all[at];
          if (!bytes) unread += 1;
          else if (isOf(sourceKey, record, bytes, source)) theirs.push(record.id);
        }
        cursor = next;
      }
      for (const id of theirs) if (await index.forget(user, id)) forgotten += 1; // after all pages: pages are counted from the first
    }
    return { forgotten, unread };
  };

function isOf(sourceKey: string, record: ParkedRecord, bytes: ParkedBytes, source: Source | undefined): boolean {
  const key = readSourceKey(bytes.key);
  if (key.ok && key.value === sourceKey) return true;
  if (bytes.headers['ce_subject']?.some((subject) => subject.toString() === sourceKey)) return true;
  if (subjectOf(bytes.value) === sourceKey) return true;
  const event = source?.parse(asItCame(record, bytes));
  if (event?.kind === 'record') return event.sourceKey === sourceKey || event.movedFrom === sourceKey;
  return event?.kind === 'deleted' && (event.sourceKey === sourceKey || event.movedTo === sourceKey);
}

/** Of an event that has its context beside its data. */
function subjectOf(value: Buffer | null): unknown {
  try {
    return eventWithSubject.safeParse(JSON.parse(value?.toString() ?? 'null')).data?.subject;
  } catch {
    return undefined; // no JSON: often why it is here
  }
}
