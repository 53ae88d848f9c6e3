import { randomUUID } from 'node:crypto';
import { type EnvironmentId, isName } from '@tallystick/kernel-core';
import type { RefusedAttempts } from '@tallystick/platform-audit';
import { type RefusedAttempt, refusedAttemptOf } from '@tallystick/platform-http';
import type { Logger } from '@tallystick/platform-observability';
import type { FastifyInstance } from 'fastify';
import type { AuditNotes } from '../rings/audit-notes.ts';

export interface RefusalNeeds {
  readonly notes: Pick<AuditNotes, 'write'>;
  readonly attempts: Pick<RefusedAttempts, 'take'>;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Of no environment; none is called so. */
const outsideEnvironments = ':outside';

/** The one reading that shows devices of people. */
const showsDevices = /\/laggards$/;

/**
 * From here on, whoever is known and was refused what changes something or shows devices is in the audit of the environment, where it has a ring, and in
 * the log elsewhere: after the answer, which does not wait for it, one in a while for each caller, and in half of the outbox only, so that a flood of them
 * leaves the changes theirs.
 */
export function noteRefusals(fastify: FastifyInstance, { notes, attempts, logger }: RefusalNeeds): void {
  const note = async (
    environment: EnvironmentId,
    { subject: actor, reason }: RefusedAttempt,
    requestId: string,
    facts: Readonly<Record<string, unknown>>,
  ): Promise<string> => {
    // No caller's key has such a sign.
    const idempotencyKey = `refused!${randomUUID()}`;
    const about = { environment, actor, action: 'try-what-is-refused', reason, requestId, result: 'refused' } as const;
    return (await notes.write({ ...about, facts, idempotencyKey, leavesHalf: true })).kind;
  };
  fastify.addHook('onResponse', (request, reply, done) => {
    done();
    const attempt = refusedAttemptOf(request, reply, showsDevices);
    if (!attempt) return;
    const { subject, method, route, forWantOfRole } = attempt;
    const { environment } = request.params as { readonly environment?: unknown };
    const isNamed = typeof environment === 'string' && isName(environment);
    const taken = attempts.take(subject, isNamed ? environment : outsideEnvironments);
    if (!taken) return;
    const facts = { method, route, unnoted: taken.unnoted, forWantOfRole };
    const written = isNamed ? note(environment as EnvironmentId, attempt, request.id, facts) : Promise.resolve('no-environment');
    const told = { by: subject, requestId: request.id, result: 'refused', ...facts };
    written.then(
      (kind) => kind !== 'noted' && logger.warn({ ...told, because: kind }, 'a refused attempt is not in the audit, but here'),
      (error: unknown) => logger.warn({ ...told, err: error }, 'a refused attempt is not in the audit, but here'),
    );
  });
}
