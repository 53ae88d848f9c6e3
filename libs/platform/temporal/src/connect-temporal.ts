import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { isTracing, type Logger } from '@tallystick/platform-observability';
import { dataConverterOf, type PayloadKeys } from './payload-keys.ts';
import { tracedClient } from './trace-calls.ts';

export type TemporalAddress = {
  /** `host:port` */
  readonly address: string;
  readonly namespace: string;
  readonly tls?: Exclude<ConnectionOptions['tls'], null | undefined>;
  readonly apiKey?: string;
};

export type TemporalClientOptions = TemporalAddress & PayloadKeys & { readonly logger: Logger };

export type TemporalClient = {
  readonly client: Client;
  /**
   * Runs calls of `client` that must all end within `ms`: without it a call retries for about twenty seconds while the server is
   * away. @throws ServiceError when the time is over; a start or signal may have been done.
   */
  readonly withDeadline: <T>(ms: number, calls: () => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

/** A client that connects at its first call, so that a service starts while Temporal is down. @throws Error when the keys file has a fault. */
export function connectTemporal({
  address,
  namespace,
  logger,
  payloadKeysFile,
  tls,
  apiKey,
}: TemporalClientOptions): TemporalClient {
  const dataConverter = dataConverterOf({ payloadKeysFile, namespace }, logger);
  const connection = Connection.lazy({
    address,
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  const interceptors = isTracing() ? { interceptors: { workflow: [tracedClient] } } : {};
  const client = new Client({ connection, namespace, dataConverter, ...interceptors });
  logger.info({ address, namespace }, 'Temporal is connected at the first call');
  return {
    client,
    withDeadline: (ms, calls) => connection.withDeadline(Date.now() + ms, calls),
    close: () => connection.close(),
  };
}
