/** Name → type, what is left of its life in ms (-1: no end), and what Redis dumps of it, in base64. */
export type RedisDump = Readonly<Record<string, { readonly type: string; readonly endsInMs: number; readonly dump: string }>>;

/** Of a client, what a dump needs. */
export interface DumpedRedis {
  keys(pattern: string): Promise<string[]>;
  eval(lua: string, options: { keys: string[]; arguments?: string[] }): Promise<unknown>;
}

// A connection gives text, and a dump is none: the server itself makes hexadecimal digits of it, and takes them back.
const dumpLua = `
local dump = string.gsub(redis.call('DUMP', KEYS[1]), '.', function(c) return string.format('%02x', string.byte(c)) end)
return { redis.call('TYPE', KEYS[1]).ok, tostring(redis.call('PTTL', KEYS[1])), dump }`;
const restoreLua = `
local dump = string.gsub(ARGV[2], '..', function(h) return string.char(tonumber(h, 16)) end)
return redis.call('RESTORE', KEYS[1], ARGV[1], dump)`;

/** Everything that lies in a Redis of a test's own, by name. */
export async function dumpRedis(client: DumpedRedis): Promise<RedisDump> {
  const dump: Record<string, RedisDump[string]> = {};
  for (const key of (await client.keys('*')).sort()) {
    const [type, endsInMs, digits] = (await client.eval(dumpLua, { keys: [key] })) as [string, string, string];
    dump[key] = { type, endsInMs: Number(endsInMs), dump: Buffer.from(digits, 'hex').toString('base64') };
  }
  return dump;
}

/** Puts it into an empty one; each key has as long to live from now on as it had when it was dumped. */
export async function restoreRedis(client: DumpedRedis, dump: RedisDump): Promise<void> {
  for (const [key, { endsInMs, dump: text }] of Object.entries(dump))
    await client.eval(restoreLua, {
      keys: [key],
      arguments: [String(Math.max(0, endsInMs)), Buffer.from(text, 'base64').toString('hex')],
    });
}
