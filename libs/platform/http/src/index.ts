export { authorise, type Authorisation, isRole, type Principal, type Role, roles, type RouteAccess } from './access.ts';
export { CurrentPrincipal, Public, Roles, rolesAccess } from './access.decorators.ts';
export { type CloseOptions, closeHttpApp, createHttpApp, type HttpAppOptions, routesWithoutRole } from './http-app.ts';
export type { KeySource } from './key-source.ts';
export { type OpenApiOptions } from './openapi.ts';
export type { ReadinessCheck } from './operational-routes.ts';
export { forbidden, notFound, type Problem, ProblemException, problemOf, problemType, unauthenticated } from './problem.ts';
export { sendProblem } from './problem.filter.ts';
export {
  createTokenVerifier,
  type TokenRefusal,
  type TokenVerdict,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './token-verifier.ts';
export { invalidRequest, type RequestFault } from './validation.pipe.ts';
