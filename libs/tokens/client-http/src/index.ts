export { HttpTokenAdministration, type HttpTokenAdministrationOptions } from './http-token-administration.ts';
export { type FetchLike, TokenServiceUnavailable } from './token-service-calls.ts';
