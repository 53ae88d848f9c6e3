import { xmlText } from './xml-text.ts';

/** Property lists as Apple writes them: what stands in them is a text or another dictionary or list. */
export type PlistValue = string | readonly PlistValue[] | PlistDict;
/** Pairs and no object: they keep their order, whatever the keys are called. */
export class PlistDict {
  readonly entries: readonly (readonly [key: string, value: PlistValue])[];
  constructor(entries: readonly (readonly [key: string, value: PlistValue])[]) {
    this.entries = entries;
  }
}

/** One value, indented by two blanks for each level; texts are never indented or broken, for blanks in them count. */
export function plistFragment(value: PlistValue, indent = ''): string {
  if (typeof value === 'string') return `${indent}<string>${xmlText(value)}</string>\n`;
  const deeper = `${indent}  `;
  if (value instanceof PlistDict) {
    const entries = value.entries.map(([key, held]) => `${deeper}<key>${xmlText(key)}</key>\n${plistFragment(held, deeper)}`);
    return `${indent}<dict>\n${entries.join('')}${indent}</dict>\n`;
  }
  return `${indent}<array>\n${value.map((held) => plistFragment(held, deeper)).join('')}${indent}</array>\n`;
}

/** A whole property list, with the document type that Apple's own tools write. */
export const plistDocument = (value: PlistValue): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n',
    '<plist version="1.0">\n',
    plistFragment(value),
    '</plist>\n',
  ].join('');
