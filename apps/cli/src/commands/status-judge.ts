import type { components as Provisioning } from '../generated/provisioning-service.ts';
import type { components as Tokens } from '../generated/token-service.ts';
import { lasting, moment, number, plural } from '../output/words.ts';
import type { Finding } from './status.ts';
import { countsText } from './preview.ts';

type TokenSchemas = Tokens['schemas'];
type DeviceSchemas = Provisioning['schemas'];

/** A change that waits longer for its wake-up than this, in milliseconds, is not just on its way. */
const slowWakeMs = 120_000;

const of =
  (part: Finding['part']) =>
  (what: string, health: Finding['health'], text: string): Finding => ({ part, what, health, text });
const token = of('tokens');
const device = of('devices');

export function judgeRequirement(requirement: TokenSchemas['Requirement']): readonly Finding[] {
  const { mode, inForce, effectiveAt, liveTokens, isDefined } = requirement;
  if (!isDefined) return [token('requirement', 'ok', 'none was ever set: every device is let in')];
  const text = `${mode}${mode === 'enforce' && !inForce ? ` from ${moment(effectiveAt)}` : ''}, ${plural(liveTokens, 'live token')}`;
  if (mode === 'enforce' && liveTokens === 0) return [token('requirement', 'broken', `${text}: no device can be let in`)];
  return [token('requirement', 'ok', text)];
}

export function judgeValidators(
  { trusted, items }: TokenSchemas['ValidatorList'],
  mode: TokenSchemas['Requirement']['mode'],
): readonly Finding[] {
  const loading = items.filter(({ state }) => state === 'loading');
  const lacking = items.filter(({ missingPeppers }) => missingPeppers !== null && missingPeppers.length > 0);
  const following = items.length - loading.length;
  const leases = items.length > 0 ? `, leases of ${lasting(Math.max(...items.map(({ leaseMs }) => leaseMs)))} at most` : '';
  const text = `${number(following)} of ${plural(items.length, 'validator')} follow${leases}`;
  if (items.length === 0) return [token('validators', mode === 'off' ? 'look' : 'broken', 'there are none')];
  return [
    following === 0 ? token('validators', 'broken', text) : token('validators', loading.length > 0 ? 'look' : 'ok', text),
    ...(trusted
      ? []
      : [token('validators', 'look', 'the list can not be relied on: revocations wait for the end of every lease')]),
    ...(lacking.length > 0
      ? [token('validators', 'broken', `${plural(lacking.length, 'validator')} without a needed pepper`)]
      : []),
  ];
}

export const judgeShards = ({ items }: TokenSchemas['ShutShards']): readonly Finding[] =>
  items.length === 0
    ? [token('shards', 'ok', 'all are open')]
    : items.map(({ shard, text }) => token('shards', 'broken', `shard ${shard} is shut: ${text}`));

export function judgeRotations({ items }: TokenSchemas['RotationList']): readonly Finding[] {
  if (items.length === 0) return [token('rotations', 'ok', 'none is under way')];
  return items.map(({ segmentName, stage, startedAt }) =>
    token(
      'rotations',
      stage === 'held' || stage === 'paused' ? 'look' : 'ok',
      `${segmentName}: ${stage}, since ${moment(startedAt)}`,
    ),
  );
}

export function judgeConnections({ connections, unreadable }: DeviceSchemas['ConnectionList']): readonly Finding[] {
  if (connections.length === 0 && unreadable.length === 0) return [device('connections', 'ok', 'there are none')];
  return unreadable.map(({ connection, because }) => device(connection, 'broken', `its document can not be read: ${because}`));
}

/** Everything of one connection, a line for each thing. */
export function judgeConnection(
  connection: string,
  {
    source,
    holds,
    passes,
  }: {
    readonly source: DeviceSchemas['Source'];
    readonly holds: readonly DeviceSchemas['Hold'][];
    readonly passes: readonly DeviceSchemas['Pass'][];
  },
): readonly Finding[] {
  const { stopped, gap, lag, oldestPendingMs, parked } = source;
  const behind = lag?.reduce((sum, { records }) => sum + BigInt(records), 0n);
  const wrong = [
    ...(stopped ? [device(connection, 'broken', `source stopped (${stopped.because}): tallystick source rebuild`)] : []),
    ...(gap ? [device(connection, 'look', `records ${gap.from} to ${gap.to} were lost: take a new snapshot`)] : []),
    ...(behind === undefined ? [device(connection, 'unknown', 'Kafka does not say how far behind it is')] : []),
    ...(oldestPendingMs !== undefined && oldestPendingMs > slowWakeMs
      ? [device(connection, 'look', `a change waits for ${lasting(oldestPendingMs)}`)]
      : []),
    ...(parked > 0 ? [device(connection, 'look', `${plural(parked, 'record')} parked: tallystick parked list`)] : []),
    ...holds
      .filter(({ state }) => state === 'open')
      .map((hold) =>
        device(
          connection,
          'look',
          `hold ${hold.id}: ${plural(hold.users, 'user')}, ${countsText(hold.counts)}; until ${moment(hold.expiresAt)}`,
        ),
      ),
    ...lastPass(connection, passes),
  ];
  if (stopped || behind === undefined) return wrong;
  const text = behind > 0n ? `source ${plural(Number(behind), 'record')} behind` : 'source read to its end';
  return [device(connection, 'ok', text), ...wrong];
}

/** The newest pass that is over, and the one under way; previews change nothing, and are not told here. */
function lastPass(connection: string, passes: readonly DeviceSchemas['Pass'][]): readonly Finding[] {
  const real = passes.filter(({ kind }) => kind === 'pass');
  const running = real.find(({ endedAt }) => endedAt === undefined);
  const ended = real.find(({ endedAt }) => endedAt !== undefined);
  return [
    ...(running
      ? [
          device(
            connection,
            running.stage === 'held' || running.stage === 'paused' ? 'look' : 'ok',
            `pass ${running.stage}: ${number(running.progress.looked)} of ${plural(running.progress.users, 'user')}`,
          ),
        ]
      : []),
    ...(ended
      ? [device(connection, ended.stage === 'failed' ? 'look' : 'ok', `last pass ${ended.stage} ${moment(ended.endedAt)}`)]
      : []),
    ...(real.length === 0 ? [device(connection, 'ok', 'no pass in the last 14 days')] : []),
  ];
}
