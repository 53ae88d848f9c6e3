import type { EnvironmentId } from '@tallystick/kernel-core';
import { crc32 } from './checksum.ts';
import type { RingShard } from './ring-ports.ts';

const shardCount = 64;

/** All shards, `00`…`63`. Their number is frozen: it is part of every stored key. */
export const ringShards: readonly RingShard[] = Array.from(
  { length: shardCount },
  (_, index) => String(index).padStart(2, '0') as RingShard,
);

/** The shard that keeps an environment's ring. Frozen, like {@link ringShards}. */
export const ringShardOf = (environment: EnvironmentId): RingShard => ringShards[crc32(environment) % shardCount] as RingShard;
