export {
  authorise,
  type Authorisation,
  isRole,
  mayOnlyRevoke,
  type Principal,
  type Role,
  roles,
  type RouteAccess,
} from './access.ts';
export { authVariables, type AuthVariables, breakGlassOf, revokingVariables, tokenVerifierOf } from './auth-variables.ts';
export { type BreakGlass, createBreakGlass } from './break-glass.ts';
export { CurrentPrincipal, Public, Roles, rolesAccess, RolesToRevoke, signatureAccess } from './access.decorators.ts';
export { type RouteRow } from './access.hook.ts';
export { declareHttpMetrics } from './http-metrics.ts';
export { type CloseOptions, closeHttpApp, createHttpApp, everyRoute, type HttpAppOptions } from './http-app.ts';
export {
  certificateVariables,
  type HttpListening,
  httpVariables,
  type HttpVariables,
  listeningOf,
  noCertificateVariables,
} from './http-variables.ts';
export type { FastCall, FastRoute } from './fast-route.ts';
export { givenIdempotencyKeyOf, idempotencyKeyHeader, idempotencyKeyOf, RequiresIdempotencyKey } from './idempotency-key.ts';
export type { KeySource } from './key-source.ts';
export { type OpenApiOptions } from './openapi.ts';
export { type PathItem, problemResponse } from './openapi-document.ts';
export type { ReadinessCheck } from './operational-routes.ts';
export {
  forbidden,
  notFound,
  type Problem,
  problemContentType,
  ProblemException,
  problemOf,
  problemType,
  unauthenticated,
} from './problem.ts';
export { sendProblem } from './problem.filter.ts';
export { type RefusedAttempt, refusedAttemptOf } from './refused-attempt.ts';
export {
  createTokenVerifier,
  type TokenRefusal,
  type TokenVerdict,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './token-verifier.ts';
export { createServiceTokens, ServiceTokenError, type ServiceTokenFault, type ServiceTokenOptions } from './service-tokens.ts';
export { invalidRequest, type RequestFault } from './validation.pipe.ts';
