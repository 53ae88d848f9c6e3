import { environmentId, instant } from '@tallystick/kernel-core';
import { applyRings, emptyRingTable, judgePresentation } from '@tallystick/pairing-domain';
import { currentKey, generateKeyRing, hmacDigest, parseKeyRing } from '@tallystick/platform-secrets';
import { defaultRingSettings, type PepperId, type Ring, type TokenDigest, type TokenId } from '@tallystick/tokens-domain';
import { quantile } from '../system/histogram.ts';

export interface JudgementFigures {
  /** Digest and judgement together, in microseconds. */
  readonly medianMicroseconds: number;
  readonly p99Microseconds: number;
}

/** In this process, without HTTP: one digest and one judgement, sibling rules included, against so many environments. */
export function measureJudgement({ environments = 1_000, tokens = 4, judgements = 100_000 } = {}): JudgementFigures {
  const { keyId, key } = currentKey(parseKeyRing(generateKeyRing()));
  const pepperId = keyId as PepperId;
  const valueOf = (environment: number, token: number): string =>
    `tsk_${'0'.repeat(41)}${String(environment * 1_000 + token).padStart(8, '0')}`;
  const names = Array.from({ length: environments }, (_, index) => environmentId(`bench-${index}`));
  const rings = names.map((environment, index): Ring => ({
    environment,
    version: 1,
    isDefined: true,
    requirement: { mode: 'enforce', effectiveAt: instant(0) },
    siblings: { mode: 'enforce', revision: 1, rules: { deviceLock: true, minimumOsVersion: { ios: '17.4', android: '14' } } },
    settings: defaultRingSettings,
    proposals: [],
    tokens: Array.from({ length: tokens }, (_, number) => ({
      id: `tok_${index}-${number}` as TokenId,
      label: '',
      digest: hmacDigest(key, valueOf(index, number)) as TokenDigest,
      pepperId,
      origin: 'generated',
      segment: {},
      createdAt: instant(0),
      createdBy: 'bench',
      state: { kind: 'active' },
    })),
  }));
  const table = applyRings(emptyRingTable, rings);
  const facts = { platform: 'ios', osVersion: '26.1', model: 'iPhone 17', isLocked: true } as const;
  const took: number[] = [];
  for (let number = -judgements / 5; number < judgements; number += 1) {
    const index = Math.abs(number) % environments;
    const value = valueOf(index, Math.abs(number) % tokens);
    const from = process.hrtime.bigint();
    const digests = [{ pepperId, digest: hmacDigest(key, value) as TokenDigest }];
    const presentation = { kind: 'authentication', method: 'mobile-app', form: 'well-formed', digests } as const;
    const { verdict } = judgePresentation({ table, environment: names[index]!, presentation, facts, at: instant(1) });
    const to = process.hrtime.bigint();
    if (verdict !== 'allow') throw new Error(`a good token was not allowed: ${verdict}`);
    if (number >= 0) took.push(Number(to - from) / 1_000);
  }
  return { medianMicroseconds: quantile(took, 0.5), p99Microseconds: quantile(took, 0.99) };
}
