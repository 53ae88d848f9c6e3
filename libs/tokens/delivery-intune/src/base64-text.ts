/** The text of base64 in UTF-8; undefined for what is neither. */
export function textOfBase64(encoded: string): string | undefined {
  const compact = encoded.replace(/\s/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(compact, 'base64'));
  } catch {
    return undefined;
  }
}

export const base64OfText = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
