import type { Logger } from '@tallystick/platform-observability';
import { type SentinelPlace, SentinelWatch } from './sentinel-watch.ts';

/** One watch for all connections of a process that name the same sentinels, so that they move together. */
const watches = new Map<string, SentinelWatch>();

export function watchOf(place: SentinelPlace, logger: Logger): SentinelWatch {
  const { sentinels, primary, sentinelLogin, tls } = place;
  const key = JSON.stringify([[...sentinels].sort(), primary, sentinelLogin?.username, tls?.ca, tls?.cert]);
  const watch = watches.get(key) ?? new SentinelWatch(place, logger);
  watches.set(key, watch);
  return watch;
}
