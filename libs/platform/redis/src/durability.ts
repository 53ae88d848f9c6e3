/** The one command that the check needs. */
export type ConfigClient = { configGet(parameters: string): Promise<unknown> };

const wanted = [
  { setting: 'appendonly', value: 'yes', why: 'a restart would lose every token ring' },
  { setting: 'appendfsync', value: 'always', why: 'a power cut may lose a revocation that was already confirmed' },
  { setting: 'maxmemory-policy', value: 'noeviction', why: 'a full server would throw token rings away' },
] as const;

/**
 * What is wrong with the server that keeps the token rings, in words for the operator; empty when all is well.
 * Managed services often refuse `CONFIG`: that is said, and the operator has to make sure in another way.
 */
export async function checkRingDurability(client: ConfigClient): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const { setting, value, why } of wanted) {
    let found: string | undefined;
    try {
      found = ((await client.configGet(setting)) as Record<string, string>)[setting];
    } catch {
      return [...faults, `not checked: the server refuses "CONFIG GET ${setting}"; make sure that it is "${value}", or ${why}`];
    }
    if (found !== value) faults.push(`${setting} is "${found ?? 'unknown'}" and should be "${value}": ${why}`);
  }
  return faults;
}
