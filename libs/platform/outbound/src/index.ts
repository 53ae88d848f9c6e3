export { baseAddress } from './base-address.ts';
export { isLocalAddress } from './allowed-destinations.ts';
export { type ClientLogin, loginOfClient, type LoginOutcome } from './client-login.ts';
export { createOutbound } from './create-outbound.ts';
export { type GrantedToken, keepToken, type KeepTokenOptions, type KeptToken } from './keep-token.ts';
export {
  type NoAnswer,
  noAnswers,
  type Outbound,
  type OutboundAnswer,
  type OutboundOptions,
  type OutboundRequest,
} from './outbound.ts';
export { longestWaitMs, retryAfterMsOf } from './retry-after.ts';
