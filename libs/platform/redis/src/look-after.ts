import { type Redis, RedisTimeout } from './redis-client.ts';
import { isReplica } from './what-server.ts';

export const lookEveryMs = 1_000;

/** What a look has to know of the connection, and how it ends it. */
export interface LookedAfter {
  /** One that is subscribed may be asked for nothing but a sign of life. */
  readonly isSubscribed: () => boolean;
  /** It has said so itself. */
  readonly isWrongServer: () => boolean;
  readonly lose: (cause: Error) => void;
}

/**
 * Asks for a sign of life every second. A link on which packets vanish gives no error, and node-redis's own timer is put off by everything that is
 * written to it, so such a link would stay "ready" until the kernel gives up after a quarter of an hour. And a primary that was demoted goes on
 * answering reads. Gives what ends the looks.
 */
export function lookAfter(client: Redis, { isSubscribed, isWrongServer, lose }: LookedAfter): () => void {
  let asking = false;
  const look = async (): Promise<void> => {
    if (isSubscribed()) await client.ping();
    else if (await isReplica(client)) lose(new Error('the server has become a replica'));
  };
  const timer = setInterval(() => {
    if (isWrongServer()) return lose(new Error('the server says that it is not the primary'));
    if (asking || !client.isReady) return;
    asking = true;
    look()
      .catch((error: unknown) => {
        if (error instanceof RedisTimeout && client.isReady) lose(error);
      })
      .finally(() => (asking = false));
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
