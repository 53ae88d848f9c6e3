import { filePath, port, SettingsError, wholeNumber } from '@tallystick/platform-config';
import type { Logger } from '@tallystick/platform-observability';
import { z } from 'zod';
import { type CertificateCallers, createCertificateCallers } from './certificate-callers.ts';
import type { OperationsAddress } from './operations-server.ts';
import { createTlsListener, type TlsListener } from './tls-listener.ts';

/** How a service listens: the entries of its configuration schema. */
export const httpVariables = {
  /** Health and metrics on a port of their own, without TLS and with nothing else on it; the API's port has none of them then. */
  OPERATIONS_PORT: port.optional(),
  /** The certificate that the API shows, with those between it and the authority (PEM). Without it the API has no TLS. Looked at every 10 seconds. */
  HTTP_TLS_CERT_FILE: filePath.optional(),
  /** The key of HTTP_TLS_CERT_FILE (PEM, not encrypted). Looked at every 10 seconds. */
  HTTP_TLS_KEY_FILE: filePath.optional(),
  /** More connections to the API at a time are closed at once. */
  HTTP_MAX_CONNECTIONS: wholeNumber(1, 1_000_000).default(10_000),
  /**
   * More requests under way at a time are answered 503 with Retry-After, but not those that revoke, nor health, documents and webhooks; one caller
   * may have three quarters of them.
   */
  HTTP_MAX_REQUESTS: wholeNumber(1, 1_000_000).default(1_000),
};

/** What a service reads besides whose callers may have a client certificate instead of a token: both or none. */
export const certificateVariables = {
  /**
   * The authority of callers' certificates (PEM), one of its own: whoever gets a certificate from it with a name of AUTH_CALLERS_FILE is that
   * caller. TLS must end here: a proxy that makes TLS of its own is the caller of all that it passes on. Looked at every 10 seconds.
   */
  HTTP_TLS_CLIENT_CA_FILE: filePath.optional(),
  /**
   * `{"callers":[{"san":"uri:spiffe://…","environments":["acme"]}]}`: the names in certificates (`uri:` or `dns:`) that may ask for verdicts,
   * and where. To take a name out is to withdraw its certificate. Looked at every 10 seconds.
   */
  AUTH_CALLERS_FILE: filePath.optional(),
};

/** For a service whose callers have tokens only: what would look as if it were in force is refused. */
export const noCertificateVariables = {
  /** Not for this service: client certificates are for callers of the pairing validator. */
  HTTP_TLS_CLIENT_CA_FILE: z
    .never({ error: 'expected nothing: client certificates are for callers of the pairing validator' })
    .optional(),
};

export type HttpVariables = {
  readonly OPERATIONS_PORT?: number | undefined;
  readonly HTTP_TLS_CERT_FILE?: string | undefined;
  readonly HTTP_TLS_KEY_FILE?: string | undefined;
  readonly HTTP_TLS_CLIENT_CA_FILE?: string | undefined;
  readonly AUTH_CALLERS_FILE?: string | undefined;
  readonly HTTP_MAX_CONNECTIONS: number;
  readonly HTTP_MAX_REQUESTS: number;
};

/** How an app listens; left out: without TLS, with health and metrics on its one port, and without limits. */
export type HttpListening = {
  readonly operations?: OperationsAddress | undefined;
  readonly tls?: TlsListener | undefined;
  readonly certificates?: CertificateCallers | undefined;
  readonly maxConnections?: number | undefined;
  readonly maxRequests?: number | undefined;
};

/**
 * What the variables say, with all files read. `host`: where the operations port listens as well.
 * @throws SettingsError; Error that begins with AUTH_CALLERS_FILE. Neither has a value.
 */
export function listeningOf(
  variables: HttpVariables,
  { host, logger, lookEveryMs }: { readonly host: string; readonly logger: Logger; readonly lookEveryMs?: number },
): HttpListening {
  const {
    OPERATIONS_PORT: operations,
    HTTP_TLS_CERT_FILE: cert,
    HTTP_TLS_KEY_FILE: key,
    HTTP_TLS_CLIENT_CA_FILE: ca,
    AUTH_CALLERS_FILE: callers,
  } = variables;
  allOrNone({ HTTP_TLS_CERT_FILE: cert, HTTP_TLS_KEY_FILE: key });
  allOrNone({ HTTP_TLS_CLIENT_CA_FILE: ca, AUTH_CALLERS_FILE: callers });
  if (ca !== undefined && cert === undefined)
    throw new SettingsError([{ variable: 'HTTP_TLS_CERT_FILE', expected: 'is missing, because HTTP_TLS_CLIENT_CA_FILE is set' }]);
  const tls = cert && key ? createTlsListener({ cert, key, ca }, logger, lookEveryMs) : undefined;
  return {
    maxConnections: variables.HTTP_MAX_CONNECTIONS,
    maxRequests: variables.HTTP_MAX_REQUESTS,
    ...(operations === undefined ? {} : { operations: { port: operations, host } }),
    ...(tls && { tls }),
    ...(tls && callers !== undefined && { certificates: callersOf(callers, tls, logger) }),
  };
}

function callersOf(file: string, tls: TlsListener, logger: Logger): CertificateCallers {
  try {
    return createCertificateCallers({ file, authorities: tls.authorities, logger });
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code;
    throw new Error(`AUTH_CALLERS_FILE: ${why ? `the file can not be read (${why})` : (error as Error).message}`);
  }
}

function allOrNone(files: Readonly<Record<string, string | undefined>>): void {
  const names = Object.keys(files);
  const there = names.filter((name) => files[name] !== undefined);
  const missing = names.filter((name) => files[name] === undefined);
  if (there.length > 0 && missing.length > 0)
    throw new SettingsError(missing.map((variable) => ({ variable, expected: `is missing, because ${there.join()} is set` })));
}
