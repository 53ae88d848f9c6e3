import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { currentTraceParent, fansOutHere, inSpan, type SpanAttributes } from '@tallystick/platform-observability';
import { readTexts, traceHeader, traceLinksHeader } from './carry-traces.workflow.ts';

const withTrace = (headers: Headers): Headers => {
  const parent = currentTraceParent();
  return parent === undefined ? headers : { ...headers, [traceHeader]: defaultPayloadConverter.toPayload(parent) };
};

/** What is told to a workflow from within an activity that wakes many begins a trace of its own, which is linked to that one. */
function telling<T>(what: string, attributes: SpanAttributes, act: () => Promise<T>): Promise<T> {
  const from = fansOutHere() ? currentTraceParent() : undefined;
  return inSpan(what, { kind: 'producer', attributes, ...(from === undefined ? {} : { parent: 'none', links: [from] }) }, act);
}

/** A span for whatever a client tells a workflow, and its trace in the headers: never in an input, which is a matter of the workflow. */
export const tracedClient: WorkflowClientInterceptor = {
  startWithDetails: (input, next) =>
    telling(`start ${input.workflowType}`, ofWorkflow(input.workflowType, input.options.taskQueue), () =>
      next({ ...input, headers: withTrace(input.headers) }),
    ),
  signalWithStart: (input, next) =>
    telling(
      `signal ${input.workflowType}`,
      { ...ofWorkflow(input.workflowType, input.options.taskQueue), 'temporal.message': input.signalName },
      () => next({ ...input, headers: withTrace(input.headers) }),
    ),
  signal: (input, next) =>
    telling(`signal ${input.signalName}`, { 'temporal.message': input.signalName }, () =>
      next({ ...input, headers: withTrace(input.headers) }),
    ),
  startUpdate: (input, next) =>
    telling(`update ${input.updateName}`, { 'temporal.message': input.updateName }, () =>
      next({ ...input, headers: withTrace(input.headers) }),
    ),
};

const ofWorkflow = (type: string, taskQueue: string): SpanAttributes => ({
  'temporal.workflow.type': type,
  'temporal.task_queue': taskQueue,
});

/** A span for each attempt of an activity, in the trace of whoever woke its workflow. No workflow id: it may be made of a person's. */
export const tracedActivities: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    execute: (input, next) =>
      inSpan(
        `activity ${info.activityType}`,
        {
          kind: 'consumer',
          parent: readTexts(input.headers, traceHeader)[0] ?? 'none',
          links: readTexts(input.headers, traceLinksHeader),
          fansOut: true,
          attributes: {
            'temporal.activity.type': info.activityType,
            'temporal.activity.attempt': info.attempt,
            'temporal.workflow.type': info.workflowType,
            'temporal.run.id': info.workflowExecution?.runId,
            'temporal.task_queue': info.taskQueue,
          },
        },
        () => next(input),
      ),
  },
});
