import { filePath, flag, hostPort, type Prefixed, prefixed, readSettings } from '@tallystick/platform-config';
import { z } from 'zod';
import type { TemporalAddress } from './connect-temporal.ts';

const variables = {
  TEMPORAL_ADDRESS: hostPort.describe('Temporal frontend, `host:port`'),
  TEMPORAL_NAMESPACE: z.string().default('default').describe('Temporal namespace'),
  TEMPORAL_TLS: flag
    .optional()
    .describe('Whether Temporal is talked to by TLS. Default: true where any other variable of TLS or an API key is set'),
  TEMPORAL_CA_FILE: filePath
    .optional()
    .describe("PEM certificates that the server's must be signed by. Default: the public ones. Read once at the start"),
  TEMPORAL_CERT_FILE: filePath.optional().describe('PEM client certificate (mTLS), with its chain. Read once at the start'),
  TEMPORAL_KEY_FILE: filePath.optional().describe('PEM key of the client certificate, not encrypted. Read once at the start'),
  TEMPORAL_API_KEY_FILE: filePath
    .optional()
    .describe('File with an API key, one line, sent as bearer token with every call. Read once at the start'),
  TEMPORAL_SERVER_NAME: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,253}$/, { error: 'expected a host name' })
    .optional()
    .describe("Name that the server's certificate must have. Default: the host of the address"),
};

/** How a process reaches Temporal: entries of its configuration schema. Whoever can do without makes `…_TEMPORAL_ADDRESS` optional. */
export const temporalVariables = <const P extends string>(prefix: P): Prefixed<P, typeof variables> =>
  prefixed(prefix, variables);

type Parsed<Address> = {
  readonly TEMPORAL_ADDRESS: Address;
  readonly TEMPORAL_NAMESPACE: string;
  readonly TEMPORAL_TLS?: boolean | undefined;
  readonly TEMPORAL_CA_FILE?: string | undefined;
  readonly TEMPORAL_CERT_FILE?: string | undefined;
  readonly TEMPORAL_KEY_FILE?: string | undefined;
  readonly TEMPORAL_API_KEY_FILE?: string | undefined;
  readonly TEMPORAL_SERVER_NAME?: string | undefined;
};

/**
 * What {@link temporalVariables} say, their files read. Undefined where no address is set.
 * @throws SettingsError that names the variables at fault, and never a content.
 */
export function temporalAddressOf<P extends string>(prefix: P, config: Prefixed<P, Parsed<string>>): TemporalAddress;
export function temporalAddressOf<P extends string>(
  prefix: P,
  config: Prefixed<P, Partial<Parsed<string | undefined>>>,
): TemporalAddress | undefined;
export function temporalAddressOf(prefix: string, config: Readonly<Record<string, unknown>>): TemporalAddress | undefined {
  const all = Object.fromEntries(Object.keys(variables).map((name) => [name, config[`${prefix}_${name}`]]));
  const given = all as Partial<Parsed<string>>;
  const of = (name: keyof typeof given) => ({ variable: `${prefix}_${name}`, path: given[name] as string | undefined });
  return readSettings((settings) => {
    const [ca, cert, key] = [of('TEMPORAL_CA_FILE'), of('TEMPORAL_CERT_FILE'), of('TEMPORAL_KEY_FILE')] as const;
    const ofTls = [ca, cert, key, of('TEMPORAL_SERVER_NAME')];
    const isSet = ({ path }: { readonly path: unknown }): boolean => path !== undefined;
    const apiKeyFile = of('TEMPORAL_API_KEY_FILE');
    const firstSet = [...ofTls, apiKeyFile, of('TEMPORAL_TLS')].find(isSet);
    if (given.TEMPORAL_ADDRESS === undefined) {
      if (firstSet) settings.fault(`${prefix}_TEMPORAL_ADDRESS`, `is missing, because ${firstSet.variable} is set`);
      return undefined;
    }
    const files = settings.tls({ ca, cert, key });
    const { TEMPORAL_TLS: tls = [...ofTls, apiKeyFile].some(isSet), TEMPORAL_SERVER_NAME: serverName } = given;
    const useless = !tls && ofTls.find(isSet);
    if (useless) settings.fault(`${prefix}_TEMPORAL_TLS`, `is false, but ${useless.variable} is set`);
    const apiKey = settings.secret(apiKeyFile);
    if (apiKey !== undefined && !/^[!-~]+$/.test(apiKey))
      settings.fault(apiKeyFile.variable, 'expected an API key: letters, digits and signs, without blanks');
    return {
      address: given.TEMPORAL_ADDRESS,
      namespace: given.TEMPORAL_NAMESPACE ?? 'default',
      ...(tls ? { tls: tlsOf(files, serverName) } : apiKey === undefined ? {} : { tls: false }), // an API key alone would switch it on
      ...(apiKey === undefined ? {} : { apiKey }),
    };
  });
}

function tlsOf(
  { ca, cert, key }: { readonly ca?: string; readonly cert?: string; readonly key?: string },
  serverName: string | undefined,
): NonNullable<TemporalAddress['tls']> {
  return {
    ...(ca === undefined ? {} : { serverRootCACertificate: Buffer.from(ca) }),
    ...(cert === undefined || key === undefined ? {} : { clientCertPair: { crt: Buffer.from(cert), key: Buffer.from(key) } }),
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
  };
}
