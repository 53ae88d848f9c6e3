// The files and the command line of one Kafka node.
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param {import('./index.mjs').Ports} ports */
const properties = (ports) => `# Written by tools/stack at each start.
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports['controller']}
listeners=PLAINTEXT://127.0.0.1:${ports['port']},CONTROLLER://127.0.0.1:${ports['controller']}
advertised.listeners=PLAINTEXT://127.0.0.1:${ports['port']}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=data
# One node: nothing can be replicated.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
num.partitions=1
auto.create.topics.enable=false
# Quick answers to tests: no wait for more group members, compaction soon, back soon after a kill.
group.initial.rebalance.delay.ms=0
log.cleaner.backoff.ms=500
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
`;

/** Of log4j, for a server that writes to its standard output: warnings, and that the broker has started. */
export const logging = `status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.raft.name = kafka.server.KafkaRaftServer
logger.raft.level = info
`;

// Chosen for a short life on few cores: an interpreter and one quick compiler start in half the time, and answer the first
// thousands of requests sooner. For throughput over minutes set TALLYSTICK_KAFKA_JVM, e.g. to `-Xmx1g`.
export const quickJvm = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** @type {import('./index.mjs').Server['prepare']} */
export async function prepare({ folder, ports, tool }) {
  const cwd = join(folder, 'kafka');
  const config = join(cwd, 'server.properties');
  mkdirSync(cwd, { recursive: true });
  // A formatted storage folder, made once by Kafka's own tool: formatting takes a JVM of its own, a second.
  if (!existsSync(join(cwd, 'data', 'meta.properties'))) {
    cpSync(/** @type {string} */ (tool['formatted']), join(cwd, 'data'), { recursive: true });
  }
  writeFileSync(config, properties(ports));
  writeFileSync(join(cwd, 'log4j2.properties'), logging);
  const chosen = (process.env['TALLYSTICK_KAFKA_JVM'] ?? '').split(/\s+/).filter(Boolean);
  const jvm = [...(chosen.length > 0 ? chosen : quickJvm)];
  const archive = /** @type {string} */ (tool['classes']);
  if (existsSync(archive)) jvm.push(`-XX:SharedArchiveFile=${archive}`);
  const args = [...jvm, '-Dlog4j2.configurationFile=log4j2.properties', '-cp', `${tool['jars']}/*`, 'kafka.Kafka', config];
  return { command: /** @type {string} */ (tool['java']), args, cwd, env: process.env, mark: config };
}
