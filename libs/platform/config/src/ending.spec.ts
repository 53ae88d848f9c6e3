import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Ending, runProcess, type ProcessOptions } from './index.ts';

const never = new Promise<never>(() => undefined);

/** A process that a test can send signals to; `exited` is its status. */
function process() {
  const said: string[] = [];
  const signals = new EventEmitter();
  let exit = (_code: number): void => undefined;
  const exited = new Promise<number>((resolve) => (exit = resolve));
  const say = (facts: object, message: string): void => {
    const { err, waitedFor } = facts as { err?: Error; waitedFor?: readonly string[] };
    said.push([message, err?.message, waitedFor].filter((part) => part !== undefined).join(' | '));
  };
  const run = (start: ProcessOptions['start'], more: Partial<ProcessOptions> = {}): void => {
    const host = { on: (signal: string, listener: () => void) => signals.on(signal, listener), exit };
    void runProcess({ what: 'it', logger: { info: say, error: say }, start, host, ...more });
  };
  return { run, said, exited, signal: (name: NodeJS.Signals) => signals.emit(name) };
}

describe('an ending', () => {
  it('ends what was opened, last first, and all of it where one step fails', async () => {
    const ended: string[] = [];
    const ending = new Ending();
    ending.add('store', () => void ended.push('store'));
    const workers = ending.group('workers', 'at-once');
    ending.add('http', () => Promise.reject(new Error('stuck')));
    const two = new Promise<void>((resolve) => workers.add('two', () => (ended.push('two'), resolve())));
    workers.add('one', () => two.then(() => void ended.push('one'))); // begun first, over last
    await expect(ending.end()).rejects.toThrow('http did not end well: stuck');
    expect(ended).toEqual(['two', 'one', 'store']);
  });

  it('ends at once what a start opens after it has begun, waits for it, and stops that start', async () => {
    const ending = new Ending();
    const ended: string[] = [];
    const group = ending.group('stores', 'last-first');
    const end = ending.end();
    expect(() => group.add('late', () => void ended.push('late'))).toThrow('already ending');
    await end;
    expect(ended).toEqual(['late']);
  });
});

describe('a process', () => {
  it('ends with 0 when it was asked to and all has ended', async () => {
    const { run, signal, exited, said } = process();
    run((ending) => ending.add('store', () => void said.push('store is closed')));
    signal('SIGTERM');
    signal('SIGINT');
    expect(await exited).toBe(0);
    expect(said).toEqual(['it is asked to end', 'store is closed', 'it has ended']);
  });

  it('hears a signal before it has started, and closes what is open already', async () => {
    const { run, signal, exited, said } = process();
    run(
      (ending) => {
        ending.add('store', () => void said.push('store is closed'));
        return never;
      },
      { startGivesUpWithinMs: 1 },
    );
    signal('SIGINT');
    expect(await exited).toBe(0);
    expect(said).toContain('store is closed');
  });

  it('waits shortly for a start that is nearly over, so that what it opens is closed', async () => {
    const { run, signal, exited, said } = process();
    run(async (ending) => {
      await new Promise((resolve) => ending.signal.addEventListener('abort', resolve));
      ending.add('worker', () => void said.push('worker is drained'));
    });
    signal('SIGTERM');
    expect(await exited).toBe(0);
    expect(said).toContain('worker is drained');
  });

  it.each<[string, ProcessOptions['start'], string]>([
    ['can not start', () => Promise.reject(new Error('no Redis')), 'it can not start, or has ended | no Redis'],
    ['fails later', () => ({ done: Promise.reject(new Error('no Temporal')) }), 'it can not start, or has ended | no Temporal'],
    ['ends by itself', () => ({ done: Promise.resolve() }), 'it has ended by itself'],
  ])('ends with 1 when it %s, and closes what it had opened', async (_, start, why) => {
    const { run, exited, said } = process();
    run((ending) => {
      ending.add('store', () => void said.push('store is closed'));
      return start(ending);
    });
    expect(await exited).toBe(1);
    expect(said).toEqual([why, 'store is closed']);
  });

  it('ends with 1 when a step fails', async () => {
    const { run, signal, exited, said } = process();
    run((ending) => ending.add('http', () => Promise.reject(new Error('cut off'))));
    signal('SIGTERM');
    expect(await exited).toBe(1);
    expect(said).toContain('it did not end well | http did not end well: cut off');
  });

  it('ends with 1 when it takes too long, and names what did not end', async () => {
    const { run, signal, exited, said } = process();
    run(
      (ending) => {
        ending.add('store', () => undefined);
        ending.group('workers', 'at-once').add('the consumer', () => never);
      },
      { stopWithinMs: 20 },
    );
    signal('SIGTERM');
    expect(await exited).toBe(1);
    expect(said).toContain('it did not end in time | the consumer');
  });
});
