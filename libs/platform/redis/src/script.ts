import { createHash } from 'node:crypto';

/** The two commands that a script needs; a single client and a cluster both have them. */
export type ScriptClient = {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(lua: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
};

export type RedisScript = {
  readonly name: string;
  /** Runs the script atomically and gives its raw RESP 2 reply: arrays, strings, integers and null. */
  readonly run: (client: ScriptClient, keys: readonly string[], args?: readonly (string | number)[]) => Promise<unknown>;
};

/**
 * A Lua script that is sent by its digest, and in full when the server does not know it (first use, restart, failover).
 * A server that doesn't know it has run nothing, so the second attempt can't be a repetition.
 */
export function defineScript({ name, lua }: { readonly name: string; readonly lua: string }): RedisScript {
  const sha = createHash('sha1').update(lua).digest('hex'); // Redis names scripts by SHA-1
  return {
    name,
    run: async (client, keys, args = []) => {
      const options = { keys: [...keys], arguments: args.map(String) };
      try {
        return await client.evalSha(sha, options);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return client.eval(lua, options);
      }
    },
  };
}
