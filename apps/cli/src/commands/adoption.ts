import { type Command, Option } from 'commander';
import { addLeaf, type Run } from '../command.ts';
import type { Answer, Context } from '../context.ts';
import type { components } from '../generated/token-service.ts';
import { take } from '../http/clients.ts';
import { table } from '../output/table.ts';
import { moment, number, plural, share } from '../output/words.ts';
import { readTokens } from './token-list.ts';

type Adoption = components['schemas']['Adoption'];
interface AdoptionFlags {
  readonly windowDays?: string;
  readonly token?: string;
  readonly replaces?: string;
  readonly threshold?: string;
}

export function addAdoption(program: Command, run: Run): void {
  addLeaf(program, run, {
    name: 'adoption',
    summary: 'Which tokens the devices present, and when a new one will have been taken up',
    options: [
      new Option('--window-days <days>', 'devices seen in so many days (default: as in the settings)'),
      new Option('--token <id>', 'a forecast for this token'),
      new Option('--replaces <ids>', 'the tokens that it replaces, with commas'),
      new Option('--threshold <share>', 'taken up by so many, 0 to 1 (default: 0.95)'),
    ],
    handler: adoption,
  });
}

async function adoption(context: Context, _: unknown, flags: AdoptionFlags): Promise<Answer> {
  const { clients, environment } = context;
  const { windowDays, token, replaces, threshold } = flags;
  const query = {
    ...(windowDays === undefined ? {} : { windowDays: Number(windowDays) }),
    ...(token === undefined ? {} : { token }),
    ...(replaces === undefined ? {} : { replaces }),
    ...(threshold === undefined ? {} : { threshold: Number(threshold) }),
  };
  const path = { environment: environment() };
  const [read, tokens] = await Promise.all([
    take(clients.tokens().GET('/v1/environments/{environment}/adoption', { params: { path, query } })),
    readTokens(context, 'all'),
  ]);
  return { result: read, text: textOf(context, read, new Map(tokens.map(({ id, label }) => [id, label]))) };
}

function textOf({ style }: Context, { state, windowDays, figures, forecast }: Adoption, labels: ReadonlyMap<string, string>) {
  const unsure = state.kind === 'unknown' ? [`NOTE  ${state.text}`] : [];
  if (!figures) return [...unsure, 'There are no figures.'];
  const row = (name: string, label: string, one: { devices: number; share: number; lastSeen?: string }) => [
    ...[name, label, number(one.devices), share(one.share), bar(one.share), one.lastSeen ?? '–'],
  ];
  const rows = [
    ...figures.tokens.map((one) => row(one.token, labels.get(one.token) ?? '', one)),
    row('(nothing)', '', figures.nothing),
    row('(unknown value)', '', figures.unknown),
  ];
  const columns = [
    { head: 'PRESENTED' },
    { head: 'LABEL', flexible: true as const },
    { head: 'DEVICES', align: 'right' as const },
    { head: 'SHARE', align: 'right' as const },
    { head: '' },
    { head: 'LAST SEEN' },
  ];
  return [
    ...unsure,
    table(style, columns, rows),
    `${plural(figures.devices, 'device')} in ${plural(windowDays, 'day')}.`,
    ...(forecast ? [forecastText(forecast)] : []),
  ];
}

const bar = (part: number): string => '█'.repeat(Math.round(part * 10)).padEnd(10, '·');

const forecastText = ({ token, devices, onToken, threshold, at }: NonNullable<Adoption['forecast']>): string =>
  `${token}: ${number(onToken)} of ${plural(devices, 'device')}; ${share(threshold)} ${
    at === null ? 'at a time that can not be said yet' : `about ${moment(at)}`
  }.`;
