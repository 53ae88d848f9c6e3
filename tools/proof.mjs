// `node tools/proof.mjs` writes docs/proof.md: which test shows which row. A test proves a row by naming it in its title.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { faults, invariants } from './proof-rows.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
export const proofFile = join(root, 'docs', 'proof.md');

/** On real processes first, then on real servers, then in memory. */
const kinds = [/\.e2e-spec\.ts$/, /\.long-spec\.ts$/, /\.int-spec\.ts$/, /\.spec\.ts$/];
const shown = 3;

/** @typedef {{ file: string, title: string }} Shown */

/** Titles of tests and of groups of tests, with their files. @returns {Shown[]} */
function titles() {
  const files = ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /spec\.ts$/.test(file) && !/(?:^|\/)(?:node_modules|dist)\//.test(file))
      .map((file) => join(folder, file)),
  );
  return files.flatMap((file) =>
    [
      ...readFileSync(join(root, file), 'utf8').matchAll(
        /\b(?:it|describe)(?:\.\w+\([\s\S]*?\))?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g,
      ),
    ].map(([, , title = '']) => ({ file, title })),
  );
}

/** What shows each row, the most real first. @returns {Map<string, Shown[]>} */
export function shownBy() {
  const all = titles();
  return new Map(
    [...Object.keys(faults), ...Object.keys(invariants)].map((row) => {
      const [letter, number] = [row[0], Number(row.slice(1))];
      const names = (/** @type {Shown} */ { title }) => {
        if (new RegExp(`\\b${row}\\b`).test(title)) return true;
        const ranges = [...title.matchAll(new RegExp(`\\b${letter}(\\d+)–${letter}(\\d+)\\b`, 'g'))];
        return ranges.some(([, from, to]) => number >= Number(from) && number <= Number(to) && Number(to) - Number(from) < 4); // more at once is no proof of each
      };
      const found = all.filter(names);
      return [row, kinds.flatMap((kind) => found.filter(({ file }) => kinds.find((one) => one.test(file)) === kind))];
    }),
  );
}

/** @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|');

/** @param {Shown[]} tests */
function told(tests) {
  const lines = tests.slice(0, shown).map(({ file, title }) => `[${file.split('/').at(-1)}](../${file}): ${cell(title)}`);
  return [...lines, ...(tests.length > shown ? [`and ${tests.length - shown} more`] : [])].join('<br>');
}

export function proofDocument() {
  const tests = shownBy();
  const faultRows = Object.entries(faults).map(
    ([row, [fault, hold]]) => `| ${row} | ${fault} | ${hold} | ${told(tests.get(row) ?? [])} |`,
  );
  const invariantRows = Object.entries(invariants).map(([row, what]) => `| ${row} | ${what} | ${told(tests.get(row) ?? [])} |`);
  return `${readFileSync(join(root, 'tools', 'proof-intro.md'), 'utf8').trim()}

## What must always hold

| | | shown by |
|---|---|---|
${invariantRows.join('\n')}

## What may happen, and what must hold then

| | fault | must hold | shown by |
|---|---|---|---|
${faultRows.join('\n')}
`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(proofFile, proofDocument());
