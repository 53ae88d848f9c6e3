import { TryAgain } from '@tallystick/devices-activities';
import type { AuditNote, AuditTrail, ConnectionRef, GuardStore, PassId, PassStore } from '@tallystick/devices-domain';
import { RedisAuditTrail } from '@tallystick/devices-store-redis';
import { instant } from '@tallystick/kernel-core';
import type { Ending } from '@tallystick/platform-config';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import { connectRedis, type Redis, type RedisAddress } from '@tallystick/platform-redis';
import { declareAuditMetrics } from './worker-metrics.ts';

interface TrailGround {
  readonly redis: Redis;
  readonly address: RedisAddress;
  /** That must have a note before what it is about is done. */
  readonly replicas: number;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** The outbox of the devices half in this process, with an alarm for what could not be written into it. */
export async function openAuditTrail(
  { redis, address, replicas, metrics, logger }: TrailGround,
  stores: Pick<Ending, 'add'>,
): Promise<RedisAuditTrail> {
  const refused = declareAuditMetrics(metrics);
  // To wait for replicas blocks a connection, and must not hold up anything else.
  const own = replicas > 0 ? await connectRedis({ ...address, name: 'temporal-worker-audit', logger }) : redis;
  if (own !== redis) stores.add('the Redis of the audit', () => own.close());
  return new RedisAuditTrail({
    ...{ redis: own, replicas, now: () => instant(Date.now()) },
    onFault: (because, cause) => {
      refused.inc({ because });
      const what =
        because === 'not-replicated'
          ? 'too few replicas have a note of the audit: what needs it waits, but what stops or takes back goes on'
          : 'the audit can not be written: what needs it waits';
      logger.error({ because, err: cause }, what);
    },
  });
}

interface NotingNeeds {
  readonly audit: AuditTrail;
  readonly guards: Pick<GuardStore, 'read'>;
}

/**
 * Passes as they are kept, with a note before each of what nobody asks for: that one begins because a schedule was due, that a guard holds it, and that
 * its hold ends without an answer. An attempt that is repeated notes it again.
 * @throws TryAgain when it can't be written: then it is not done (R43)
 */
export function notedPasses(passes: PassStore, { audit, guards }: NotingNeeds): PassStore {
  const note = async (
    ref: ConnectionRef,
    pass: PassId,
    about: Pick<AuditNote, 'class' | 'action' | 'reason' | 'result' | 'facts'>,
  ) => {
    const { environment, connection } = ref;
    const noted = await audit.note({ ...about, environment, connection, actor: 'system', requestId: pass, subject: pass });
    if (!noted.ok) throw new TryAgain('audit-not-writable', 'the audit can not be written, so nothing is done', 10_000);
  };
  const noteExpired = async (ref: ConnectionRef, pass: PassId): Promise<void> => {
    const hold = (await passes.read(ref, pass))?.hold;
    if (hold === undefined || (await guards.read(ref, hold))?.state !== 'expired') return;
    const reason = 'nobody answered it in time';
    await note(ref, pass, { class: 'result', action: 'expire-hold', reason, result: 'expired', facts: { hold } });
  };
  return {
    open: async (pass, candidate) => {
      if (pass.startedBy === 'schedule') {
        const facts = { kind: pass.kind, connectionVersion: pass.connectionVersion };
        await note(pass, pass.id, { class: 'intent', action: 'start-pass', reason: 'a schedule was due', facts });
      }
      await passes.open(pass, candidate);
    },
    update: async (ref, pass, change) => {
      const { stage, hold, because = 'held' } = change;
      if (stage === 'held' && hold !== undefined)
        await note(ref, pass, { class: 'result', action: 'hold-pass', reason: because, result: 'held', facts: { hold } });
      if (stage === 'rejected') await noteExpired(ref, pass);
      await passes.update(ref, pass, change);
    },
    candidate: (ref, pass) => passes.candidate(ref, pass),
    addPage: (ref, pass, page) => passes.addPage(ref, pass, page),
    read: (ref, pass) => passes.read(ref, pass),
    list: (ref, limit) => passes.list(ref, limit),
    entries: (ref, pass, cursor, limit) => passes.entries(ref, pass, cursor, limit),
    lastDone: (ref) => passes.lastDone(ref),
  };
}
