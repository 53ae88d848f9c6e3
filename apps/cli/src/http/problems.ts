import { type Exit, exits, Failure } from '../failure.ts';

/** The error of the API (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly [extension: string]: unknown;
}

const prefix = 'urn:tallystick:problem:';

export const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Problem).type === 'string' &&
  typeof (value as Problem).title === 'string' &&
  (value as Problem).type.startsWith(prefix);

export function problemIn(text: string): Problem | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isProblem(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const kindOf = ({ type }: Problem): string => type.slice(prefix.length);

/** A second person is missing, not a role. */
const guards403: ReadonlySet<string> = new Set(['own-proposal', 'own-request', 'own-rotation']);

/** The exit code of an answer that is not a success. `isChange`: what a 5xx leaves open matters. */
export function exitOf(status: number, kind: string | undefined, isChange: boolean): Exit {
  if (status === 401 || status === 404) return exits.notYours;
  if (status === 403) return guards403.has(kind ?? '') ? exits.refused : exits.notYours;
  if (status === 409 || status === 412 || status === 422 || status === 428) return exits.refused;
  if (status === 429) return exits.unreachable;
  if (status >= 400 && status < 500) return exits.usage;
  if (kind === 'outcome-unknown' && isChange) return exits.unknown;
  if (status >= 500 && status !== 503 && isChange) return exits.unknown;
  return exits.unreachable;
}

const whatToDo: Readonly<Record<string, string>> = {
  unauthenticated: 'Your access token is not accepted: look at its issuer and audience, and the clock of this machine.',
  forbidden: 'Ask for a role that allows this in this environment; docs/cli.md names the role of each command.',
  'not-found': 'Look at the id and at the environment (-e). What you have no role for looks as if it were not there.',
};

/** The answer of a service as the end of the command: its sentence, then what to do. */
export function failureOf(status: number, body: unknown, isChange: boolean): Failure {
  if (!isProblem(body))
    return new Failure(
      exitOf(status, undefined, isChange),
      status >= 300 && status < 400
        ? 'the address leads elsewhere (a redirect), which is not followed: it would carry your access token along'
        : `the answer (${status}) is not one of this product's services`,
      'Look at the address of the service: something else may answer there.',
    );
  const kind = kindOf(body);
  const faults = Array.isArray(body['faults']) ? (body['faults'] as unknown[]) : [];
  const detail = [body.detail, ...faults.map(faultText), figuresText(body['figures'])].filter((part) => part !== undefined);
  const force = body['forceable'] === true ? 'An approver can do it all the same with --force.' : undefined;
  const advice = [whatToDo[kind] ?? detail.map(sentence).join(' '), force]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
  return new Failure(exitOf(status, kind, isChange), `${body.title} (${kind})`, advice === '' ? undefined : advice, body);
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

function faultText(fault: unknown): string | undefined {
  const { path, message, expected } = (fault ?? {}) as { path?: unknown; message?: unknown; expected?: unknown };
  const says = typeof expected === 'string' ? expected : message;
  const place = Array.isArray(path) ? path.join('.') : typeof path === 'string' ? path : '';
  return typeof says === 'string' ? `${place === '' ? '' : `${place}: `}${says}` : undefined;
}

/** What the guards went by. */
function figuresText(figures: unknown): string | undefined {
  if (typeof figures !== 'object' || figures === null) return undefined;
  const { kind, text, devices, byToken, bySiblings } = figures as Readonly<Record<string, unknown>>;
  if (kind === 'unknown') return typeof text === 'string' ? text : undefined;
  if (typeof devices !== 'number') return undefined;
  return `Of ${devices} devices seen it would refuse ${Number(byToken)} for their token and ${Number(bySiblings)} for other requirements.`;
}
