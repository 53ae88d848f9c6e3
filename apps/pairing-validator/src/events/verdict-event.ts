import { type EnvironmentId, type Instant, isoOf } from '@tallystick/kernel-core';
import { exemptMethods, type PresentationKind, type Verdict } from '@tallystick/pairing-domain';
import type { DeviceFacts } from '@tallystick/tokens-domain';

/** What became of one presentation, for the policy log (M37). */
export interface JudgedPresentation {
  readonly environment: EnvironmentId;
  readonly at: Instant;
  readonly kind: PresentationKind;
  readonly method: string;
  readonly verdict: Verdict;
  readonly device: string | undefined;
  /** Without anything that tells the presented value. */
  readonly facts: DeviceFacts | undefined;
}

/** The event as JSON, without the token. Put together by hand: most of it needs no escaping, and there is one for every request. */
export function verdictEventOf({ environment, at, kind, method, verdict, device, facts }: JudgedPresentation): string {
  const { presented, siblings, causes, observed } = verdict;
  const told =
    presented === undefined
      ? ''
      : presented === 'nothing' || presented === 'unknown'
        ? `,"presented":"${presented}"`
        : `,"token":"${presented}","presented":"token"`;
  const rules = siblings ? `,"siblings":{"revision":${siblings.revision},"met":${siblings.met}}` : '';
  return (
    `{"format":1,"environment":"${environment}","time":"${timeOf(at)}","kind":"${kind}","method":"${knownMethod(method)}",` +
    `"verdict":"${verdict.verdict}","reason":"${verdict.reason}","causes":${listOf(causes)},"observed":${listOf(observed)}` +
    `${told}${rules}${deviceOf(device, facts)}}`
  );
}

/** Names of ours: they need no escaping. */
const listOf = (names: readonly string[]): string => (names.length === 0 ? '[]' : `["${names.join('","')}"]`);

const factNames = ['platform', 'osVersion', 'appVersion', 'brand', 'model', 'isLocked', 'isRooted', 'hasBiometrics'] as const;

function deviceOf(id: string | undefined, facts: DeviceFacts | undefined): string {
  if (id === undefined && facts === undefined) return '';
  let fields = id === undefined ? '' : `,"id":${quoted(id)}`;
  if (facts)
    for (const name of factNames) {
      const fact = facts[name];
      if (fact !== undefined) fields += `,"${name}":${typeof fact === 'string' ? quoted(fact) : fact}`;
    }
  return `,"device":{${fields.slice(1)}}`;
}

const harmless = /^[ !#-[\]-~]*$/;
const quoted = (text: string): string => (harmless.test(text) ? `"${text}"` : JSON.stringify(text));

let last: { readonly second: number; readonly text: string } | undefined;

/** Many events have the same second. */
function timeOf(at: Instant): string {
  const second = Math.floor(at / 1_000);
  if (last?.second !== second) last = { second, text: isoOf(at).slice(0, -4) };
  return `${last.text}${String(at - second * 1_000).padStart(3, '0')}Z`;
}

/** Any other word is the caller's own text, and might be anything. */
const knownMethod = (method: string): string => (method === 'mobile-app' || exemptMethods.has(method) ? method : 'other');
