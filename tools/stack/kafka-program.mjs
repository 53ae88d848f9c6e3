// Kafka as a program: for tests that start a broker of their own, with settings that the stack's has not.
import { cacheFolder } from './folders.mjs';
import { kafka } from './servers/kafka.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

/**
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<Record<string, string>>} the environment of those tests: `KAFKA_JAVA`, a program, and `KAFKA_JARS`, a folder
 * @throws {Error} that says what to install, when Java or Maven is missing
 */
export async function kafkaProgram({ env = process.env, log = () => {}, signal } = {}) {
  const found = await kafka.find({ env, cache: cacheFolder(env) });
  if ('missing' in found) throw new Error(found.missing.map(({ what, why, command }) => `${what} ${why}: ${command}`).join('\n'));
  if ('tool' in found) return variables(found.tool);
  const step = beginStep(plainWatcher(log), 'kafka', 'fetching Kafka');
  const tool = await found.install(step, signal);
  step.done('Kafka is installed');
  return variables(tool);
}

const variables = (/** @type {any} */ { java, jars }) => ({ KAFKA_JAVA: java, KAFKA_JARS: jars });
