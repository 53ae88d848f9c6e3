import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, projectNames } from './commit-messages.mjs';

const projects = projectNames(new URL('..', import.meta.url).pathname);

test('the projects are read from the folders', () => {
  for (const name of ['token-service', 'devices-domain', 'platform']) assert.ok(projects.includes(name), name);
});
for (const subject of [
  'fix(devices-domain): keep an unmanaged twin under merge',
  'docs: say what the demo shows',
  'feat(stack,demo): start in one command',
])
  test(`accepts ${subject}`, () => assert.equal(faultOf(subject, projects), undefined));
for (const subject of [
  'fixed it',
  'wip(devices-domain): x',
  'fix(nowhere): x',
  'fix(devices-domain): Keep.',
  `fix: ${'x'.repeat(120)}`,
])
  test(`refuses ${subject.slice(0, 40)}`, () => assert.notEqual(faultOf(subject, projects), undefined));
