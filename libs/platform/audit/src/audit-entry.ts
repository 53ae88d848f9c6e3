/** One thing that was done, read, or tried; its JSON is what is stored with the change, chained and published, byte for byte. */
export interface AuditEntry {
  readonly format: 1;
  readonly environment: string;
  /** ISO 8601, by the clock of the process that wrote it: the chain proves nothing about it. */
  readonly at: string;
  /** The caller's subject, or the process. */
  readonly actor: string;
  /** Kebab-case. */
  readonly action: string;
  readonly reason?: string;
  readonly requestId?: string;
  readonly planId?: string;
  /** Ties what became of something to what was about to be done. */
  readonly intent?: string;
  /** The id of what it is about. A person only by a name that can be forgotten. */
  readonly subject?: string;
  /** Keyed digests, `<key id>:<hex>`; of a person's values under a key of their own, which an erasure destroys. */
  readonly before?: string;
  readonly after?: string;
  readonly result?: string;
  /** Nothing secret or personal. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export const writeAuditEntry = (entry: AuditEntry): string => JSON.stringify(entry);
