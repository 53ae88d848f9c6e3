// Asks the package registry for known vulnerabilities of the npm packages. Three endings, and only an answer is one of the first two:
// none that counts (0), found (1), not checked (75: nobody answered, or somebody who knows nothing). A package with a hole that everybody
// knows is asked for along with ours; who does not name it has no database, whatever they answer.
// Asked for nobody: the packages of Debian in the image, and the test tools that Go and Python fetch.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packagesOf } from './shipped-packages.mjs';

/** @typedef {{ name: string, version: string, isShipped: boolean }} Asked */
/** @typedef {{ package: string, isShipped: boolean, severity: string, title: string, url: string }} Hole */
/** @typedef {{ kind: 'answered', holes: Hole[] } | { kind: 'not-checked', why: string }} Verdict */

export const notChecked = 75; // EX_TEMPFAIL
const canary = { name: 'minimist', version: '0.0.8', isShipped: false }; // GHSA-xvch-5gv4-984h, critical, since 2022
const grave = ['high', 'critical'];
const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What npm's answer says. `asked` in the order in which they were asked for, the canary among them.
 * @param {string} text
 * @param {readonly Asked[]} asked
 * @returns {Verdict}
 */
export function judge(text, asked) {
  /** @type {{ auditReportVersion?: unknown, message?: unknown, error?: { summary?: unknown }, vulnerabilities?: Record<string, { nodes?: unknown, via?: unknown }>, metadata?: { dependencies?: { total?: unknown } } } | null} */
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    return { kind: 'not-checked', why: 'npm gave no answer' };
  }
  if (answer?.auditReportVersion !== 2 || typeof answer.vulnerabilities !== 'object') {
    return { kind: 'not-checked', why: String(answer?.message ?? (answer?.error?.summary || 'npm gave no report')) };
  }
  const total = answer.metadata?.dependencies?.total;
  if (typeof total !== 'number' || total < asked.length) {
    return { kind: 'not-checked', why: `npm reports on ${String(total)} of ${asked.length} packages` };
  }
  const found = Object.values(answer.vulnerabilities).flatMap(({ nodes, via }) => {
    const places = Array.isArray(nodes)
      ? nodes.map((node) => asked[Number(/^node_modules\/p(\d+)$/.exec(String(node))?.[1])])
      : [];
    const advisories = Array.isArray(via) ? via.filter((one) => typeof one === 'object' && one !== null) : [];
    return places.flatMap((place) => (place === undefined ? [] : advisories.map((advisory) => ({ place, advisory }))));
  });
  if (!found.some(({ place }) => place.name === canary.name && place.version === canary.version)) {
    return { kind: 'not-checked', why: `who answers knows no advisory, not even that of ${canary.name} ${canary.version}` };
  }
  const ours = found.filter(({ place }) => place.name !== canary.name || place.version !== canary.version);
  const holes = ours.map(({ place, advisory }) => ({
    package: `${place.name}@${place.version}`,
    isShipped: place.isShipped,
    severity: String(advisory.severity),
    title: String(advisory.title),
    url: String(advisory.url),
  }));
  return { kind: 'answered', holes };
}

/**
 * Asks the registry that npm is set up for.
 * @param {readonly Omit<Asked, never>[]} packages
 * @param {{ env?: NodeJS.ProcessEnv, patienceMs?: number }} [options]
 * @returns {Promise<Verdict>}
 */
export async function ask(packages, { env = process.env, patienceMs = 30_000 } = {}) {
  const asked = [...packages, canary];
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-audit-'));
  try {
    // A flat list, each under a name of its own: what is asked is what is locked, not what npm makes of a tree.
    const dependencies = Object.fromEntries(asked.map(({ name, version }, at) => [`p${at}`, `npm:${name}@${version}`]));
    const top = { name: 'asked', version: '0.0.0', dependencies };
    const entries = asked.map(({ name, version }, at) => [`node_modules/p${at}`, { name, version }]);
    const lock = { ...top, lockfileVersion: 3, requires: true, packages: { '': top, ...Object.fromEntries(entries) } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(top));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
    const limits = ['--fetch-retries=0', `--fetch-timeout=${patienceMs}`];
    const child = spawn('npm', ['audit', '--json', '--package-lock-only', ...limits], {
      cwd: folder,
      env: { ...env, npm_config_audit: 'true', npm_config_offline: 'false' },
      stdio: ['ignore', 'pipe', 'ignore'],
      signal: AbortSignal.timeout(2 * patienceMs),
    });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    await new Promise((done) => child.once('error', done).once('close', done)); // its status says nothing that the text does not say better
    return judge(text, asked);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is printed, and the status of the process. @param {Verdict} verdict @param {number} packages */
export function reportOf(verdict, packages) {
  if (verdict.kind === 'not-checked')
    return { lines: [`not checked: vulnerabilities of ${packages} packages: ${verdict.why}`], code: notChecked };
  const faults = verdict.holes.filter(({ isShipped, severity }) => isShipped && grave.includes(severity));
  const lines = verdict.holes.map(
    (hole) => `${hole.package}  ${hole.severity}${hole.isShipped ? '' : ', not shipped'}  ${hole.title}\n  ${hole.url}`,
  );
  return {
    lines: [...lines, `vulnerabilities: ${packages} packages, ${verdict.holes.length} advisories, ${faults.length} faults`],
    code: faults.length === 0 ? 0 : 1,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { all, shipped } = packagesOf(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const isShipped = new Set(shipped.map(({ folder }) => folder));
  const packages = all.map(({ name, version, folder }) => ({ name, version, isShipped: isShipped.has(folder) }));
  const { lines, code } = reportOf(await ask(packages), packages.length);
  for (const line of lines) console.log(line);
  process.exitCode = code;
}
