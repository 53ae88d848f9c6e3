import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const clientSecret = 'jamf client&secret';
export const applicationId = 12;

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sections beside the configuration as a recorded answer has them. */
const otherSections = {
  general:
    '<id>12</id><name>PingID</name><display_name>PingID</display_name><description>Sign on &amp; more</description><bundle_id>com.pingidentity.pingid.prod</bundle_id><version>2.1</version><os_type/><category><id>2</id><name>iOS</name></category><itunes_sync_time>25200</itunes_sync_time><deploy_as_managed_app>true</deploy_as_managed_app><keep_description_and_icon_up_to_date>false</keep_description_and_icon_up_to_date><site><id>-1</id><name>None</name></site>',
  scope:
    '<all_mobile_devices>false</all_mobile_devices><all_jss_users>false</all_jss_users><mobile_devices/><mobile_device_groups><mobile_device_group><id>3</id><name>Phones</name></mobile_device_group></mobile_device_groups><limitations><users/></limitations><exclusions/>',
  vpp: '<assign_vpp_device_based_licenses>true</assign_vpp_device_based_licenses><total_vpp_licenses>1000</total_vpp_licenses><remaining_vpp_licenses>606</remaining_vpp_licenses><used_vpp_licenses>394</used_vpp_licenses>',
};
export type Section = keyof typeof otherSections;

export interface Stored {
  readonly sections: Readonly<Record<Section, string>>;
  readonly preferences: string;
}

const html = (status: number, message: string): Answer => ({
  status,
  headers: { 'content-type': 'text/html;charset=UTF-8' },
  body: `<html><head><title>Status page</title></head><body><p>${message}</p><p>You can get technical details here.<br></p></body></html>`,
});

/** What was seen of servers: the text as it is; or ends of lines changed, indented anew, quotes escaped, the last newline gone. */
export const asItIs = (text: string): string => text;
export const normalised = (text: string): string =>
  text
    .trim()
    .replace(/>\s*</g, '>\r\n    <')
    .replace(/"/g, (quote, at: number) => (text.slice(0, at).endsWith('=') ? quote : '&quot;'));
/** What an escape too many leaves behind. */
export const escapedTwice = (text: string): string => text.replaceAll('&', '&amp;');

/**
 * A stateful fake of Jamf Pro's Classic API: written by us from recorded probes and public clients, so it proves that we agree with those as
 * we read them, and nothing about an instance. Two members behind a balancer; what one was told the other shows after `settle`.
 */
export class FakeJamf {
  readonly members: [Stored, Stored];
  readonly bodies: string[] = [];
  readonly cookies: (string | undefined)[] = [];
  writes = 0;
  logins = 0;
  tokenSeconds = 60;
  areCredentialsTaken = true;
  loseNextWrite: 'answer' | 'request' | undefined;
  /** In the place of the next answers to anything but a login. */
  readonly next: Answer[] = [];
  readonly nextToWrites: Answer[] = [];
  /** Most servers leave sections alone that a write does not have. */
  isWipingOthers = false;
  #coming: (() => void)[] = [];
  #turn = 0;
  readonly #tokens = new Map<string, number>();
  readonly #server: Server;

  constructor(
    preferences: string,
    readonly stores: (text: string) => string,
    readonly now: () => number,
  ) {
    this.members = [
      { sections: otherSections, preferences },
      { sections: otherSections, preferences },
    ];
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async listen(): Promise<this> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening));
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  settle(): void {
    for (const store of this.#coming.splice(0)) store();
  }

  /** What an administrator changes, long enough ago for both members. */
  change(how: (stored: Stored) => Stored): void {
    this.settle();
    this.members[0] = how(this.members[0]);
    this.members[1] = this.members[0];
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const isWrite = request.method === 'PUT';
    const lost = isWrite ? this.loseNextWrite : undefined;
    if (isWrite) this.loseNextWrite = undefined;
    if (lost === 'request') return void request.socket.destroy();
    const { status, body: text, headers } = this.#answer(request, response, body);
    if (lost === 'answer') return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'text/xml;charset=UTF-8', ...headers });
    response.end(text);
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: string): Answer {
    if (request.url === '/api/v1/oauth/token') return this.#login(request, body);
    this.cookies.push(request.headers.cookie);
    const until = this.#tokens.get((request.headers.authorization ?? '').replace(/^Bearer /, ''));
    if (!this.areCredentialsTaken || until === undefined || until <= this.now())
      return html(401, 'The request requires user authentication');
    const scripted = this.next.shift() ?? (request.method === 'PUT' ? this.nextToWrites.shift() : undefined);
    if (scripted) return scripted;
    if (request.url !== `/JSSResource/mobiledeviceapplications/id/${applicationId}`)
      return html(404, 'The server has not found anything matching the request URI');
    const member = this.#memberOf(request, response);
    if (request.method === 'GET') return this.#show(request, this.members[member]);
    if (request.method !== 'PUT') return html(405, 'The method is not allowed');
    return this.#write(request, member, body);
  }

  #login(request: IncomingMessage, body: string): Answer {
    const headers = { 'content-type': 'application/json' };
    if (request.method !== 'POST') return html(405, 'The method is not allowed');
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') return html(415, 'Unsupported media type');
    const form = new URLSearchParams(body);
    const isKnown =
      form.get('grant_type') === 'client_credentials' &&
      form.get('client_id') === 'jamf-client' &&
      form.get('client_secret') === clientSecret;
    if (!isKnown || !this.areCredentialsTaken) return { status: 401, headers, body: '{"error":"invalid_client"}' };
    const token = `jamf-token-${++this.logins}`;
    this.#tokens.set(token, this.now() + this.tokenSeconds * 1_000);
    const granted = { access_token: token, scope: 'api-role:2', token_type: 'Bearer', expires_in: this.tokenSeconds };
    return { status: 200, headers, body: JSON.stringify(granted) };
  }

  /** By the cookie; whoever has none goes to each in turn. */
  #memberOf({ headers }: IncomingMessage, response: ServerResponse): 0 | 1 {
    const known = /(?:^|; )jpro-ingress=member([01])(?:;|$)/.exec(headers.cookie ?? '')?.[1];
    if (known !== undefined) return known === '0' ? 0 : 1;
    const member = this.#turn++ % 2 === 0 ? 0 : 1;
    response.setHeader('set-cookie', [`JSESSIONID=abc; Path=/`, `jpro-ingress=member${member}; Path=/; Secure; HttpOnly`]);
    return member;
  }

  #show({ headers }: IncomingMessage, { sections, preferences }: Stored): Answer {
    if (headers.accept !== 'application/xml') return html(406, 'This fake answers in XML');
    const escaped = preferences
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('\r', '&#13;');
    const icon = `<icon><id>1</id><uri>https://icons.example/1?token=${++this.#turn}</uri></icon>`;
    return {
      status: 200,
      body:
        `<?xml version="1.0" encoding="UTF-8"?><mobile_device_application><general>${sections.general}${icon}</general>` +
        `<scope>${sections.scope}</scope><vpp_codes/><vpp>${sections.vpp}</vpp>` +
        `<app_configuration><preferences>${escaped}</preferences></app_configuration></mobile_device_application>`,
    };
  }

  #write({ headers }: IncomingMessage, member: 0 | 1, body: string): Answer {
    if (!/^(?:application|text)\/xml\b/.test(headers['content-type'] ?? '')) return html(415, 'Unsupported media type');
    const sent = /^<\?xml[^>]*\?><mobile_device_application><app_configuration><preferences>([\s\S]*)<\/preferences><\/app_configuration><\/mobile_device_application>$/.exec(body)?.[1]; // prettier-ignore
    if (sent === undefined) return html(409, `Conflict: this fake takes the configuration alone, got ${body}`);
    this.bodies.push(body);
    this.writes += 1;
    const { sections } = this.members[member];
    const stored: Stored = {
      sections: this.isWipingOthers ? { ...sections, scope: '<all_mobile_devices>false</all_mobile_devices>' } : sections,
      preferences: this.stores(asXmlReadsIt(sent)),
    };
    this.members[member] = stored;
    this.#coming.push(() => void (this.members[member === 0 ? 1 : 0] = stored));
    return {
      status: 201,
      body: `<?xml version="1.0" encoding="UTF-8"?><mobile_device_application><id>12</id></mobile_device_application>`,
    };
  }
}

/** Sections of CDATA as they are, the rest decoded once, lines with LF. */
const asXmlReadsIt = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(/<!\[CDATA\[([\s\S]*?)\]\]>|&(lt|gt|amp|#13);/g, (_, whole: string | undefined, entity: string) =>
      whole !== undefined ? whole : { lt: '<', gt: '>', amp: '&', '#13': '\r' }[entity]!,
    );
