import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isName } from '@tallystick/kernel-core';
import { z } from 'zod';
import { usage } from './failure.ts';
import type { Terminal } from './terminal.ts';

const address = z.url({ error: 'expected a URL', protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''));
const id = z.string().refine(isName, { error: 'expected a name of small letters, digits and hyphens' });

/** What the file may say; the same names, in capitals and with TALLYSTICK_ in front, are variables that win over it. */
const settingsSchema = z.strictObject({
  environment: id.optional(),
  connection: id.optional(),
  /** One address that leads to both services by path. */
  url: address.optional(),
  tokensUrl: address.optional(),
  provisioningUrl: address.optional(),
  /** Where `status` finds `/health/ready`, by name; `token-service` and `provisioning-service` replace their API's address. */
  healthUrls: z.record(z.string(), address).optional(),
  issuer: z.string().optional(),
  audience: z.string().optional(),
  scope: z.string().optional(),
  clientId: z.string().optional(),
  clientSecretFile: z.string().optional(),
  accessTokenFile: z.string().optional(),
  allowPlainHttp: z.boolean().optional(),
  timeoutSeconds: z.number().min(1).max(3600).optional(),
});
type FileSettings = z.output<typeof settingsSchema>;

export interface Settings extends Omit<FileSettings, 'url'> {
  readonly audience: string;
  readonly timeoutSeconds: number;
  readonly healthUrls: Readonly<Record<string, string>>;
}

/** The flags that every command has. */
export interface CommonFlags {
  readonly environment?: string;
  readonly connection?: string;
  readonly url?: string;
  readonly tokensUrl?: string;
  readonly provisioningUrl?: string;
  readonly timeout?: string;
}

const variableOf = (name: string): string => `TALLYSTICK_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** Where what a person keeps for this command lies. */
export const configFolder = ({ env, home }: Pick<Terminal, 'env' | 'home'>): string =>
  join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'tallystick');

/** Flags before variables before the file. @throws Failure (usage) that names the flag, variable or member, never its value. */
export function readSettings({ env, home }: Pick<Terminal, 'env' | 'home'>, flags: CommonFlags): Settings {
  const file = env['TALLYSTICK_CONFIG'] || join(configFolder({ env, home }), 'config.json');
  const fromFile = parse(readFile(file, Boolean(env['TALLYSTICK_CONFIG'])), (path) => `${file}: ${path.join('.')}`);
  const fromEnv = parse(variablesOf(env), ([name = '', ...rest]) => [variableOf(String(name)), ...rest].join(': '));
  const { timeout, ...given } = flags;
  const fromFlags = parse(
    {
      ...pick(given, ['environment', 'connection', 'url', 'tokensUrl', 'provisioningUrl']),
      ...(timeout === undefined ? {} : { timeoutSeconds: Number(timeout) }),
    },
    ([name]) =>
      name === 'timeoutSeconds' ? '--timeout' : `--${String(name).replaceAll(/[A-Z]/g, (l) => `-${l.toLowerCase()}`)}`,
  );
  // Each layer's own `url` stands for what it does not say, and loses against what a stronger layer says.
  const merged = { ...withBoth(fromFile), ...withBoth(fromEnv), ...withBoth(fromFlags) };
  const { audience = 'tallystick', timeoutSeconds = 60, healthUrls = {} } = merged;
  return { ...merged, audience, timeoutSeconds, healthUrls };
}

const withBoth = ({ url, ...rest }: FileSettings): Omit<FileSettings, 'url'> =>
  url === undefined ? rest : { tokensUrl: url, provisioningUrl: url, ...rest };

function parse(given: unknown, nameOf: (path: readonly PropertyKey[]) => string): FileSettings {
  const parsed = settingsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : (issue?.path ?? []);
  const isSecret = /secret|password|token$/i.test(String(path.at(-1)));
  if (issue?.code === 'unrecognized_keys')
    throw usage(
      `${nameOf(path)} is no setting`,
      isSecret ? 'A secret does not belong here: name a file that only you can read, as clientSecretFile.' : undefined,
    );
  throw usage(`${nameOf(path)}: ${issue?.message ?? 'is wrong'}`);
}

function variablesOf(env: Terminal['env']): unknown {
  const given = Object.keys(settingsSchema.shape).flatMap((name) => {
    const text = env[variableOf(name)];
    return text === undefined || text === '' ? [] : [[name, valueOf(name, text)] as const];
  });
  return Object.fromEntries(given);
}

function valueOf(name: string, text: string): unknown {
  if (name === 'timeoutSeconds') return Number(text);
  if (name === 'allowPlainHttp') return text === 'true';
  if (name !== 'healthUrls') return text;
  const pairs = text.split(',').map((one) => one.split('='));
  if (pairs.some((pair) => pair.length !== 2)) throw usage('TALLYSTICK_HEALTH_URLS: expected name=https://…,name=https://…');
  return Object.fromEntries(pairs) as unknown;
}

function readFile(file: string, isNamed: boolean): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (!isNamed && (error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw usage(`${file} can not be read`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw usage(`${file} is not JSON`);
  }
}

const pick = <T extends object, K extends keyof T>(from: T, names: readonly K[]): Partial<Pick<T, K>> =>
  Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]])) as Partial<Pick<T, K>>;

const missing = (what: string, flag: string, name: string) =>
  usage(`${what} is missing`, `Say ${flag}, set ${variableOf(name)}, or write "${name}" into the configuration file.`);

export const environmentOf = ({ environment }: Settings): string => {
  if (environment === undefined) throw missing('the environment', '-e', 'environment');
  return environment;
};
export const connectionOf = ({ connection }: Settings): string => {
  if (connection === undefined) throw missing('the connection', '-c', 'connection');
  return connection;
};
export const urlOf = (settings: Settings, which: 'tokensUrl' | 'provisioningUrl'): string => {
  const url = settings[which];
  const [what, flag] = which === 'tokensUrl' ? ['token service', '--tokens-url'] : ['provisioning service', '--provisioning-url'];
  if (url === undefined) throw missing(`the address of the ${what}`, flag, which);
  const { protocol, hostname } = new URL(url);
  const isHere = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  if (protocol === 'http:' && !isHere && !settings.allowPlainHttp)
    throw usage(
      `the address of the ${what} must start with https://: your access token would be read on the way`,
      `Inside a cluster without TLS, allow it by TALLYSTICK_ALLOW_PLAIN_HTTP=true.`,
    );
  return url;
};
