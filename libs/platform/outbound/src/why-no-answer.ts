import { addressNotAllowed } from './allowed-destinations.ts';
import type { NoAnswer } from './outbound.ts';

const byCode: ReadonlyMap<string, NoAnswer> = new Map([
  [addressNotAllowed, 'not-allowed'],
  ['ENOTFOUND', 'not-reachable'],
  ['EAI_AGAIN', 'not-reachable'],
  ['ECONNREFUSED', 'not-reachable'],
  ['EHOSTUNREACH', 'not-reachable'],
  ['ENETUNREACH', 'not-reachable'],
  ['EADDRNOTAVAIL', 'not-reachable'],
  ['UND_ERR_CONNECT_TIMEOUT', 'not-reachable'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timed-out'],
  ['UND_ERR_BODY_TIMEOUT', 'timed-out'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'too-large'],
  ['UND_ERR_HEADERS_OVERFLOW', 'too-large'],
  ['HPE_HEADER_OVERFLOW', 'too-large'],
]);

/** OpenSSL names a certificate's fault by itself, Node adds its own for the host and the handshake. */
const tls =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|EPROTO$)/;

/** A reason for whatever the client library threw. Only error codes are read: its messages name hosts and addresses. */
export function whyNoAnswer(thrown: unknown, deadline: AbortSignal): NoAnswer {
  const code = codeOf(thrown);
  const known = byCode.get(code);
  if (known) return known;
  if (tls.test(code)) return 'not-trusted';
  return deadline.aborted ? 'timed-out' : 'broken';
}

function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return '';
  // Several addresses were tried in vain: the first one's fault says enough.
  if ('errors' in thrown && Array.isArray(thrown.errors) && thrown.errors.length > 0) return codeOf(thrown.errors[0]);
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}
