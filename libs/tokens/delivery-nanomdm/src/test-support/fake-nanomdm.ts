import { createHmac } from 'node:crypto';
import { parse } from 'plist';
import { type ApiAnswer, type ApiCall, apiKey, type MdmUnderTest, webhookKey } from './mdm-under-test.ts';

interface Queued {
  readonly uuid: string;
  readonly raw: string;
  isNotNow: boolean;
}
type Known = { CommandUUID?: string; Status?: string; Command?: { RequestType?: string } };

/**
 * A stand-in for NanoMDM in memory, ours, written from how the real one was seen to behave; the same tests run on both. Pushes fail with
 * `push_error`, as they do on a server without a push certificate.
 */
export function fakeNanomdm(webhookUrl: string): MdmUnderTest {
  const commands = new Map<string, string>();
  const queues = new Map<string, Queued[]>();
  const enrolled = new Set<string>();
  const json = (status: number, body: object): ApiAnswer => ({ status, text: JSON.stringify(body) });

  async function tell(topic: string, body: object): Promise<void> {
    const event = Buffer.from(JSON.stringify({ topic, event_id: '0', created_at: new Date().toISOString(), ...body }));
    const signature = createHmac('sha256', webhookKey).update(event).digest('base64');
    await fetch(webhookUrl, { method: 'POST', headers: { 'x-hmac-signature': signature }, body: event }).catch(() => undefined);
  }

  return {
    call({ method, path, headers, body }: ApiCall): Promise<ApiAnswer> {
      const url = new URL(path, 'http://fake');
      const ids = /^\/v1\/enqueue\/(.+)$/.exec(decodeURIComponent(url.pathname))?.[1]?.split(',');
      if (!ids) return Promise.resolve({ status: 404, text: '404 page not found\n' });
      const expected = `Basic ${Buffer.from(`nanomdm:${apiKey}`).toString('base64')}`;
      if (headers['authorization'] !== expected) return Promise.resolve({ status: 401, text: 'Unauthorized\n' });
      const noPush = url.searchParams.get('nopush') ? { no_push: true } : {};
      if (body === '') return Promise.resolve(json(500, { ...noPush, command_error: 'must enqueue or push' }));
      if (method !== 'PUT') return Promise.resolve({ status: 405, text: 'ours sends PUT only' });
      if (!body.startsWith('<?xml')) return Promise.resolve(json(500, { command_error: 'decoding command: parse error' }));
      const command = parse(body) as Known;
      const uuid = command.CommandUUID ?? '';
      const said = { ...noPush, command_uuid: uuid, request_type: command.Command?.RequestType };
      if (commands.has(uuid)) return Promise.resolve(json(500, { ...said, command_error: `command already exists: ${uuid}` }));
      commands.set(uuid, body);
      for (const id of ids) queues.set(id, [...(queues.get(id) ?? []), { uuid, raw: body, isNotNow: false }]);
      if ('no_push' in noPush) return Promise.resolve(json(200, said));
      if (ids.every((id) => enrolled.has(id))) return Promise.resolve(json(500, { ...said, push_error: 'no push certificate' }));
      const pushes = Object.fromEntries(ids.map((id) => [id, { push_error: 'push data missing for id' }]));
      return Promise.resolve(json(500, { ...said, status: pushes }));
    },

    async enrol(udid) {
      enrolled.add(udid);
      queues.set(udid, []);
      await tell('mdm.Authenticate', { checkin_event: { ids: { id: udid, type: 'Device' }, udid, raw_payload: '' } });
    },

    connect(udid, report) {
      const { CommandUUID: uuid, Status: status = '' } = parse(report) as Known;
      const queue = queues.get(udid) ?? [];
      const at = queue.findIndex((one) => one.uuid === uuid);
      if (at >= 0 && status === 'NotNow') queue[at]!.isNotNow = true;
      else if (at >= 0) queue.splice(at, 1);
      void tell('mdm.Connect', {
        acknowledge_event: {
          ...{ status, udid, ids: { id: udid, type: 'Device' }, raw_payload: Buffer.from(report).toString('base64') },
          ...(uuid !== undefined && { command_uuid: uuid }),
        },
      });
      return Promise.resolve(queue.find((one) => status !== 'NotNow' || !one.isNotNow)?.raw ?? '');
    },

    close: () => Promise.resolve(),
  };
}
