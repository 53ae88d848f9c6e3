const polynomial = 0xedb88320; // CRC-32 as in ISO 3309, zip and PNG

/** CRC-32 of an ASCII text, as an unsigned 32-bit number. Finds typing faults; protects against nobody. */
export function crc32(ascii: string): number {
  let crc = 0xffffffff;
  for (let at = 0; at < ascii.length; at++) {
    crc ^= ascii.charCodeAt(at) & 0xff;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
