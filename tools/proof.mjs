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

/** @typedef {{ file: string, title: string, place: string[] }} Shown */

/** Titles of tests and of groups of tests, each behind those that it stands in, with their files. @returns {Shown[]} */
function titles() {
  const files = ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /spec\.ts$/.test(file) && !/(?:^|\/)(?:node_modules|dist)\//.test(file))
      .map((file) => join(folder, file)),
  );
  return files.flatMap((file) => titlesIn(readFileSync(join(root, file), 'utf8')).map((it) => ({ file, ...it })));
}

const titled = /^([ \t]*)(?:it|describe)(?:\.\w+\([\s\S]*?\))?\(\s*(['"`])((?:\\.|(?!\2).)*)\2/gm;

/** What stands in what is told by the indentation, which is the formatter's. @param {string} text @returns {Omit<Shown, 'file'>[]} */
export function titlesIn(text) {
  /** @type {{ depth: number, title: string }[]} */
  let within = [];
  return [...text.matchAll(titled)].map(([, space = '', , title = '']) => {
    within = within.filter(({ depth }) => depth < space.length);
    const place = within.map((it) => it.title);
    within.push({ depth: space.length, title });
    return { title, place };
  });
}

/** More at once is no proof of each. */
const mostAtOnce = 4;

/** The rows that a title names. @param {string} title @returns {string[]} */
export function rowsNamed(title) {
  const named = [...title.matchAll(/\b([RI])(\d+)(?:–\1(\d+))?\b/g)].flatMap(([, letter, from, to = from]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => `${letter}${Number(from) + at}`),
  );
  const rows = [...new Set(named)];
  return rows.filter(([letter]) => rows.filter((row) => row[0] === letter).length <= mostAtOnce);
}

/** What shows each row, the most real first. @returns {Map<string, Shown[]>} */
export function shownBy() {
  const all = titles().map((it) => ({ ...it, rows: rowsNamed(it.title) }));
  return new Map(
    [...Object.keys(faults), ...Object.keys(invariants)].map((row) => {
      const found = all.filter(({ rows }) => rows.includes(row));
      return [row, kinds.flatMap((kind) => found.filter(({ file }) => kinds.find((one) => one.test(file)) === kind))];
    }),
  );
}

/** Without what a table of cases is put into. @param {string} text */
const readable = (text) => text.replaceAll(/%[sidjop#]|\$\w+/g, '…').replaceAll(/\\(['"`])/g, '$1');

/** @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|');

/** @param {Shown[]} tests */
function told(tests) {
  const lines = tests
    .slice(0, shown)
    .map(({ file, title, place }) => `[${file.split('/').at(-1)}](../${file}): ${cell(readable([...place, title].join(' · ')))}`);
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
