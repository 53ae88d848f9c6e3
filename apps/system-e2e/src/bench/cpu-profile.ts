/** What V8's profiler writes, as far as it is read here (`node --cpu-prof`, the inspector's `Profiler.stop`). */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** The node at the top of the stack at each sample, and the microseconds since the sample before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly name: string;
  /** Where it is defined: a file of ours, a package, `node:…`; empty for what the engine does itself. */
  readonly place: string;
  /** Milliseconds on the top of the stack. */
  readonly ms: number;
  /** Of the time in which the processor was busy, 0–1. */
  readonly share: number;
}

export interface ProfileFigures {
  readonly busyMs: number;
  readonly idleMs: number;
  /** By self time, the most first; one entry for each function, however it was called. */
  readonly functions: readonly SelfTime[];
}

const idle = '(idle)';

/**
 * Self times of a profile. What V8 calls `(program)` is what it can not name: native code of Node, above all of sockets.
 * @throws Error when the text is no profile
 */
export function readCpuProfile(text: string): ProfileFigures {
  const { nodes, samples, timeDeltas } = JSON.parse(text) as Partial<CpuProfile>;
  if (!nodes || !samples || !timeDeltas || samples.length !== timeDeltas.length) throw new Error('this is no CPU profile');
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const found = new Map<string, { readonly name: string; readonly place: string; microseconds: number }>();
  let idleMicroseconds = 0;
  samples.forEach((sample, at) => {
    const frame = frames.get(sample);
    if (!frame) throw new Error(`the CPU profile has no node ${sample}`);
    // The time after a sample belongs to it: until the next one nothing else is known.
    const microseconds = Math.max(0, timeDeltas[at + 1] ?? 0);
    if (frame.functionName === idle) return void (idleMicroseconds += microseconds);
    const [name, place] = [frame.functionName || '(anonymous)', placeOf(frame.url)];
    const key = `${name} ${frame.url}:${frame.lineNumber}`;
    const known = found.get(key);
    if (known) known.microseconds += microseconds;
    else found.set(key, { name, place, microseconds });
  });
  const busy = [...found.values()].reduce((sum, { microseconds }) => sum + microseconds, 0);
  return {
    busyMs: busy / 1_000,
    idleMs: idleMicroseconds / 1_000,
    functions: [...found.values()]
      .map(({ name, place, microseconds }) => ({
        name,
        place,
        ms: microseconds / 1_000,
        share: busy > 0 ? microseconds / busy : 0,
      }))
      .sort((a, b) => b.ms - a.ms || a.name.localeCompare(b.name)),
  };
}

/** Without the path of the machine that it was taken on. */
function placeOf(url: string): string {
  if (url === '' || url.startsWith('node:')) return url;
  const [, ofPackage] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (ofPackage) return ofPackage;
  return /([^/]+\/dist\/[^/]+)$/.exec(url)?.[1] ?? url.slice(url.lastIndexOf('/') + 1);
}
