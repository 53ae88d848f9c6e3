import type { Attributes } from '@opentelemetry/api';

/**
 * The one list of what a span may say, because a span does not come past the redaction of the log. Ids that nobody chose by a person's name,
 * closed lists and figures; no path, no query, no id of a user, a phone or an account, no text of an error.
 */
export const spanAttributes = [
  'error.type', // the name of its class or Temporal's type, never its message
  'http.request.method',
  'http.response.status_code',
  'http.route', // the pattern
  'server.address',
  'server.port',
  'url.template',
  'messaging.system',
  'messaging.destination.name',
  'messaging.destination.partition.id',
  'messaging.kafka.offset',
  'temporal.activity.type',
  'temporal.activity.attempt',
  'temporal.run.id',
  'temporal.task_queue',
  'temporal.workflow.type',
  'temporal.message', // the name of a signal or update
  'tallystick.environment',
  'tallystick.connection',
  'tallystick.request_id',
  'tallystick.no_answer',
] as const;
export type SpanAttribute = (typeof spanAttributes)[number];
export type SpanAttributes = { readonly [name in SpanAttribute]?: string | number | undefined };

const allowed: ReadonlySet<string> = new Set(spanAttributes);
/** Long enough for a host or a pattern; what is longer is something else. */
const longest = 256;

/** Those on the list that are texts or figures; the others are dropped without a word, as their names may be what must not be told. */
export function allowedAttributes(attributes: Readonly<Record<string, unknown>>): Attributes {
  const kept: Attributes = {};
  for (const name in attributes) {
    const value = attributes[name];
    if (!allowed.has(name)) continue;
    if (typeof value === 'number') kept[name] = value;
    if (typeof value === 'string' && value.length <= longest) kept[name] = value;
  }
  return kept;
}
