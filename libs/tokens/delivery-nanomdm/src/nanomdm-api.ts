import type { Result, SecretFault, SecretRef } from '@tallystick/kernel-core';
import type { NoAnswer, Outbound, OutboundAnswer } from '@tallystick/platform-outbound';
import type { NotDone } from '@tallystick/tokens-domain';
import { z } from 'zod';
import type { NanomdmSettings } from './settings.ts';

/** `unknown`: no answer, or one that does not say; it may be queued. */
export type Enqueued =
  NotDone | { readonly kind: 'queued' } | { readonly kind: 'there' } | { readonly kind: 'unknown'; readonly detail: string };

export interface NanomdmApi {
  /** Queues a command for one device. Safe to repeat: the server takes a UUID once. */
  enqueue(enrolmentId: string, uuid: string, command: string, deadline: AbortSignal): Promise<Enqueued>;
  /** Whether the API is there and takes the key; queues nothing. */
  probe(deadline: AbortSignal): Promise<NotDone | { readonly kind: 'fine' }>;
}

const user = 'nanomdm';

const enrolmentResult = z.object({ command_error: z.string().optional() });
const apiResult = z.object({
  command_uuid: z.string().optional(),
  command_error: z.string().optional(),
  status: z.record(z.string(), enrolmentResult).optional(),
});

export interface ApiNeeds {
  readonly outbound: Pick<Outbound, 'send'>;
  /** Names the secret; reads it each time, so that a rotated one is taken. */
  readonly secret: (ref: SecretRef) => Result<string, SecretFault>;
}

export function createNanomdmApi({ baseUrl, apiKey, push }: NanomdmSettings, { outbound, secret }: ApiNeeds): NanomdmApi {
  const refused = (reason: Extract<NotDone, { kind: 'refused' }>['reason'], detail: string): NotDone => ({
    ...{ kind: 'refused', reason, detail },
  });
  const secretMissing = (fault: SecretFault): NotDone =>
    refused('secret-missing', `the API key can't be read (${fault}): put it where the target's document says`);
  const credentials = (): Result<string, NotDone> => {
    const key = secret(apiKey);
    if (!key.ok) return { ok: false, error: secretMissing(key.error) };
    // The newline at the end of a file is not part of the key.
    const pair = `${user}:${key.value.replace(/\r?\n$/, '')}`;
    return { ok: true, value: `Basic ${Buffer.from(pair).toString('base64')}` };
  };

  /** What an answer says before its body is looked at. */
  function fault(answer: OutboundAnswer): NotDone | undefined {
    if (answer.kind === 'none') return notCarriedOut(answer.because);
    const { status, retryAfterMs } = answer;
    if (status === 429 || status === 503)
      return {
        ...{ kind: 'try-later', detail: `NanoMDM has no time for it (HTTP ${status})` },
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      };
    if (status === 401)
      return refused('not-authorised', 'NanoMDM does not take the API key: compare it with the -api of the server');
    if (status === 403) return refused('permission-missing', 'something in front of NanoMDM forbids the call (HTTP 403)');
    if (status === 404)
      return refused('slot-not-found', 'there is no NanoMDM API at the base URL: was the server started with -api?');
    if (status < 500 && status !== 200 && status !== 207)
      return refused('vendor-refused', `NanoMDM answered HTTP ${status}: compare the base URL with the address of the server`);
    return undefined;
  }

  const notCarriedOut = (because: NoAnswer): NotDone | undefined => {
    switch (because) {
      case 'not-allowed':
        return refused('host-not-allowed', 'the host of the base URL is not on the list of hosts that may be called');
      case 'not-trusted':
        return refused('not-trusted', "the certificate of NanoMDM's host is not valid for it");
      case 'not-reachable':
        return { kind: 'try-later', detail: 'NanoMDM is not reachable' };
      case 'timed-out':
      case 'broken':
      case 'too-large':
        return undefined;
    }
  };

  return {
    async enqueue(enrolmentId, uuid, command, deadline) {
      const authorization = credentials();
      if (!authorization.ok) return authorization.error;
      const answer = await outbound.send(
        {
          method: 'PUT',
          url: `${baseUrl}/v1/enqueue/${encodeURIComponent(enrolmentId)}${push ? '' : '?nopush=1'}`,
          headers: { authorization: authorization.value, 'content-type': 'application/xml' },
          body: command,
          read: false,
        },
        deadline,
      );
      const failed = fault(answer);
      if (failed) return failed;
      if (answer.kind === 'none') return { kind: 'unknown', detail: `NanoMDM gave no answer (${answer.because})` };
      const said = resultOf(answer.text);
      if (!said) return { kind: 'unknown', detail: `NanoMDM gave an answer that says nothing (HTTP ${answer.status})` };
      return outcomeOf(said, uuid, answer.status);
    },

    async probe(deadline) {
      const authorization = credentials();
      if (!authorization.ok) return authorization.error;
      // An enqueue of nothing, for nobody: it is authorised first, and then refused for having no command.
      const url = `${baseUrl}/v1/enqueue/nobody?nopush=1`;
      const answer = await outbound.send(
        { method: 'GET', url, headers: { authorization: authorization.value }, read: true },
        deadline,
      );
      const failed = fault(answer);
      if (failed) return failed;
      if (answer.kind === 'none') return { kind: 'try-later', detail: `NanoMDM gave no answer (${answer.because})` };
      if (resultOf(answer.text)?.command_error !== undefined) return { kind: 'fine' };
      return refused('unreadable', 'what answers at the base URL does not answer as NanoMDM does');
    },
  };
}

/**
 * The status alone says little: 500 is also the answer when the command was queued and only the push failed, and when the command is
 * there already. A failed push is no failed command: the device fetches it at its next connection.
 */
function outcomeOf(said: z.infer<typeof apiResult>, uuid: string, status: number): Enqueued {
  const errors = [said.command_error, ...Object.values(said.status ?? {}).map((one) => one.command_error)].filter(
    (error) => error !== undefined,
  );
  if (errors.length === 0)
    return said.command_uuid === uuid
      ? { kind: 'queued' }
      : { kind: 'unknown', detail: `NanoMDM gave an answer to something else (HTTP ${status})` };
  // "command already exists" of the file and memory stores; "duplicate key", "Duplicate entry" of the databases.
  if (errors.every((error) => /already exists|duplicate/i.test(error))) return { kind: 'there' };
  return { kind: 'try-later', detail: `NanoMDM did not take a command (HTTP ${status}): its log says why` };
}

function resultOf(text: string): z.infer<typeof apiResult> | undefined {
  try {
    return apiResult.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
