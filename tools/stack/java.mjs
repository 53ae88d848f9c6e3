// The Java that servers from Maven Central run on.
import { join } from 'node:path';
import { findProgram, versionOf } from './programs.mjs';

export const oldestJava = 17; // of Kafka 4 brokers

/** @param {NodeJS.ProcessEnv} env @returns {Promise<string | undefined>} a new enough Java: of `JAVA_HOME`, else on `PATH` */
export async function findJava(env) {
  const candidates = [env['JAVA_HOME'] && join(env['JAVA_HOME'], 'bin', 'java'), findProgram('java', env)].filter(
    (path) => !!path,
  );
  for (const java of /** @type {string[]} */ (candidates)) {
    const version = await versionOf(java, ['-version'], /version "(\d+)/, env);
    if ((version?.[0] ?? 0) >= oldestJava) return java;
  }
  return undefined;
}
