import type { BenchRun, MeasuredSection } from './bench-run.ts';
import { drawChart } from './chart.ts';
import type { Row } from './section.ts';
import { spreadText } from './spread.ts';

const begin = '<!-- figures: written by `npm run bench -- --report` -->';
const end = '<!-- end of the figures -->';

/** @returns the page with new figures between its two marks @throws Error when it does not have them, in this order */
export function withFigures(page: string, figures: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`the page has no place for figures: "${begin}" and "${end}"`);
  return `${page.slice(0, from)}${begin}\n\n${figures.trim()}\n\n${page.slice(to)}`;
}

/** Where pictures lie, seen from the page. */
const pictures = 'benchmarks';

/** The part of the page that a run writes. */
export function figuresOf({ machine, versions, sections }: BenchRun): string {
  const { cpu, cores, memoryGiB, kernel, governor, node } = machine;
  const days = [...new Set(sections.map(({ takenAt }) => takenAt.slice(0, 10)))].sort();
  const tools = Object.entries({ Node: node, ...versions }).map(([name, version]) => `${name} ${version}`);
  const missed = sections.flatMap(({ name, rows }) => rows.filter(([, , , met]) => met === 'NO').map((row) => ({ name, row })));
  return [
    `Taken ${days.join(', ')} on ${cores} × ${cpu}, ${memoryGiB} GiB, Linux ${kernel}, clock governor ${governor}. ${tools.join(', ')}. Everything runs on this one machine, load and servers included.`,
    '',
    missed.length === 0
      ? 'Every aim is met.'
      : `Aims that are not met: ${missed.map(({ name, row: [what] }) => `${what.replace(/^– /, '')} (\`${name}\`)`).join('; ')}.`,
    ...sections.flatMap(sectionText),
  ].join('\n');
}

function sectionText({ name, takenAt, seconds, loadBefore, rows, notes, charts }: MeasuredSection): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    '',
    `### \`${name}\``,
    '',
    line(['what', 'measured', 'least–most', 'aim', 'met']),
    line(['---', '---', '---', '---', '---']),
    ...rows.map((row) => line([row[0], row[1], spreadOfRow(row), row[2], row[3]])),
    '',
    ...notes.flatMap((note) => [note, '']),
    ...charts.flatMap(({ name, title }) => [`![${title}](${pictures}/${name}.svg)`, '']),
    `<sub>${takenAt.slice(0, 16).replace('T', ' ')} UTC, ${Math.round(seconds)} s; load of the machine before it: ${loadBefore.toFixed(1)}</sub>`,
  ];
}

/** Of what was measured in rounds: from the least to the most. */
function spreadOfRow([, , , , rounds]: Row): string {
  if (!rounds) return '–';
  const { values, unit, digits = 2 } = rounds;
  const write = (value: number): string => value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }); // prettier-ignore
  const [range, ...rest] = spreadText(values, write).split(', ');
  return rest.length === 0 ? (range ?? '–') : [`${range} ${unit}`, ...rest].join(', ');
}

/** The pictures of a run: what each file is called, and what stands in it. */
export const picturesOf = ({ sections }: BenchRun): ReadonlyMap<string, string> =>
  new Map(sections.flatMap(({ charts }) => charts.map((chart) => [`${chart.name}.svg`, drawChart(chart)] as const)));
