import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { VerdictEvents } from './verdict-events.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

function collect(limits: { mostWaiting?: number; mostCharacters?: number } = {}) {
  const sink = {
    batches: [] as number[],
    answer: (): Promise<unknown> => Promise.resolve(),
    messages: [] as { key: string; value: string }[],
    send: (_: string, messages: readonly { key: string; value: Buffer }[]) => {
      sink.batches.push(messages.reduce((sum, { value }) => sum + (JSON.parse(String(value)) as unknown[]).length, 0));
      sink.messages.push(...messages.map(({ key, value }) => ({ key, value: String(value) })));
      return sink.answer();
    },
  };
  const events = new VerdictEvents({ sink, logger, ...limits });
  const add = (count: number, length = 5) => {
    for (let i = 0; i < count; i++) events.add('acme', '1'.repeat(length));
  };
  return { sink, events, add };
}

describe('verdict events', () => {
  it('of an environment go together in one message, in their order', async () => {
    const { sink, events } = collect();
    for (const [environment, event] of [['acme', '1'], ['globex', '2'], ['acme', '3']] as const) events.add(environment, event); // prettier-ignore
    await events.stop();
    expect(sink.messages).toEqual([
      { key: 'acme', value: '[1,3]' },
      { key: 'globex', value: '[2]' },
    ]);
  });

  it('are sent in messages and batches that are small, a large event alone', async () => {
    const { sink, events, add } = collect();
    add(250);
    await events.flush();
    expect(sink.messages.map(({ value }) => (JSON.parse(value) as unknown[]).length)).toEqual([100, 100, 50]);
    add(500, 400); // messages of 40 KB
    await events.flush();
    add(2, 400_000);
    await events.stop();
    expect(sink.batches).toEqual([250, 200, 200, 100, 1, 1]);
    expect(events.figures).toEqual({ sent: 752, dropped: 0, waiting: 0 });
  });

  it('beyond the room there is, by count or size, are dropped and counted', async () => {
    const few = collect({ mostWaiting: 12 });
    few.add(5);
    const small = collect({ mostCharacters: 48 });
    small.add(5);
    expect([few.events.figures, small.events.figures]).toEqual([
      { sent: 0, dropped: 2, waiting: 3 },
      { sent: 0, dropped: 3, waiting: 2 },
    ]);
    await Promise.all([few.events.stop(), small.events.stop()]);
  });

  it('of one environment take a quarter of the room, so those of others are not dropped for it', async () => {
    const { events } = collect({ mostWaiting: 8 });
    for (let i = 0; i < 10; i++) events.add('acme', '1');
    for (const environment of ['globex', 'initech', 'umbrella', 'hooli'])
      for (let i = 0; i < 2; i++) events.add(environment, '1');
    expect(events.figures).toEqual({ sent: 0, dropped: 8 + 2, waiting: 8 });
    await events.flush();
    for (let i = 0; i < 3; i++) events.add('acme', '1'); // what was sent makes room again
    expect(events.figures).toEqual({ sent: 8, dropped: 10 + 1, waiting: 2 });
    await events.stop();
  });

  it('of a batch that was not confirmed are lost, those behind it wait', async () => {
    const { sink, events, add } = collect();
    sink.answer = () => Promise.reject(new Error('no broker'));
    add(300, 400);
    await events.flush();
    expect(events.figures).toEqual({ sent: 0, dropped: 200, waiting: 100 });
    sink.answer = () => Promise.resolve();
    await events.stop();
    expect(events.figures).toEqual({ sent: 100, dropped: 200, waiting: 0 });
  });

  it('hold up the end no longer than they may', async () => {
    const { sink, events, add } = collect();
    sink.answer = () => new Promise(() => undefined);
    add(1);
    await events.stop(10);
    expect(events.figures).toEqual({ sent: 0, dropped: 0, waiting: 0 });
  });
});
