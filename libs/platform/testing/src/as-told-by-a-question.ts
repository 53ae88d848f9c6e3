/** What of a history's event is looked at here. */
interface Event {
  readonly eventType: string;
  /** ISO 8601. */
  readonly eventTime: string;
  readonly workflowTaskStartedEventAttributes?: object;
}

/**
 * A recorded history of a workflow as a worker may be told it that first hears of a run by a question while events wait for their task: every
 * task later, by `days` more each, or its history said to be long. What a workflow decides must not hang on either, or no later worker can
 * replay what that one did, and the run stands still for good.
 */
export function asToldByAQuestion<E extends Event>(
  { events }: { readonly events: readonly E[] },
  { days = 0, isLong = false }: { readonly days?: number; readonly isLong?: boolean },
): { events: E[] } {
  let later = 0;
  return {
    events: events.map((event) => {
      if (event.eventType !== 'EVENT_TYPE_WORKFLOW_TASK_STARTED') return event;
      later += days;
      const eventTime = new Date(Date.parse(event.eventTime) + later * 86_400_000).toISOString();
      const { workflowTaskStartedEventAttributes: task } = event;
      const long = { suggestContinueAsNew: true, historySizeBytes: '40000000' };
      return { ...event, eventTime, workflowTaskStartedEventAttributes: { ...task, ...(isLong && long) } };
    }),
  };
}
