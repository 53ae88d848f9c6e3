// Alerts, dashboards and runbooks: each alert fires and rests, has its runbook, and names only metrics that some process has.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { load } from 'js-yaml';
import { root } from './prepare.mjs';
import { promtool } from './stack/promtool.mjs';
import { runProgram } from './stack/programs.mjs';

const alertsFolder = join(root, 'deploy', 'alerts');
const rulesFile = join(alertsFolder, 'tallystick.rules.yaml');
/** @type {{ groups: { rules: { alert: string, expr: string, labels: { severity: string }, annotations: Record<string, string> }[] }[] }} */
const { groups } = /** @type {any} */ (load(readFileSync(rulesFile, 'utf8')));
const alerts = groups.flatMap(({ rules }) => rules);
/** @type {{ name: string, type: string, labels: string[], process: string }[]} */
const catalogue = JSON.parse(readFileSync(join(root, 'deploy', 'metrics.json'), 'utf8'));
const boards = readdirSync(join(root, 'deploy', 'dashboards')).map((file) => ({
  file,
  /** @type {{ uid: string, panels: { title: string, type: string, targets?: { expr: string }[] }[] }} */
  board: JSON.parse(readFileSync(join(root, 'deploy', 'dashboards', file), 'utf8')),
}));
const expressions = [
  ...alerts.map(({ alert, expr }) => ({ where: alert, expr })),
  ...boards.flatMap(({ file, board }) =>
    board.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: `${file}: ${title}`, expr }))),
  ),
];
/** What a scrape adds to every series. */
const added = ['instance', 'job', 'pod', 'namespace'];
const series = /\b((?:tallystick|http|nodejs|process|temporal)_[a-z0-9_]+)(?:\{([^}]*)\})?/g;
const metricOf = (/** @type {string} */ name) =>
  catalogue.filter((metric) =>
    metric.type === 'histogram'
      ? [`${metric.name}_bucket`, `${metric.name}_count`, `${metric.name}_sum`].includes(name)
      : metric.name === name,
  );
const named = (/** @type {string} */ expr) =>
  [...expr.matchAll(series)].map(([, name = '', matchers = '']) => ({ name, matchers }));

/** @type {string} */
let program;
before(async () => {
  program = await promtool({ log: (line) => console.error(line) });
});

test('every alert fires when it should, and rests when it should', async () => {
  await runProgram(program, ['check', 'rules', rulesFile], { env: process.env });
  await runProgram(program, ['test', 'rules', join(alertsFolder, 'tests.yaml')], { env: process.env });
  const tests = readFileSync(join(alertsFolder, 'tests.yaml'), 'utf8');
  for (const { alert } of alerts)
    for (const what of ['fires', 'rests']) assert.ok(tests.includes(`${alert} ${what}`), `${alert}: ${what}`);
});

test('a wrong expectation is found: the tests of the rules can fail', async () => {
  const folder = join(root, '.stack', 'planted-alerts');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'tallystick.rules.yaml'),
    readFileSync(rulesFile, 'utf8').replace('{lease="none"}', '{lease="held"}'),
  );
  writeFileSync(join(folder, 'tests.yaml'), readFileSync(join(alertsFolder, 'tests.yaml'), 'utf8'));
  await assert.rejects(
    runProgram(program, ['test', 'rules', join(folder, 'tests.yaml')], { env: process.env }),
    /ValidatorWithoutLease/,
  );
});

test('every alert is a page or a ticket, and links to a runbook that is there', () => {
  const runbooks = readFileSync(join(root, 'docs', 'operations', 'runbooks.md'), 'utf8');
  const titles = [...runbooks.matchAll(/^### (\w+)$/gm)].map(([, title = '']) => title);
  assert.deepEqual(titles.toSorted(), alerts.map(({ alert }) => alert).toSorted());
  for (const { alert, labels, annotations } of alerts) {
    assert.match(labels.severity, /^(?:page|ticket)$/, alert);
    assert.equal(annotations['runbook_url'], `docs/operations/runbooks.md#${alert.toLowerCase()}`);
  }
  for (const [, link = ''] of runbooks.matchAll(/\]\(([^)#]+\.md)(?:#[^)]*)?\)/g))
    assert.ok(existsSync(join(root, 'docs', 'operations', link)), `docs/operations/runbooks.md links to ${link}`);
});

test('alerts and dashboards name only metrics and labels that some process has', () => {
  for (const { where, expr } of expressions) {
    assert.ok(named(expr).length > 0, `${where} names no metric`);
    for (const { name, matchers } of named(expr)) {
      const metrics = metricOf(name);
      assert.ok(metrics.length > 0, `${where}: no process has ${name}`);
      const labels = new Set([...metrics.flatMap((metric) => metric.labels), 'le', ...added]);
      for (const [, label = ''] of matchers.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g))
        assert.ok(labels.has(label), `${where}: ${name} has no ${label}`);
    }
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) =>
      list.split(',').map((label) => label.trim()),
    );
    const known = new Set([...named(expr).flatMap(({ name }) => metricOf(name).flatMap(({ labels }) => labels)), 'le', ...added]);
    for (const label of grouped) assert.ok(known.has(label), `${where}: none of its metrics has ${label}`);
  }
});

test('every metric of ours is on a dashboard or in an alert', () => {
  const used = new Set(
    expressions.flatMap(({ expr }) => named(expr).flatMap(({ name }) => metricOf(name).map((metric) => metric.name))),
  );
  const unused = catalogue.map(({ name }) => name).filter((name) => name.startsWith('tallystick_') && !used.has(name));
  assert.deepEqual([...new Set(unused)], []);
});

test('Prometheus can read every expression of the dashboards', async () => {
  const folder = join(root, '.stack');
  mkdirSync(folder, { recursive: true });
  const rules = expressions.map(({ expr }, at) => ({
    record: `expression:${at}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }));
  const file = join(folder, 'dashboard-expressions.yaml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboards', rules }] }));
  await runProgram(program, ['check', 'rules', file], { env: process.env });
});

test('no gauge of what all replicas share is summed over them', () => {
  const shared =
    /sum(?: by \([^)]*\))? \((tallystick_(?:source|holds?|ring_shards|adoption|connections|token_expires|audit_outbox)_[a-z_]+)/;
  for (const { where, expr } of expressions)
    assert.doesNotMatch(expr.replace(/sum\(max|sum by \([^)]*\) \(max/g, ''), shared, where);
});

test('panels of a dashboard do not lie on each other, and each has a title of its own', () => {
  for (const { file, board } of boards) {
    const places = new Set();
    for (const panel of /** @type {any[]} */ (board.panels))
      for (let x = panel.gridPos.x; x < panel.gridPos.x + panel.gridPos.w; x++)
        for (let y = panel.gridPos.y; y < panel.gridPos.y + panel.gridPos.h; y++) {
          assert.ok(x < 24 && !places.has(`${x},${y}`), `${file}: ${panel.title}`);
          places.add(`${x},${y}`);
        }
    const titles = board.panels.map(({ title }) => title);
    assert.deepEqual(titles, [...new Set(titles)], file);
  }
});
