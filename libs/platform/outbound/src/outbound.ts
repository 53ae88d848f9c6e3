import type { Instant } from '@tallystick/kernel-core';

/** One request. What it holds never comes back in an answer or an error. */
export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The path as a pattern, `/v1/users/{user}`, for traces; never with what stands in its place. */
  readonly template?: string;
  /** Headers of the answer that are wanted, in lower case; several of one name are joined by a newline. */
  readonly wanted?: readonly string[];
  /** It changes nothing over there, so it may be sent again. Anything else is sent once, whatever comes of it (R29). */
  readonly read: boolean;
}

/**
 * Why no whole answer came. After the first three the request was not carried out; after the others it may have been (R29).
 * - `not-allowed`: the host is not on the list, or its name leads to an address of this machine or of the local link
 * - `not-reachable`: no such name, no route, nobody listening, or no connection in time
 * - `not-trusted`: the certificate is not valid for this host, or TLS could not be agreed on
 * - `timed-out`: a connection, and no answer (or no end of it) in time
 * - `broken`: the connection broke, or what came is no HTTP
 * - `too-large`: the answer is longer than the limit
 */
export const noAnswers = ['not-allowed', 'not-reachable', 'not-trusted', 'timed-out', 'broken', 'too-large'] as const;
export type NoAnswer = (typeof noAnswers)[number];

/** Any status is an answer, redirects too: none is followed. `retryAfterMs`: the answer said when to come back (R28). */
export type OutboundAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly text: string;
      readonly retryAfterMs?: number;
      /** Those that were wanted and came; left out when none was wanted. */
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'none'; readonly because: NoAnswer };

/** Calls to others. Never throws: every outcome is a value, without a text of the request, the answer or the network. */
export interface Outbound {
  /** `deadline` bounds all of it: waiting for a free connection, connecting, sending, waiting, reading, and the one repetition of a read. */
  send(request: OutboundRequest, deadline: AbortSignal): Promise<OutboundAnswer>;
  /** Ends kept connections; calls under way end as `broken`. */
  close(): Promise<void>;
}

export interface OutboundOptions {
  /** `host` or `host:port` that may be called: by `https`, on port 443 unless told, and never at an address of this machine or the local link. */
  readonly hosts: readonly string[];
  /** `host` or `host:port` that may be called by plain `http` too and may be this machine: a simulator, a test. Requests hold personal data. */
  readonly insecureHosts?: readonly string[];
  /** Connections to one destination at a time, 8 unless told; more calls than that wait. */
  readonly connections?: number;
  /** Milliseconds for name, connection and TLS together; 3,000 unless told. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds from the request to the head of its answer; 30,000 unless told. */
  readonly headersTimeoutMs?: number;
  /** Milliseconds of silence inside the answer's body; 5,000 unless told. */
  readonly bodyTimeoutMs?: number;
  /** Longest body of an answer in bytes; 1 MiB unless told. */
  readonly mostBytes?: number;
  /** Certificates of authorities, PEM, in place of the well-known ones. */
  readonly authorities?: string;
  /** `host` or `host:port` that are told the trace of a request. Nobody else is: it would tell others' servers which of their calls belong together. */
  readonly traceHosts?: readonly string[];
  readonly now: () => Instant;
}
