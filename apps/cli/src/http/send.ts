import type { Bearer } from '../access.ts';
import { exits, Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { type Attempt, judgeAttempt } from './judge-attempt.ts';
import { kindOf, problemIn } from './problems.ts';

export interface SendNeeds {
  readonly service: string;
  readonly bearer: Bearer;
  readonly terminal: Pick<Terminal, 'fetch' | 'now' | 'pause'>;
  /** For all attempts of one request together. */
  readonly timeoutMs: number;
  readonly onRetry: (text: string) => void;
}

const longestAttemptMs = 30_000;
const firstPauseMs = 500;

/** A change is told by its key; everything else only reads, and may be repeated at will. */
const keyOf = ({ headers }: Request): string | undefined => headers.get('idempotency-key') ?? undefined;

/**
 * Sends a request until there is an answer that stays, for so long as there is time. Redirects are refused: they would carry the token
 * elsewhere. @throws Failure when nobody answered (unreachable), or a change may have been made (unknown).
 */
export function createSend({
  service,
  bearer,
  terminal,
  timeoutMs,
  onRetry,
}: SendNeeds): (request: Request) => Promise<Response> {
  return async (request) => {
    const key = keyOf(request);
    const endsAt = terminal.now() + timeoutMs;
    let mayBeDone = false;
    for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
      const authorization = `Bearer ${await bearer()}`;
      const left = endsAt - terminal.now();
      const { attempt, response } = await attemptOf(terminal, request.clone(), authorization, Math.min(left, longestAttemptMs));
      const judged = judgeAttempt(attempt);
      mayBeDone ||= judged.mayBeDone && key !== undefined;
      const waitMs = judged.afterMs ?? pauseMs;
      if (judged.again && terminal.now() + waitMs < endsAt) {
        onRetry(
          attempt.kind === 'none' ? `the ${service} does not answer, trying again` : `the ${service} is busy, trying again`,
        );
        await terminal.pause(waitMs);
        continue;
      }
      if (mayBeDone && (judged.again || judged.mayBeDone)) throw outcomeUnknown(service, key);
      if (response) return response;
      throw unreachable(service, attempt.kind === 'none' ? attempt.code : undefined, key !== undefined);
    }
  };
}

async function attemptOf(
  { fetch }: Pick<Terminal, 'fetch'>,
  request: Request,
  authorization: string,
  ms: number,
): Promise<{ readonly attempt: Attempt; readonly response?: Response }> {
  const headers = new Headers(request.headers);
  headers.set('authorization', authorization);
  headers.set('user-agent', 'tallystick-cli');
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(ms)));
  try {
    const response = await fetch(new Request(request, { headers, redirect: 'manual', signal }));
    const text = await response.text(); // inside the time limit; a body that breaks off is no answer
    const problem = problemIn(text);
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
    const kept = new Response(text === '' ? null : text, { status: response.status, headers: response.headers });
    return {
      attempt: {
        kind: 'answer',
        status: response.status,
        ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {}),
        ...(problem ? { problem: kindOf(problem) } : {}),
      },
      response: kept,
    };
  } catch (error) {
    const code = codeOf(error);
    return { attempt: { kind: 'none', ...(code === undefined ? {} : { code }) } };
  }
}

/** Of the innermost error that has one: undici wraps what the system said. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  const inner = codeOf(cause) ?? (Array.isArray(errors) ? codeOf(errors[0]) : undefined);
  return inner ?? (typeof code === 'string' ? code : undefined);
}

const outcomeUnknown = (service: string, key: string | undefined): Failure =>
  new Failure(
    exits.unknown,
    `the ${service} did not say what came of the change: it may or may not have been made`,
    `Say the same command again with --idempotency-key ${key ?? ''}: what was done already is answered, not repeated.`,
    { idempotencyKey: key },
  );

const unreachable = (service: string, code: string | undefined, isChange: boolean): Failure =>
  new Failure(
    exits.unreachable,
    `the ${service} can not be reached${code === undefined ? '' : ` (${code})`}${isChange ? '; nothing was changed' : ''}`,
    'Look at its address, and whether it runs: tallystick status.',
  );
