import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readCatalogue, readMetrics, sources, textOf } from './metrics.mjs';

test('deploy/metrics.json has every metric that the code declares, and no other', async () => {
  assert.equal(readCatalogue(), textOf(await readMetrics()), 'run "node tools/metrics.mjs"');
});

test('a metric is declared where the catalogue looks: in a function declare…Metrics of a file …-metrics.ts', () => {
  const makes = /\.(?:counter|gauge|histogram)\(\s*['"`]|new (?:Counter|Gauge|Histogram)\(/;
  const elsewhere = ['apps', 'libs']
    .flatMap((folder) => sources(folder, /\/src\/.*\.ts$/))
    .filter(
      (file) => !/-metrics\.ts$|spec\.ts$|\.fixture\.ts$|test-support|observability\/src\/metrics\.ts$|node_modules/.test(file),
    )
    .filter((file) => makes.test(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')));
  assert.deepEqual(elsewhere, []);
});

test('no label can hold a person, a phone, a device or a token', () => {
  const labels = new Set(JSON.parse(readCatalogue()).flatMap((/** @type {{ labels: string[] }} */ { labels }) => labels));
  const personal = /user|person|subject|actor|name$|phone|mail|device|token|value|account|id$|ip$|address/i;
  assert.deepEqual([...labels].filter((label) => personal.test(label) && label !== 'service_name'), []); // prettier-ignore
});
