import type { Command } from 'commander';
import { addLeaf, type Run } from '../command.ts';
import type { Answer, Context } from '../context.ts';
import { exits, Failure } from '../failure.ts';
import { take } from '../http/clients.ts';
import { printable } from '../output/printable.ts';
import type { Style } from '../output/style.ts';
import { wrapped } from '../output/wrapped.ts';
import { type Health, paintHealth } from '../output/words.ts';
import { readHolds } from './hold.ts';
import { judgeHealth, readHealth } from './status-health.ts';
import {
  judgeConnection,
  judgeConnections,
  judgeRequirement,
  judgeRotations,
  judgeShards,
  judgeValidators,
} from './status-judge.ts';

/** One line of the screen. */
export interface Finding {
  readonly part: 'services' | 'tokens' | 'devices';
  readonly what: string;
  readonly health: Health;
  readonly text: string;
}

export function addStatus(program: Command, run: Run): void {
  addLeaf(program, run, {
    name: 'status',
    summary: 'One screen: services, requirement, validators, shards, rotations, and each connection',
    more: 'ok · look: soon somebody should · broken: now · unknown: it did not say, or your roles do not show it. Exit code 7 when anything is broken.',
    handler: status,
  });
}

async function status(context: Context): Promise<Answer> {
  context.progress.tell('the services are asked');
  const [services, tokens, devices] = await Promise.all([
    readHealth(context).then((all) => all.map(judgeHealth)),
    tokenFindings(context),
    deviceFindings(context),
  ]);
  const findings = [...services, ...tokens, ...devices];
  const worst = (['broken', 'look', 'unknown'] as const).find((one) => findings.some(({ health }) => health === one)) ?? 'ok';
  return {
    result: { environment: context.environment(), health: worst, findings },
    text: screen(context.style, context.environment(), findings, worst),
    exit: worst === 'broken' ? exits.notWell : exits.done,
  };
}

const titles = { services: 'SERVICES', tokens: 'TOKENS', devices: 'DEVICES' } as const;

function screen(style: Style, environment: string, findings: readonly Finding[], worst: Health): readonly string[] {
  const width = Math.max(...findings.map(({ what }) => what.length));
  const indent = ' '.repeat(widestHealth + width + 2 * gap.length);
  const line = ({ health, what, text }: Finding): string => {
    const word = paintHealth(style, health, health.padEnd(widestHealth));
    const lines = style.isTerminal ? wrapped(printable(text), style.columns - indent.length) : [printable(text)];
    return `${word}${gap}${printable(what).padEnd(width)}${gap}${lines.join(`\n${indent}`)}`;
  };
  const parts = (['services', 'tokens', 'devices'] as const).flatMap((part) => {
    const lines = findings.filter((one) => one.part === part).map(line);
    return lines.length === 0 ? [] : [[style.colors.dim(titles[part]), ...lines].join('\n')];
  });
  return [`${style.colors.bold(printable(environment))}${gap}${paintHealth(style, worst)}`, ...parts];
}

const gap = '  ';
const widestHealth = 'unknown'.length;

/** What can't be read is one line that says so, and hides none of the others. A usage fault is none of the system's. */
async function orSay(part: Finding['part'], what: string, read: Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof Failure) || error.exit === exits.usage || error.exit === exits.defect) throw error;
    const isHidden = error.exit === exits.notYours;
    return [
      { part, what, health: isHidden ? 'unknown' : 'broken', text: isHidden ? 'your roles do not show it' : error.message },
    ];
  }
}

async function tokenFindings({ clients, environment, settings }: Context): Promise<readonly Finding[]> {
  if (settings.tokensUrl === undefined) return [notAsked('tokens', 'token service', 'tokensUrl')];
  const tokens = clients.tokens();
  const params = { params: { path: { environment: environment() } } };
  const requirement = take(tokens.GET('/v1/environments/{environment}/requirement', params));
  const found = await Promise.all([
    orSay('tokens', 'requirement', requirement.then(judgeRequirement)),
    orSay(
      'tokens',
      'validators',
      Promise.all([take(tokens.GET('/v1/environments/{environment}/validators', params)), requirement]).then(([list, { mode }]) =>
        judgeValidators(list, mode),
      ),
    ),
    orSay('tokens', 'shards', take(tokens.GET('/v1/shards')).then(judgeShards)),
    orSay(
      'tokens',
      'rotations',
      take(
        tokens.GET('/v1/environments/{environment}/rotations', {
          params: { ...params.params, query: { state: 'running' as const, limit: 100 } },
        }),
      ).then(judgeRotations),
    ),
  ]);
  return found.flat();
}

async function deviceFindings(context: Context): Promise<readonly Finding[]> {
  const { clients, environment, settings } = context;
  if (settings.provisioningUrl === undefined) return [notAsked('devices', 'provisioning service', 'provisioningUrl')];
  const base = { environment: environment() };
  const read = async (): Promise<readonly Finding[]> => {
    const list = await take(clients.provisioning().GET('/v1/environments/{environment}/connections', { params: { path: base } }));
    const wanted = list.connections.filter(({ connection }) => (settings.connection ?? connection) === connection);
    const each = wanted.map(({ connection }) => orSay('devices', connection, connectionFindings(context, connection)));
    return [...judgeConnections(list), ...(await Promise.all(each)).flat()];
  };
  return orSay('devices', 'connections', read());
}

async function connectionFindings(context: Context, connection: string): Promise<readonly Finding[]> {
  const { clients, environment } = context;
  const path = { environment: environment(), connection };
  const [source, holds, { passes }] = await Promise.all([
    take(clients.provisioning().GET('/v1/environments/{environment}/connections/{connection}/source', { params: { path } })),
    readHolds(context, connection),
    take(
      clients.provisioning().GET('/v1/environments/{environment}/connections/{connection}/passes', {
        params: { path, query: { limit: 20 } },
      }),
    ),
  ]);
  return judgeConnection(connection, { source, holds, passes });
}

const notAsked = (part: Finding['part'], what: string, setting: string): Finding => ({
  ...{ part, what, health: 'unknown' },
  text: `not asked: its address (${setting}) is not set`,
});
