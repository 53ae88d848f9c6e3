// Fetches Kafka with Maven, once, into the cache.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce } from '../install.mjs';
import { archiveClasses } from './kafka-classes.mjs';
import { runProgram } from '../programs.mjs';

export const kafkaVersion = '4.1.1';
const loggingVersion = '2.24.3';
const clusterId = 'dGFsbHlzdGljay1zdGFjaw'; // any 16 bytes in base64; the same everywhere, as one stack never meets another

const pom = `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tallystick.tools</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${loggingVersion}</version></dependency>
  </dependencies>
</project>
`;

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
  try {
    const jars = /** @type {string[]} */ (JSON.parse(readFileSync(join(folder, 'jars.json'), 'utf8')));
    const whole = jars.length > 0 && jars.every((jar) => existsSync(join(folder, 'jars', jar)));
    return whole && existsSync(join(folder, 'formatted', 'meta.properties')) ? paths(folder) : undefined;
  } catch {
    return undefined;
  }
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
      mkdirSync(join(folder, 'jars'), { recursive: true });
      writeFileSync(join(folder, 'pom.xml'), pom);
      step.note(`fetching Kafka ${kafkaVersion} with Maven`);
      let files = 0;
      await runProgram(
        mvn,
        [
          '-B',
          'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
          '-DincludeScope=runtime',
          '-DoutputDirectory=jars',
        ],
        {
          cwd: folder,
          env,
          signal,
          onLine: (line) =>
            line.includes('Downloaded') && step.note(`fetching Kafka ${kafkaVersion} with Maven: ${++files} files`),
        },
      );
      step.note('formatting the storage of Kafka');
      writeFileSync(join(folder, 'format.properties'), formatProperties);
      const tool = ['-cp', 'jars/*', 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', 'format.properties'];
      await runProgram(java, tool, { cwd: folder, env, signal }); // shows too that these jars run on this Java
      writeFileSync(join(folder, 'jars.json'), JSON.stringify(readdirSync(join(folder, 'jars')), null, 1));
    },
  });
  const tool = paths(home(cache));
  step.note('preparing quick starts of Kafka');
  await archiveClasses(java, tool, signal);
  return tool;
}
