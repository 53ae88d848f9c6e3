// Kafka Connect with Debezium's connector for PostgreSQL: one worker that keeps its connectors in Kafka. For tests of what Debezium sends.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce } from '../install.mjs';
import { fetchWithMaven, hasAllJars, listJars } from '../maven.mjs';
import { logging as loggingSettings, quickJvm } from './kafka-config.mjs';
import { kafkaVersion, logging } from './kafka-jars.mjs';
import { findJavaAndMaven } from './kafka.mjs';

const debeziumVersion = '3.7.0.Final';
const name = `Kafka Connect ${kafkaVersion} with Debezium ${debeziumVersion}`;
const artifacts = [
  `org.apache.kafka:connect-runtime:${kafkaVersion}`,
  `org.apache.kafka:connect-json:${kafkaVersion}`,
  `io.debezium:debezium-connector-postgres:${debeziumVersion}`,
  logging,
];

/** @type {import('./index.mjs').Server['find']} */
async function find({ env, cache }) {
  const folder = join(cache, `connect-${kafkaVersion}-debezium-${debeziumVersion}`);
  const isThere = hasAllJars(folder);
  const { java, mvn, missing } = await findJavaAndMaven({ env, what: name, needsMaven: !isThere });
  if (missing.length > 0) return { missing };
  const tool = { java: /** @type {string} */ (java), jars: join(folder, 'jars') };
  if (isThere) return { tool };
  return {
    async install(step, signal) {
      await installOnce({
        folder,
        isThere: async () => hasAllJars(folder),
        step,
        signal,
        async fill(draft) {
          const maven = /** @type {string} */ (mvn);
          await fetchWithMaven({ mvn: maven, name, artifacts, folder: draft, to: 'jars', env, step, signal });
          listJars(draft);
        },
      });
      return tool;
    },
  };
}

/** @param {import('./index.mjs').Ports} ports @param {string | undefined} kafka */
const properties = (ports, kafka) => `# Written by tools/stack at each start.
bootstrap.servers=${kafka}
group.id=tallystick-connect
listeners=http://127.0.0.1:${ports['port']}
rest.advertised.host.name=127.0.0.1
plugin.discovery=service_load
# A connector says how it writes by settings of its own.
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
# One broker: nothing can be replicated.
config.storage.topic=connect-configs
config.storage.replication.factor=1
offset.storage.topic=connect-offsets
offset.storage.replication.factor=1
offset.storage.partitions=1
status.storage.topic=connect-status
status.storage.replication.factor=1
status.storage.partitions=1
# A killed worker is not waited for longer than a broker allows at least.
session.timeout.ms=6000
heartbeat.interval.ms=1000
scheduled.rebalance.max.delay.ms=0
`;

/** @type {import('./index.mjs').Server['prepare']} */
async function prepare({ folder, ports, tool, others }) {
  const cwd = join(folder, 'connect');
  const config = join(cwd, 'worker.properties');
  mkdirSync(cwd, { recursive: true });
  writeFileSync(config, properties(ports, others?.kafka));
  writeFileSync(join(cwd, 'log4j2.properties'), loggingSettings);
  const program = 'org.apache.kafka.connect.cli.ConnectDistributed';
  const args = [...quickJvm, '-Dlog4j2.configurationFile=log4j2.properties', '-cp', `${tool['jars']}/*`, program, config];
  return { command: /** @type {string} */ (tool['java']), args, cwd, env: process.env, mark: config };
}

/** @param {import('./index.mjs').Ports} ports */
const address = (ports) => `http://127.0.0.1:${ports['port']}`;

/** @type {import('./index.mjs').Server} */
export const connect = {
  name: 'connect',
  usualPorts: { port: 8083 },
  onlyAsProcess: true,
  onlyByName: true,
  needs: ['kafka'],
  startWithinMs: 120_000,
  stopWithinMs: 12_000,
  find,
  prepare,
  async answers(ports) {
    // Not `/`: that answers before the worker has joined its group and read its connectors.
    const answer = await fetch(`${address(ports)}/health`, { signal: AbortSignal.timeout(3_000) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
  },
  addresses: (ports) => ({ connect: address(ports) }),
};
