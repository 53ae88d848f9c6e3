import { defineScript } from '@tallystick/platform-redis';

/** Ends a claim, unless a later relay has it; its number stays, so that the next one is greater. KEYS: relay. ARGV: fence. */
export const releaseScript = defineScript({
  name: 'ring-outbox-release',
  lua: `
if redis.call('HGET', KEYS[1], 'fence') == ARGV[1] then redis.call('HSET', KEYS[1], 'until', 0) end
return 0
`,
});
