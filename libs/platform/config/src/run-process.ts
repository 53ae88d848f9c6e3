import { Ending } from './ending.ts';
import { wholeNumber } from './variable-types.ts';

/** What every process that serves HTTP reads about its end. */
export const endingVariables = {
  HTTP_ANNOUNCE_MS: wholeNumber(0, 60_000)
    .default(0)
    .describe(
      'Milliseconds that a process goes on serving after SIGTERM, while it already says "not ready": as long as balancers take to look elsewhere.',
    ),
};

/** The two words of a logger that are used here. */
export interface ProcessLog {
  readonly info: (facts: object, message: string) => void;
  readonly error: (facts: object, message: string) => void;
}

export interface Started {
  readonly done?: Promise<unknown>;
}

export interface ProcessOptions {
  /** In messages: `the token service`. */
  readonly what: string;
  readonly logger: ProcessLog;
  /**
   * Starts the process, and tells `ending` of each thing that it opens. What it resolves with may have `done`, which settles when the process
   * has ended by itself: that is a failure, however it settles.
   */
  readonly start: (ending: Ending) => Promise<Started | void> | Started | void;
  /** The longest that a stop may take. Default 40 000. */
  readonly stopWithinMs?: number;
  /** The longest that a start is waited for once it was told to end. Default 1 000. */
  readonly startGivesUpWithinMs?: number;
  readonly host?: {
    readonly on: (signal: NodeJS.Signals, listener: () => void) => unknown;
    readonly exit: (code: number) => void;
  };
}

const ended = { kind: 'ended', error: undefined } as const;

/**
 * Runs a process until SIGTERM or SIGINT, ends what it has opened, and exits: 0 when it was asked to end and all has ended well, 1 when it
 * could not start, ended by itself, or did not end well or in time; what did not end is said. The signals are listened to before the start
 * begins: the kernel drops one that process 1 does not listen to, and nobody repeats it. A signal while it starts ends the start.
 */
export async function runProcess(options: ProcessOptions): Promise<void> {
  const { what, logger, start, stopWithinMs = 40_000, startGivesUpWithinMs = 1_000, host = process } = options;
  const ending = new Ending();
  const asked = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) host.on(signal, () => resolve(signal)); // a second one changes nothing
  });
  const starting = (async () => start(ending))();
  const over = starting.then(async (running) =>
    running?.done ? running.done.then(() => ended) : new Promise<never>(() => undefined),
  );
  const why = await Promise.race([
    asked.then((signal) => ({ kind: 'asked', signal }) as const),
    over.catch((error: unknown) => ({ kind: 'failed', error }) as const),
  ]);
  ending.begin();
  if (why.kind === 'asked') {
    logger.info({ signal: why.signal }, `${what} is asked to end`);
    await within(startGivesUpWithinMs, starting);
  } else
    logger.error(
      { err: why.error },
      why.kind === 'failed' ? `${what} can not start, or has ended` : `${what} has ended by itself`,
    );

  const end = await within(stopWithinMs, ending.end());
  if (end === 'late') logger.error({ waitedFor: ending.open, stopWithinMs }, `${what} did not end in time`);
  else if (end) logger.error({ err: end.error }, `${what} did not end well`);
  const isClean = why.kind === 'asked' && end === undefined;
  if (isClean) logger.info({}, `${what} has ended`);
  host.exit(isClean ? 0 : 1);
}

/** Undefined when it has resolved in time. Never rejects. */
async function within(ms: number, promise: Promise<unknown>): Promise<'late' | { readonly error: unknown } | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), ms)));
  const over = promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const outcome = await Promise.race([over, late]);
  clearTimeout(timer);
  return outcome;
}
