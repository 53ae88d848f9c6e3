import { type Adoption, countDevices, isLive, type Ring } from '@tallystick/tokens-domain';

/** How many of the recently seen devices presented the newest live token last, from 0 to 1; undefined where nobody knows. */
export function newestShare(ring: Ring, adoption: Adoption): number | undefined {
  const [newest] = ring.tokens.filter(isLive).sort((a, b) => b.createdAt - a.createdAt);
  if (!newest || adoption.kind === 'unknown') return undefined;
  const on = adoption.groups.filter(({ presented }) => presented === newest.id);
  return countDevices(on) / adoption.devices;
}
