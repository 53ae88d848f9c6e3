/** The real servers that an integration test talks to. */
export type Endpoints = {
  /** `redis://127.0.0.1:6379` */
  readonly redis: string;
  /** `127.0.0.1:9092`, several separated by commas */
  readonly kafka: readonly string[];
  /** `127.0.0.1:7233` */
  readonly temporal: string;
  /** The issuer, `http://127.0.0.1:9000` */
  readonly oidc: string;
};

const variables = { redis: 'STACK_REDIS', kafka: 'STACK_KAFKA', temporal: 'STACK_TEMPORAL', oidc: 'STACK_OIDC' } as const;

/**
 * Addresses of the servers that the test runner started: each of Jest's workers has its own, where there are several. A server that is not
 * there is a failure, never a skip. Each is checked when it is read, so a test that needs only Redis runs without the others.
 */
export function endpoints(env: Readonly<Record<string, string | undefined>> = process.env): Endpoints {
  const read = (name: keyof typeof variables): string => {
    const address = env[`${variables[name]}_${env['JEST_WORKER_ID']}`] ?? env[variables[name]];
    if (!address)
      throw new Error(
        `${variables[name]} is not set, so there is no ${name} server to test against: run "npm test", or "npm run stack -- up" and then "npm test -- int <path>"`,
      );
    return address;
  };
  return {
    get redis() {
      return read('redis');
    },
    get kafka() {
      return read('kafka').split(',');
    },
    get temporal() {
      return read('temporal');
    },
    get oidc() {
      return read('oidc');
    },
  };
}
