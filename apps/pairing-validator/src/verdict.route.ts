import { type EnvironmentId, type Instant, isName } from '@tallystick/kernel-core';
import type { Presentation, Verdict } from '@tallystick/pairing-domain';
import {
  type FastCall,
  type FastRoute,
  invalidRequest,
  notFound,
  problemContentType,
  ProblemException,
  problemOf,
} from '@tallystick/platform-http';
import type { Logger } from '@tallystick/platform-observability';
import type { DeviceFacts } from '@tallystick/tokens-domain';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { JudgedPresentation } from './events/verdict-event.ts';
import type { RefusalLimit } from './limits/refusal-limit.ts';
import { deviceIdOf, withoutToken } from './present.ts';
import type { RingFollower } from './ring-follower.ts';
import { verdictPath } from './verdict.controller.ts';
import type { VerdictMetrics } from './validator-metrics.ts';
import { readFacts, readPlainRequest, type VerdictAnswer, type VerdictRequest, verdictRequest } from './verdict.schema.ts';

export interface VerdictRouteNeeds {
  readonly follower: Pick<RingFollower, 'judge' | 'mayAnswer'>;
  /** Makes the digests of what was sent. */
  readonly present: (body: VerdictRequest) => Presentation;
  /** Whether a text is a token of this environment that its form does not tell, and so must not be told. */
  readonly isUnmarkedToken: (environment: EnvironmentId, text: string) => boolean;
  readonly limit: RefusalLimit;
  /** Hears of every verdict that was answered; synchronous, never throws. */
  readonly record: (judged: JudgedPresentation) => void;
  readonly metrics: VerdictMetrics;
  readonly logger: Logger;
}

const json = 'application/json; charset=utf-8';
const allowed = JSON.stringify({ verdict: 'allow' } satisfies VerdictAnswer);

const noVerdicts = {
  'no-lease': new ProblemException(
    'no-lease',
    503,
    'No verdict is possible now',
    'The validator can not be sure that it knows every revocation. Treat this as a refusal, and ask another validator or again.',
  ),
  'ring-unreadable': new ProblemException(
    'ring-unreadable',
    503,
    'No verdict is possible for this environment',
    'What is stored for it can not be read by this version of the validator. Treat this as a refusal, and ask another validator.',
  ),
  'pepper-missing': new ProblemException(
    'pepper-missing',
    503,
    'No verdict is possible for this presentation',
    'The validator lacks a key that a token of this environment was made with. Treat this as a refusal, and ask another validator.',
  ),
};

const tooManyRefusals = (seconds: number): ProblemException =>
  new ProblemException(
    'too-many-refusals',
    429,
    'Too many refusals',
    'This caller has had many refusals in this environment. This presentation is refused too; one that passes is still answered at once.',
    {},
    { headers: { 'retry-after': String(seconds) } },
  );

/** One request, whichever way it came. */
interface Call {
  readonly environment: string;
  readonly caller: string;
  readonly requestId: string;
  readonly send: FastCall['send'];
}

/**
 * Puts the route in the place of the controller's method, which is there to be documented: on the Fastify instance it does without
 * Nest's pipeline. Call it before the application initialises.
 */
export function installVerdictRoute(fastify: FastifyInstance, needs: VerdictRouteNeeds): void {
  fastify.addHook('onRoute', (route: RouteOptions) => {
    if (route.url !== verdictPath || route.method !== 'POST') return;
    route.schema = { body: verdictRequest };
    route.validatorCompiler = () => validate;
    route.handler = (request, reply) => {
      answer(needs, callOf(request, reply), request.body as VerdictRequest);
      return reply;
    };
  });
}

/** The same for requests in which nothing is unusual, without Fastify; they are nearly all. */
export const fastVerdictRoute = (needs: VerdictRouteNeeds): FastRoute => ({
  path: verdictPath,
  answer: ({ environment, principal, requestId, send }, body) => {
    const plain = readPlainRequest(body);
    if (plain) answer(needs, { environment, caller: principal.subject, requestId, send }, plain);
    return plain !== undefined;
  },
});

function callOf(request: FastifyRequest, reply: FastifyReply): Call {
  const { environment } = request.params as { environment: string };
  return {
    environment,
    caller: request.principal?.subject ?? '',
    requestId: request.id,
    send: (status, contentType, body, headers = {}) =>
      void reply
        .status(status)
        .headers({ ...headers, 'content-type': contentType })
        .send(body),
  };
}

function validate(body: unknown): { value: VerdictRequest } | { error: Error } {
  const plain = readPlainRequest(body);
  if (plain) return { value: plain };
  const parsed = verdictRequest.safeParse(body);
  return parsed.success ? { value: parsed.data } : { error: invalidRequest('body', parsed.error.issues) };
}

/** Synchronous from the table to the answer. */
function answer(needs: VerdictRouteNeeds, call: Call, body: VerdictRequest): void {
  const { follower, present, metrics } = needs;
  if (!isName(call.environment)) return refuseWith(needs, call, notFound());
  const environment = call.environment as EnvironmentId;
  const facts = readFacts(body.device);
  const judged = follower.judge(environment, present(body), facts);
  const mayAnswer = follower.mayAnswer(environment); // after judging, and nothing that waits between here and an allow
  if (judged === undefined || !mayAnswer) return sendNoVerdict(needs, call, body, 'no-lease');
  const { verdict, at } = judged;
  if (verdict.verdict === 'none') return sendNoVerdict(needs, call, body, verdict.reason);
  if (verdict.verdict === 'deny') return void refuse(needs, call, body, verdict, at, facts);
  call.send(200, json, allowed);
  metrics.count(body.kind, verdict.reason, verdict.observed.length > 0);
  tell(needs, environment, body, verdict, at, facts);
}

/** The lease has nothing to say here: a refusal that is late by a turn of the event loop harms nobody. */
async function refuse(
  needs: VerdictRouteNeeds,
  call: Call,
  body: VerdictRequest,
  verdict: Verdict,
  at: Instant,
  facts: DeviceFacts | undefined,
): Promise<void> {
  const { limit, metrics } = needs;
  const environment = call.environment as EnvironmentId;
  const isUnknown = verdict.reason === 'unknown-environment';
  const seconds = await limit.count(call.caller, isUnknown ? '' : environment);
  metrics.count(body.kind, verdict.reason);
  if (seconds !== undefined) {
    metrics.countLimited();
    return refuseWith(needs, call, tooManyRefusals(seconds));
  }
  if (isUnknown) return refuseWith(needs, call, notFound());
  const { causes, enrolmentLink } = verdict;
  const denied: VerdictAnswer = {
    verdict: 'deny',
    causes: [...causes],
    ...(enrolmentLink === undefined ? {} : { enrolmentLink }),
  };
  call.send(200, json, JSON.stringify(denied));
  tell(needs, environment, body, verdict, at, facts);
}

function refuseWith({ logger }: VerdictRouteNeeds, { requestId, send }: Call, problem: ProblemException): void {
  const body = problemOf(problem, `urn:tallystick:request:${requestId}`);
  logger.debug({ requestId, route: verdictPath, status: problem.status, type: body.type }, 'a request was refused');
  send(problem.status, problemContentType, JSON.stringify(body), problem.headers);
}

/** Not logged: without a lease every request would be a line. */
function sendNoVerdict(
  { metrics }: VerdictRouteNeeds,
  { requestId, send }: Call,
  { kind }: VerdictRequest,
  reason: keyof typeof noVerdicts,
): void {
  metrics.count(kind, reason);
  const problem = problemOf(noVerdicts[reason], `urn:tallystick:request:${requestId}`);
  send(503, problemContentType, JSON.stringify(problem), { 'retry-after': '1' });
}

/** After the answer; nothing here can change it. */
function tell(
  { record, logger, isUnmarkedToken }: VerdictRouteNeeds,
  environment: EnvironmentId,
  { kind, method, presentedToken, device }: VerdictRequest,
  verdict: Verdict,
  at: Instant,
  facts: DeviceFacts | undefined,
): void {
  const isUnmarked = (text: string) => isUnmarkedToken(environment, text);
  const safe = withoutToken(facts, presentedToken, isUnmarked);
  record({ environment, at, kind, method, verdict, device: deviceIdOf(device?.id, presentedToken, isUnmarked), facts: safe });
  const level = verdict.verdict === 'allow' ? 'debug' : 'info';
  if (!logger.isLevelEnabled(level)) return;
  const { reason, causes, observed, presented } = verdict;
  logger[level]({ environment, kind, why: reason, causes, observed, model: safe?.model, presented }, verdict.verdict);
}
