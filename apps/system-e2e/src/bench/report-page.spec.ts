import { describe, expect, it } from '@jest/globals';
import { type BenchRun, type MeasuredSection, merged } from './bench-run.ts';
import type { Chart } from './chart.ts';
import { figuresOf, picturesOf, withFigures } from './report-page.ts';

const section = (name: string, rows: MeasuredSection['rows'] = []): MeasuredSection => ({
  ...{ name, takenAt: '2026-11-23T08:15:30.000Z', seconds: 61.2, loadBefore: 0.34, rows, notes: [], charts: [] },
});
const machine = { cpu: 'A Processor', cores: 2, memoryGiB: 24, kernel: '6.18', governor: 'not readable', node: '20.20.2' };
const run = (...sections: MeasuredSection[]): BenchRun => ({ machine, versions: { Redis: '7.0.15' }, sections });
const rounds = { unit: 'ms', values: [3, 1, 2, 4, 5], digits: 0 };

describe('the report', () => {
  it('says of what machine it is, and of each figure how far its rounds lie apart', () => {
    const text = figuresOf(
      run(
        section('load', [
          ['p99 | open', '3 ms', '< 5', 'yes', rounds],
          ['lost', '0', '0', 'yes'],
        ]),
      ),
    );
    expect(text).toContain('2026-11-23 on 2 × A Processor, 24 GiB');
    expect(text).toContain('Node 20.20.2, Redis 7.0.15');
    expect(text).toContain('| p99 \\| open | 3 ms | 1–5 ms, 5 rounds | < 5 | yes |');
    expect(text).toContain('| lost | 0 | – | 0 | yes |');
    expect(text).toContain('2026-11-23 08:15 UTC, 61 s; load of the machine before it: 0.3');
    expect(text).toContain('Every aim is met.');
  });

  it('names each aim that was missed at its head', () => {
    const text = figuresOf(run(section('a', [['– slow', '9', '< 5', 'NO']]), section('b', [['fine', '1', '< 5', 'yes']])));
    expect(text).toContain('Aims that are not met: slow (`a`).');
  });

  it('shows the picture of every chart', () => {
    const chart: Chart = {
      ...{ name: 'curve', title: 'A curve', x: { label: 'x', scale: 'log' as const }, y: { label: 'y' } },
      series: [{ name: 's', points: [{ x: 1, median: 2, least: 1, most: 3 }] }],
    };
    const drawn = run({ ...section('a'), charts: [chart] });
    expect(figuresOf(drawn)).toContain('![A curve](benchmarks/curve.svg)');
    expect(picturesOf(drawn).get('curve.svg')).toContain('<svg');
  });

  it('is put into the page without touching what a person wrote there', () => {
    const page = withFigures('# Head\n<!-- figures: written by `npm run bench -- --report` -->\nold\n<!-- end of the figures -->\n## Mine\n', 'new'); // prettier-ignore
    expect(page).toMatch(/^# Head\n/);
    expect(page).toMatch(/## Mine\n$/);
    expect(page).toContain('\nnew\n');
    expect(page).not.toContain('old');
    expect(withFigures(page, 'new')).toBe(page);
    expect(() => withFigures('# Head', 'new')).toThrow('no place for figures');
  });
});

describe('a run of some sections', () => {
  const order = ['a', 'b', 'c'];
  const names = ({ sections }: BenchRun) => sections.map(({ name, seconds }) => `${name} ${seconds}`);

  it('takes the place of these, and leaves the others of the same machine', () => {
    const kept = run(section('a'), section('c'), section('gone'));
    const now = { ...run({ ...section('b'), seconds: 2 }, { ...section('a'), seconds: 3 }), versions: { Kafka: '4.1.1' } };
    expect(names(merged(kept, now, order))).toEqual(['a 3', 'b 2', 'c 61.2']);
    expect(merged(kept, now, order).versions).toEqual({ Redis: '7.0.15', Kafka: '4.1.1' });
  });

  it('of another machine stands alone', () => {
    const now = { ...run(section('b')), machine: { ...machine, cores: 8 } };
    expect(names(merged(run(section('a')), now, order))).toEqual(['b 61.2']);
    expect(merged(undefined, now, order)).toBe(now);
  });
});
