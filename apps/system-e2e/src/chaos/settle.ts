import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultAuditChainTopics, readTrustedKeys, verifyAuditTopic } from '@tallystick/platform-audit';
import { createKafka } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import type { SourcePerson } from '../proof/wanted-account.ts';
import type { SeenUser } from '../system/seen-directory.ts';
import { waitUntil } from '../system/wait-until.ts';
import type { ChaosSystem } from './chaos-system.ts';
import type { Member } from './people.ts';
import { differencesOf } from './verdict-on-people.ts';

const quietMs = 4_000;

/** Sum of a metric over all its labels; 0 when it is not there. */
async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/**
 * Waits until everybody is as they must be and nothing is written any more.
 *
 * @returns what is still wrong when the time is over, by username; none: all is well
 */
export async function settle(
  { system, directory }: ChaosSystem,
  firsts: ReadonlyMap<Member, SeenUser>,
  newest: ReadonlyMap<Member, SourcePerson | null>,
  withinMs: number,
): Promise<{ readonly faults: readonly string[]; readonly tookMs: number }> {
  const bridge = system.url('provisioning-service');
  const startedAt = performance.now();
  let wrong: string[] = [];
  let quietSince = performance.now();
  let writes = -1;
  const isSettled = async (): Promise<boolean> => {
    const users = new Map((await directory.users()).map((user) => [user.username, user]));
    wrong = [...firsts].flatMap(([member, first]) => {
      const found = differencesOf(member, first, users.get(member.username), newest.get(member) ?? null);
      return found.length > 0 ? [`${member.username} (${member.connection}): ${found.join('; ')}`] : [];
    });
    const [lag, pending, now] = await Promise.all([
      metric(bridge, 'tallystick_source_lag_records'),
      metric(bridge, 'tallystick_source_oldest_pending_seconds'),
      directory.counters().then((counters) => counters.writes),
    ]);
    if (lag > 0) wrong.push(`${lag} records are not stored yet`);
    if (pending > 0) wrong.push(`somebody waits for ${pending.toFixed(0)} s for their wake-up`);
    if (now !== writes || wrong.length > 0) quietSince = performance.now();
    writes = now;
    return performance.now() - quietSince >= quietMs;
  };
  await waitUntil('all to be as it must be', () => isSettled().catch(() => false), { withinMs, everyMs: 500 }).catch(
    () => undefined,
  );
  const parked = await metric(bridge, 'tallystick_source_parked_records');
  const faults = parked > 0 ? [...wrong, `${parked} records are parked, and each could be used (I5)`] : wrong;
  return { faults, tookMs: performance.now() - startedAt - (faults.length > 0 ? 0 : quietMs) };
}

/** I7: every chain of the environment is whole, and vouched for to its end. */
export async function auditFaults(kafkaBrokers: string, folder: string, environment: string): Promise<readonly string[]> {
  const kafka = createKafka({ brokers: kafkaBrokers.split(','), clientId: 'chaos-verifier', logger: createLogger({ service: 'chaos', level: 'silent' }) }); // prettier-ignore
  const keys = readTrustedKeys(readFileSync(join(folder, 'audit-signing-key.pem'), 'utf8'));
  let found: readonly string[] = ['no chain of the audit was found'];
  const isWhole = async (): Promise<boolean> => {
    const { chains } = await verifyAuditTopic({ keys, environments: [environment], kafka, topics: defaultAuditChainTopics });
    const ours = chains.filter(({ chain }) => chain.endsWith(`/${environment}`));
    if (ours.length === 0) return false;
    found = ours.flatMap(({ chain, verdict, vouched, upTo, faults }) => {
      if (verdict !== 'whole') return [`I7: the audit chain ${chain} is ${verdict}: ${JSON.stringify(faults).slice(0, 300)}`];
      return vouched?.sequence === upTo.sequence ? [] : [`I7: nobody vouches for the end of the audit chain ${chain}`];
    });
    return found.length === 0;
  };
  await waitUntil('the audit to be whole', isWhole, { withinMs: 60_000, everyMs: 1_000 }).catch(() => undefined);
  return found;
}
