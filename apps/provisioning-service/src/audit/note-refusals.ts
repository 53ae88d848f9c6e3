import { type AuditTrail, outsideEnvironments } from '@tallystick/devices-domain';
import { type ConnectionId, type EnvironmentId, isName } from '@tallystick/kernel-core';
import type { RefusedAttempts } from '@tallystick/platform-audit';
import { refusedAttemptOf } from '@tallystick/platform-http';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export interface RefusalNeeds {
  readonly trail: AuditTrail;
  readonly attempts: Pick<RefusedAttempts, 'take'>;
  /** What is tried in an environment that is not there must not make it an outbox of its own. */
  readonly isThere: (environment: string) => boolean;
}

/** Readings of personal data among the routes that change nothing. */
const showsPeople = /\/(?:explain|content)$/;

/**
 * From here on, whoever is known and was refused what changes something or shows people is in the audit: after the answer, which does not wait for it, one
 * in a while for each caller, and in the room of readings, so that a flood of them leaves the changes theirs.
 */
export function noteRefusals(fastify: FastifyInstance, { trail, attempts, isThere }: RefusalNeeds): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    done();
    const attempt = refusedAttemptOf(request, reply, showsPeople);
    if (!attempt) return;
    const { subject, method, route, reason } = attempt;
    const [environment, connection] = [named(request, 'environment'), named(request, 'connection')];
    const isHere = environment !== undefined && isThere(environment);
    const taken = attempts.take(subject, isHere ? environment : outsideEnvironments);
    if (!taken) return;
    void trail.note({
      class: 'reading',
      environment: isHere ? (environment as EnvironmentId) : outsideEnvironments,
      ...(isHere && connection !== undefined && { connection: connection as ConnectionId }),
      ...{ actor: subject, action: 'try-what-is-refused', requestId: request.id, result: 'refused' },
      reason,
      facts: {
        ...{ method, route, unnoted: taken.unnoted },
        ...(!isHere && environment !== undefined && { environment }),
      },
    });
  });
}

/** Before the route has checked it: whatever is no name is not repeated. */
function named({ params }: FastifyRequest, name: string): string | undefined {
  const value = (params as Readonly<Record<string, unknown>> | undefined)?.[name];
  return typeof value === 'string' && isName(value) ? value : undefined;
}
