import type { AuditNote } from '@tallystick/devices-domain';
import { type Instant, isoOf } from '@tallystick/kernel-core';
import { type AuditEntry, writeAuditEntry } from '@tallystick/platform-audit';
import type { Redis } from '@tallystick/platform-redis';
import { auditedEnvironmentsKey, auditKeys, auditWriterKey, isAuditedPlace } from './audit-keys.ts';
import { closeScript } from './note.script.ts';
import { roomFor } from './redis-audit-trail.ts';

export interface RedisOpenIntentsOptions {
  readonly redis: Redis;
  /** Of this process; see `RedisAuditTrailOptions`. */
  readonly writer: string;
  /** Whether this process works on it now. */
  readonly isUnderWay: (intent: string) => boolean;
  readonly now: () => Instant;
  /** Entries that may wait in an environment; the trail's. */
  readonly room?: number;
  /** Longer than anything takes that is noted before and after, and than a process may be silent. Default ten minutes. */
  readonly openMs?: number;
  /** A process that was silent for so long is gone. Default five minutes. */
  readonly silentMs?: number;
}

/** Of the environments that were looked through. */
export interface ClosedIntents {
  readonly closed: number;
  /** Why some could not be ended; the next look tries again. */
  readonly faults: readonly unknown[];
}

/** Ends intents of which nobody will ever say what became of them: each once, however many processes look. */
export class RedisOpenIntents {
  readonly #options: RedisOpenIntentsOptions;
  constructor(options: RedisOpenIntentsOptions) {
    this.#options = options;
  }

  /** Says that this process lives, then notes `outcome-unknown` for intents that are too old, and whose process is gone or has given them up. */
  async look(): Promise<ClosedIntents> {
    const { redis, writer, silentMs = 300_000 } = this.#options;
    await redis.set(auditWriterKey(writer), '1', { PX: silentMs });
    let closed = 0;
    const faults: unknown[] = [];
    for (const environment of await redis.sMembers(auditedEnvironmentsKey)) {
      if (!isAuditedPlace(environment)) continue;
      try {
        closed += await this.#closeOf(environment as AuditNote['environment']);
      } catch (error) {
        faults.push(error);
      }
    }
    return { closed, faults };
  }

  async #closeOf(environment: AuditNote['environment']): Promise<number> {
    const { redis, openMs = 600_000, now, room } = this.#options;
    const { outbox, head, open } = auditKeys(environment);
    const [marks, serverMs] = [Object.entries(await redis.hGetAll(open)), await timeOf(redis)];
    let closed = 0;
    for (const [intent, mark] of marks) {
      const { atMs, by, entry } = readMark(mark);
      if (serverMs - atMs < openMs || !(await this.#isGivenUp(intent, by))) continue;
      const end = writeAuditEntry(endOf(entry, environment, intent, now()));
      const done = await closeScript.run(redis, [outbox, head, open], [roomFor('result', room), intent, mark, end]);
      if (done === null) throw new Error('the audit is full');
      closed += Number(done);
    }
    return closed;
  }

  async #isGivenUp(intent: string, by: string): Promise<boolean> {
    const { redis, writer, isUnderWay } = this.#options;
    return by === writer ? !isUnderWay(intent) : (await redis.exists(auditWriterKey(by))) === 0;
  }
}

/** As the script has written it: when, who, the entry. */
function readMark(mark: string): { readonly atMs: number; readonly by: string; readonly entry: Partial<AuditEntry> } {
  const [, at = '0', by = '', text = ''] = /^(\d+) (\S+) (.*)$/s.exec(mark) ?? [];
  try {
    return { atMs: Number(at), by, entry: JSON.parse(text) as AuditEntry };
  } catch {
    return { atMs: Number(at), by, entry: {} };
  }
}

/** Names what the intent named, and nobody anew. */
const endOf = (
  { actor, action = 'unknown', requestId, planId, subject, facts }: Partial<AuditEntry>,
  environment: string,
  intent: string,
  now: Instant,
): AuditEntry => ({
  ...{ format: 1, environment, at: isoOf(now), actor: 'system', action },
  reason: 'the process that began it ended, or gave it up, without a result',
  ...(requestId !== undefined && { requestId }),
  ...(planId !== undefined && { planId }),
  intent,
  ...(subject !== undefined && { subject }),
  result: 'outcome-unknown',
  facts: {
    ...(facts?.['connection'] !== undefined && { connection: facts['connection'] }),
    ...(actor !== undefined && { begunBy: actor }),
    class: 'result',
  },
});

async function timeOf(redis: Redis): Promise<number> {
  const [seconds = '0', micros = '0'] = (await redis.sendCommand(['TIME'])) as unknown as readonly [string, string];
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}
