// What the stack takes from Maven Central: a folder of jars, each list of them fetched once.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './programs.mjs';

const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** @param {string} name @param {readonly string[]} artifacts  `group:artifact:version` */
const pom = (name, artifacts) => `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tallystick.tools</groupId><artifactId>${name}</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
${artifacts
  .map((artifact) => artifact.split(':'))
  .map(
    ([group, id, version]) =>
      `    <dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version></dependency>\n`,
  )
  .join('')}  </dependencies>
</project>
`;

/**
 * Fetches artifacts and all that they need.
 * @param {object} options
 * @param {string} options.mvn
 * @param {string} options.name  what a person reads while it is fetched
 * @param {readonly string[]} options.artifacts  `group:artifact:version`
 * @param {string} options.folder  gets `pom.xml` and the folder `to`
 * @param {string} options.to
 * @param {boolean} [options.unpack]  the contents of the jars instead of the jars
 * @param {NodeJS.ProcessEnv} options.env
 * @param {import('./terminal.mjs').Step} [options.step]
 * @param {AbortSignal | undefined} [options.signal]
 * @returns {Promise<void>}
 */
export async function fetchWithMaven({ mvn, name, artifacts, folder, to, unpack = false, env, step, signal }) {
  mkdirSync(join(folder, to), { recursive: true });
  writeFileSync(join(folder, 'pom.xml'), pom(name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'), artifacts));
  step?.note(`fetching ${name} with Maven`);
  let files = 0;
  const goal = unpack ? 'unpack-dependencies' : 'copy-dependencies';
  await runProgram(mvn, ['-B', `${plugin}:${goal}`, '-DincludeScope=runtime', `-DoutputDirectory=${to}`], {
    cwd: folder,
    env,
    signal,
    onLine: (line) => line.includes('Downloaded') && step?.note(`fetching ${name} with Maven: ${++files} files`),
  });
}

/** Writes down which jars belong to an install: the last thing that it does. @param {string} folder  with `jars/` in it */
export const listJars = (folder) =>
  writeFileSync(join(folder, 'jars.json'), JSON.stringify(readdirSync(join(folder, 'jars')), null, 1));

/** @param {string} folder @returns {boolean} whether all the jars that were listed are there */
export function hasAllJars(folder) {
  try {
    const jars = /** @type {string[]} */ (JSON.parse(readFileSync(join(folder, 'jars.json'), 'utf8')));
    return jars.length > 0 && jars.every((jar) => existsSync(join(folder, 'jars', jar)));
  } catch {
    return false;
  }
}
