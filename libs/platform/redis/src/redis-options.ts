import type { Logger } from '@tallystick/platform-observability';
import type { Redis, RedisLogin, RedisTls } from './redis-client.ts';
import type { SentinelPlace } from './sentinel-watch.ts';

export type RedisState = 'ready' | 'lost' | 'closed';

/** Where the data is: at a URL (`redis://` or `rediss://`, with credentials and database if any), or where the sentinels say. Never logged. */
export type RedisAddress = RedisLogin & ({ readonly url: string; readonly tls?: RedisTls } | SentinelPlace);

export type RedisOptions = RedisAddress & {
  /** What the connection is for; seen in `CLIENT LIST` and in logs. */
  readonly name: string;
  readonly logger: Logger;
  readonly onStateChange?: (state: RedisState) => void;
  /** How long the first connection is tried before `connectRedis` rejects. Default 30 000. */
  readonly connectDeadlineMs?: number;
  /** A command without an answer after this long fails, its outcome unknown. Longer than any `BLOCK` on this connection. Default 5 000. */
  readonly commandTimeoutMs?: number;
};

/** What is known of a connection beside its client. */
export interface RedisFacts {
  /**
   * A number of this process for the connection that there is now; undefined while there is none. It never comes again, on no client: what was
   * written on one connection can be waited for (`WAIT`) on that one only.
   */
  readonly connection: number | undefined;
  readonly hasSentinels: boolean;
  /** The most replicas that the sentinels ever knew of. 0 without sentinels. */
  readonly mostReplicas: number;
  /** A client of another data node with the same credentials. The caller destroys it. */
  readonly open: (host: string, port: number) => Promise<Redis>;
  /** Leaves the server and finds out anew which one it is: another connection to the same name has met another server. */
  readonly renew: () => void;
}
