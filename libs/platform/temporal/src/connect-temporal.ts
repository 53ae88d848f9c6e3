import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { Logger } from '@tallystick/platform-observability';

export type TemporalAddress = {
  /** `host:port` */
  readonly address: string;
  readonly namespace: string;
  readonly tls?: Exclude<ConnectionOptions['tls'], null | undefined>;
  readonly apiKey?: string;
};

export type TemporalClientOptions = TemporalAddress & {
  readonly logger: Logger;
  /** Must be the worker's too: it carries the codec that encrypts payloads. */
  readonly dataConverter?: DataConverter;
};

export type TemporalClient = {
  readonly client: Client;
  /**
   * Runs calls of `client` that must all end within `ms`: without it a call retries for about twenty seconds while the server is
   * away. @throws ServiceError when the time is over; a start or signal may have been done.
   */
  readonly withDeadline: <T>(ms: number, calls: () => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

/** A client that connects at its first call, so that a service starts while Temporal is down. */
export function connectTemporal({
  address,
  namespace,
  logger,
  dataConverter,
  tls,
  apiKey,
}: TemporalClientOptions): TemporalClient {
  const connection = Connection.lazy({
    address,
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  const client = new Client({ connection, namespace, ...(dataConverter ? { dataConverter } : {}) });
  logger.info({ address, namespace }, 'Temporal is connected at the first call');
  return {
    client,
    withDeadline: (ms, calls) => connection.withDeadline(Date.now() + ms, calls),
    close: () => connection.close(),
  };
}
