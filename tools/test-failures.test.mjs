import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failuresOf } from './test-failures.mjs';

const file = (/** @type {object} */ more) => ({
  name: '/clone/libs/a/src/a.spec.ts',
  message: '',
  assertionResults: [],
  ...more,
});
const report = (/** @type {ReturnType<typeof file>[]} */ ...testResults) => ({
  ...{ numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0 },
  testResults,
});

describe('what failed is told at the end', () => {
  it('names file, title and the first line of the reason of each test that failed, and no other', () => {
    const assertionResults = [
      { status: 'passed', fullName: 'a ring holds', failureMessages: [] },
      {
        status: 'failed',
        fullName: 'a ring turns',
        failureMessages: ['\u001b[31mError: it stood still\u001b[0m\n    at a.ts:1'],
      },
    ];
    assert.deepEqual(failuresOf(report(file({ assertionResults })), '/clone'), [
      'libs/a/src/a.spec.ts: a ring turns: Error: it stood still',
    ]);
  });

  it('names a file that could not run at all', () => {
    const message = '  \u001b[1m● Test suite failed to run\u001b[22m\n\n    Cannot find module x';
    assert.deepEqual(failuresOf(report(file({ message })), '/clone'), ['libs/a/src/a.spec.ts: Cannot find module x']);
  });

  it('is silent about a file that passed', () => {
    const assertionResults = [{ status: 'passed', fullName: 'a ring holds', failureMessages: [] }];
    assert.deepEqual(failuresOf(report(file({ assertionResults })), '/clone'), []);
  });
});
