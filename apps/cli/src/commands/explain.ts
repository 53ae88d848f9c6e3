import { type Command, Option } from 'commander';
import { addLeaf, type Run } from '../command.ts';
import type { Answer, Context } from '../context.ts';
import { exits, usage } from '../failure.ts';
import type { components } from '../generated/provisioning-service.ts';
import { take } from '../http/clients.ts';
import { explanationText } from './explanation-text.ts';
import { keyOfUser } from './user-key.ts';

type Outcome = components['schemas']['Outcome'];

export function addExplain(program: Command, run: Run): void {
  addLeaf(program, run, {
    name: 'explain',
    summary: 'Why one user is as they are: record, mapping, plan, guards, what was done',
    more: 'The key of the user in the datastore is asked for, or read from stdin: an argument would stay in the history of your shell, and others on this machine see it. Values are masked but for auditors.',
    args: [['[user]', 'the key; better not given here. - reads it from stdin']],
    traits: ['connection'],
    options: [new Option('--hash <hash>', 'the user by the hash that holds, passes and logs have')],
    handler: explain,
  });
}

async function explain(context: Context, [given]: readonly unknown[], { hash }: { hash?: string }): Promise<Answer> {
  const { clients, environment, connection, progress } = context;
  const path = { environment: environment(), connection: connection() };
  if (hash !== undefined && given !== undefined) throw usage('say the user or --hash, not both');
  let user = hash;
  let last: Outcome | null | undefined;
  if (user === undefined) {
    const sourceKey = await keyOfUser(context, given as string | undefined, 'explain');
    const route = '/v1/environments/{environment}/connections/{connection}/users/lookup';
    const found = await take(clients.provisioning().POST(route, { params: { path }, body: { sourceKey } }));
    ({ user, outcome: last } = found);
  }
  progress.tell('the directory is asked');
  const explanation = await take(
    clients.provisioning().GET('/v1/environments/{environment}/connections/{connection}/users/{user}/explain', {
      params: { path: { ...path, user } },
    }),
  );
  return {
    result: { explanation, ...(last === undefined ? {} : { lastOutcome: last }) },
    text: explanationText(context.style, explanation),
    exit: explanation.record ? exits.done : exits.notYours,
  };
}
