import { describe, expect, it } from '@jest/globals';
import { choosePrimary } from './choose-primary.ts';

const says = (sentinelId: string, host: string, configEpoch: number, replicas = 2) => ({
  sentinelId,
  host,
  port: 6379,
  configEpoch,
  replicas,
});

describe('the primary', () => {
  it.each([
    ['all agree', [says('a', 'p', 1), says('b', 'p', 1), says('c', 'p', 1)], 'p'],
    ['one was cut off with the old primary', [says('a', 'p', 1), says('b', 'q', 2), says('c', 'q', 2)], 'q'],
    ['one is silent', [says('b', 'q', 2), says('c', 'q', 2)], 'q'],
    ['the news has not come round', [says('a', 'p', 1), says('b', 'p', 1), says('c', 'q', 2)], undefined],
    ['only one of three answers', [says('a', 'q', 2)], undefined],
    ['two names lead to one sentinel', [says('a', 'q', 2), says('a', 'q', 2)], undefined],
    ['nobody answers', [], undefined],
  ])('is who a majority of the configured sentinels names at the newest epoch: %s', (_, answers, host) => {
    expect(choosePrimary(answers, 3)?.host).toBe(host);
  });

  it('comes with the most replicas that those who agree know of', () => {
    expect(choosePrimary([says('a', 'p', 1, 2), says('b', 'p', 1, 3), says('c', 'p', 1, 2)], 3)?.replicas).toBe(3);
  });
});
