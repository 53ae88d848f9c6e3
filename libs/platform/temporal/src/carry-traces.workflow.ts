// Bundled with the workflows of every library (tools/bundle-workflows.mjs): runs in Temporal's sandbox, so nothing but the SDK is imported.
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import type { WorkflowInterceptors } from '@temporalio/workflow';

/** Frozen once deployed: in headers of signals, starts, updates and activities. A W3C `traceparent`, and a list of them. */
export const traceHeader = 'traceparent';
export const traceLinksHeader = 'tracelinks';

/** Many can wake one run while it is busy; of so many the traces are linked. */
const mostLinks = 16;

/**
 * Hands the trace of whoever woke a run to the activities that follow. It makes no command, asks for no time and no random number: a history
 * that has no such headers is replayed as it was written, and nothing of it is an input of the workflow.
 *
 *   signal a ──► activity 1 (of a's trace) · signals b, c meanwhile ──► activity 2 (of b's trace, linked to c)
 */
export const interceptors = (): WorkflowInterceptors => {
  let parent: string | undefined;
  /** Woke the run since the last activity. */
  let came: string[] = [];
  let links: readonly string[] = [];
  const hear = (headers: Headers): void => {
    for (const one of [...readTexts(headers, traceHeader), ...readTexts(headers, traceLinksHeader)])
      if (came.length < mostLinks && one !== parent && !came.includes(one)) came.push(one); // a signal with start comes twice
  };
  const tell = (headers: Headers): Headers => {
    if (came.length > 0) {
      parent = came.find(isKept) ?? came[0];
      links = came.filter((one) => one !== parent);
      came = [];
    }
    if (parent === undefined) return headers;
    const told = { ...headers, [traceHeader]: defaultPayloadConverter.toPayload(parent) };
    return links.length > 0 ? { ...told, [traceLinksHeader]: defaultPayloadConverter.toPayload(links) } : told;
  };
  return {
    inbound: [
      {
        execute: (input, next) => (hear(input.headers), next(input)),
        handleSignal: (input, next) => (hear(input.headers), next(input)),
        handleUpdate: (input, next) => (hear(input.headers), next(input)),
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next({ ...input, headers: tell(input.headers) }),
        scheduleLocalActivity: (input, next) => next({ ...input, headers: tell(input.headers) }),
        startChildWorkflowExecution: (input, next) => next({ ...input, headers: tell(input.headers) }),
        continueAsNew: (input, next) => next({ ...input, headers: tell(input.headers) }),
      },
    ],
  };
};

/** By the flag of a `traceparent`. */
const isKept = (text: string): boolean => text.endsWith('1');

/** What stands under a name: a text or a list of texts; anything else is nothing, since no trace may stop a workflow. */
export function readTexts(headers: Headers, name: string): readonly string[] {
  const payload = headers[name];
  if (!payload) return [];
  try {
    const found: unknown = defaultPayloadConverter.fromPayload(payload);
    return (Array.isArray(found) ? found : [found]).filter((one): one is string => typeof one === 'string' && one.length === 55);
  } catch {
    return [];
  }
}
