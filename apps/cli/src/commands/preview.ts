import { type Command, Option } from 'commander';
import { addLeaf, type Run } from '../command.ts';
import type { Answer, Context } from '../context.ts';
import { exits, usage } from '../failure.ts';
import type { components } from '../generated/provisioning-service.ts';
import { take } from '../http/clients.ts';
import { table } from '../output/table.ts';
import { facts, moment, number, share } from '../output/words.ts';
import { textOf } from './token-add.ts';

type Schemas = components['schemas'];
interface PreviewFlags {
  readonly sample?: boolean;
  readonly document?: string;
  readonly follow: boolean;
}

const lookEveryMs = 1_000;
const over: readonly string[] = ['done', 'cancelled', 'rejected', 'failed'];

export function addPreview(program: Command, run: Run): void {
  addLeaf(program, run, {
    name: 'preview',
    summary: 'What a pass over all users would change: plans everything, writes nothing',
    more: 'Starts a preview and follows it to its figures. Breaking off the command does not end the preview.',
    traits: ['connection', 'change'],
    options: [
      new Option('--sample', 'only some users, drawn at random'),
      new Option('--document <file>', 'with this connection document in place of the saved one (- for stdin)'),
      new Option('--no-follow', 'only start it'),
    ],
    handler: preview,
  });
}

async function preview(context: Context, _: unknown, { sample, document: file, follow }: PreviewFlags): Promise<Answer> {
  const { clients, environment, connection, change, progress, terminal } = context;
  const path = { environment: environment(), connection: connection() };
  const document = file === undefined ? undefined : documentIn(await textOf(context, file));
  const { reason, key } = await change();
  const started = await take(
    clients.provisioning().POST('/v1/environments/{environment}/connections/{connection}/passes', {
      params: { path, header: { 'Idempotency-Key': key } },
      body: { reason, kind: sample ? ('sample' as const) : ('preview' as const), ...(document && { document }) },
    }),
    true,
  );
  if (!follow) return { result: { pass: started }, text: `${started.kind} ${started.id} was started.` };
  const of = { params: { path: { ...path, pass: started.id } } };
  for (let pass = started; !over.includes(pass.stage);) {
    const { looked, users } = pass.progress;
    const end = pass.expectedEnd === undefined ? '' : `, until about ${moment(pass.expectedEnd)}`;
    progress.tell(`${pass.kind} ${pass.id}: ${number(looked)} of ${number(users)} users${end}`);
    await terminal.pause(lookEveryMs);
    pass = await take(clients.provisioning().GET('/v1/environments/{environment}/connections/{connection}/passes/{pass}', of));
  }
  const summary = await take(
    clients.provisioning().GET('/v1/environments/{environment}/connections/{connection}/passes/{pass}/summary', of),
  );
  return { result: summary, text: figuresOf(context, summary), exit: summary.pass.stage === 'done' ? exits.done : exits.notWell };
}

function figuresOf({ style }: Context, { pass, reasons, drift }: Schemas['PassSummary']): readonly string[] {
  const { users, inSync, differ, notPlanned, unobservable } = pass.progress;
  return [
    facts(style, [
      [pass.kind, `${pass.id}, ${pass.stage}${pass.because === undefined ? '' : ` (${pass.because})`}`],
      ['users', number(users)],
      ['in sync', number(inSync)],
      ['differ', number(differ)],
      ['not planned', number(notPlanned)],
      ['not shown', `${number(unobservable)} (the directory would not show them)`],
      ['would change', countsText(pass.counts)],
    ]),
    ...(drift ? [`Of all users ${share(drift.low)} to ${share(drift.high)} differ, in 95 of 100 samples.`] : []),
    ...(reasons.length === 0
      ? []
      : [
          table(
            style,
            [{ head: 'USERS', align: 'right' }, { head: 'REASON' }, { head: 'MEANING', flexible: true }],
            reasons.map(({ reason, users: some, meanings }) => [
              number(some),
              reason,
              meanings.map(({ text }) => text).join(' '),
            ]),
          ),
        ]),
  ];
}

/** What a plan does to people, in words; the harmful first. */
export const countsText = ({
  deletions,
  suspensions,
  removals,
  replacements,
  accountChanges,
}: Schemas['ChangeCounts']): string => {
  const parts = [
    [deletions, 'accounts deleted'],
    [suspensions, 'suspended'],
    [removals, 'devices removed'],
    [replacements, 'devices replaced'],
    [accountChanges, 'other changes of accounts'],
  ] as const;
  const there = parts.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`);
  return there.length === 0 ? 'nothing' : there.join(', ');
};

function documentIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw usage('--document: expected a JSON object');
}
