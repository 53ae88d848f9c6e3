// `node tools/settings.mjs` writes docs/settings.md: every variable of every process, from the schemas that the processes parse their
// environment with. What a variable means is its description in the schema, or else the comment above it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { rolldown } from 'rolldown';
import { root } from './prepare.mjs';

/** @typedef {{ name: string, needed: boolean, byDefault: unknown, expected: string, meaning: string }} Variable */
/** @typedef {import('zod').ZodType} Type */

export const settingsFile = join(root, 'docs', 'settings.md');

/** The exported schemas of each process. @type {readonly { process: string, app: string, schemas: readonly string[] }[]} */
const processes = [
  { process: 'token-service', app: 'token-service', schemas: ['tokenServiceConfig'] },
  { process: 'pairing-validator', app: 'pairing-validator', schemas: ['validatorConfig'] },
  { process: 'provisioning-service', app: 'provisioning-service', schemas: ['provisioningConfig'] },
  { process: 'temporal-worker', app: 'temporal-worker', schemas: ['commonConfig', 'devicesConfig', 'tokensConfig'] },
  { process: 'directory-simulator', app: 'directory-simulator', schemas: ['configSchema'] },
];
/** Which of them a schema is for, where that is not the whole process. @type {Readonly<Record<string, string>>} */
const parts = { devicesConfig: 'the half `devices`', tokensConfig: 'the half `tokens`' };

/**
 * A TypeScript file of the checkout as a module, with our own code in it.
 * @param {string} file  from the root
 * @returns {Promise<Record<string, unknown>>}
 */
export async function load(file) {
  const build = await rolldown({
    input: join(root, file),
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    external: /^(?!@tallystick\/|@oxc-project\/runtime\/)[^./\\\0]/,
  });
  const out = join(root, '.cache', 'settings', `${file.replaceAll('/', '-')}.mjs`);
  await build.write({ file: out, codeSplitting: false });
  await build.close();
  return import(`${pathToFileURL(out).href}?${Date.now()}`);
}

/** The comments above entries of schemas, by the name of the entry, without the prefix that a group is given. */
function comments() {
  const files = [
    ...processes.map(({ app }) => `apps/${app}/src/config.ts`),
    ...readdirSync(join(root, 'libs', 'platform')).flatMap((library) =>
      readdirSync(join(root, 'libs', 'platform', library, 'src'))
        .filter((file) => /-variables\.ts$/.test(file))
        .map((file) => `libs/platform/${library}/src/${file}`),
    ),
  ];
  const above = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*(?:\[`\$\{\w+\}_)?([A-Z][A-Z0-9_]+)(?:`\])?:/g;
  return new Map(
    files
      .flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(above)])
      .map(([, comment = '', name = '']) => [name, oneLine(comment)]),
  );
}

const oneLine = (/** @type {string} */ comment) =>
  comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*?\s?/, '').trim())
    .filter(Boolean)
    .join(' ')
    .replace(/\.$/, '');

/** @param {string} name @param {Type} type @param {ReadonlyMap<string, string>} said @returns {Variable} */
function variableOf(name, type, said) {
  const unset = type.safeParse(undefined);
  const wrong = type.safeParse('\u0000');
  const [, expected = ''] = /^expected (.*)$/.exec(wrong.error?.issues[0]?.message ?? '') ?? [];
  const meaning = type.description ?? said.get(name) ?? said.get(name.replace(/^[A-Z]+_/, '')) ?? '';
  return { name, needed: !unset.success, byDefault: unset.data, expected, meaning };
}

/** @returns {Promise<{ process: string, parts: { part: string | undefined, variables: Variable[] }[] }[]>} */
export async function readSettings() {
  const said = comments();
  return Promise.all(
    processes.map(async ({ process, app, schemas }) => {
      const module = await load(`apps/${app}/src/config.ts`);
      return {
        process,
        parts: schemas.map((schema) => {
          const { shape } = /** @type {import('zod').ZodObject} */ (module[schema]);
          const variables = Object.entries(shape).map(([name, type]) => variableOf(name, /** @type {Type} */ (type), said));
          return { part: parts[schema], variables };
        }),
      };
    }),
  );
}

const head = `# Settings

Written by \`node tools/settings.mjs\` from the schemas that the processes parse their environment with; a test compares.

A process reads its environment once, at its start, and tells all that is wrong with it at once, by name and never by value. \`NAME=\` counts as not
set. Files that a variable names are read once, at the start, unless it says otherwise: a new certificate, password or key needs a restart. Secrets
that documents name (connections, delivery targets) are files of a folder or variables that begin with \`TALLYSTICK_SECRET_\`.

On SIGTERM or SIGINT a process says "not ready", waits \`HTTP_ANNOUNCE_MS\`, and drains for at most 40 seconds more; it ends with status 0, or with 1
where something did not end well, and says what. Grant it 45 seconds and the announcement before it is killed.
`;

/** @param {Variable} variable */
function row({ name, needed, byDefault, expected, meaning }) {
  const value = Array.isArray(byDefault) ? byDefault.join(',') : byDefault;
  const shown = needed ? '**needed**' : value === undefined || value === '' ? '–' : `\`${String(value)}\``;
  const form = expected === '' || meaning.includes(expected) ? '' : ` (${expected})`;
  return `| \`${name}\` | ${shown} | ${`${meaning}${form}`.replaceAll('|', '\\|')} |`;
}

/** The whole document. */
export async function settingsDocument() {
  const sections = (await readSettings()).map(({ process, parts }) =>
    [
      `## ${process}`,
      ...parts.map(({ part, variables }) =>
        [...(part ? [`For ${part}:\n`] : []), '| variable | default | meaning |', '|---|---|---|', ...variables.map(row)].join(
          '\n',
        ),
      ),
    ].join('\n\n'),
  );
  const options = await resolveConfig(settingsFile);
  return format([head, ...sections].join('\n\n'), { ...options, parser: 'markdown' });
}

if (process.argv[1] === import.meta.filename) writeFileSync(settingsFile, await settingsDocument());
