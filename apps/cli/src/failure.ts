/** What a script can tell apart by the exit code; docs/cli.md has the table. */
export const exits = {
  done: 0,
  defect: 1,
  usage: 2,
  refused: 3,
  notYours: 4,
  unknown: 5,
  unreachable: 6,
  notWell: 7,
  waits: 8,
  notConfirmed: 9,
  notKnown: 10,
  interrupted: 130,
} as const;
export type Exit = (typeof exits)[keyof typeof exits];

/** An expected end of a command without its result: one sentence, what to do about it, and the exit code. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exit: Exit;
  readonly advice: string | undefined;
  /** The problem of the API (RFC 9457), for `--json`. */
  readonly problem: object | undefined;
  constructor(exit: Exit, message: string, advice?: string, problem?: object) {
    super(message);
    this.exit = exit;
    this.advice = advice;
    this.problem = problem;
  }
}

export const usage = (message: string, advice?: string): Failure => new Failure(exits.usage, message, advice);
