import type { Command } from 'commander';
import { addLeaf, type Run } from '../command.ts';
import type { Answer, Context } from '../context.ts';
import { exits } from '../failure.ts';
import { take } from '../http/clients.ts';
import { number, plural } from '../output/words.ts';
import { keyOfUser } from './user-key.ts';

export function addErase(program: Command, run: Run): void {
  addLeaf(program, run, {
    name: 'erase',
    summary: 'Erases what is kept of one person, and their runs in Temporal; not what is at the provider',
    more: 'Erase them in the datastore first: their next change makes them anew. The key is asked for, or read from stdin, as by explain. Can be repeated, as after a restore of a backup. docs/operations/personal-data.md says what is kept where.',
    args: [['[user]', 'the key; better not given here. - reads it from stdin']],
    traits: ['connection', 'change', 'danger'],
    handler: erase,
  });
}

async function erase(context: Context, [given]: readonly unknown[]): Promise<Answer> {
  const { clients, environment, connection, change, confirm, progress } = context;
  const path = { environment: environment(), connection: connection() };
  const sourceKey = await keyOfUser(context, given as string | undefined, 'erase');
  const { reason, key } = await change();
  await confirm(
    () =>
      Promise.resolve([
        `All that is kept of this person in ${path.environment}/${path.connection} is erased, and can not be brought back.`,
        'Their account and devices at the provider stay, and are managed by nobody.',
      ]),
    'Erase them?',
  );
  progress.tell('it is erased');
  const done = await take(
    clients.provisioning().POST('/v1/environments/{environment}/connections/{connection}/users/erase', {
      params: { path, header: { 'Idempotency-Key': key } },
      body: { sourceKey, reason },
    }),
    true,
  );
  const { accounts, holds, passEntries, mentions, parkedRecords, runs } = done.erased;
  return {
    result: done,
    text: [
      done.known
        ? `Erased: ${plural(accounts, 'account')} set free, ${plural(runs, 'run')} in Temporal, ${plural(parkedRecords, 'parked record')}, ${plural(holds, 'hold')}, ${number(passEntries)} results of passes, ${number(mentions)} mentions elsewhere.`
        : `NOT KNOWN HERE  Nothing was kept under this key in ${path.environment}/${path.connection}, so nothing was erased. Look whether it is spelled as the datastore spells it.`,
      ['Not reached:', ...done.left.map(({ what, text }) => `  ${what}: ${text}`)].join('\n'),
    ],
    exit: done.known ? exits.done : exits.notKnown,
  };
}
