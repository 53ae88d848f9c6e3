import { type Command, Option } from 'commander';
import { addLeaf, type Run } from '../command.ts';
import type { Answer, Context } from '../context.ts';
import type { components } from '../generated/provisioning-service.ts';
import { take } from '../http/clients.ts';
import { printable } from '../output/printable.ts';
import { table } from '../output/table.ts';
import { facts, moment, number, plural } from '../output/words.ts';
import { countsText } from './preview.ts';

type Hold = components['schemas']['Hold'];
type HeldUser = components['schemas']['HeldUsers']['users'][number];

const pageSize = 200;
const mostUsersShown = 50;

export function addHold(program: Command, run: Run): void {
  const hold = program.command('hold').description('Changes that the guards stopped: they wait for an approver');
  const id = [['<hold>', 'the id of a hold']] as const;
  addLeaf(hold, run, {
    name: 'list',
    summary: 'Holds, newest first; by default those that are open',
    traits: ['connection'],
    options: [new Option('--all', 'also those that are over')],
    handler: list,
  });
  addLeaf(hold, run, {
    name: 'show',
    summary: 'One hold, and what it would do to whom (users by their hashes)',
    args: id,
    traits: ['connection'],
    handler: (context, [given]) => show(context, String(given)),
  });
  addLeaf(hold, run, {
    name: 'approve',
    summary: 'Lets exactly what the hold shows be done; needs the role approver',
    more: 'Shows the figures and asks, unless --yes is said. If the hold changes in between, nothing is approved.',
    args: id,
    traits: ['connection', 'change', 'danger'],
    options: [new Option('--hash <hash>', 'approve only this version of it, as hold show names it')],
    handler: (context, [given], flags: { hash?: string }) => answer(context, String(given), 'approve', flags.hash),
  });
  addLeaf(hold, run, {
    name: 'reject',
    summary: 'Says no to a hold; nothing of it is done',
    args: id,
    traits: ['connection', 'change'],
    options: [new Option('--hash <hash>', 'reject only this version of it, as hold show names it')],
    handler: (context, [given], flags: { hash?: string }) => answer(context, String(given), 'reject', flags.hash),
  });
}

/** All pages. */
export async function readHolds({ clients, environment }: Context, connection: string): Promise<readonly Hold[]> {
  const holds: Hold[] = [];
  const path = { environment: environment(), connection };
  for (let cursor: string | undefined; ;) {
    const query = { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
    const route = '/v1/environments/{environment}/connections/{connection}/holds';
    const page = await take(clients.provisioning().GET(route, { params: { path, query } }));
    holds.push(...page.holds);
    if (page.next === undefined) return holds;
    cursor = page.next;
  }
}

async function list(context: Context, _: unknown, { all = false }: { all?: boolean }): Promise<Answer> {
  const holds = (await readHolds(context, context.connection())).filter(({ state }) => all || state === 'open');
  const columns = [
    { head: 'HOLD' },
    { head: 'STATE' },
    { head: 'USERS', align: 'right' as const },
    { head: 'UNTIL' },
    { head: 'BECAUSE', flexible: true as const },
  ];
  const rows = holds.map(({ id, state, users, expiresAt, text }) => [id, state, number(users), moment(expiresAt), text]);
  return { result: { holds }, text: rows.length === 0 ? 'no holds are open' : table(context.style, columns, rows) };
}

const read = ({ clients, environment, connection }: Context, hold: string): Promise<Hold> =>
  take(
    clients.provisioning().GET('/v1/environments/{environment}/connections/{connection}/holds/{hold}', {
      params: { path: { environment: environment(), connection: connection(), hold } },
    }),
  );

async function show(context: Context, id: string): Promise<Answer> {
  const { clients, environment, connection, style } = context;
  const path = { environment: environment(), connection: connection(), hold: id };
  const hold = await read(context, id);
  const users: HeldUser[] = [];
  for (let cursor: string | undefined; ;) {
    const query = { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
    const route = '/v1/environments/{environment}/connections/{connection}/holds/{hold}/users';
    const page = await take(clients.provisioning().GET(route, { params: { path, query } }));
    users.push(...page.users);
    if (page.next === undefined) break;
    cursor = page.next;
  }
  const rows = users
    .slice(0, mostUsersShown)
    .map(({ user, state, steps }) => [user, state, steps.map(({ kind, text }) => `${kind}: ${text}`).join('; ')]);
  const columns = [{ head: 'USER' }, { head: 'STATE' }, { head: 'STEPS', flexible: true as const }];
  const more = users.length - rows.length;
  return {
    result: { hold, users },
    text: [
      holdFacts(context, hold),
      ...(rows.length > 0 ? [table(style, columns, rows)] : []),
      ...(more > 0 ? [`and ${plural(more, 'user')} more: --json has them all`] : []),
    ],
  };
}

const holdFacts = ({ style }: Context, hold: Hold): string =>
  facts(style, [
    ['hold', `${hold.id}, ${hold.state}`],
    ['because', printable(hold.text)],
    ['users', number(hold.users)],
    ['would change', countsText(hold.counts)],
    ['pass', hold.pass],
    ['asked for by', hold.requestedBy && printable(hold.requestedBy)],
    ['open', `${moment(hold.openedAt)} to ${moment(hold.expiresAt)}`],
    ['answered', hold.answeredBy && `${printable(hold.answeredBy)}, ${moment(hold.answeredAt)}: ${printable(hold.reason ?? '')}`],
    ['hash', hold.hash],
  ]);

async function answer(context: Context, id: string, how: 'approve' | 'reject', seen: string | undefined): Promise<Answer> {
  const { clients, environment, connection, change, confirm } = context;
  const path = { environment: environment(), connection: connection(), hold: id };
  const hash = seen ?? (await read(context, id)).hash;
  const { reason, key } = await change();
  if (how === 'approve')
    await confirm(async () => {
      const hold = await read(context, id);
      return [`To be done in ${path.environment}/${path.connection}:`, ...holdFacts(context, hold).split('\n')];
    }, 'Approve it?');
  const route = `/v1/environments/{environment}/connections/{connection}/holds/{hold}/${how}` as const;
  const done = await take(
    clients.provisioning().POST(route, { params: { path, header: { 'Idempotency-Key': key } }, body: { hash, reason } }),
    true,
  );
  const word = how === 'approve' ? 'approved' : 'rejected';
  return { result: done, text: `Hold ${id} is ${word}; ${plural(done.woken, 'user')} looked at again.` };
}
