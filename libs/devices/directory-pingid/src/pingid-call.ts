import type { DirectoryFault } from '@tallystick/devices-domain';
import { err, type Instant, ok, type Result } from '@tallystick/kernel-core';
import { openAnswer, type RequestBody, signRequest } from './pingid-envelope.ts';
import { faultOf, type Operation, retryAfterMsOf } from './pingid-faults.ts';
import type { PingIdProperties } from './pingid-properties.ts';

/** The part of `fetch` that is used. The built-in one keeps connections alive. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface PingIdAccess {
  readonly properties: PingIdProperties;
  /** For one method of the port, in milliseconds: connecting, sending, waiting and reading, of all its calls together. */
  readonly callTimeoutMs: number;
  readonly fetch: Fetch;
  readonly now: () => Instant;
}

/** The result without its envelope: see {@link openAnswer}. */
export type Answer = Readonly<Record<string, unknown>>;

/** More than any account needs; a body beyond it is not read to its end. */
const mostBytes = 1_048_576;

/**
 * One operation, one HTTP call, no retry. A success is an answer with error id 200, signed when the properties ask for it.
 * Every other outcome is a fault, and no fault holds a text of the directory: those name people.
 */
export async function call(
  access: PingIdAccess,
  operation: Operation,
  body: RequestBody,
  deadline: AbortSignal,
): Promise<Result<Answer, DirectoryFault>> {
  const { properties } = access;
  const received = await send(access, operation, await signRequest(properties, body, access.now()), deadline);
  if (!received) return err({ kind: 'unavailable' });
  const { status, retryAfterMs } = received;
  const opened = await openAnswer(received.body, properties);
  if (opened.kind === 'forged') return err({ kind: 'credentials-refused' });
  const errorId = opened.kind === 'answer' && typeof opened.fields['errorId'] === 'string' ? opened.fields['errorId'] : undefined;
  if (opened.kind === 'answer' && errorId === '200' && status >= 200 && status < 300) {
    // Errors are known to come unsigned (b.3); a success that is not signed is nothing to build on.
    return opened.signed || !properties.useSignature ? ok(opened.fields) : err({ kind: 'credentials-refused' });
  }
  return err(
    faultOf({
      operation,
      status,
      ...(errorId !== undefined && { errorId }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }),
  );
}

interface Received {
  readonly status: number;
  readonly retryAfterMs?: number;
  readonly body: string;
}

/** Undefined when no whole answer came: no connection, time is up, or too many bytes. The request may have been carried out all the same. */
async function send(
  access: PingIdAccess,
  operation: Operation,
  token: string,
  signal: AbortSignal,
): Promise<Received | undefined> {
  try {
    const response = await access.fetch(`${access.properties.baseUrl}/rest/4/${operation}/do`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: token,
      redirect: 'manual', // a signed request goes nowhere but to the configured host
      signal,
    });
    const retryAfterMs = retryAfterMsOf(response.headers.get('retry-after'), access.now());
    const body = await readBounded(response);
    if (body === undefined) return undefined;
    return { status: response.status, body, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  } catch {
    return undefined; // the cause of a failed fetch names hosts and addresses, and nothing that decides
  }
}

async function readBounded(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body) {
    // Leaving the loop cancels the stream, and with it the connection.
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > mostBytes) return undefined;
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}
