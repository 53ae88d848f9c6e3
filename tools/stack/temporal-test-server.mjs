// Temporal's test server, which skips time: rotations of weeks are tested in seconds. Not a server of the stack: each test starts its own.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './folders.mjs';
import { installOnce } from './install.mjs';
import { findJava } from './java.mjs';
import { fetchWithMaven, hasAllJars, listJars } from './maven.mjs';
import { findProgram } from './programs.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

const version = '1.38.0';

// The SDK starts one program and gives it a port. The heap is bounded, for several of them run at once.
const script = `#!/bin/sh
exec "\${TALLYSTICK_JAVA:-java}" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$(dirname "$0")/jars/*" io.temporal.testserver.TestServer "$@"
`;

/**
 * Fetches it with Maven, once, into the cache.
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<Record<string, string>>} the environment of tests that start it: `STACK_TEMPORAL_TEST_SERVER`, a program, and its Java
 * @throws {Error} that says what to install, when Java or Maven is missing
 */
export async function temporalTestServer({ env = process.env, log = () => {}, signal } = {}) {
  const java = await findJava(env);
  if (!java) throw new Error("Java 17 or newer (java) is missing: Temporal's test server runs on it");
  const folder = join(cacheFolder(env), `temporal-test-server-${version}`);
  if (!hasAllJars(folder)) {
    const mvn = findProgram('mvn', env);
    if (!mvn) throw new Error("Maven (mvn) is missing: it fetches Temporal's test server");
    mkdirSync(cacheFolder(env), { recursive: true });
    const text = `fetching Temporal's test server ${version} with Maven`;
    const step = beginStep(plainWatcher(log), 'temporal', text);
    await installOnce({ folder, isThere: async () => hasAllJars(folder), fill: (draft) => fetchInto(mvn, draft), step, signal });
    step.done(`Temporal's test server ${version} is installed`);
  }
  return { STACK_TEMPORAL_TEST_SERVER: join(folder, 'temporal-test-server'), TALLYSTICK_JAVA: java };

  /** @param {string} maven @param {string} draft */
  async function fetchInto(maven, draft) {
    const name = `Temporal's test server ${version}`;
    const artifacts = [`io.temporal:temporal-test-server:${version}`];
    await fetchWithMaven({ mvn: maven, name, artifacts, folder: draft, to: 'jars', env, signal });
    writeFileSync(join(draft, 'temporal-test-server'), script);
    chmodSync(join(draft, 'temporal-test-server'), 0o755);
    listJars(draft);
  }
}
