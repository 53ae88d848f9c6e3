import { durationMs, filePath, hostPort, hostPortList, port, url, wholeNumber } from '@tallystick/platform-config';
import { z } from 'zod';

export const workerConfig = z.object({
  WORKER_TEMPORAL_ADDRESS: hostPort,
  WORKER_TEMPORAL_NAMESPACE: z.string().default('default'),
  WORKER_REDIS_URL: url('redis', 'rediss'),
  WORKER_KAFKA_BROKERS: hostPortList,
  WORKER_OUTCOMES_TOPIC: z.string().default('tallystick.outcomes'),
  WORKER_CONNECTIONS_FILE: filePath,
  WORKER_SEAL_KEYS_FILE: filePath,
  WORKER_IDENTITY_KEY_FILE: filePath,
  /** One provider call. Below the activity's heartbeat time-out of 15 s with margin: a successor waits this long for a broken attempt. */
  WORKER_CALL_TIMEOUT: durationMs.refine((ms) => ms >= 100 && ms <= 12_000, { error: 'expected 100ms to 12s' }).default(8_000),
  WORKER_MAX_CONCURRENT_USERS: wholeNumber(1, 10_000).default(100),
  WORKER_HTTP_HOST: z.string().default('127.0.0.1'),
  WORKER_HTTP_PORT: port.default(0),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type WorkerConfig = z.infer<typeof workerConfig>;
