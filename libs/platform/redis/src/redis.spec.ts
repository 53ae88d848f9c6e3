import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { ErrorReply } from 'redis';
import { diskFaults } from './durability.ts';
import { checkDurability, connectRedis, defineScript } from './index.ts';

const server = (settings: Record<string, string>) => ({
  configGet: (name: string) => Promise.resolve({ [name]: settings[name] }),
});
const durable = {
  appendonly: 'yes',
  appendfsync: 'always',
  'no-appendfsync-on-rewrite': 'no',
  'aof-load-truncated': 'no',
  'maxmemory-policy': 'noeviction',
};

describe('the durability of a server', () => {
  it('has no fault when it is as the design wants it', async () => {
    expect(await checkDurability(server(durable))).toEqual([]);
  });
  it.each([
    ['appendonly', 'no', 'would lose everything'],
    ['appendfsync', 'everysec', 'may lose what was already confirmed'],
    ['no-appendfsync-on-rewrite', 'yes', 'may lose what was already confirmed'],
    ['aof-load-truncated', 'yes', 'what was already confirmed is gone'],
    ['maxmemory-policy', 'allkeys-lru', 'throw data away'],
  ])('names %s when it is %s, and what follows', async (setting, value, consequence) => {
    const [fault, ...more] = await checkDurability(server({ ...durable, [setting]: value }));
    expect(fault).toMatch(new RegExp(`^${setting} is "${value}".*${consequence}`));
    expect(more).toEqual([]);
  });
  it('is none while its disk refuses what is to be kept, whatever the settings are', () => {
    const told = (write: string, rewrite: string) =>
      `# Persistence\r\naof_enabled:1\r\naof_last_bgrewrite_status:${rewrite}\r\naof_last_write_status:${write}\r\n`;
    expect(diskFaults(told('ok', 'ok'))).toEqual([]);
    expect(diskFaults(told('err', 'err'))).toEqual([
      expect.stringContaining('aof_last_write_status is "err"'),
      expect.stringContaining('aof_last_bgrewrite_status is "err"'),
    ]);
  });
  it('is said to be unchecked where the server refuses to tell', async () => {
    const [fault] = await checkDurability({
      configGet: () => Promise.reject(new ErrorReply("NOPERM no permissions to run 'config'")),
    });
    expect(fault).toMatch(/^not checked: the server refuses "CONFIG GET appendonly"/);
  });
  it('is not called unchecked where the server gave no answer in time', async () => {
    const slow = { configGet: () => Promise.reject(new Error('no answer within 2 s')) };
    await expect(checkDurability(slow)).rejects.toThrow('no answer within 2 s');
  });
});

describe('a script', () => {
  const script = defineScript({ name: 'one', lua: 'return 1' });
  it('is sent in full only where the server does not know it', async () => {
    const log: string[] = [];
    const client = {
      evalSha: (sha: string) => (log.push(`sha ${sha}`), Promise.reject(new Error('NOSCRIPT No matching script.'))),
      eval: (lua: string, { keys, arguments: args }: { keys: string[]; arguments: string[] }) => (
        log.push(`${lua} ${keys.join()} ${args.join()}`),
        Promise.resolve(7)
      ),
    };
    expect(await script.run(client, ['k'], ['a', 2])).toBe(7);
    expect(log).toEqual(['sha e0e1f9fabfc9d4800c877a703b823ac0578ff8db', 'return 1 k a,2']);
  });
  it('is not repeated after any other error', async () => {
    let evals = 0;
    const client = { evalSha: () => Promise.reject(new Error('READONLY')), eval: () => Promise.resolve((evals += 1)) };
    await expect(script.run(client, [])).rejects.toThrow('READONLY');
    expect(evals).toBe(0);
  });
});

describe('connecting', () => {
  it('gives up at the deadline, naming the connection and never the URL', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 't',
      level: 'debug',
      destination: { write: (line: string) => void lines.push(line) },
    });
    const failure: unknown = await connectRedis({
      url: 'redis://user:hunter22@127.0.0.1:1',
      name: 'rings',
      logger,
      connectDeadlineMs: 200,
    }).catch((error: unknown) => error);
    expect(String(failure)).toContain('no Redis connection for "rings" within 200 ms');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('') + String(failure)).not.toContain('hunter22');
  });
  it('refuses what is no URL without quoting it', async () => {
    const logger = createLogger({ service: 't', level: 'silent' });
    await expect(connectRedis({ url: 'hunter22 is no url', name: 'rings', logger })).rejects.toThrow(
      /^the Redis URL for "rings" is not a URL$/,
    );
  });
});
