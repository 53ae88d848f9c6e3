import {
  filePath,
  flag,
  hostPortList,
  type Prefixed,
  prefixed,
  readSettings,
  type SettingsReader,
  url,
} from '@tallystick/platform-config';
import { z } from 'zod';
import type { RedisAddress } from './redis-options.ts';

const name = (what: string) =>
  z.string({ error: `expected ${what}` }).regex(/^[^\s\p{Cc}]{1,200}$/u, { error: `expected ${what}` });

const variables = {
  REDIS_URL: url('redis', 'rediss')
    .optional()
    .describe('One Redis, `redis://` or `rediss://`: user, password and database may be in it. Or sentinels'),
  REDIS_SENTINELS: hostPortList
    .optional()
    .describe('All sentinels, `host:port`, separated by commas: a majority of this list names the primary. Instead of the URL'),
  REDIS_SENTINEL_PRIMARY: name('the name of a primary')
    .optional()
    .describe('What the sentinels call the primary, e.g. `mymaster`'),
  REDIS_SENTINEL_USERNAME: name('a user name').optional().describe('User name at the sentinels; with their password file'),
  REDIS_SENTINEL_PASSWORD_FILE: filePath
    .optional()
    .describe('File with the password of the sentinels, one line; never that of the data. Read once at the start'),
  REDIS_USERNAME: name('a user name').optional().describe('User name at the Redis; with its password file'),
  REDIS_PASSWORD_FILE: filePath.optional().describe('File with the password of the Redis, one line. Read once at the start'),
  REDIS_TLS: flag
    .optional()
    .describe(
      'With sentinels: whether they and the Redis are talked to by TLS, both or neither. Default: true where a TLS file is set; must be said where a password is sent. A URL says it itself',
    ),
  REDIS_TLS_SERVER_NAME: name('a host name')
    .optional()
    .describe(
      "The name in the certificates of the Redis' nodes, where the sentinels announce addresses. Default: the host that is connected to",
    ),
  REDIS_CA_FILE: filePath
    .optional()
    .describe("PEM certificates that the servers' must be signed by. Default: the public ones. Read once at the start"),
  REDIS_CERT_FILE: filePath.optional().describe('PEM client certificate, with its chain. Read once at the start'),
  REDIS_KEY_FILE: filePath.optional().describe('PEM key of the client certificate, not encrypted. Read once at the start'),
};

type Variable = keyof typeof variables;

/** How a process reaches a Redis: entries of its configuration schema. What belongs together is checked by {@link redisAddressOf}. */
export const redisVariables = <const P extends string>(prefix: P): Prefixed<P, typeof variables> => prefixed(prefix, variables);

type Parsed = { readonly [K in Variable]?: z.infer<(typeof variables)[K]> | undefined };

/**
 * What {@link redisVariables} say, their files read.
 * @throws SettingsError that names the variables at fault, and never a content; also when no Redis is set.
 */
export const redisAddressOf = <P extends string>(prefix: P, config: Prefixed<P, Parsed>): RedisAddress =>
  readSettings((settings) => {
    const address = read(prefix, config, settings);
    if (!address && settings.faults.length === 0)
      settings.fault(`${prefix}_REDIS_URL`, `is missing: say where the Redis is, or by ${prefix}_REDIS_SENTINELS who knows`);
    return address as RedisAddress;
  });

/** The same for a Redis that need not be there: undefined where nothing of it is set. */
export const optionalRedisAddressOf = <P extends string>(prefix: P, config: Prefixed<P, Parsed>): RedisAddress | undefined =>
  readSettings((settings) => read(prefix, config, settings));

function read(prefix: string, config: Readonly<Record<string, unknown>>, settings: SettingsReader): RedisAddress | undefined {
  const given = Object.fromEntries(Object.keys(variables).map((key) => [key, config[`${prefix}_${key}`]])) as Parsed;
  const of = (key: Variable) => ({ variable: `${prefix}_${key}`, path: given[key] as string | undefined });
  const isSet = ({ path }: { readonly path: unknown }): boolean => path !== undefined;
  const refuse = (keys: readonly Variable[], why: string): void => {
    for (const { variable } of keys.map(of).filter(isSet)) settings.fault(variable, why);
  };
  const files = [of('REDIS_CA_FILE'), of('REDIS_CERT_FILE'), of('REDIS_KEY_FILE')] as const;
  const [ca, cert, key] = files;
  const { REDIS_URL: at, REDIS_SENTINELS: sentinels, REDIS_SENTINEL_PRIMARY: primary } = given;
  if (at === undefined && sentinels === undefined) {
    refuse(
      (Object.keys(variables) as Variable[]).filter((name) => name !== 'REDIS_URL' && name !== 'REDIS_SENTINELS'),
      `is set, but neither ${prefix}_REDIS_URL nor ${prefix}_REDIS_SENTINELS`,
    );
    return undefined;
  }
  if (at !== undefined && sentinels !== undefined)
    settings.fault(
      `${prefix}_REDIS_SENTINELS`,
      `is set, and so is ${prefix}_REDIS_URL: only one of them can say where the Redis is`,
    );
  const tlsFiles = settings.tls({ ca, cert, key });
  const { REDIS_TLS_SERVER_NAME: serverName, REDIS_USERNAME: username } = given;
  const password = settings.secret(of('REDIS_PASSWORD_FILE'));
  if (username !== undefined && !isSet(of('REDIS_PASSWORD_FILE')))
    settings.fault(`${prefix}_REDIS_PASSWORD_FILE`, `is missing, because ${prefix}_REDIS_USERNAME is set`);
  const login = { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
  const tls = { ...tlsFiles, ...(serverName === undefined ? {} : { serverName }) };
  const wantsTls: readonly Variable[] = ['REDIS_CA_FILE', 'REDIS_CERT_FILE', 'REDIS_KEY_FILE', 'REDIS_TLS_SERVER_NAME'];

  if (at !== undefined) {
    const parsed = new URL(at);
    refuse(
      ['REDIS_SENTINEL_PRIMARY', 'REDIS_SENTINEL_USERNAME', 'REDIS_SENTINEL_PASSWORD_FILE'],
      `is for sentinels, and ${prefix}_REDIS_URL is set`,
    );
    refuse(['REDIS_TLS'], `is for sentinels: ${prefix}_REDIS_URL says it by rediss://`);
    if (parsed.username !== '' || parsed.password !== '')
      refuse(['REDIS_USERNAME', 'REDIS_PASSWORD_FILE'], `is set, but ${prefix}_REDIS_URL has credentials already`);
    if (parsed.protocol === 'redis:') refuse(wantsTls, `is set, but ${prefix}_REDIS_URL does not begin with rediss://`);
    return { url: at, ...login, ...(parsed.protocol === 'rediss:' ? { tls } : {}) };
  }

  if (primary === undefined)
    settings.fault(`${prefix}_REDIS_SENTINEL_PRIMARY`, `is missing, because ${prefix}_REDIS_SENTINELS is set`);
  if (new Set(sentinels).size !== sentinels?.length)
    settings.fault(`${prefix}_REDIS_SENTINELS`, 'names one sentinel twice: it would count as two');
  const sentinelPassword = settings.secret(of('REDIS_SENTINEL_PASSWORD_FILE'));
  const { REDIS_SENTINEL_USERNAME: sentinelUser } = given;
  if (sentinelUser !== undefined && !isSet(of('REDIS_SENTINEL_PASSWORD_FILE')))
    settings.fault(`${prefix}_REDIS_SENTINEL_PASSWORD_FILE`, `is missing, because ${prefix}_REDIS_SENTINEL_USERNAME is set`);
  const { REDIS_TLS: byTls = wantsTls.map(of).some(isSet) || undefined } = given;
  if (byTls === false) refuse(wantsTls, `is set, but ${prefix}_REDIS_TLS is false`);
  if (byTls === undefined && (['REDIS_PASSWORD_FILE', 'REDIS_SENTINEL_PASSWORD_FILE'] as const).map(of).some(isSet))
    settings.fault(
      `${prefix}_REDIS_TLS`,
      'is missing: a password is sent, so say true, or false where nobody can listen on the way',
    );
  return {
    sentinels: sentinels ?? [],
    primary: primary ?? '',
    ...login,
    ...(sentinelPassword === undefined
      ? {}
      : { sentinelLogin: { ...(sentinelUser === undefined ? {} : { username: sentinelUser }), password: sentinelPassword } }),
    ...(byTls ? { tls } : {}),
  };
}
