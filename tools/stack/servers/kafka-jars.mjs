// Fetches Kafka with Maven, once, into the cache.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce } from '../install.mjs';
import { fetchWithMaven, hasAllJars, listJars } from '../maven.mjs';
import { archiveClasses } from './kafka-classes.mjs';
import { runProgram } from '../programs.mjs';

export const kafkaVersion = '4.1.1';
export const logging = 'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3';
const clusterId = 'dGFsbHlzdGljay1zdGFjaw'; // any 16 bytes in base64; the same everywhere, as one stack never meets another

// Only what the storage tool needs: the real settings are written at each start.
const formatProperties = `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
controller.listener.names=CONTROLLER
log.dirs=formatted
`;

/** @typedef {{ jars: string, formatted: string, classes: string }} KafkaTool  folders, and a file that may be missing */

/** @param {string} cache */
const home = (cache) => join(cache, `kafka-${kafkaVersion}`);

/** @param {string} folder */
const paths = (folder) => ({
  jars: join(folder, 'jars'),
  formatted: join(folder, 'formatted'),
  classes: join(folder, 'classes.jsa'),
});

/**
 * @param {string} cache
 * @returns {KafkaTool | undefined} the installed Kafka, when all of its jars are there
 */
export function installedJars(cache) {
  const folder = home(cache);
  return hasAllJars(folder) && existsSync(join(folder, 'formatted', 'meta.properties')) ? paths(folder) : undefined;
}

/**
 * @param {{ java: string, mvn: string, cache: string, env: NodeJS.ProcessEnv, step: import('../terminal.mjs').Step, signal: AbortSignal | undefined }} place
 * @returns {Promise<KafkaTool>}
 */
export async function installJars({ java, mvn, cache, env, step, signal }) {
  await installOnce({
    folder: home(cache),
    isThere: async () => installedJars(cache) !== undefined,
    step,
    signal,
    async fill(folder) {
      const artifacts = [`org.apache.kafka:kafka_2.13:${kafkaVersion}`, logging];
      await fetchWithMaven({ mvn, name: `Kafka ${kafkaVersion}`, artifacts, folder, to: 'jars', env, step, signal });
      step.note('formatting the storage of Kafka');
      writeFileSync(join(folder, 'format.properties'), formatProperties);
      const tool = ['-cp', 'jars/*', 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', 'format.properties'];
      await runProgram(java, tool, { cwd: folder, env, signal }); // shows too that these jars run on this Java
      listJars(folder);
    },
  });
  const tool = paths(home(cache));
  step.note('preparing quick starts of Kafka');
  await archiveClasses(java, tool, signal);
  return tool;
}
