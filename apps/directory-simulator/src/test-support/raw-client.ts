import { createHmac } from 'node:crypto';

/** What a client has of the properties file; `base64Key` as it stands there, unescaped. */
export interface ClientFile {
  readonly base64Key: string;
  readonly token: string;
  readonly orgAlias: string;
}

export interface DeviceJson {
  readonly deviceId: number | string;
  readonly deviceUuid: string;
  readonly deviceRole: string;
  readonly nickname: string;
  readonly type: string;
  readonly email: string | null;
  readonly order: number;
}

export interface UserJson {
  readonly userName: string;
  readonly status: string;
  readonly lastLogin: number | null;
  readonly deviceDetails: DeviceJson | null;
  readonly devicesDetails: readonly DeviceJson[];
}

/** The fields of all operations; which of them are there is what the tests check. */
export interface ResponseBody {
  readonly errorId: number;
  readonly errorMsg: string;
  readonly uniqueMsgId: string;
  readonly clientData: unknown;
  readonly userDetails: UserJson;
  readonly activationCode: string | null;
  readonly deviceId: string;
  readonly deviceUuid: string;
}

export interface CallJson {
  readonly n: number;
  readonly op: string;
  readonly username: string | null;
  readonly deviceId?: string;
  readonly attributeName?: string;
  readonly status: number | null;
  readonly errorId: number | null;
  readonly fault?: string;
}

/** The fields of all answers of the admin API. */
export interface AdminJson extends UserJson {
  readonly users: readonly UserJson[];
  readonly nextCursor: string | null;
  readonly calls: readonly CallJson[];
  readonly events: readonly unknown[];
  readonly deviceLimit: number;
  readonly deviceId: string;
}

interface Wrapped {
  readonly responseBody: ResponseBody;
}

export interface RawAnswer {
  readonly status: number;
  /** `jws` or `raw`, by its first character, as public clients tell them apart. */
  readonly form: 'jws' | 'raw';
  readonly header: Record<string, unknown> | undefined;
  /** The JSON text of the payload: what a lossless reader would see. */
  readonly text: string;
  readonly body: Wrapped;
  readonly response: Response;
}

const part = (text: string) => Buffer.from(text, 'utf8').toString('base64url');

export const hmac = (signed: string, key: Buffer, digest = 'sha256') =>
  createHmac(digest, key).update(signed).digest('base64url');

/** Written by hand from the wire format: it shares nothing with the server. */
export class RawClient {
  readonly base: string;
  readonly file: ClientFile;
  readonly key: Buffer;

  constructor(base: string, file: ClientFile) {
    this.base = base;
    this.file = file;
    this.key = Buffer.from(file.base64Key, 'base64');
  }

  /** A compact JWS; `reqBody` may be JSON text, so that numbers of any length can be written. */
  token(reqBody: object | string, change: { header?: object; reqHeader?: object; digest?: string; key?: Buffer } = {}): string {
    const header = change.header ?? { alg: 'HS256', org_alias: this.file.orgAlias, token: this.file.token };
    const reqHeader = change.reqHeader ?? {
      locale: 'en',
      orgAlias: this.file.orgAlias,
      secretKey: this.file.token,
      timestamp: '2015-09-03 11:57:25.229',
      version: '4.9',
    };
    const body = typeof reqBody === 'string' ? reqBody : JSON.stringify(reqBody);
    const signed = `${part(JSON.stringify(header))}.${part(`{"reqHeader":${JSON.stringify(reqHeader)},"reqBody":${body}}`)}`;
    return `${signed}.${hmac(signed, change.key ?? this.key, change.digest)}`;
  }

  async post(
    op: string,
    body: string,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ): Promise<RawAnswer> {
    const response = await fetch(`${this.base}/pingid/rest/4/${op}/do`, { method: 'POST', headers, body: Buffer.from(body) });
    const answer = (await response.text()).trimEnd();
    if (answer.startsWith('{'))
      return {
        status: response.status,
        form: 'raw',
        header: undefined,
        text: answer,
        body: JSON.parse(answer) as Wrapped,
        response,
      };
    const [header = '', payload = '', signature] = answer.split('.');
    if (signature !== hmac(`${header}.${payload}`, this.key)) throw new Error('the response is not signed with the shared key');
    const text = Buffer.from(payload, 'base64url').toString('utf8');
    return {
      status: response.status,
      form: 'jws',
      header: JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as Record<string, unknown>,
      text,
      body: JSON.parse(text) as Wrapped,
      response,
    };
  }

  async call(op: string, reqBody: object | string): Promise<RawAnswer> {
    return this.post(op, this.token(reqBody));
  }

  /** The response body of a call that must succeed. */
  async ok(op: string, reqBody: object | string): Promise<ResponseBody> {
    const answer = await this.call(op, reqBody);
    if (answer.status !== 200) throw new Error(`${op} answered ${answer.status}: ${answer.text}`);
    return answer.body.responseBody;
  }

  /** HTTP status and error id of a call. */
  async outcome(op: string, reqBody: object | string): Promise<readonly [number, number]> {
    const { status, body } = await this.call(op, reqBody);
    return [status, body.responseBody.errorId];
  }

  async admin(method: string, path: string, body?: unknown): Promise<{ status: number; body: AdminJson }> {
    const response = await fetch(`${this.base}/admin${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: JSON.parse(text === '' ? 'null' : text) as AdminJson };
  }
}
