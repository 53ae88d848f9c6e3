// Lets the JVM keep Kafka's classes in the form in which it uses them: later starts take half the time. Only that: Kafka runs without it.
import { spawn } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { choosePort } from '../ports.mjs';
import { tiedToParent } from '../processes.mjs';
import { prepare } from './kafka-config.mjs';
import { brokerAnswers } from './kafka-metadata.mjs';

const patienceMs = 90_000;

/**
 * Runs a broker once and has the JVM write its classes when it ends. A JVM that can't do that changes nothing.
 * @param {string} java
 * @param {import('./kafka-jars.mjs').KafkaTool} tool
 * @param {AbortSignal | undefined} signal
 */
export async function archiveClasses(java, tool, signal) {
  const folder = mkdtempSync(join(dirname(tool.classes), '.classes-'));
  const draft = join(folder, 'classes.jsa');
  try {
    const ports = { port: await choosePort(19_092), controller: await choosePort(19_093) };
    const { command, args, cwd, env } = await prepare({ folder, ports, tool: { ...tool, java } });
    const child = spawn(...tiedToParent(command, [`-XX:ArchiveClassesAtExit=${draft}`, ...args]), { cwd, env, stdio: 'ignore' });
    let ended = false;
    const end = new Promise((/** @type {(value?: unknown) => void} */ done) => child.once('exit', done).once('error', done)).then(
      () => (ended = true),
    );
    const force = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    signal?.addEventListener('abort', () => child.kill('SIGKILL'));
    while (
      !ended &&
      !signal?.aborted &&
      !(await brokerAnswers(ports.port).then(
        () => true,
        () => false,
      ))
    )
      await delay(50);
    child.kill('SIGTERM');
    await end;
    clearTimeout(force);
    if (!signal?.aborted) renameSync(draft, tool.classes);
  } catch {
    // no archive: starts take longer, nothing else
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
