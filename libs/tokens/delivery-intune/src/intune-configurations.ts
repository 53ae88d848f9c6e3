import { instantOf } from '@tallystick/kernel-core';
import type { Loaded, ManagedApp, NotDone, Platform, VendorConfigurations } from '@tallystick/tokens-domain';
import type { Graph } from './graph-calls.ts';
import { findKey, type HeldKeys, readKeys } from './held-keys.ts';
import { type Fault, fault, isFault, notDoneOf } from './intune-faults.ts';
import { graphVersionOf, type Policy, policy, policyPath, versionOf } from './intune-policy.ts';
import { type IntuneSettings, policiesOf } from './intune-settings.ts';
import { conforming } from './parse-json.ts';
import type { TargetsApp } from './targeted-apps.ts';

/** A policy as it was read, or as it is meant. */
export interface Content {
  readonly what: string;
  readonly policy: Policy;
}

export interface ConfigurationsNeeds {
  readonly settings: IntuneSettings;
  readonly app: ManagedApp;
  readonly graph: Graph;
  readonly targetsApp: TargetsApp;
}

export const nameOf = (id: string, platform: Platform): string => `${platform === 'ios' ? 'iOS' : 'Android'} policy ${id}`;

export async function readPolicy(
  graph: Graph,
  id: string,
  platform: Platform,
  deadline: AbortSignal,
): Promise<{ readonly kind: 'policy'; readonly policy: Policy } | Fault> {
  const what = nameOf(id, platform);
  const answer = await graph.get(graphVersionOf(platform), policyPath(id), what, deadline);
  if (isFault(answer)) return answer;
  const read = conforming(policy, answer.body);
  return read ? { kind: 'policy', policy: read } : fault('unreadable', `${what}: Graph gave no policy as is known`);
}

/**
 * @param overtaken gets the policies whose version went up by more than the write of it: somebody else's write came between reading and
 *   writing, and if it changed the same member, it is lost.
 */
export function intuneConfigurations(
  { settings, app, graph, targetsApp }: ConfigurationsNeeds,
  overtaken: string[],
): VendorConfigurations<Content> {
  /** Of content that was read without a fault before. */
  const keysOf = ({ policy: it, what }: Content, platform: Platform): HeldKeys => {
    const keys = readKeys(it, platform, app, what);
    if (isFault(keys)) throw new Error('a policy is looked at before it is used');
    return keys;
  };
  const patchOf = (content: Content, value: string, platform: Platform) => keysOf(content, platform).patchWith(value);

  return {
    settlesWithinMs: 120_000,
    ids: (platform) => policiesOf(settings, platform),

    async load(id, platform, deadline): Promise<Loaded<Content> | NotDone> {
      const read = await readPolicy(graph, id, platform, deadline);
      if (isFault(read)) return notDoneOf(read);
      const { lastModifiedDateTime } = read.policy;
      const version = versionOf(read.policy);
      const changedAt = typeof lastModifiedDateTime === 'string' ? instantOf(lastModifiedDateTime) : undefined;
      return {
        kind: 'loaded',
        content: { what: nameOf(id, platform), policy: read.policy },
        ...(version !== undefined && { version: String(version) }),
        ...(changedAt !== undefined && { changedAt }),
      };
    },

    places({ policy: it, what }, platform) {
      const keys = readKeys(it, platform, app, what);
      if (isFault(keys)) return notDoneOf(keys);
      const held = findKey(keys, app, what);
      return isFault(held) ? notDoneOf(held) : [{ name: what, value: held.text }];
    },

    withValue: (content, value, platform) => ({
      ...content,
      policy: { ...content.policy, ...patchOf(content, value, platform) },
    }),

    rest(content, platform) {
      const { form, keys, around } = keysOf(content, platform);
      const others = keys.filter(({ key }) => key !== app.key).map(({ key, content: held }) => [key, held] as const);
      return {
        form,
        around,
        // What devices get hangs on no order of keys.
        keys: others.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
        policy: Object.fromEntries(Object.entries(content.policy).filter(([member]) => isOfThePolicy(member))),
      };
    },

    kept: (content, platform) => keysOf(content, platform).keys.filter(({ key }) => key !== app.key).length,

    async save(id, { content, version }, next, platform, deadline) {
      const { what } = content;
      const wrongApp = await targetsApp(content.policy, platform, what, deadline);
      if (wrongApp) return notDoneOf(wrongApp);
      const value = findKey(keysOf(next, platform), app, what);
      if (isFault(value) || value.text === undefined) return { kind: 'refused', reason: 'would-change-more', detail: what };
      const patch = patchOf(content, value.text, platform);
      const answer = await graph.patch(graphVersionOf(platform), policyPath(id), patch, what, deadline);
      if (isFault(answer)) return notDoneOf(answer);
      if (answer.kind === 'unknown') return answer;
      if (answer.body === undefined) return { kind: 'saved' };
      const read = conforming(policy, answer.body);
      if (!read) return { kind: 'unknown', detail: `${what}: the write was answered with something else than a policy` };
      const after = versionOf(read);
      if (version !== undefined && after !== undefined && after > Number(version) + 1) overtaken.push(what);
      return { kind: 'saved' };
    },
  };
}

const ofTheService: ReadonlySet<string> = new Set([
  ...['version', 'createdDateTime', 'lastModifiedDateTime'],
  ...['settings', 'encodedSettingXml', 'payloadJson'], // compared by what they hold
]);
const isOfThePolicy = (member: string): boolean =>
  !ofTheService.has(member) && (member === '@odata.type' || !member.includes('@'));
