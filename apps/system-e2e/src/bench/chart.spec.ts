import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Chart, drawChart } from './chart.ts';

const chart = (series: Chart['series'], scale: 'linear' | 'log' = 'log'): Chart => ({
  ...{ name: 'c', title: 'Verdicts & rounds', x: { label: 'environments', scale }, y: { label: 'a second' }, series },
});
const point = (x: number, median: number) => ({ x, median, least: median * 0.9, most: median * 1.1 });
const numbersOf = (svg: string, attribute: string) =>
  [...svg.matchAll(new RegExp(` ${attribute}="(-?[\\d.]+|NaN)"`, 'g'))].map(([, text]) => Number(text));

describe('a chart', () => {
  it('has a line, a dot at each median and a whisker for each spread, and says what it is', () => {
    const svg = drawChart(chart([{ name: 'validator', points: [point(1, 100), point(10, 90), point(1_000, 95)] }]));
    expect(svg.match(/<circle class="dot"/g)).toHaveLength(3);
    expect(svg.match(/class="whisker"/g)).toHaveLength(3);
    expect(svg).toContain('aria-label="Verdicts &amp; rounds"');
    expect(svg).toContain('>1,000</text>');
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  it('puts equal factors at equal distances on a logarithmic axis, and equal differences on a linear one', () => {
    const points = [point(1, 5), point(10, 5), point(100, 5)];
    const [a = 0, b = 0, c = 0] = numbersOf(drawChart(chart([{ name: 'a', points }])), 'cx');
    expect(b - a).toBeCloseTo(c - b, 0);
    const [d = 0, e = 0, f = 0] = numbersOf(drawChart(chart([{ name: 'a', points }], 'linear')), 'cx');
    expect((f - d) / (e - d)).toBeCloseTo(11, 0);
  });

  it('keeps all figures inside the picture, whatever they are', () => {
    const anyPoint = fc
      .tuple(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 0, max: 1e7, noNaN: true }))
      .map(([x, median]) => point(x, median));
    fc.assert(
      fc.property(fc.array(anyPoint, { minLength: 1, maxLength: 6 }), fc.constantFrom('linear', 'log'), (points, scale) => {
        const svg = drawChart(chart([{ name: 'a', points }, { name: 'b', points: points.slice(1) }], scale)); // prettier-ignore
        for (const name of ['cx', 'x1', 'x2']) for (const x of numbersOf(svg, name)) expect(x >= 0 && x <= 640).toBe(true);
        for (const name of ['cy', 'y1', 'y2']) for (const y of numbersOf(svg, name)) expect(y >= 0 && y <= 360).toBe(true);
      }),
    );
  });

  it('is refused when nothing can be drawn', () => {
    expect(() => drawChart(chart([]))).toThrow('no points');
    expect(() => drawChart(chart([{ name: 'a', points: [point(0, 1)] }]))).toThrow('not above 0');
    expect(() => drawChart(chart(Array.from({ length: 5 }, () => ({ name: 'a', points: [point(1, 1)] }))))).toThrow('colours');
  });
});
