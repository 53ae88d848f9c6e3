import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, testCertificates } from '@tallystick/platform-testing';

const { authority, server } = testCertificates;

export const userName = 'tally';
export const password = 'of-the-broker';

/**
 * A real broker of a test's own, which lets nobody in by a plain connection from outside: `login` wants a password by TLS, `certificate` a client
 * certificate. The program is the test runner's (`KAFKA_JAVA`, `KAFKA_JARS`).
 */
export async function startOwnBroker() {
  const [java, jars] = [process.env['KAFKA_JAVA'], process.env['KAFKA_JARS']];
  if (!java || !jars) throw new Error('KAFKA_JAVA and KAFKA_JARS are not set: run "npm test -- int <path>"');
  const folder = mkdtempSync(join(tmpdir(), 'own-broker-'));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const [login, certificate, inside, controller] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const jaas = 'org.apache.kafka.common.security';
  const listeners = `LOGIN://127.0.0.1:${login},CERTIFICATE://127.0.0.1:${certificate},INSIDE://127.0.0.1:${inside}`;
  const config = write(
    'server.properties',
    `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=${listeners},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=${listeners}
listener.security.protocol.map=LOGIN:SASL_SSL,CERTIFICATE:SSL,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=INSIDE
controller.listener.names=CONTROLLER
log.dirs=${join(folder, 'data')}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
ssl.keystore.type=PEM
ssl.keystore.location=${write('server.pem', `${server.key}\n${server.certificate}\n`)}
ssl.truststore.type=PEM
ssl.truststore.location=${write('authority.pem', authority)}
listener.name.certificate.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.login.plain.sasl.jaas.config=${jaas}.plain.PlainLoginModule required user_${userName}="${password}";
listener.name.login.scram-sha-256.sasl.jaas.config=${jaas}.scram.ScramLoginModule required;
listener.name.login.scram-sha-512.sasl.jaas.config=${jaas}.scram.ScramLoginModule required;
`,
  );
  const quick = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', `${jars}/*`];
  const scram = ['256', '512'].flatMap((bits) => ['--add-scram', `SCRAM-SHA-${bits}=[name=${userName},password=${password}]`]);
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'dGFsbHlzdGljay1zdGFjaw', '-c', config, ...scram];
  await promisify(execFile)(java, [...quick, ...format]);
  const broker = spawn(java, [...quick, 'kafka.Kafka', config], { stdio: 'ignore' });
  const ended = once(broker, 'exit');
  return {
    login: `127.0.0.1:${login}`,
    certificate: `127.0.0.1:${certificate}`,
    close: async () => {
      broker.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
