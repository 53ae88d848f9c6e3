import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { kafkaSink } from './kafka-sink.ts';
import { verdictTopic } from './verdict-events.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const batch = [{ key: 'acme', value: Buffer.from('[]') }];

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('while Kafka is away from the start, a batch and its topic are given up in time, and again, and the end waits for neither', async () => {
  const sink = kafkaSink({ brokers: [`127.0.0.1:${await closedPort()}`] }, true, logger);
  const start = performance.now();
  const since = () => performance.now() - start;
  await expect(sink.send(verdictTopic, batch)).rejects.toThrow(`these topics are not ready: ${verdictTopic}`);
  expect(since()).toBeGreaterThan(4_900);
  expect(since()).toBeLessThan(7_000);
  const second = sink.send(verdictTopic, batch);
  const stopped = performance.now();
  await Promise.all([sink.stop(), expect(second).rejects.toThrow('not ready')]);
  await expect(sink.send(verdictTopic, batch)).rejects.toThrow('not ready');
  expect(performance.now() - stopped).toBeLessThan(1_000);
}, 20_000);
