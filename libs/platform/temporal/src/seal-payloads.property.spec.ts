import { describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { generateKeyRing, type KeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import fc from 'fast-check';
import { isSealed, PayloadNotOpened, sealPayloads } from './seal-payloads.ts';

const ring = parseKeyRing(generateKeyRing('k1'));
const rotated: KeyRing = { current: 'k2', keys: new Map([...ring.keys, ...parseKeyRing(generateKeyRing('k2')).keys]) };
const codec = sealPayloads(ring, 'default');

const bytes = fc.uint8Array({ maxLength: 300 });
const payload = fc.record({
  metadata: fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), bytes, { maxKeys: 4 }),
  data: bytes,
});
const plainly = ({ metadata, data }: Payload) => ({
  metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('hex')])),
  data: Buffer.from(data ?? []).toString('hex'),
});
const faultOf = (opened: Promise<unknown>): Promise<unknown> =>
  opened.then(
    () => 'opened',
    (error: unknown) => (error instanceof PayloadNotOpened ? error.fault : error),
  );
const one = async (value: unknown): Promise<Payload> => (await codec.encode([defaultPayloadConverter.toPayload(value)]))[0]!;

describe('sealed payloads', () => {
  it('open to what they were, metadata included, also after the ring has a newer key', () =>
    fc.assert(
      fc.asyncProperty(fc.array(payload, { maxLength: 4 }), async (payloads) => {
        const sealed = await codec.encode(payloads);
        expect(sealed.every(isSealed)).toBe(true);
        for (const keys of [ring, rotated])
          expect((await sealPayloads(keys, 'default').decode(sealed)).map(plainly)).toEqual(payloads.map(plainly));
      }),
    ));

  it.each([['a text'], [{ user: 'u1' }], [null], [undefined], [new Uint8Array([1, 2])]])(
    'give back the value %j',
    async (value) => {
      const [opened] = await codec.decode([await one(value)]);
      expect(defaultPayloadConverter.fromPayload(opened!)).toEqual(value);
    },
  );

  it('show nothing but the id of the key', async () => {
    const sealed = await one('needle in the payload');
    const texts = Object.entries(sealed.metadata!).map(([name, value]) => [name, Buffer.from(value).toString()]);
    expect(Object.fromEntries(texts)).toEqual({ encoding: 'binary/encrypted', 'encryption-key-id': 'k1' });
    expect(Buffer.from(sealed.data!).toString('latin1')).not.toMatch(/needle|json/);
    expect((await one('the same')).data).not.toEqual((await one('the same')).data);
  });

  it('do not open when any one byte is another, nor under another name of a key', async () => {
    const sealed = await one('value');
    for (let at = 0; at < sealed.data!.length; at += 1) {
      const data = Uint8Array.from(sealed.data!);
      data[at]! ^= 1;
      expect(await faultOf(codec.decode([{ ...sealed, data }]))).toBe('tampered');
    }
    expect(await faultOf(codec.decode([{ ...sealed, data: new Uint8Array() }]))).toBe('tampered');
    const renamed = { ...sealed, metadata: { ...sealed.metadata, 'encryption-key-id': Buffer.from('k2') } };
    expect(
      await faultOf(sealPayloads({ current: 'k2', keys: new Map([['k2', ring.keys.get('k1')!]]) }, 'default').decode([renamed])),
    ).toBe('tampered');
  });

  it('do not open in another namespace', async () => {
    expect(await faultOf(sealPayloads(ring, 'other').decode([await one(1)]))).toBe('tampered');
  });

  it('of a key that is not there are refused with a sentence that names the key', async () => {
    const stranger = sealPayloads(parseKeyRing(generateKeyRing('k9')), 'default');
    await expect(stranger.decode([await one(1)])).rejects.toThrow(
      'sealed with the key "k1", which is not in the payload keys file',
    );
    await expect(sealPayloads(undefined, 'default').decode([await one(1)])).rejects.toThrow(
      'this process has no payload keys file',
    );
  });

  it('whose key has no readable name are refused without quoting it', async () => {
    const odd = {
      ...(await one(1)),
      metadata: { encoding: Buffer.from('binary/encrypted'), 'encryption-key-id': Buffer.from('a\nb') },
    };
    await expect(codec.decode([odd])).rejects.toThrow('the key of an unreadable name');
  });

  it('are frozen: what the first release sealed opens in every release', async () => {
    const first = parseKeyRing(
      JSON.stringify({
        current: 'k1',
        keys: { k1: Buffer.from(Uint8Array.from({ length: 32 }, (_, i) => i)).toString('base64') },
      }),
    );
    const metadata = { encoding: Buffer.from('binary/encrypted'), 'encryption-key-id': Buffer.from('k1') };
    const data = Buffer.from(
      'wfJO6uIWYcNJ8FZXJcAQPxhVi2wmRGaL692rnx3pcCtCajlBCweheNR62MR4DbzXgEI3r1eUzk/KJ/O11V1rnjx29IcqymcqrWBb7K/pvtLegHSJhBhSLGXzK5yUHSdl',
      'base64',
    );
    const [opened] = await sealPayloads(first, 'default').decode([{ metadata, data }]);
    expect(defaultPayloadConverter.fromPayload(opened!)).toEqual({ sealed: 'by the first release' });
  });
});

describe('payloads in clear', () => {
  it('are read as they are by who has keys, and written by who has none', async () => {
    const clear = defaultPayloadConverter.toPayload('written before there were keys');
    expect(await codec.decode([clear])).toEqual([clear]);
    const none = sealPayloads(undefined, 'default');
    expect(await none.encode([clear])).toEqual([clear]);
    expect(await none.decode([clear])).toEqual([clear]);
  });
});
