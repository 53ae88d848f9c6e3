import { type Instant, instant } from '@tallystick/kernel-core';
import {
  defaultRingSettings,
  type ProposalId,
  type Ring,
  type RingCommand,
  type RingSettings,
  type SiblingRules,
  type Token,
  type TokenId,
} from '@tallystick/tokens-domain';

/** What the model run draws: every command; more often those that the others need, and those that find little to do. */
export const modelCommands = [
  ...(['set-requirement', 'turn-off', 'add-token', 'add-token', 'add-token', 'edit-token', 'replace-value'] as const),
  ...([
    'retire-tokens',
    'retire-tokens',
    'retire-tokens',
    'reinstate-tokens',
    'reinstate-tokens',
    'reinstate-tokens',
    'release-values',
    'release-values',
  ] as const),
  ...(['revoke-tokens', 'revoke-others', 'revoke-others', 'report-leak', 'replace-all', 'clear'] as const),
  ...(['set-siblings', 'change-settings', 'change-settings', 'approve', 'approve', 'approve', 'withdraw', 'withdraw'] as const),
];
export type ModelCommand = (typeof modelCommands)[number];

const rules: readonly SiblingRules[] = [
  {},
  { deviceLock: true, notRootedOrJailbroken: true, biometrics: true },
  { minimumOsVersion: { ios: '17.4', android: '14' }, minimumAppVersion: { ios: '3' } },
  { brands: { brandsAllowed: ['Google'], brandsDisallowed: [], modelsAllowed: [], modelsDisallowed: ['Pixel 3'] } },
];
const settings: readonly RingSettings[] = [
  { ...defaultRingSettings, twoPeople: true },
  { ...defaultRingSettings, twoPeople: true, readableValues: true, enrolmentLink: 'https://mdm.example/enrol' },
  { ...defaultRingSettings, compatibility: 'reference', guards: { ...defaultRingSettings.guards, refusedShare: 0.2 } },
  defaultRingSettings,
];

/** One command that makes sense for this ring, if any does: `pick` chooses what it is about. Every one is forced. */
export function modelCommand(ring: Ring | undefined, kind: ModelCommand, pick: number, now: Instant): RingCommand {
  const one = <T>(all: readonly T[]): T | undefined => all[pick % all.length];
  const [force, reason] = [{ reason: 'model' }, 'model'];
  const tokenThat = (is: (token: Token) => boolean = () => true): TokenId =>
    (one(ring?.tokens.filter(is) ?? []) ?? one(ring?.tokens ?? []))?.id ?? ('none' as TokenId);
  // The newest: what was proposed before is soon outdated.
  const proposal = ring?.proposals.at(-1)?.id ?? ('prp_none' as ProposalId);
  const isLive = ({ state }: Token): boolean => state.kind !== 'revoked';
  const isIn =
    (state: Token['state']['kind']) =>
    (token: Token): boolean =>
      token.state.kind === state;
  const later = (ms: number): Instant => instant(now + ms);
  const [isEven, isThird] = [pick % 2 === 0, pick % 3 === 0];
  switch (kind) {
    case 'set-requirement':
      return { kind, mode: isThird ? 'observe' : 'enforce', effectiveAt: instant(5_000 + pick), force };
    case 'turn-off':
      return { kind: 'set-requirement', mode: 'off', force };
    case 'add-token':
      return {
        kind,
        label: 'added',
        segment: isThird ? { platform: 'ios', site: 'berlin', mdm: 'intune' } : {},
        keepValue: isEven,
        ...(pick % 5 === 0 ? { notBefore: later(10), expiresAt: later(100_000) } : {}),
      };
    case 'edit-token': {
      const dates = isThird ? { notBefore: null, expiresAt: null } : { expiresAt: later(50_000 + pick) };
      return {
        kind,
        token: tokenThat(isLive),
        label: `edited ${pick}`,
        ...(isEven ? { segment: { site: 'rome' } } : {}),
        ...dates,
        force,
      };
    }
    case 'replace-value':
      return { kind, token: tokenThat(isLive), reason, force };
    case 'retire-tokens':
      return { kind, tokens: [tokenThat(isIn('active'))] };
    case 'reinstate-tokens':
      return { kind, tokens: [tokenThat(isIn('retiring'))] };
    case 'release-values':
      return { kind, tokens: [tokenThat(({ valueKept }) => valueKept === 'delivery')] };
    case 'revoke-tokens':
      return { kind, tokens: [tokenThat()], reason, force };
    case 'revoke-others':
      return { kind, keep: tokenThat(isLive), reason, force };
    case 'report-leak':
      return { kind, token: tokenThat(isLive), source: 'a scan' };
    case 'replace-all':
      return {
        kind,
        mode: isEven ? 'enforce' : 'observe',
        effectiveAt: instant(6_000 + pick),
        rules: one(rules) ?? {},
        tokens: isThird ? [{ fresh: 0 }, { fresh: 1 }] : [{ keep: tokenThat(isLive) }, { fresh: 0 }],
        reason,
        force,
      };
    case 'clear':
      return { kind, reason, force };
    case 'set-siblings':
      return { kind, mode: isEven ? 'enforce' : 'observe', rules: one(rules) ?? {}, force };
    case 'change-settings':
      return { kind, settings: one(settings) ?? defaultRingSettings, force };
    case 'approve':
    case 'withdraw':
      return { kind, proposal };
  }
}

/** Makes no token accepted that was not: may use what memory is kept back for an emergency. */
export const mayUseReserve = (kind: ModelCommand): boolean => kind.startsWith('revoke') || kind === 'clear';
