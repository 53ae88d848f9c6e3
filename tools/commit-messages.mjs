// Commit messages are `type(scope): imperative`, and the scope is a project of the workspace (or left out for what belongs to all).
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const types = ['feat', 'fix', 'docs', 'test', 'refactor', 'perf', 'build', 'ci', 'chore'];
const workspaceWide = ['stack', 'demo', 'tools', 'deploy', 'adr', 'samples', 'deps'];

const folders = (/** @type {string} */ path) =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** Names of all projects, from their folders: `token-service`, `devices-domain`, … and the scopes `devices`, `platform`, …. */
export function projectNames(root = '.') {
  const scopes = folders(`${root}/libs`);
  return [
    ...folders(`${root}/apps`),
    ...scopes,
    ...scopes.flatMap((scope) => folders(`${root}/libs/${scope}`).map((name) => `${scope}-${name}`)),
  ];
}

/**
 * What is wrong with a subject line; undefined when nothing is.
 * @param {string} subject
 * @param {readonly string[]} projects
 */
export function faultOf(subject, projects) {
  if (/^(Merge|Revert) /.test(subject)) return undefined;
  const parts = /^(\w+)(?:\(([^)]+)\))?: (.+)$/.exec(subject);
  if (!parts) return 'is not `type(scope): imperative`';
  const [, type = '', scope, text = ''] = parts;
  if (!types.includes(type)) return `has an unknown type "${type}" (one of ${types.join(', ')})`;
  const unknown = (scope?.split(',') ?? []).filter((one) => !projects.includes(one) && !workspaceWide.includes(one));
  if (unknown.length > 0) return `names no project: "${unknown.join(', ')}"`;
  if (/^[A-Z]/.test(text) || text.endsWith('.')) return 'begins with a capital or ends with a full stop';
  return subject.length > 120 ? 'is longer than 120 characters' : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const projects = projectNames();
  const subjects = execFileSync('git', ['log', '--format=%h %s'], { encoding: 'utf8' }).trim().split('\n');
  const faults = subjects.flatMap((line) => {
    const fault = faultOf(line.slice(line.indexOf(' ') + 1), projects);
    return fault ? [`${line}\n  ${fault}`] : [];
  });
  for (const fault of faults) console.error(fault);
  console.log(`commit messages: ${subjects.length} read, ${faults.length} faults`);
  process.exit(faults.length === 0 ? 0 : 1);
}
