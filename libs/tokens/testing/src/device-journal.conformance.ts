import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import {
  afterAnswer,
  type CommandAnswer,
  type CommandStatus,
  commandStatuses,
  type DeviceCommand,
  type DeviceJournal,
  type DeviceNote,
} from '@tallystick/tokens-domain';
import fc from 'fast-check';

export interface JournalUnderTest {
  readonly journal: DeviceJournal;
  close(): Promise<void> | void;
}

const [before, at, after] = [instant(1_700_000_000_000), instant(1_700_000_060_000), instant(1_700_000_120_000)] as const;
const answerStatuses = commandStatuses.filter(
  (status): status is CommandAnswer['status'] => status !== 'sending' && status !== 'lost',
);

const setOn = (enrolmentId: string, command = 'one', rest: Partial<DeviceCommand> = {}): DeviceCommand => ({
  ...{ enrolmentId, command, delivery: 'rotation-1/slot/1', kind: 'set', attempt: 1, round: 0 },
  ...rest,
});

/** What every journal keeps, whatever it is made of. `make` gives an empty one. */
export function deviceJournalConformance({ make }: { readonly make: () => Promise<JournalUnderTest> | JournalUnderTest }): void {
  let test: JournalUnderTest;
  let journal: DeviceJournal;
  beforeEach(async () => {
    test = await make();
    journal = test.journal;
  });
  afterEach(() => test.close());

  const statusOf = async (enrolmentId: string, command = 'one'): Promise<CommandStatus | undefined> =>
    (await journal.find(enrolmentId, command))?.status;

  it('keeps what was intended as it was said, each device apart, in its order', async () => {
    const question = setOn('A', 'two', { kind: 'read', attempt: 2, round: 3, delivery: 'rotation-1/slot/2' });
    await journal.intend([setOn('A'), setOn('B')], at);
    await journal.intend([question], after);
    expect(await journal.read(['A', 'C'])).toEqual(
      new Map([
        [
          'A',
          [
            { ...setOn('A'), status: 'sending', intendedAt: at },
            { ...question, status: 'sending', intendedAt: after },
          ],
        ],
      ]),
    );
    expect(await journal.find('B', 'two')).toBeUndefined();
  });

  it('leaves what was intended again as it is', async () => {
    await journal.intend([setOn('A')], at);
    await journal.note([{ enrolmentId: 'A', command: 'one', status: 'acknowledged', answeredAt: at, holds: 'digest' }]);
    await journal.intend([setOn('A')], after);
    expect(await journal.find('A', 'one')).toEqual({
      ...{ ...setOn('A'), status: 'acknowledged', intendedAt: at, answeredAt: at, holds: 'digest' },
    });
  });

  it('knows a device that holds nothing from one that has not said', async () => {
    await journal.intend([setOn('A'), setOn('B')], at);
    await journal.note([{ enrolmentId: 'A', command: 'one', status: 'acknowledged', answeredAt: at, holds: null }]);
    expect(await journal.find('A', 'one')).toHaveProperty('holds', null);
    expect(await journal.find('B', 'one')).not.toHaveProperty('holds');
  });

  it("does not listen to answers to what was never intended, nor to another device's", async () => {
    await journal.intend([setOn('A')], at);
    await journal.note([
      { enrolmentId: 'A', command: 'two', status: 'acknowledged', answeredAt: at },
      { enrolmentId: 'B', command: 'one', status: 'acknowledged', answeredAt: at },
    ]);
    expect(await statusOf('A')).toBe('sending');
    expect(await statusOf('A', 'two')).toBeUndefined();
    expect((await journal.read(['A', 'B'])).size).toBe(1);
  });

  it('never goes back, and keeps the first final answer, whatever comes in whatever order', async () => {
    let devices = 0;
    const answer = fc.record(
      {
        status: fc.constantFrom(...answerStatuses),
        answeredAt: fc.constantFrom(before, at, after),
        holds: fc.option(fc.constantFrom('digest', 'another'), { nil: null }),
      },
      { requiredKeys: ['status'] }, // what a later answer leaves out stays as an earlier one said it
    );
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { maxLength: 6 }), async (answers) => {
        const command = setOn(`device-${++devices}`);
        await journal.intend([command], at);
        let expected: DeviceNote = { ...command, status: 'sending', intendedAt: at };
        for (const one of answers) {
          const told = { enrolmentId: command.enrolmentId, command: command.command, ...one };
          await journal.note([told]);
          expected = afterAnswer(expected, told);
        }
        expect(await journal.find(command.enrolmentId, 'one')).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('of a device that was enrolled anew has lost what came before, and only that', async () => {
    await journal.intend([setOn('A', 'waiting'), setOn('A', 'answered'), setOn('B')], before);
    await journal.note([{ enrolmentId: 'A', command: 'answered', status: 'acknowledged', answeredAt: before, holds: 'digest' }]);
    await journal.intend([setOn('A', 'later')], after);
    await journal.enrolledAnew('A', at);
    await journal.note([{ enrolmentId: 'A', command: 'waiting', status: 'acknowledged', answeredAt: after }]);
    expect([await statusOf('A', 'waiting'), await statusOf('A', 'answered')]).toEqual(['lost', 'lost']);
    expect([await statusOf('A', 'later'), await statusOf('B')]).toEqual(['sending', 'sending']);
    await journal.enrolledAnew('C', at);
    expect((await journal.read(['C'])).size).toBe(0);
  });
}
