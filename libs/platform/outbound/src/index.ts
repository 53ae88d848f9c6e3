export { isLocalAddress } from './allowed-destinations.ts';
export { createOutbound } from './create-outbound.ts';
export {
  type NoAnswer,
  noAnswers,
  type Outbound,
  type OutboundAnswer,
  type OutboundOptions,
  type OutboundRequest,
} from './outbound.ts';
export { longestWaitMs, retryAfterMsOf } from './retry-after.ts';
