import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger, type Logger } from '@tallystick/platform-observability';
import { eventually } from '@tallystick/platform-testing';
import { connectRedis, type Redis, redisFacts } from './index.ts';
import { SentinelWatch } from './sentinel-watch.ts';
import { bulk, falseSentinel, falseServer, type FalseServer, type SentinelSays } from './test-support/false-server.ts';

const logger = createLogger({ service: 'sentinels-test', level: 'silent' });
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
const kept = async (made: Promise<FalseServer>): Promise<FalseServer> => {
  const server = await made;
  ends.push(() => server.close());
  return server;
};
/** Three sentinels that say what is in the list, which may be changed. */
const threeThat = async (told: SentinelSays[]): Promise<readonly string[]> => {
  const made = await Promise.all(['a', 'b', 'c'].map((id, at) => kept(falseSentinel(id, () => told[at]!))));
  return made.map(({ address }) => address);
};
const allSay = (says: SentinelSays): SentinelSays[] => [says, says, says];

describe('a watch of sentinels', () => {
  const watch = async (told: SentinelSays[], afterMs?: number, isHeld = () => false) => {
    const errors: string[] = [];
    const hearing = Object.assign(Object.create(logger) as Logger, {
      error: (_: unknown, text: string) => void errors.push(text),
    });
    const made = new SentinelWatch({ sentinels: await threeThat(told), primary: 'p' }, hearing, afterMs);
    ends.push(made.listen({ onChosen: () => undefined, isHeld }));
    const chooses = (port: number) =>
      eventually(() => (made.suspect(), made.chosen?.port === port), { withinMs: 10_000, what: `${port} is chosen` });
    return { made, errors, chooses };
  };

  it('takes the promoted replica while a sentinel still has the address of the old primary in its facts', async () => {
    const { chooses } = await watch([
      { port: 2, epoch: 2, masterPort: 1 },
      { port: 2, epoch: 2 },
      { port: 1, epoch: 1 },
    ]);
    await chooses(2);
  }, 20_000);

  it('keeps the newest epoch that it saw, also when the same server is named at an older one', async () => {
    const told = allSay({ port: 2, epoch: 5 });
    const { made, errors, chooses } = await watch(told);
    await chooses(2);
    told.splice(0, 3, ...allSay({ port: 2, epoch: 3 }));
    expect((await made.primary(2_000)).port).toBe(2);
    await new Promise<void>((resolve) => ends.push(made.listen({ onChosen: () => resolve(), isHeld: () => false })));
    told.splice(0, 3, ...allSay({ port: 1, epoch: 4 }));
    await eventually(() => (made.suspect(), errors.length > 0), { withinMs: 5_000, what: 'it is said' });
    expect([made.chosen?.port, errors.length]).toEqual([2, 1]);
    await expect(made.primary(300)).rejects.toThrow('older config epoch');
  }, 20_000);

  it('follows sentinels that were made anew when all of them go on saying so and nothing is held any more', async () => {
    const told = allSay({ port: 1, epoch: 5 });
    let isHeld = true;
    const { made, errors, chooses } = await watch(told, 300, () => isHeld);
    await chooses(1);
    told.splice(0, 3, ...allSay({ port: 2, epoch: 0 }));
    await eventually(() => (made.suspect(), errors.length > 0), { withinMs: 5_000, what: 'it is said' });
    await expect(made.primary(800)).rejects.toThrow('older config epoch');
    isHeld = false;
    await chooses(2);
    expect(errors).toHaveLength(1);
  }, 20_000);
});

describe('a connection that sentinels lead', () => {
  it('that is being made to the old primary while they switch goes to the new one, though the old one says that it is it', async () => {
    let asked = 0;
    let answer: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => (answer = resolve));
    const primary = (name: string, isSlow: boolean) =>
      kept(
        falseServer(async ([command = '']) => {
          if (command === 'INFO') {
            asked++;
            if (isSlow) await woken;
            return bulk('role:master\r\n');
          }
          return command === 'GET' ? bulk(name) : undefined;
        }),
      );
    const [old, next] = [await primary('old', true), await primary('next', false)];
    const told = allSay({ port: old.port, epoch: 1 });
    const opening = connectRedis({
      sentinels: await threeThat(told),
      primary: 'p',
      name: 'one',
      logger,
      commandTimeoutMs: 20_000,
    });
    const held = opening.then((client: Redis) => (ends.push(() => client.destroy()), client));
    await eventually(() => asked === 1, { withinMs: 5_000, what: 'the old one is asked' });
    told.splice(0, 3, ...allSay({ port: next.port, epoch: 2 }));
    const client = await held; // while the old one is still silent
    answer();
    expect(await client.get('who')).toBe('next');
    const { connection } = redisFacts(client);
    expect(connection).toBeDefined();
    redisFacts(client).renew();
    await eventually(() => ![undefined, connection].includes(redisFacts(client).connection), {
      withinMs: 5_000,
      what: 'a new one',
    });
  }, 15_000);
});
