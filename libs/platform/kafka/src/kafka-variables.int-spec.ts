import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { eventually, testCertificates, uniqueName } from '@tallystick/platform-testing';
import { z } from 'zod';
import {
  createKafka,
  createProducer,
  ensureTopics,
  kafkaAddressOf,
  kafkaVariables,
  missingTopics,
  runConsumer,
} from './index.ts';
import { password, startOwnBroker, userName } from './own-broker.fixture.ts';

const logger = createLogger({ service: 'kafka-int', level: 'silent' });
const folder = mkdtempSync(join(tmpdir(), 'kafka-int-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const ca = file('ca.pem', testCertificates.authority);
const secret = file('password', `${password}\n`);
const wrong = file('wrong', 'another one');
const cert = file('cert.pem', testCertificates.client.certificate);
const key = file('key.pem', testCertificates.client.key);

let broker: Awaited<ReturnType<typeof startOwnBroker>>;
/** From variables, as a process does it. */
const kafkaOf = (brokers: string, env: Readonly<Record<string, string>>) => {
  const variables = Object.fromEntries(
    Object.entries({ BROKERS: brokers, ...env }).map(([name, value]) => [`X_KAFKA_${name}`, value]),
  );
  return createKafka({ ...kafkaAddressOf('X', z.object(kafkaVariables('X')).parse(variables)), clientId: 'int', logger });
};
const login = (mechanism: string, passwordFile = secret) => ({
  SASL_MECHANISM: mechanism,
  SASL_USERNAME: userName,
  SASL_PASSWORD_FILE: passwordFile,
});

beforeAll(async () => {
  broker = await startOwnBroker();
  const kafka = kafkaOf(broker.login, { CA_FILE: ca, ...login('plain') });
  await eventually(() => missingTopics(kafka, ['any']), { withinMs: 60_000, what: 'the broker answers', everyMs: 200 });
}, 90_000);
afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true });
});

describe('a broker that wants to know who comes', () => {
  it.each(['plain', 'scram-sha-256', 'scram-sha-512'])(
    'lets in by TLS and %s: what is produced is consumed',
    async (mechanism) => {
      const kafka = kafkaOf(broker.login, { CA_FILE: ca, ...login(mechanism) });
      const topic = uniqueName('sasl');
      await ensureTopics(kafka, [{ topic, numPartitions: 1 }]);
      const producer = createProducer(kafka);
      await producer.send(topic, [{ key: 'k', value: 'v' }]);
      const seen: string[] = [];
      const handle = (record: { readonly value: Buffer | null }) => Promise.resolve(void seen.push(String(record.value)));
      const consumer = runConsumer({ kafka, groupId: topic, topics: [topic], fromBeginning: true, logger, handle });
      await eventually(() => seen.length > 0, { withinMs: 15_000, what: 'the record' });
      expect(seen).toEqual(['v']);
      await consumer.stop();
      await producer.close();
    },
  );

  it('lets in by a client certificate', async () => {
    const kafka = kafkaOf(broker.certificate, { CA_FILE: ca, CERT_FILE: cert, KEY_FILE: key });
    expect(await missingTopics(kafka, ['any'])).toEqual(['any']);
  });

  it.each<[string, () => ReturnType<typeof kafkaOf>]>([
    ['a wrong password', () => kafkaOf(broker.login, { CA_FILE: ca, ...login('scram-sha-512', wrong) })],
    ['no password', () => kafkaOf(broker.login, { CA_FILE: ca })],
    ['no client certificate', () => kafkaOf(broker.certificate, { CA_FILE: ca })],
    ['a broker whose authority is not trusted', () => kafkaOf(broker.login, { TLS: 'true', ...login('plain') })],
    ['no TLS', () => kafkaOf(broker.login, { TLS: 'false', ...login('plain') })],
  ])(
    'is not reached with %s',
    async (_, kafka) => {
      await expect(missingTopics(kafka(), ['any'], 5_000)).rejects.toThrow();
    },
    60_000,
  );
});
