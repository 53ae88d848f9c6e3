import { ErrorReply } from 'redis';
import { infoField } from './what-server.ts';

/** The one command that the check needs. */
export type ConfigClient = { configGet(parameters: string): Promise<unknown> };

const wanted = [
  { setting: 'appendonly', value: 'yes', why: 'a restart would lose everything' },
  { setting: 'appendfsync', value: 'always', why: 'a power cut may lose what was already confirmed, a revocation for one' },
  {
    setting: 'no-appendfsync-on-rewrite',
    value: 'no',
    why: 'while the log is rewritten a power cut may lose what was already confirmed',
  },
  {
    setting: 'aof-load-truncated',
    value: 'no',
    why: 'a log that has lost its end is loaded without a word, and what was already confirmed is gone',
  },
  { setting: 'maxmemory-policy', value: 'noeviction', why: 'a full server would throw data away, token rings for one' },
] as const;

/**
 * What is wrong with a server whose data must outlive it (token rings, source records), in words for the operator; empty when all is well.
 * Managed services often refuse `CONFIG`: that is said, and the operator has to make sure in another way.
 * @throws what the connection throws when the server does not answer.
 */
export async function checkDurability(client: ConfigClient): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const { setting, value, why } of wanted) {
    let found: string | undefined;
    try {
      found = ((await client.configGet(setting)) as Record<string, string>)[setting];
    } catch (error) {
      if (!(error instanceof ErrorReply)) throw error; // no answer is no refusal: it can be asked again
      return [...faults, `not checked: the server refuses "CONFIG GET ${setting}"; make sure that it is "${value}", or ${why}`];
    }
    if (found !== value) faults.push(`${setting} is "${found ?? 'unknown'}" and should be "${value}": ${why}`);
  }
  return faults;
}

/** What the settings do not tell: a disk that was full when it was asked last. `persistence`: what `INFO` says of it. */
export const diskFaults = (persistence: string): readonly string[] =>
  ['aof_last_write_status', 'aof_last_bgrewrite_status'].flatMap((field) =>
    infoField(persistence, field) === 'err' ? [`${field} is "err": look at its disk and its log`] : [],
  );
