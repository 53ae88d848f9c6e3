import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Coverage, type Delivery, type DeliveryReceipt, pingIdApp } from '@tallystick/tokens-domain';
import { type DeliveryBench, deliveryBench, type BenchOptions, otherKeys } from './delivery-bench.ts';
import { apiKey } from './mdm-under-test.ts';

const [before, after] = ['tsk1-old-7d3f0c2a9b8e4f61a0c5', 'tsk1-new-b41e6d90f2a34c7788d1'];
const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const day = 86_400_000;

/** How deliveries go on a NanoMDM and its devices; the same for the real server and for ours. */
export function deliveryJourneys(make: BenchOptions['make']): void {
  let bench: DeliveryBench;
  beforeEach(async () => {
    bench = await deliveryBench({ make, value: before });
  });
  afterEach(async () => {
    const notes = await bench.journal.read(bench.devices.map(({ udid }) => udid));
    for (const value of [before, after]) expect(JSON.stringify([...notes])).not.toContain(value);
    await bench.close();
  });

  const named = (name = 'rotation-1/slot/1', value = after): Delivery => ({ platform: 'ios', value, name });
  async function deliver(delivery = named()): Promise<DeliveryReceipt> {
    const outcome = await bench.target.apply(delivery, soon());
    if (outcome.kind !== 'stored') throw new Error(JSON.stringify(outcome));
    return outcome.receipt;
  }
  const coverage = (receipt: DeliveryReceipt, delivery = named()): Promise<Coverage> =>
    bench.target.coverage(delivery, receipt, soon());
  /** Asks what can be asked, lets the devices answer, and counts. */
  async function asked(receipt: DeliveryReceipt, delivery = named()): Promise<Coverage> {
    await coverage(receipt, delivery);
    await bench.connectAll();
    return coverage(receipt, delivery);
  }
  const verified = async (receipt: DeliveryReceipt, delivery = named()) => {
    bench.state.now += 120_000;
    return (await bench.target.verify(delivery, receipt, soon())).kind;
  };

  it('goes the whole way: queued, fetched, acknowledged, told, asked, and answered with the value as the device holds it', async () => {
    const receipt = await deliver();
    expect(await coverage(receipt)).toMatchObject({ kind: 'known', signal: 'exact', of: 2, delivered: 0, pending: 2, failed: 0 });
    await bench.connectAll();
    const [command] = bench.devices[0]!.received;
    expect(command?.['Command']).toEqual({
      RequestType: 'Settings',
      Settings: [
        {
          Item: 'ApplicationConfiguration',
          Identifier: pingIdApp.iosBundleId,
          Configuration: { ...otherKeys, [pingIdApp.key]: after },
        },
      ],
    });
    expect(await coverage(receipt)).toMatchObject({ delivered: 0, pending: 2 });
    await bench.devices[0]!.connect();
    await bench.told();
    expect(bench.devices[0]!.received.at(-1)?.['Command']).toEqual({
      RequestType: 'ManagedApplicationConfiguration',
      Identifiers: [pingIdApp.iosBundleId],
    });
    expect(await coverage(receipt)).toMatchObject({ of: 2, delivered: 1, pending: 1, failed: 0 });
    await bench.connectAll();
    expect(await coverage(receipt)).toMatchObject({ of: 2, delivered: 2, pending: 0, failed: 0 });
    expect(await verified(receipt)).toBe('stored');
  });

  it('waits for a device that says NotNow', async () => {
    bench.devices[0]!.next = ['NotNow'];
    const receipt = await deliver();
    await bench.devices[0]!.connect();
    await bench.devices[1]!.connect();
    await bench.told();
    expect(await verified(receipt)).toBe('stored');
    expect(await coverage(receipt)).toMatchObject({ delivered: 0, pending: 2, failed: 0 });
    await bench.connectAll();
    expect(await asked(receipt)).toMatchObject({ delivered: 2, pending: 0 });
    expect(bench.front.taken).toBe(2);
  });

  it.each(['Error', 'item-error'] as const)(
    'counts a device that answers %s as failed, until another attempt',
    async (answer) => {
      bench.devices[0]!.next = [answer];
      const receipt = await deliver();
      await bench.connectAll();
      expect(await asked(receipt)).toMatchObject({ delivered: 1, pending: 0, failed: 1 });
      expect(await bench.target.apply(named(), soon())).toMatchObject({ kind: 'stored', isNew: true });
      expect(bench.front.taken).toBe(3);
      await bench.connectAll();
      expect(await asked(receipt)).toMatchObject({ delivered: 2, failed: 0 });
      const [first, second] = bench.devices[0]!.received.filter(({ Command }) => JSON.stringify(Command).includes('"Settings"'));
      expect(second?.['CommandUUID']).not.toBe(first?.['CommandUUID']);
    },
  );

  it('does not count the answer to a question of an older delivery', async () => {
    const older = await deliver();
    await bench.connectAll();
    await coverage(older); // asked, and not answered yet
    const back = named('rotation-1/slot/2', before);
    const receipt = await deliver(back);
    await bench.connectAll(); // answers with the newer value first, then goes back to the old one
    expect(await coverage(receipt, back)).toMatchObject({ delivered: 0, pending: 2 });
    await bench.connectAll();
    expect(await coverage(receipt, back)).toMatchObject({ delivered: 2 });
  });

  it('sees that an older delivery, put off by a device, was carried out after the newer one, and sends that again', async () => {
    const [device] = bench.devices;
    const old = named('rotation-0/slot/1', before);
    device!.next = ['NotNow', 'NotNow'];
    await deliver(old);
    await device!.connect(1); // puts the old one off
    const receipt = await deliver();
    await device!.connect(2); // puts it off again, takes the newer one, and is gone
    await bench.told();
    await coverage(receipt);
    device!.next = ['NotNow'];
    await bench.connectAll(); // puts it off again, says what it holds, and then takes the old one
    await bench.connectAll();
    expect(bench.held()).toEqual([before, after]);
    expect(await verified(receipt)).toBe('stored');
    expect(await coverage(receipt)).toMatchObject({ pending: 2, failed: 0 }); // sends it again
    await bench.connectAll();
    expect(bench.held()).toEqual([after, after]);
    expect(await asked(receipt)).toMatchObject({ delivered: 2, failed: 0 });
  });

  it('finds out by asking when the webhooks got lost', async () => {
    const receipt = await deliver();
    bench.state.losesWebhooks = true;
    await bench.connectAll();
    bench.state.losesWebhooks = false;
    expect(await asked(receipt)).toMatchObject({ delivered: 0, pending: 2 });
    bench.state.now += day;
    expect(await asked(receipt)).toMatchObject({ delivered: 2, pending: 0 });
  });

  it('goes on when a device is enrolled anew, whose queue is gone: it is pending, and gets the command with the next coverage', async () => {
    const receipt = await deliver();
    await bench.connectAll();
    await asked(receipt);
    const { udid, apps } = bench.devices[0]!;
    // The server's clock is the real one; what was queued before the enrolment is told from what comes after by it.
    await bench.mdm.enrol(udid);
    await bench.toldEnrolments(3);
    apps.get(pingIdApp.iosBundleId)![pingIdApp.key] = before;
    expect(await verified(receipt)).toBe('stored');
    expect(await coverage(receipt)).toMatchObject({ kind: 'known', of: 2, delivered: 1, pending: 1, failed: 0 });
    await bench.connectAll();
    expect(bench.held()).toEqual([after, after]);
    expect(await verified(receipt)).toBe('stored');
    expect(await asked(receipt)).toMatchObject({ delivered: 2, pending: 0, failed: 0 });
    expect(bench.front.taken).toBe(3);
  });

  it('is never sent again over a newer one', async () => {
    const receipt = await deliver();
    await deliver(named('rotation-1/slot/2', before));
    await bench.mdm.enrol(bench.devices[0]!.udid);
    await bench.toldEnrolments(3);
    expect(await verified(receipt)).toBe('unchanged');
    await coverage(receipt);
    expect(bench.front.taken).toBe(4);
  });

  it('that a device listed since, or lost from the journal, lacks is completed by the look at it', async () => {
    const { udid } = bench.devices[1]!;
    const receipt = await deliver();
    await bench.forgetJournal(udid);
    expect(await verified(receipt)).toBe('stored');
    expect(bench.front.taken).toBe(2); // it was there
    expect((await bench.journal.read([udid])).get(udid)).toMatchObject([{ kind: 'set', attempt: 1, status: 'queued' }]);
    await bench.forgetJournal(udid);
    bench.front.next.push({ status: 503, text: 'later' });
    expect(await verified(receipt)).toBe('try-later');
    expect((await bench.journal.read([udid])).get(udid)).toMatchObject([{ status: 'sending' }]);
    expect(await verified(receipt)).toBe('stored');
    expect(bench.front.taken).toBe(2);
  });

  it('is not stored when nothing at all is known of it', async () => {
    const receipt = await deliver();
    await bench.forgetJournal();
    expect((await bench.target.verify(named(), receipt, soon())).kind).toBe('not-yet');
    expect(await verified(receipt)).toBe('unchanged');
    expect(bench.front.taken).toBe(2);
  });

  it('that lost its journal finds its commands at the server, and queues none twice', async () => {
    await deliver();
    await bench.forgetJournal();
    expect(await bench.target.apply(named(), soon())).toMatchObject({ kind: 'stored', isNew: false });
    await bench.connectAll();
    expect(bench.devices.map(({ carriedOut }) => carriedOut.length)).toEqual([1, 1]);
    expect(bench.held()).toEqual([after, after]);
  });

  describe('the server', () => {
    const plist = (uuid: string): string =>
      `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>CommandUUID</key><string>${uuid}</string><key>Command</key><dict><key>RequestType</key><string>ProfileList</string></dict></dict></plist>`;
    const idle = (udid: string): string =>
      `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>UDID</key><string>${udid}</string><key>Status</key><string>Idle</string></dict></plist>`;
    const call = async (path: string, body: string, key = apiKey, method = 'PUT') => {
      const authorization = `Basic ${Buffer.from(`nanomdm:${key}`).toString('base64')}`;
      const { status, text } = await bench.mdm.call({ method, path, headers: { authorization }, body });
      return { status, said: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : text };
    };

    it('answers as the adapter takes it to: a new command, the same again, none, no plist', async () => {
      expect(await call('/v1/enqueue/D1?nopush=1', plist('one'))).toEqual({
        status: 200,
        said: { no_push: true, command_uuid: 'one', request_type: 'ProfileList' },
      });
      expect(await call('/v1/enqueue/D2?nopush=1', plist('one'))).toMatchObject({
        status: 500,
        said: { command_error: 'command already exists: one' },
      });
      expect(await call('/v1/enqueue/nobody?nopush=1', '', apiKey, 'GET')).toMatchObject({
        status: 500,
        said: { command_error: expect.any(String) },
      });
      const broken = await call('/v1/enqueue/D1?nopush=1', 'no plist');
      expect(broken).toMatchObject({ status: 500, said: { command_error: expect.any(String) } });
    });

    it('queues a command though it can push to nobody, and says 500', async () => {
      const { udid } = bench.devices[0]!;
      const answer = await call(`/v1/enqueue/${udid}`, plist('two'));
      expect(answer).toMatchObject({ status: 500, said: { command_uuid: 'two', push_error: expect.any(String) } });
      expect(answer.said).not.toHaveProperty('command_error');
      expect(await bench.mdm.connect(udid, idle(udid))).toContain('<string>two</string>');
    });

    it('takes a command for a device that it does not know, and says so of the push only', async () => {
      expect(await call('/v1/enqueue/nobody?nopush=1', plist('four'))).toMatchObject({ status: 200 });
      const answer = await call('/v1/enqueue/nobody', plist('five'));
      expect(answer).toMatchObject({ status: 500, said: { status: { nobody: { push_error: 'push data missing for id' } } } });
      expect(JSON.stringify(answer)).not.toContain('command_error');
    });

    it('takes no other key, and has no API elsewhere', async () => {
      expect(await call('/v1/enqueue/D1?nopush=1', plist('three'), 'another')).toMatchObject({ status: 401 });
      expect((await call('/v2/enqueue/D1', plist('three'))).status).toBe(404);
    });
  });
}

export { before as valueBefore, after as valueAfter };
