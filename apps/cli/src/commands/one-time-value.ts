import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { Failure, exits, usage } from '../failure.ts';

/** Where a value goes that is shown once. */
export interface ValueFlags {
  readonly printValue?: boolean;
  readonly valueTo?: string;
}

export interface ValueSink {
  readonly wants: boolean;
  /** Takes the value; the text that stdout gets for it, if it does. */
  readonly take: (value: string | undefined) => string | undefined;
  /** Nothing came: leaves no empty file behind. */
  readonly drop: () => void;
}

/** A file is made before anything is asked for, so that no value is lost for want of a place; an existing one is never written to. */
export function openValueSink({ printValue = false, valueTo }: ValueFlags): ValueSink {
  if (printValue && valueTo !== undefined) throw usage('say --print-value or --value-to, not both');
  if (valueTo === undefined)
    return { wants: printValue, take: (value) => (printValue ? value : undefined), drop: () => undefined };
  let file: number | undefined;
  try {
    file = openSync(valueTo, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usage(code === 'EEXIST' ? `${valueTo} exists already` : `${valueTo} can not be written (${code ?? 'unknown'})`);
  }
  const drop = (): void => {
    if (file === undefined) return;
    closeSync(file);
    file = undefined;
    unlinkSync(valueTo);
  };
  return {
    wants: true,
    drop,
    take: (value) => {
      if (value === undefined) {
        drop();
        return undefined;
      }
      if (file === undefined) throw new Failure(exits.defect, 'the file of the value is closed already');
      writeSync(file, `${value}\n`);
      closeSync(file);
      file = undefined;
      return undefined;
    },
  };
}
