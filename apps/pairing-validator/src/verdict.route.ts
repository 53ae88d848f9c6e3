import { type EnvironmentId, isName } from '@tallystick/kernel-core';
import type { Verdict } from '@tallystick/pairing-domain';
import { invalidRequest, notFound, ProblemException, problemOf, sendProblem } from '@tallystick/platform-http';
import type { Logger } from '@tallystick/platform-observability';
import type { KeyRing } from '@tallystick/platform-secrets';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { present } from './present.ts';
import type { RingFollower } from './ring-follower.ts';
import { verdictPath } from './verdict.controller.ts';
import type { VerdictMetrics } from './validator-metrics.ts';
import { type VerdictAnswer, type VerdictRequest, verdictRequest } from './verdict.schema.ts';

export interface VerdictRouteNeeds {
  readonly follower: Pick<RingFollower, 'judge' | 'mayAnswer'>;
  /** The keys that token digests are made with. */
  readonly peppers: KeyRing;
  readonly metrics: VerdictMetrics;
  readonly logger: Logger;
}

const json = 'application/json; charset=utf-8';
const allowed = JSON.stringify({ verdict: 'allow' } satisfies VerdictAnswer);
const denied = JSON.stringify({ verdict: 'deny', cause: 'managed-device-token' } satisfies VerdictAnswer);
const noLease = new ProblemException(
  'no-lease',
  503,
  'No verdict is possible now',
  'The validator can not be sure that it knows every revocation. Treat this as a refusal, and ask another validator or again.',
);

/**
 * Puts the hot route in the place of the controller's method, which is there to be documented: on the Fastify instance it does without
 * Nest's pipeline. Call it before the application initialises.
 */
export function installVerdictRoute(fastify: FastifyInstance, needs: VerdictRouteNeeds): void {
  fastify.addHook('onRoute', (route: RouteOptions) => {
    if (route.url !== verdictPath || route.method !== 'POST') return;
    route.schema = { body: verdictRequest };
    route.validatorCompiler = () => validate;
    route.handler = (request, reply) => answer(needs, request, reply);
  });
}

function validate(body: unknown): { value: VerdictRequest } | { error: Error } {
  const parsed = verdictRequest.safeParse(body);
  return parsed.success ? { value: parsed.data } : { error: invalidRequest('body', parsed.error.issues) };
}

/** Synchronous from the table to the answer. */
function answer(
  { follower, peppers, metrics, logger }: VerdictRouteNeeds,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply | void {
  const { environment } = request.params as { environment: string };
  const body = request.body as VerdictRequest;
  if (!isName(environment)) return sendProblem(request, reply, notFound(), logger);
  const verdict = follower.judge(environment as EnvironmentId, present(body, peppers));
  const mayAnswer = follower.mayAnswer(environment as EnvironmentId); // after judging, and nothing that waits between here and the answer
  if (verdict === undefined || !mayAnswer) {
    metrics.count(body.kind, 'no-lease');
    // Not through `sendProblem`: without a lease every request would be an error in the log.
    const problem = JSON.stringify(problemOf(noLease, `urn:tallystick:request:${request.id}`));
    return reply
      .status(503)
      .headers({ 'content-type': 'application/problem+json; charset=utf-8', 'retry-after': '1' })
      .send(problem);
  }
  if (verdict.reason === 'unknown-environment') sendProblem(request, reply, notFound(), logger);
  else reply.header('content-type', json).send(verdict.verdict === 'allow' ? allowed : denied);
  metrics.count(body.kind, verdict.reason);
  record(logger, verdict, environment, body);
  return reply;
}

function record(logger: Logger, verdict: Verdict, environment: string, { kind, device }: VerdictRequest): void {
  const level = verdict.verdict === 'allow' ? 'debug' : 'info';
  if (!logger.isLevelEnabled(level)) return;
  const token = verdict.reason === 'token-active' ? { tokenId: verdict.token } : {};
  logger[level]({ environment, kind, why: verdict.reason, model: device?.model, ...token }, verdict.verdict);
}
