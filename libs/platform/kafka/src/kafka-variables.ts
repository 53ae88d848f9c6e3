import { filePath, flag, hostPortList, type Prefixed, prefixed, readSettings } from '@tallystick/platform-config';
import { z } from 'zod';
import type { KafkaOptions } from './create-kafka.ts';

const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

const variables = {
  KAFKA_BROKERS: hostPortList.describe('Kafka brokers, `host:port`, separated by commas'),
  KAFKA_TLS: flag
    .optional()
    .describe(
      'Whether brokers are talked to by TLS. Default: true where a `KAFKA_*_FILE` of TLS is set; must be said where a password is sent',
    ),
  KAFKA_CA_FILE: filePath
    .optional()
    .describe("PEM certificates that the brokers' must be signed by. Default: the public ones. Read once at the start"),
  KAFKA_CERT_FILE: filePath.optional().describe('PEM client certificate, with its chain. Read once at the start'),
  KAFKA_KEY_FILE: filePath.optional().describe('PEM key of the client certificate, not encrypted. Read once at the start'),
  KAFKA_SASL_MECHANISM: z
    .enum(mechanisms, { error: 'expected plain, scram-sha-256 or scram-sha-512' })
    .optional()
    .describe('`plain`, `scram-sha-256` or `scram-sha-512`; with user name and password file'),
  KAFKA_SASL_USERNAME: z.string().optional().describe('User name at the brokers'),
  KAFKA_SASL_PASSWORD_FILE: filePath.optional().describe('File with the password, one line. Read once at the start'),
};

/** How a process reaches Kafka: entries of its configuration schema. Whoever can do without Kafka makes `…_KAFKA_BROKERS` optional. */
export const kafkaVariables = <const P extends string>(prefix: P): Prefixed<P, typeof variables> => prefixed(prefix, variables);

type Parsed<Brokers> = {
  readonly KAFKA_BROKERS: Brokers;
  readonly KAFKA_TLS?: boolean | undefined;
  readonly KAFKA_CA_FILE?: string | undefined;
  readonly KAFKA_CERT_FILE?: string | undefined;
  readonly KAFKA_KEY_FILE?: string | undefined;
  readonly KAFKA_SASL_MECHANISM?: (typeof mechanisms)[number] | undefined;
  readonly KAFKA_SASL_USERNAME?: string | undefined;
  readonly KAFKA_SASL_PASSWORD_FILE?: string | undefined;
};

/** Where the brokers are, and how one comes in. */
export type KafkaAddress = Pick<KafkaOptions, 'brokers' | 'ssl' | 'sasl'>;

/**
 * What {@link kafkaVariables} say, their files read. Undefined where no brokers are set.
 * @throws SettingsError that names the variables at fault, and never a content.
 */
export function kafkaAddressOf<P extends string>(prefix: P, config: Prefixed<P, Parsed<readonly string[]>>): KafkaAddress;
export function kafkaAddressOf<P extends string>(
  prefix: P,
  config: Prefixed<P, Partial<Parsed<readonly string[] | undefined>>>,
): KafkaAddress | undefined;
export function kafkaAddressOf(prefix: string, config: Readonly<Record<string, unknown>>): KafkaAddress | undefined {
  const all = Object.fromEntries(Object.keys(variables).map((name) => [name, config[`${prefix}_${name}`]]));
  const given = all as Partial<Parsed<readonly string[]>>;
  const of = (name: keyof typeof given) => ({ variable: `${prefix}_${name}`, path: given[name] as string | undefined });
  return readSettings((settings) => {
    const tlsFiles = [of('KAFKA_CA_FILE'), of('KAFKA_CERT_FILE'), of('KAFKA_KEY_FILE')] as const;
    const login = [of('KAFKA_SASL_MECHANISM'), of('KAFKA_SASL_USERNAME'), of('KAFKA_SASL_PASSWORD_FILE')] as const;
    const isSet = ({ path }: { readonly path: unknown }): boolean => path !== undefined;
    const firstSet = [...tlsFiles, ...login, of('KAFKA_TLS')].find(isSet);
    if (given.KAFKA_BROKERS === undefined) {
      if (firstSet) settings.fault(`${prefix}_KAFKA_BROKERS`, `is missing, because ${firstSet.variable} is set`);
      return undefined;
    }
    const [ca, cert, key] = tlsFiles;
    const files = settings.tls({ ca, cert, key });
    const { KAFKA_TLS: tls = tlsFiles.some(isSet) || undefined } = given;
    const useless = tls === false && tlsFiles.find(isSet);
    if (useless) settings.fault(`${prefix}_KAFKA_TLS`, `is false, but ${useless.variable} is set`);
    settings.together(login);
    if (login.some(isSet) && tls === undefined)
      settings.fault(
        `${prefix}_KAFKA_TLS`,
        'is missing: a password is sent, so say true, or false where nobody can listen on the way',
      );
    const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username } = given;
    const password = settings.secret(of('KAFKA_SASL_PASSWORD_FILE'));
    return {
      brokers: given.KAFKA_BROKERS,
      ...(tls ? { ssl: Object.keys(files).length > 0 ? files : true } : {}),
      ...(mechanism && username !== undefined && password !== undefined ? { sasl: { mechanism, username, password } } : {}),
    };
  });
}
