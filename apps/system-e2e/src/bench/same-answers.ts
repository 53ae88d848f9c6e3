/** `nothing`: refused before it was judged; who asks, or about what, is not known. */
export type Answer = 'allow' | 'deny' | 'nothing';

export interface Question {
  readonly what: string;
  readonly expected: Answer;
  readonly bearer: string;
  readonly environment: string;
  readonly token: string;
}

/** What was answered otherwise than expected, one sentence each; a comparison of two that answer differently compares nothing. */
export async function differentAnswers(
  questions: readonly Question[],
  servers: Readonly<Record<string, (question: Question) => Promise<Answer>>>,
): Promise<readonly string[]> {
  const differences: string[] = [];
  for (const question of questions)
    for (const [name, ask] of Object.entries(servers)) {
      const answer = await ask(question);
      if (answer !== question.expected) differences.push(`${question.what}: ${name} says ${answer}, not ${question.expected}`);
    }
  return differences;
}
