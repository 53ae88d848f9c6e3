import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import type { NodesCheck } from '@tallystick/platform-redis';
import { eventually } from '@tallystick/platform-testing';
import { ServerChecks } from './server-checks.ts';
import { ServerSafety } from './server-safety.ts';

const lookAt = (serverId: string, replicas = 0) => ({ identity: { epoch: 'e', registry: 'r', serverId }, replicas });

describe('a change is bounded', () => {
  // N nodes could be the primary, R = N - 1 of them besides the one that is; w replicas are known to have the change.
  it.each([
    { electable: 0, seen: 0, w: 0, is: true },
    { electable: 1, seen: 1, w: 1, is: true },
    { electable: 2, seen: 2, w: 2, is: true },
    { electable: 2, seen: 2, w: 1, is: false, because: 'the one without it may be elected' },
    { electable: 2, seen: 0, w: 0, is: false, because: 'a primary that was cut off sees no replica, and there are some' },
    { electable: undefined, seen: 0, w: 0, is: false, because: 'nobody said how many there are' },
    { electable: undefined, seen: 2, w: 2, is: false, because: 'nobody said how many there are' },
    { electable: 0, seen: 1, w: 0, is: false, because: 'there is a replica that nobody spoke of' },
    { electable: 1, seen: 2, w: 2, is: false, because: 'a third one may be one that was never proven dead' },
  ])('with $electable that could be promoted, $seen seen and $w that have it: $is $because', ({ electable, seen, w, is }) => {
    const safety = new ServerSafety({ electable });
    safety.checked('s', true);
    safety.seen({ replicas: seen });
    expect(safety.isSafe(lookAt('s'), w)).toBe(is);
  });

  it('never again once more replicas were seen than could be promoted, and on no server that was not checked', () => {
    const safety = new ServerSafety({ electable: 1 });
    safety.checked('s', true);
    expect([safety.isSafe(lookAt('s'), 1), safety.isSafe(lookAt('other'), 1)]).toEqual([true, false]);
    safety.seen({ replicas: 2 });
    safety.seen({ replicas: 1 });
    expect(safety.isSafe(lookAt('s'), 1)).toBe(false);
  });
});

describe('the checks of the servers', () => {
  function checks(electable: number | undefined, answer: () => NodesCheck) {
    const clock = { ms: 0, nowMs: () => clock.ms };
    const safety = new ServerSafety({ electable });
    let asked = 0;
    const made = new ServerChecks({
      check: () => Promise.resolve().then(() => ((asked += 1), answer())),
      safety,
      electable,
      knownReplicas: () => 0,
      clock,
      logger: createLogger({ service: 'test', level: 'silent' }),
      isWanted: () => true,
    });
    /** Looks, and lets the check that it may begin come to its end. */
    const look = async (serverId: string, replicas = 0) => {
      made.seen(lookAt(serverId, replicas));
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { clock, safety, look, asked: () => asked };
  }
  const found = (runId: string, replicas = 0, faults: readonly string[] = []): NodesCheck => ({
    runId,
    replicationId: 'r',
    upMs: 0,
    replicas: Array.from({ length: replicas }, (_, n) => `10.0.0.${n}:6379`),
    faults,
  });

  it('check a server once, however the looks of shards alternate between two', async () => {
    let server = 'a';
    const { look, asked } = checks(0, () => found(server));
    for (const id of ['a', 'b', 'a', 'b', 'a', 'b']) await look(`${(server = id)}:r`);
    expect(asked()).toBe(2);
  });

  it('check again after a minute, so that a setting which was changed meanwhile is found', async () => {
    let faults: readonly string[] = [];
    const { look, clock, safety } = checks(0, () => found('a', 0, faults));
    await look('a:r');
    expect(safety.isSafe(lookAt('a:r'), 0)).toBe(true);
    faults = ['appendfsync is "everysec"'];
    clock.ms += 60_000;
    await look('a:r');
    expect(safety.isSafe(lookAt('a:r'), 0)).toBe(false);
  });

  it('check again when a replica comes, and believe in none that was not checked', async () => {
    let answer = found('a', 1);
    const { look, safety, asked } = checks(1, () => answer);
    await look('a:r', 1);
    expect(safety.isSafe(lookAt('a:r'), 1)).toBe(true);
    answer = found('a', 0);
    await look('a:r', 0);
    expect(safety.isSafe(lookAt('a:r'), 1)).toBe(false);
    answer = found('a', 1, ['replica 10.0.0.3:6379: appendfsync is "everysec"']);
    await look('a:r', 1);
    expect([asked(), safety.isSafe(lookAt('a:r'), 1)]).toEqual([3, false]);
  });

  it('count a replica that takes the place of another, though as many follow as before', async () => {
    let replicas = ['10.0.0.1:6379'];
    const { look, clock, safety } = checks(1, () => ({ ...found('a'), replicas }));
    await look('a:r', 1);
    expect(safety.isSafe(lookAt('a:r'), 1)).toBe(true);
    replicas = ['10.0.0.2:6379'];
    clock.ms += 60_000;
    await look('a:r', 1);
    expect(safety.isSafe(lookAt('a:r'), 1)).toBe(false);
  });

  it.each([
    { upMs: 3_000, is: true, because: 'it was started after the one before had gone' },
    { upMs: 60_000, is: false, because: 'it ran beside the one before: a name or a proxy hides what can be promoted' },
  ])('find where nobody else should be another server, up for $upMs ms: bounded $is, $because', async ({ upMs, is }) => {
    let answer = found('a');
    const { look, clock, safety } = checks(0, () => answer);
    await look('a:r');
    clock.ms += 5_000;
    answer = { ...found('b'), upMs };
    await look('b:r');
    expect(safety.isSafe(lookAt('b:r'), 0)).toBe(is);
  });

  it('say nothing about a server when another one answered', async () => {
    const { look, safety } = checks(0, () => found('b'));
    await look('a:r');
    await eventually(() => safety.isSafe(lookAt('b:r'), 0), { withinMs: 1_000, what: 'what was checked is known' });
    expect(safety.isSafe(lookAt('a:r'), 0)).toBe(false);
  });
});
