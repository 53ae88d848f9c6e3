import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createLogger, kafkaLogCreator, nestLogger, temporalLogger } from './index.ts';

function capture() {
  const lines: string[] = [];
  const logger = createLogger({
    service: 'test',
    level: 'trace',
    destination: { write: (line: string) => void lines.push(line) },
  });
  return { logger, lines, text: () => lines.join(''), last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
}

const names = [
  'presentedToken',
  'token',
  'value',
  'phoneNumber',
  'email',
  'username',
  'pairingData',
  'authorization',
  'secretKey',
];
const variants = [
  ...names,
  'access_token',
  'Authorization',
  'SECRET_KEY',
  'x-api-key',
  'userEmails',
  'use_base64_key',
  'password',
  'set-cookie',
  'tokens',
];
const secret = fc.uuid().map((id) => `S3cr3t/${id}`);

/** An object with the secret under a censored name somewhere inside. */
const nested = (depth: number, name: string, value: unknown): Record<string, unknown> =>
  depth === 0
    ? { [name]: value }
    : depth % 2
      ? { list: [1, nested(depth - 1, name, value)] }
      : { inner: nested(depth - 1, name, value) };

describe('the log', () => {
  it('never holds a value under a censored name, at any depth, in fields, child loggers and errors', () => {
    fc.assert(
      fc.property(
        fc.nat(7),
        fc.constantFrom(...variants),
        secret,
        fc.constantFrom('text', 'list', 'object'),
        (depth, name, hidden, form) => {
          const value = form === 'text' ? hidden : form === 'list' ? [hidden] : { deeper: hidden };
          const { logger, text, lines } = capture();
          const fields = nested(depth, name, value);
          logger.info(fields, 'fields');
          logger.child(fields).warn('bindings');
          logger.child({ a: fields }).child({ b: fields }).info(fields, 'both');
          logger.error(
            {
              err: Object.assign(new Error('failed', { cause: Object.assign(new Error('inner'), fields) }), fields, {
                config: fields,
              }),
            },
            'error',
          );
          logger.info({ details: JSON.parse(JSON.stringify(fields)) as unknown }, 'copy');
          nestLogger(logger).log(fields);
          temporalLogger(logger).warn('meta', fields);
          kafkaLogCreator(logger)()({ namespace: 'n', level: 1, log: { message: 'kafka', ...fields } });
          expect(lines).toHaveLength(8);
          expect(text()).not.toContain(hidden);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a token of ours', 'tsk_4cQ2nV8xYp0aZr7tKdLmBs'],
    ['a bearer header', 'Bearer abc.def-ghi'],
    ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln'],
    ['an e-mail address', 'anna.maria+x@mail.example.org'],
    ['a phone number', '+49 (151) 2345-6789'],
  ])('holds no %s, wherever the text stands', (_, hidden) => {
    const { logger, text } = capture();
    logger.info(`in the message: ${hidden}.`);
    logger.error({ err: new Error(`refused ${hidden}`, { cause: new Error(`because ${hidden}`) }) }, 'error');
    logger.info({ note: [`before ${hidden} after`], [hidden]: 1 }, 'fields');
    expect(text()).not.toContain(hidden);
    expect(text()).toContain('[censored]');
  });

  it('keeps what an operator needs: service, level, time, ids, reasons, error with code, stack and causes', () => {
    const { logger, last } = capture();
    const cause = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
    logger.error(
      { environment: 'acme', tokenId: 't1', reason: 'not-yet-valid', count: 3, err: new TypeError('failed', { cause }) },
      'said',
    );
    expect(last()).toMatchObject({
      ...{ level: 'error', service: 'test', msg: 'said', environment: 'acme', tokenId: 't1', reason: 'not-yet-valid', count: 3 },
      err: {
        type: 'TypeError',
        message: 'failed',
        stack: expect.stringContaining('logger.property.spec') as unknown,
        cause: { code: 'ECONNREFUSED' },
      },
    });
    expect(String(last()['time'])).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('survives cycles, big integers and an error that is no error', () => {
    const { logger, lines, last } = capture();
    const loop: Record<string, unknown> = { big: 2n ** 70n };
    loop['self'] = loop;
    logger.info(loop, 'loop');
    logger.error({ err: { username: 'anna' } }, 'odd');
    expect(lines).toHaveLength(2);
    expect(last()['err']).toEqual({ username: '[censored]' });
  });

  it('gives the messages of Nest, KafkaJS and Temporal their levels', () => {
    const { logger, lines } = capture();
    const nest = nestLogger(logger);
    nest.error('it broke', 'Error: stack', 'Context');
    nest.verbose('detail', 'Context');
    kafkaLogCreator(logger)()({ namespace: 'Consumer', level: 2, log: { message: 'slow', groupId: 'g' } });
    temporalLogger(logger).log('ERROR', 'core', { error: new Error('gone') });
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed.map(({ level }) => level)).toEqual(['error', 'trace', 'warn', 'error']);
    expect(parsed[0]).toMatchObject({ context: 'Context', stack: 'Error: stack', msg: 'it broke' });
    expect(parsed[2]).toMatchObject({ component: 'kafkajs', groupId: 'g', msg: 'slow' });
    expect(parsed[3]).toMatchObject({ component: 'temporal', err: { message: 'gone' } });
  });
});
