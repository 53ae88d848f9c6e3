import type { Instant } from '@tallystick/kernel-core';
import type { Coverage } from '@tallystick/tokens-domain';
import { z } from 'zod';
import type { UemCall } from './uem-call.ts';
import type { WorkspaceOneSettings } from './workspace-one-settings.ts';

type Devices = NonNullable<NonNullable<WorkspaceOneSettings['ios']>['devices']>;

/** Ids of devices: a list, or an object with one list. */
const deviceIds = z.array(z.union([z.int(), z.string()]));

/**
 * How many devices have the app, of those that it is assigned to. Nothing tells which value they hold, so `delivered` is never said; a
 * device without the app does not hold it for sure, and is `pending`.
 */
export async function countDevices(
  call: UemCall,
  devices: Devices,
  now: () => Instant,
  deadline: AbortSignal,
): Promise<Coverage> {
  const [assigned, installed] = await Promise.all([
    idsWith(call, devices, 'assigned', deadline),
    idsWith(call, devices, 'installed', deadline),
  ]);
  if (typeof assigned === 'string') return { kind: 'unknown', why: assigned };
  if (typeof installed === 'string') return { kind: 'unknown', why: installed };
  const pending = [...assigned].filter((id) => !installed.has(id)).length;
  return { kind: 'known', signal: 'proxy', of: pending + installed.size, pending, asOf: now() };
}

async function idsWith(
  call: UemCall,
  { kind, id }: Devices,
  status: 'assigned' | 'installed',
  deadline: AbortSignal,
): Promise<ReadonlySet<string> | string> {
  const what = `reading the devices that the app is ${status} on`;
  const answer = await call({ method: 'GET', path: `/mam/apps/${kind}/${id}/devices?status=${status}`, what }, deadline);
  if (answer.kind !== 'answer') return answer.detail;
  if (answer.status === 204) return new Set();
  const ids = listIn(answer.text);
  return ids ? new Set(ids.map(String)) : `${what}: the answer is no list of device ids`;
}

function listIn(text: string): readonly (string | number)[] | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  const lists = Array.isArray(content) ? [content] : Object.values(content ?? {}).filter((member) => Array.isArray(member));
  return lists.length === 1 ? deviceIds.safeParse(lists[0]).data : undefined;
}
