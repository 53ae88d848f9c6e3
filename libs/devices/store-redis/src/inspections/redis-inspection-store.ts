import type { ConnectionDocument, Inspection, InspectionId, InspectionStore } from '@tallystick/devices-domain';
import type { Redis } from '@tallystick/platform-redis';
import { type KeyRing, open, seal } from '@tallystick/platform-secrets';

export interface RedisInspectionStoreOptions {
  readonly redis: Redis;
  /** Answers are full of personal data. */
  readonly ring: KeyRing;
  /** An answer that nobody took is gone after this. Default 60 000. */
  readonly keptMs?: number;
}

/** Whoever asked waits for it, so it is not kept for others. */
const usualKeptMs = 60_000;

/** Answers of inspections in Redis, sealed under their own id, for a minute and for one taker. */
export class RedisInspectionStore implements InspectionStore {
  readonly #redis: Redis;
  readonly #ring: KeyRing;
  readonly #keptMs: number;

  constructor({ redis, ring, keptMs = usualKeptMs }: RedisInspectionStoreOptions) {
    this.#redis = redis;
    this.#ring = ring;
    this.#keptMs = keptMs;
  }

  async put(id: InspectionId, answer: Inspection): Promise<void> {
    const sealed = seal(this.#ring, JSON.stringify(answer), sealedAs(id));
    await this.#redis.set(inspectionKey(id), sealed, { PX: this.#keptMs });
  }

  async take(id: InspectionId): Promise<Inspection | undefined> {
    const sealed = await this.#redis.getDel(inspectionKey(id));
    if (sealed === null) return undefined;
    const opened = open(this.#ring, sealed, sealedAs(id));
    if (!opened.ok)
      throw new Error(`the answer of an inspection can't be opened (${opened.error}): have both services the same keys?`);
    return JSON.parse(opened.value) as Inspection;
  }

  async putDocument(id: InspectionId, document: ConnectionDocument): Promise<void> {
    const sealed = seal(this.#ring, JSON.stringify(document), documentSealedAs(id));
    await this.#redis.set(`${inspectionKey(id)}:document`, sealed, { PX: this.#keptMs });
  }

  /** Not taken away: a look that failed is made again. */
  async documentOf(id: InspectionId): Promise<ConnectionDocument | undefined> {
    const sealed = await this.#redis.get(`${inspectionKey(id)}:document`);
    if (sealed === null) return undefined;
    const opened = open(this.#ring, sealed, documentSealedAs(id));
    if (!opened.ok)
      throw new Error(`the document of an inspection can't be opened (${opened.error}): have both services the same keys?`);
    return JSON.parse(opened.value) as ConnectionDocument;
  }
}

/** @throws RangeError on what could name another key */
function inspectionKey(id: InspectionId): string {
  if (!/^[\w-]{1,64}$/.test(id)) throw new RangeError('this is no id of an inspection');
  return `tally:{inspection/${id}}`;
}

const sealedAs = (id: InspectionId): string => `inspection:${id}`;
const documentSealedAs = (id: InspectionId): string => `inspection-document:${id}`;
