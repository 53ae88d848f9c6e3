/** An HTTP request to the API as it came, and its answer. */
export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const apiKey = 'api-key-of-the-tests';
export const webhookKey = 'webhook-key-of-the-tests';

/** NanoMDM, the real one or ours. */
export interface MdmUnderTest {
  /** The management API. */
  call(call: ApiCall): Promise<ApiAnswer>;
  /** Enrols a device (again), which empties its queue. */
  enrol(udid: string): Promise<void>;
  /** The device's side: a report in, the next command out. */
  connect(udid: string, report: string): Promise<string>;
  close(): Promise<void>;
}
