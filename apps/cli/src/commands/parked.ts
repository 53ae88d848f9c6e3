import { type Command, Option } from 'commander';
import { addLeaf, type Run } from '../command.ts';
import type { Answer, Context } from '../context.ts';
import { exits, usage } from '../failure.ts';
import type { components } from '../generated/provisioning-service.ts';
import { take } from '../http/clients.ts';
import { table } from '../output/table.ts';
import { moment, number, plural } from '../output/words.ts';

type ParkedRecord = components['schemas']['ParkedRecord'];
type Replay = components['schemas']['Replay'];

const pageSize = 200;

export function addParked(program: Command, run: Run): void {
  const parked = program.command('parked').description('Records of the source that could not be used, and wait for a person');
  addLeaf(parked, run, {
    name: 'list',
    summary: 'Parked records, never their content',
    traits: ['connection'],
    options: [new Option('--state <state>', 'only these').choices(['open', 'settled']).default('open')],
    handler: list,
  });
  addLeaf(parked, run, {
    name: 'replay',
    summary: 'Reads parked records once more, as when their cause is gone',
    args: [['[ids...]', 'ids of parked records']],
    traits: ['connection', 'change', 'danger'],
    options: [new Option('--all', 'all that are open')],
    handler: replay,
  });
}

async function readParked({ clients, environment, connection }: Context, state: 'open' | 'settled') {
  const records: ParkedRecord[] = [];
  const path = { environment: environment(), connection: connection() };
  for (let cursor = 0; ;) {
    const route = '/v1/environments/{environment}/connections/{connection}/parked-records';
    const query = { state, cursor, limit: pageSize };
    const page = await take(clients.provisioning().GET(route, { params: { path, query } }));
    records.push(...page.records);
    if (page.next === undefined) return { records, open: page.open, topicOnly: page.topicOnly };
    cursor = page.next;
  }
}

async function list(context: Context, _: unknown, { state }: { state: 'open' | 'settled' }): Promise<Answer> {
  const read = await readParked(context, state);
  const columns = [
    { head: 'RECORD' },
    { head: 'REASON', flexible: true as const },
    { head: 'STATE' },
    { head: 'PARKED' },
    { head: 'BYTES', align: 'right' as const },
  ];
  const rows = read.records.map((one) => [one.id, one.reason, one.state, moment(one.parkedAt), number(one.valueBytes)]);
  return {
    result: read,
    text: [
      rows.length === 0 ? 'no records' : table(context.style, columns, rows),
      `${number(read.open)} open${read.topicOnly > 0 ? `; ${number(read.topicOnly)} more lie in the parking topic only` : ''}`,
    ],
  };
}

async function replay(context: Context, [given]: readonly unknown[], { all = false }: { all?: boolean }): Promise<Answer> {
  const { clients, environment, connection, change, confirm, progress } = context;
  const ids = [...new Set(given as readonly string[])];
  if (all === ids.length > 0) throw usage('say which records, or --all');
  const { reason, key } = await change();
  const path = { environment: environment(), connection: connection() };
  const chosen = all ? (await readParked(context, 'open')).records : await Promise.all(ids.map((id) => readOne(context, id)));
  if (all)
    await confirm(
      () => Promise.resolve([`${plural(chosen.length, 'parked record')} of ${path.environment}/${path.connection}`]),
      'Replay them all?',
    );
  const results: ({ readonly id: string } & Replay)[] = [];
  for (const { id, revision } of chosen) {
    progress.tell(`replayed ${results.length} of ${chosen.length}`);
    const route = '/v1/environments/{environment}/connections/{connection}/parked-records/{id}/replay';
    const done = await take(
      clients.provisioning().POST(route, {
        params: { path: { ...path, id }, header: { 'Idempotency-Key': `${key}:${id}`.slice(0, 128) } },
        body: { revision, reason },
      }),
      true,
    );
    results.push({ id, ...done });
  }
  const stays = results.filter(({ result }) => result === 'unusable' || result === 'still-pending');
  const columns = [{ head: 'RECORD' }, { head: 'RESULT' }, { head: 'REASON', flexible: true as const }];
  const rows = results.map(({ id, result, reason: why }) => [id, result, why ?? '']);
  return {
    result: { results },
    text: rows.length === 0 ? 'nothing is parked' : table(context.style, columns, rows),
    exit: stays.length > 0 ? exits.notWell : exits.done,
  };
}

const readOne = ({ clients, environment, connection }: Context, id: string): Promise<ParkedRecord> =>
  take(
    clients.provisioning().GET('/v1/environments/{environment}/connections/{connection}/parked-records/{id}', {
      params: { path: { environment: environment(), connection: connection(), id } },
    }),
  );
