import { isoOf } from '@tallystick/kernel-core';
import { type Force, liveTokens, type Ring, type SiblingRules, type Token, type TokenId } from '@tallystick/tokens-domain';
import type { RingPlan } from '../../rings/ring-request.ts';
import type { DeviceRequirements, DeviceRequirementsChange } from './device-requirements.documents.ts';

const maskStart = 'urn:tallystick:token:';
/** Stands for a token without being its value; no value can look like it, since ":" is none of the characters that values may have. */
export const maskOf = (id: TokenId): string => `${maskStart}${id}`;

/** The ring as the reference product shows it. `observe` counts as enabled: it is on. Tokens whose value is not given are masked. */
export function deviceRequirementsOf(ring: Ring, values: ReadonlyMap<TokenId, string>): DeviceRequirements {
  const { requirement, siblings } = ring;
  const { deviceLock, notRootedOrJailbroken, biometrics, minimumOsVersion, minimumAppVersion, brands } = siblings.rules;
  const on = { enabled: true };
  const updatedAt = Math.max(...ring.tokens.map(newestDateOf));
  return {
    mobileDeviceManagementRequire: {
      enabled: requirement.mode !== 'off',
      effectiveDate: isoOf(requirement.effectiveAt),
      tokens: liveTokens(ring).map(({ id, createdAt }) => ({
        token: values.get(id) ?? maskOf(id),
        creationTime: isoOf(createdAt),
      })),
    },
    ...(deviceLock ? { deviceLockEnableRequire: on } : {}),
    ...(notRootedOrJailbroken ? { deviceNotAllowedRootedOrJailBroken: on } : {}),
    ...(biometrics ? { deviceRequireBiometricsCapabilities: on } : {}),
    ...(minimumOsVersion ? { minimumOSVersionRequire: { ...on, ...minimumOsVersion } } : {}),
    ...(minimumAppVersion ? { minimumPingIDAppVersionRequire: { ...on, ...minimumAppVersion } } : {}),
    ...(brands
      ? {
          restrictDevicesByBrand: {
            ...on,
            deviceBrandsAllowed: [...brands.brandsAllowed],
            deviceBrandsDisAllowed: [...brands.brandsDisallowed],
            deviceModelsAllowed: [...brands.modelsAllowed],
            deviceModelsDisAllowed: [...brands.modelsDisallowed],
          },
        }
      : {}),
    ...(Number.isFinite(updatedAt) ? { updatedAt: new Date(updatedAt).toISOString() } : {}),
  };
}

const newestDateOf = ({ createdAt, state, leakReportedAt = createdAt }: Token): number =>
  Math.max(createdAt, leakReportedAt, state.kind === 'active' ? createdAt : state.at);

/**
 * What a PUT asks for (M32: exactly this, and nothing else). A mask, or the value of a live token, keeps that token with its label, segment
 * and dates. `enabled` keeps `observe` where that is set: the object has no word for it.
 * @param find the token of the ring that has a value.
 */
export function planOf(
  body: DeviceRequirementsChange,
  before: Ring | undefined,
  find: (value: string, ring: Ring) => Token | undefined,
  reason: string,
  force: Force | undefined,
): RingPlan {
  const { enabled = false, effectiveDate, tokens = [] } = body.mobileDeviceManagementRequire ?? {};
  const ownValues: string[] = [];
  const wanted = tokens.map(({ token: text }): { readonly keep: TokenId } | { readonly fresh: number } => {
    if (/^urn:tallystick:token:tok_[a-z2-7]{16}$/.test(text)) return { keep: text.slice(maskStart.length) as TokenId };
    const known = before && find(text, before);
    return known && known.state.kind !== 'revoked' ? { keep: known.id } : { fresh: ownValues.push(text) - 1 };
  });
  return {
    command: {
      kind: 'replace-all',
      mode: !enabled ? 'off' : before?.requirement.mode === 'observe' ? 'observe' : 'enforce',
      ...(effectiveDate === undefined ? {} : { effectiveAt: effectiveDate }),
      rules: rulesOf(body),
      tokens: wanted,
      reason,
      ...(force ? { force } : {}),
    },
    ownValues,
  };
}

function rulesOf(body: DeviceRequirementsChange): SiblingRules {
  const minimumOf = (rule: DeviceRequirementsChange['minimumOSVersionRequire']) => {
    if (!rule?.enabled) return undefined;
    const { android, ios } = rule;
    return { ...(android === undefined ? {} : { android }), ...(ios === undefined ? {} : { ios }) };
  };
  const os = minimumOf(body.minimumOSVersionRequire);
  const app = minimumOf(body.minimumPingIDAppVersionRequire);
  const lists = body.restrictDevicesByBrand;
  return {
    ...(body.deviceLockEnableRequire?.enabled ? { deviceLock: true } : {}),
    ...(body.deviceNotAllowedRootedOrJailBroken?.enabled ? { notRootedOrJailbroken: true } : {}),
    ...(body.deviceRequireBiometricsCapabilities?.enabled ? { biometrics: true } : {}),
    ...(os ? { minimumOsVersion: os } : {}),
    ...(app ? { minimumAppVersion: app } : {}),
    ...(lists?.enabled
      ? {
          brands: {
            brandsAllowed: lists.deviceBrandsAllowed ?? [],
            brandsDisallowed: lists.deviceBrandsDisAllowed ?? [],
            modelsAllowed: lists.deviceModelsAllowed ?? [],
            modelsDisallowed: lists.deviceModelsDisAllowed ?? [],
          },
        }
      : {}),
  };
}
