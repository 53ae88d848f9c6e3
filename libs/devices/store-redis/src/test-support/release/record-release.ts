import { writeFileSync } from 'node:fs';
import { it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis } from '@tallystick/platform-redis';
import { dumpRedis, OwnRedis } from '@tallystick/platform-testing';
import { readReleaseData, writeReleaseData } from './release-data.ts';

// Run by `tools/record-release.mjs` inside another release, by Jest: so it is that release that writes.
it('what this release writes and reads is recorded', async () => {
  const server = await OwnRedis.start();
  const redis = await connectRedis({
    url: server.url,
    name: 'record',
    logger: createLogger({ service: 'record', level: 'silent' }),
  });
  await writeReleaseData(redis);
  const reads = await readReleaseData(redis);
  writeFileSync(process.env['RECORD_RELEASE']!, `${JSON.stringify({ reads, data: await dumpRedis(redis) }, null, 1)}\n`);
  redis.destroy();
  await server.close();
}, 60_000);
