import { readFile } from 'node:fs/promises';
import type { Answer, Context } from '../context.ts';
import { usage } from '../failure.ts';
import { take } from '../http/clients.ts';
import { printable } from '../output/printable.ts';
import { day, facts } from '../output/words.ts';
import { openValueSink, type ValueFlags } from './one-time-value.ts';
import { propagationText, proposedAnswer, warningsOf } from './token-outcome.ts';

export interface SegmentFlags {
  readonly platform?: 'ios' | 'android';
  readonly site?: string;
  readonly mdm?: string;
}
interface AddFlags extends ValueFlags, SegmentFlags {
  readonly format?: 'tsk' | 'uuid';
  readonly valueFrom?: string;
  readonly notBefore?: string;
  readonly expiresAt?: string;
  readonly expiresAfterDays?: string;
  readonly keepValue?: boolean;
}

export const segmentOf = ({ platform, site, mdm }: SegmentFlags) => ({
  ...(platform === undefined ? {} : { platform }),
  ...(site === undefined ? {} : { site }),
  ...(mdm === undefined ? {} : { mdm }),
});

/** The content of a file, `-` for stdin. */
export async function textOf({ terminal }: Pick<Context, 'terminal'>, file: string): Promise<string> {
  if (file === '-') return terminal.readInput();
  return readFile(file, 'utf8').catch(() => {
    throw usage(`${file} can not be read`);
  });
}

export async function addTokens(context: Context, [label]: readonly unknown[], flags: AddFlags): Promise<Answer> {
  const { clients, environment, change, progress } = context;
  const { format, valueFrom, notBefore, expiresAt, expiresAfterDays, keepValue } = flags;
  if (valueFrom === undefined && !keepValue && !flags.printValue && flags.valueTo === undefined)
    throw usage(
      'nothing says where the value of the new token goes, and it is shown once',
      'Say --value-to FILE, --print-value, or --keep-value to export it later.',
    );
  const path = { environment: environment() };
  const own = valueFrom === undefined ? undefined : (await textOf(context, valueFrom)).replace(/\r?\n$/, '');
  const { reason, key } = await change();
  const sink = openValueSink(flags);
  try {
    progress.tell('waiting until every validator accepts it');
    const done = await take(
      clients.tokens().POST('/v1/environments/{environment}/tokens', {
        params: { path, header: { 'Idempotency-Key': key } },
        body: {
          ...{ reason, label: String(label), showValue: sink.wants },
          segment: segmentOf(flags),
          ...(own === undefined ? {} : { value: own }),
          ...(format === undefined ? {} : { format }),
          ...(notBefore === undefined ? {} : { notBefore }),
          ...(expiresAt === undefined ? {} : { expiresAt }),
          ...(expiresAfterDays === undefined ? {} : { expiresAfterDays: Number(expiresAfterDays) }),
          ...(keepValue === undefined ? {} : { keepValue }),
        },
      }),
      true,
    );
    if (done.outcome === 'proposed') return proposedAnswer(done);
    const { value, ...rest } = done;
    const shown = sink.take(value);
    const { token, propagation } = rest;
    return {
      result: { ...rest, ...(shown === undefined ? {} : { value: shown }) },
      text: [
        facts(context.style, [
          ['token', token.id],
          ['label', printable(token.label)],
          ['segment', token.segmentName],
          ['ends', day(token.expiresAt)],
          ['value', shown ?? (flags.valueTo === undefined ? 'not shown' : `in ${flags.valueTo}`)],
        ]),
        `Every validator accepts it: ${propagationText(propagation)}.`,
        ...warningsOf(rest, propagation),
      ],
    };
  } finally {
    sink.drop();
  }
}
