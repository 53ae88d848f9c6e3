import { randomUUID } from 'node:crypto';
import { defineScript, type Redis } from '@tallystick/platform-redis';

/** Holds a slot for one write; undefined while another one does. What is answered lets it go. */
export type HoldSlot = (slot: string) => Promise<(() => Promise<void>) | undefined>;

/** Longer than the longest write: what is lost with its process is over by then. */
const heldForMs = 60_000;

const letGo = defineScript({
  name: 'let-slot-go',
  lua: `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`,
});

/** One write to a slot at a time, whichever instance makes it: an earlier one that is still on its way must not come after a later one. */
export const slotLock =
  (redis: Redis, prefix: string): HoldSlot =>
  async (slot) => {
    const key = `${prefix}:delivery-slot:${slot}`;
    const mark = randomUUID();
    const isMine = await redis.set(key, mark, { condition: 'NX', expiration: { type: 'PX', value: heldForMs } });
    if (isMine === null) return undefined;
    return async () => {
      await letGo.run(redis, [key], [mark]).catch(() => undefined); // it ends by itself
    };
  };
