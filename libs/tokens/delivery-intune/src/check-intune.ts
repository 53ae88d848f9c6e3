import type { CheckFinding, ManagedApp, Platform } from '@tallystick/tokens-domain';
import { findOtherPolicies } from './conflicting-policies.ts';
import { neededPermission } from './graph-calls.ts';
import { findKey, isNearMiss, readKeys } from './held-keys.ts';
import { type ConfigurationsNeeds, nameOf, readPolicy } from './intune-configurations.ts';
import { fault, findingOf, isFault } from './intune-faults.ts';
import type { IntuneLogin } from './intune-login.ts';
import type { Policy } from './intune-policy.ts';
import { policiesOf } from './intune-settings.ts';
import { parseJson } from './parse-json.ts';

/** Looks at everything that a delivery needs, and at what would keep its value from the devices. */
export async function checkIntune(
  needs: ConfigurationsNeeds & { readonly login: IntuneLogin },
  platform: Platform,
  deadline: AbortSignal,
): Promise<readonly CheckFinding[]> {
  const { settings, app, graph, login, targetsApp } = needs;
  const ids = policiesOf(settings, platform);
  if (ids.length === 0) return [findingOf(fault('slot-not-found', `this target has no policy for ${platform}`))];
  const token = await login.get(deadline);
  if (!token.ok) return [findingOf(token.error)];

  const findings: CheckFinding[] = lacksPermission(token.value)
    ? [
        findingOf(
          fault('permission-missing', `the access token does not name the application permission ${neededPermission}: grant it`),
          'warning', // Microsoft promises nothing about what is in it
        ),
      ]
    : [];
  for (const id of ids) {
    const what = nameOf(id, platform);
    const read = await readPolicy(graph, id, platform, deadline);
    if (isFault(read)) {
      findings.push(findingOf(read));
      // The same would be said of every other one.
      if (read.reason !== 'slot-not-found' && read.reason !== 'unreadable') return findings;
      continue;
    }
    const wrongApp = await targetsApp(read.policy, platform, what, deadline);
    if (wrongApp) findings.push(findingOf(wrongApp));
    findings.push(...findingsOfKeys(read.policy, platform, app, what));
  }
  return [...findings, ...(await findOtherPolicies(needs, platform, ids, deadline))];
}

function findingsOfKeys(policy: Policy, platform: Platform, app: ManagedApp, what: string): readonly CheckFinding[] {
  const keys = readKeys(policy, platform, app, what);
  if (isFault(keys)) return [findingOf(keys)];
  const held = findKey(keys, app, what);
  if (isFault(held)) return [findingOf(held)];
  const findings: CheckFinding[] = [];
  if (held.text === undefined)
    findings.push({
      severity: 'warning',
      what: 'key-missing',
      detail: `${what} does not hold the key ${app.key}: a delivery adds it`,
    });
  if (held.text?.includes('{{'))
    findings.push({
      severity: 'warning',
      what: 'unreadable',
      detail: `${what}: under ${app.key} stands a variable of Intune ({{…}}), another text on each device; a delivery replaces it`,
    });
  if (keys.keys.some(({ key }) => isNearMiss(key, app.key)))
    findings.push({
      severity: 'warning',
      what: 'near-miss-key',
      detail: `${what} also holds a key that differs from ${app.key} in blanks, case or hyphens: the app does not read it; take it out`,
    });
  return findings;
}

/** Access tokens of applications name what they may in `roles`, where they can be read at all. */
function lacksPermission(token: string): boolean {
  const [, claims = ''] = token.split('.');
  const read = parseJson(Buffer.from(claims, 'base64url').toString('utf8'));
  const roles = typeof read === 'object' && read !== null && 'roles' in read ? read.roles : undefined;
  return Array.isArray(roles) && !roles.includes(neededPermission);
}
