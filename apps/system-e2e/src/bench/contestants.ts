import { createHmac } from 'node:crypto';
import type { BenchValidator } from './bench-validator.ts';
import { type OpaData, opaPath } from './opa-policy.ts';
import { type Answer, differentAnswers, type Question } from './same-answers.ts';

/** What the MFA provider sends. */
export const validatorQuestion = ({ process: { url }, caller }: BenchValidator) => ({
  url: `${url}/v1/environments/{environment}/verdicts`,
  body: '{"kind":"authentication","method":"mobile-app","presentedToken":"{token}","device":{"id":"{device}","platform":"ios","model":"iPhone 17","osVersion":"26.1","appVersion":"2.9.0"}}',
  headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${caller}` },
});

/** The same for a policy; of the device, which it does not look at, nothing. */
export const opaQuestion = (url: string, bearer: string) => ({
  url: `${url}${opaPath}`,
  body: JSON.stringify({ input: { bearer, environment: '{environment}', presentedToken: '{token}' } }),
  headers: { 'Content-Type': 'application/json' },
});

/** What OPA is given: the same issuer, and the same tokens of the same environments, the last one of each revoked. */
export function opaDataOf({ issuer, environments, tokenOf }: BenchValidator, active: number): OpaData {
  const pepper = 'a-key-of-this-measurement-and-of-nothing-else';
  const digestOf = (value: string): string => createHmac('sha256', pepper).update(value).digest('hex');
  const tokens = (at: number) =>
    Array.from({ length: active + 1 }, (_, number) => ({
      digest: digestOf(tokenOf(at, number)),
      state: number < active ? ('active' as const) : ('revoked' as const),
    }));
  return {
    issuer: { name: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks },
    pepper,
    rings: Object.fromEntries(environments.map((environment, at) => [environment, tokens(at)])),
  };
}

/**
 * Asks both every kind of question there is.
 * @returns how many they answered alike @throws Error that names those that one of them answered otherwise
 */
export async function agreedQuestions(
  { process: { url }, issuer, tokenOf }: BenchValidator,
  opaUrl: string,
  active: number,
): Promise<number> {
  const usual = {
    ...{ bearer: issuer.tokenFor({ '*': ['validator-caller'] }), environment: 'bench-0', token: tokenOf(0, 0) },
  };
  const questions: readonly Question[] = [
    { ...usual, what: 'an active token', expected: 'allow' },
    { ...usual, what: 'another active token', expected: 'allow', token: tokenOf(0, active - 1) },
    { ...usual, what: 'a revoked token', expected: 'deny', token: tokenOf(0, active) },
    { ...usual, what: 'a token of another environment', expected: 'deny', token: tokenOf(1, 0) },
    { ...usual, what: 'an invented token', expected: 'deny', token: 'invented-by-somebody' },
    { ...usual, what: 'no token', expected: 'deny', token: '' },
    { ...usual, what: 'an environment that is not there', expected: 'nothing', environment: 'nowhere' },
    { ...usual, what: 'a caller without the role', expected: 'nothing', bearer: issuer.tokenFor({ '*': ['viewer'] }) },
    { ...usual, what: 'a caller of this environment', expected: 'allow', bearer: issuer.tokenFor({ 'bench-0': ['validator-caller'] }) }, // prettier-ignore
    { ...usual, what: 'a caller of another environment', expected: 'nothing', bearer: issuer.tokenFor({ 'bench-1': ['validator-caller'] }) }, // prettier-ignore
    { ...usual, what: 'a forged caller', expected: 'nothing', bearer: `${usual.bearer.slice(0, -8)}AAAAAAAA` },
  ];
  const differences = await differentAnswers(questions, {
    'the validator': async ({ bearer, environment, token }) =>
      verdictIn(
        await post(
          `${url}/v1/environments/${environment}/verdicts`,
          { kind: 'authentication', method: 'mobile-app', presentedToken: token },
          { authorization: `Bearer ${bearer}` },
        ),
      ),
    OPA: async ({ bearer, environment, token }) => {
      const answer = await post(`${opaUrl}${opaPath}`, { input: { bearer, environment, presentedToken: token } });
      return verdictIn((answer as { readonly result?: unknown }).result);
    },
  });
  if (differences.length > 0) throw new Error(`the two do not answer the same question: ${differences.join('; ')}`);
  return questions.length;
}

const verdictIn = (answer: unknown): Answer =>
  (answer as { readonly verdict?: 'allow' | 'deny' } | undefined)?.verdict ?? 'nothing';

async function post(url: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const all = { 'content-type': 'application/json', ...headers };
  return (await fetch(url, { method: 'POST', headers: all, body: JSON.stringify(body) })).json();
}
