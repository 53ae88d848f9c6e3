import type { DirectoryFault } from '@tallystick/devices-domain';
import { err, type Instant, ok, type Result } from '@tallystick/kernel-core';
import type { Outbound } from '@tallystick/platform-outbound';
import { openAnswer, type RequestBody, signRequest } from './pingid-envelope.ts';
import { faultOf, type Operation } from './pingid-faults.ts';
import type { PingIdProperties } from './pingid-properties.ts';

export interface PingIdAccess {
  readonly properties: PingIdProperties;
  /** For one method of the port, in milliseconds: connecting, sending, waiting and reading, of all its calls together. */
  readonly callTimeoutMs: number;
  readonly outbound: Outbound;
  /** Error ids that mean "this method is not allowed in this organisation" (P55): the documents name none. */
  readonly methodDisabledIds?: readonly string[];
  readonly now: () => Instant;
}

const unbelievable: DirectoryFault = { kind: 'credentials-refused', mayBeDone: true };

/** The result without its envelope: see {@link openAnswer}. */
export type Answer = Readonly<Record<string, unknown>>;

/**
 * One operation, one HTTP call; only getuserdetails, which changes nothing, is sent again when its connection breaks (R29).
 * A success is an answer with error id 200, signed when the properties ask for it.
 * Every other outcome is a fault, and no fault holds a text of the directory: those name people.
 */
export async function call(
  { properties, outbound, methodDisabledIds, now }: PingIdAccess,
  operation: Operation,
  body: RequestBody,
  deadline: AbortSignal,
): Promise<Result<Answer, DirectoryFault>> {
  const received = await outbound.send(
    {
      method: 'POST',
      url: `${properties.baseUrl}/rest/4/${operation}/do`,
      template: `/rest/4/${operation}/do`,
      headers: { 'content-type': 'application/json' },
      body: await signRequest(properties, body, now()),
      read: operation === 'getuserdetails',
    },
    deadline,
  );
  if (received.kind === 'none') return err({ kind: 'unavailable' });
  const { status, retryAfterMs } = received;
  const opened = await openAnswer(received.text, properties);
  if (opened.kind === 'forged') return err(unbelievable);
  const errorId = opened.kind === 'answer' && typeof opened.fields['errorId'] === 'string' ? opened.fields['errorId'] : undefined;
  if (opened.kind === 'answer' && errorId === '200' && status >= 200 && status < 300) {
    // Errors are known to come unsigned (b.3); a success that is not signed is nothing to build on.
    return opened.signed || !properties.useSignature ? ok(opened.fields) : err(unbelievable);
  }
  if (errorId !== undefined && methodDisabledIds?.includes(errorId)) return err({ kind: 'method-disabled' });
  return err(
    faultOf({
      operation,
      status,
      ...(errorId !== undefined && { errorId }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }),
  );
}
