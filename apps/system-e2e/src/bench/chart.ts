/** What was measured at one place of the horizontal axis. */
export interface ChartPoint {
  readonly x: number;
  readonly median: number;
  /** The ends of all rounds. */
  readonly least: number;
  readonly most: number;
}

export interface Chart {
  /** Its file, without the ending. */
  readonly name: string;
  readonly title: string;
  /** Each value of it is written at its place, so few of them. */
  readonly x: { readonly label: string; readonly scale: 'linear' | 'log' };
  /** From 0. */
  readonly y: { readonly label: string };
  readonly series: readonly { readonly name: string; readonly points: readonly ChartPoint[] }[];
}

const [width, height] = [640, 360];
const plot = { left: 88, right: 20, top: 64, bottom: 52 };
const [innerWidth, innerHeight] = [width - plot.left - plot.right, height - plot.top - plot.bottom];
const colours = 4;

// Both sets are told apart by lightness as well as by hue. A picture in a page follows the reader's system, not the page: on the other
// background it brings its own.
const style = `
  .paper { fill: #ffffff } .ink { fill: #1f2328 } .soft { fill: #59636e } .rule { stroke: #d1d9e0 } .axis { stroke: #59636e }
  .s0 { --c: #0550ae } .s1 { --c: #bc4c00 } .s2 { --c: #1a7f37 } .s3 { --c: #8250df }
  .line { fill: none; stroke: var(--c); stroke-width: 2 } .dot { fill: var(--c) } .whisker { stroke: var(--c); stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .ink { fill: #f0f6fc } .soft { fill: #9198a1 } .rule { stroke: #3d444d } .axis { stroke: #9198a1 }
    .s0 { --c: #79c0ff } .s1 { --c: #ffa657 } .s2 { --c: #56d364 } .s3 { --c: #d2a8ff }
  }
  text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif } .title { font-size: 15px; font-weight: 600 }
`;

/**
 * A line for each series through the medians, with a whisker from the least to the most of the rounds. One SVG text, readable on a light
 * and on a dark page; the same each time for the same figures. @throws RangeError for a chart without points, with more series than
 * colours, or a logarithmic axis with a place that is not above 0
 */
export function drawChart({ title, x, y, series }: Chart): string {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) throw new RangeError(`the chart "${title}" has no points`);
  if (series.length > colours) throw new RangeError(`the chart "${title}" has more series than colours`);
  if (x.scale === 'log' && points.some((point) => point.x <= 0))
    throw new RangeError(`the chart "${title}" has a place that is not above 0 on a logarithmic axis`);
  const places = [...new Set(points.map((point) => point.x))].sort((a, b) => a - b);
  const scaled = (value: number): number => (x.scale === 'log' ? Math.log10(value) : value);
  const [first, last] = [scaled(places[0]!), scaled(places.at(-1)!)];
  const step = niceStep(Math.max(...points.map(({ most }) => most), 1e-9) / 5);
  const top = Math.ceil(Math.max(...points.map(({ most }) => most), 1e-9) / step - 1e-9) * step;
  const across = (value: number): string =>
    at(plot.left + 24 + (last === first ? 0.5 : (scaled(value) - first) / (last - first)) * (innerWidth - 48));
  const up = (value: number): string => at(plot.top + innerHeight * (1 - value / top));
  const [left, right] = [plot.left, plot.left + innerWidth];

  const rules = Array.from({ length: Math.round(top / step) + 1 }, (_, n) => n * step).flatMap((value) => [
    `<line class="${value === 0 ? 'axis' : 'rule'}" x1="${left}" x2="${right}" y1="${up(value)}" y2="${up(value)}"/>`,
    `<text class="soft" x="${left - 8}" y="${up(value)}" dy="4" text-anchor="end">${written(value, step)}</text>`,
  ]);
  const ticks = places.map(
    (value) => `<text class="soft" x="${across(value)}" y="${plot.top + innerHeight + 20}" text-anchor="middle">${value.toLocaleString('en')}</text>`, // prettier-ignore
  );
  const lines = series.flatMap(({ points }, at) => {
    const ordered = [...points].sort((a, b) => a.x - b.x);
    const whiskers = ordered.map((one) => `<line class="whisker" x1="${across(one.x)}" x2="${across(one.x)}" y1="${up(one.least)}" y2="${up(one.most)}"/>`); // prettier-ignore
    const dots = ordered.map((one) => `<circle class="dot" cx="${across(one.x)}" cy="${up(one.median)}" r="4"/>`);
    const path = ordered.map((one) => `${across(one.x)},${up(one.median)}`).join(' ');
    return [`<g class="s${at}">`, `<polyline class="line" points="${path}"/>`, ...whiskers, ...dots, '</g>'];
  });
  let keyAt = left;
  const key = series.flatMap(({ name }, at) => {
    const from = keyAt;
    keyAt += 34 + name.length * 8;
    return [
      `<g class="s${at}"><line class="line" x1="${from}" x2="${from + 18}" y1="44" y2="44"/><circle class="dot" cx="${from + 9}" cy="44" r="4"/></g>`,
      `<text class="ink" x="${from + 24}" y="48">${escaped(name)}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${style}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    `<text class="ink title" x="16" y="24">${escaped(title)}</text>`,
    ...(series.length > 1 ? key : []),
    ...rules,
    ...ticks,
    ...lines,
    `<text class="ink" x="${plot.left + innerWidth / 2}" y="${height - 10}" text-anchor="middle">${escaped(x.label)}</text>`,
    `<text class="ink" transform="translate(20 ${plot.top + innerHeight / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

const at = (value: number): string => value.toFixed(1);

/** 1, 2 or 5 times a power of ten, not below `width`. */
function niceStep(width: number): number {
  const power = 10 ** Math.floor(Math.log10(width));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= width * (1 - 1e-9)) ?? 10 * power;
}

const written = (value: number, step: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: Math.max(0, -Math.floor(Math.log10(step))) });

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
