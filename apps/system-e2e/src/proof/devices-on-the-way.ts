import type { SeenCall } from '../system/seen-directory.ts';

const pairs = ['offlinepairing', 'create-device'];
const unpairs = ['unpairdevice', 'delete-device'];

/** Whether the directory did what it was asked, whatever it said. */
export const isDone = ({ status, fault }: SeenCall): boolean =>
  fault?.endsWith('-after') === true || (status !== null && status < 300);

/** From the calls about one person, in both dialects: what was done to their devices, and the fewest they had at any moment. */
export function devicesOnTheWay(calls: readonly SeenCall[], devices: number) {
  let [least, now, paired, unpaired] = [devices, devices, 0, 0];
  for (const { op } of calls.filter(isDone)) {
    if (pairs.includes(op)) [now, paired] = [now + 1, paired + 1];
    if (unpairs.includes(op)) [now, unpaired] = [now - 1, unpaired + 1];
    least = Math.min(least, now);
  }
  return { least, paired, unpaired };
}
