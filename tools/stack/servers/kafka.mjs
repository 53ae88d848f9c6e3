// Kafka: one node that is broker and controller, run straight from the jars of Maven Central.
import { findJava, oldestJava } from '../java.mjs';
import { findProgram } from '../programs.mjs';
import { prepare } from './kafka-config.mjs';
import { installedJars, installJars, kafkaVersion } from './kafka-jars.mjs';
import { brokerAnswers } from './kafka-metadata.mjs';

/** @param {string} packageName @param {string} formula */
const command = (packageName, formula) =>
  process.platform === 'darwin' ? `brew install ${formula}` : `sudo apt-get install -y ${packageName}`;

/**
 * What servers of Kafka's family run on and are fetched by.
 * @param {{ env: NodeJS.ProcessEnv, what: string, needsMaven: boolean }} options
 */
export async function findJavaAndMaven({ env, what, needsMaven }) {
  const java = await findJava(env);
  const mvn = findProgram('mvn', env);
  /** @type {import('./index.mjs').Missing[]} */
  const missing = [];
  if (!java) {
    missing.push({
      what: `Java ${oldestJava} or newer (java)`,
      why: `${what} runs on it`,
      command: command('openjdk-17-jre-headless   # or a newer one', 'openjdk@17'),
    });
  }
  if (needsMaven && !mvn) missing.push({ what: 'Maven (mvn)', why: `fetches ${what}`, command: command('maven', 'maven') });
  return { java, mvn, missing };
}

/** @type {import('./index.mjs').Server['find']} */
async function find({ env, cache }) {
  const jars = installedJars(cache);
  const { java, mvn, missing } = await findJavaAndMaven({ env, what: `Kafka ${kafkaVersion}`, needsMaven: !jars });
  if (missing.length > 0) return { missing };
  if (jars) return { tool: { java: /** @type {string} */ (java), ...jars } };
  return {
    install: async (step, signal) => ({
      java: /** @type {string} */ (java),
      ...(await installJars({ java: /** @type {string} */ (java), mvn: /** @type {string} */ (mvn), cache, env, step, signal })),
    }),
  };
}

/** @type {import('./index.mjs').Server} */
export const kafka = {
  name: 'kafka',
  usualPorts: { port: 9092, controller: 9093 },
  startWithinMs: 120_000,
  stopWithinMs: 12_000,
  find,
  prepare,
  answers: (ports) => brokerAnswers(/** @type {number} */ (ports['port'])),
  addresses: (ports) => ({ kafka: `127.0.0.1:${ports['port']}` }),
};
