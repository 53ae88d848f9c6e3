import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis } from '@tallystick/platform-redis';
import { connectTemporal } from '@tallystick/platform-temporal';
import type { Machine } from './bench-run.ts';
import type { BenchServers } from './section.ts';

/** This machine. */
export function thisMachine(): Machine {
  const all = cpus();
  return {
    ...{ cpu: all[0]?.model.trim() ?? 'unknown', cores: all.length, memoryGiB: Math.round(totalmem() / 2 ** 30) },
    ...{ kernel: release(), governor: governor(), node: process.versions.node },
  };
}

function governor(): string {
  try {
    return readFileSync('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor', 'utf8').trim();
  } catch {
    return 'not readable';
  }
}

/** What the servers say that they are. Kafka does not say it. */
export async function serverVersions({ redis, temporal }: BenchServers): Promise<Readonly<Record<string, string>>> {
  const logger = createLogger({ service: 'bench', level: 'silent' });
  const client = await connectRedis({ url: redis, name: 'bench', logger });
  const Redis = /^redis_version:(\S+)/m.exec(await client.info('server'))?.[1] ?? 'unknown';
  await client.close();
  if (temporal === undefined) return { Redis };
  const connection = connectTemporal({ address: temporal, namespace: 'default', logger });
  const { serverVersion } = await connection.client.connection.workflowService.getSystemInfo({});
  await connection.close();
  return { Redis, 'Temporal server': serverVersion || 'unknown' };
}
