import { describe, expect, it } from '@jest/globals';
import { differentAnswers, type Question } from './same-answers.ts';

const question = (what: string, expected: Question['expected']): Question => ({
  ...{ what, expected, bearer: 'b', environment: 'e', token: 't' },
});

describe('two that are compared', () => {
  it('must answer every question as expected, and each that does not is named', async () => {
    const questions = [question('a live token', 'allow'), question('a revoked token', 'deny')];
    const good = ({ expected }: Question) => Promise.resolve(expected);
    const generous = () => Promise.resolve('allow' as const);
    expect(await differentAnswers(questions, { one: good, other: good })).toEqual([]);
    expect(await differentAnswers(questions, { one: good, other: generous })).toEqual([
      'a revoked token: other says allow, not deny',
    ]);
  });
});
