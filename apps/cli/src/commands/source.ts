import { type Command, Option } from 'commander';
import { addLeaf, type Run } from '../command.ts';
import type { Answer, Context, Flags } from '../context.ts';
import { exits, Failure, usage } from '../failure.ts';
import { take } from '../http/clients.ts';

export function addSource(program: Command, run: Run): void {
  const source = program.command('source').description('The topic that a connection is fed from');
  addLeaf(source, run, {
    name: 'rebuild',
    summary: 'Reads the topic anew from its beginning: the source was restored, or what was stored of it is lost',
    more: 'Raises the epoch of the source: everything in the topic counts as newer than all before, and the next pass waits for an approver.',
    traits: ['connection', 'change', 'danger'],
    options: [new Option('--epoch <number>', 'only if this is the epoch still; to be said with --idempotency-key')],
    handler: rebuild,
  });
}

const route = '/v1/environments/{environment}/connections/{connection}/source';

async function rebuild(context: Context, _: unknown, flags: Flags & { epoch?: string }): Promise<Answer> {
  const { clients, environment, connection, change, confirm } = context;
  const path = { environment: environment(), connection: connection() };
  if (flags.epoch !== undefined && !/^\d{1,9}$/.test(flags.epoch)) throw usage('--epoch: expected a number');
  if (flags.idempotencyKey !== undefined && flags.epoch === undefined)
    throw usage(
      '--idempotency-key needs --epoch here',
      'Say the epoch that the earlier try named: it may have raised it, and the one of now would make this another change.',
    );
  const { topic, ...source } = await take(clients.provisioning().GET(route, { params: { path } }));
  const epoch = flags.epoch === undefined ? source.epoch : Number(flags.epoch);
  const { reason, key } = await change();
  await confirm(
    () =>
      Promise.resolve([
        `The topic ${topic} of ${path.environment}/${path.connection} is read from its beginning (epoch ${epoch + 1}).`,
        'What is in it replaces what is stored; the next pass over all users is held for an approver.',
      ]),
    'Read it anew?',
  );
  const done = await take(
    clients.provisioning().POST(`${route}/epoch`, {
      params: { path, header: { 'Idempotency-Key': key } },
      body: { epoch, reason },
    }),
    true,
  ).catch((error: unknown) => {
    throw error instanceof Failure && error.exit === exits.unknown ? withEpoch(error, epoch) : error;
  });
  return {
    result: { topic, ...done },
    text: `The epoch of ${topic} is ${done.epoch}: it is read anew. tallystick status shows how far it is; the next pass waits for an approver.`,
  };
}

const withEpoch = ({ exit, message, advice, problem }: Failure, epoch: number): Failure =>
  new Failure(exit, message, `Say --epoch ${epoch} as well. ${advice ?? ''}`.trim(), { ...problem, epoch });
