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

const nobody = ({ environment, connection }: { environment: string; connection: string }, byKey: boolean): readonly string[] => [
  `NOT KNOWN HERE  No record of this user has come to ${environment}/${connection}, and nothing was ever done for them.`,
  byKey
    ? 'Look at the key: it must be as the datastore writes it, with its capitals and zeros, and is not the username. Then at -e and -c. A record that could not be used is in tallystick parked list; a person who was erased looks like this, too.'
    : 'Look at -e and -c: the hash of a user is another one in each connection. A person who was erased looks like this, too.',
];

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
  const { known } = explanation;
  return {
    result: { explanation, ...(last === undefined ? {} : { lastOutcome: last }) },
    text: known ? explanationText(context.style, explanation) : nobody(path, hash === undefined),
    exit: known ? exits.done : exits.notKnown,
  };
}
