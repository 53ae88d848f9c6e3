// The one place that decides what a log line must not hold. It works on the finished line, so that nothing gets past it:
// not a child logger's bindings, not a message, not an error's text, at no depth.

/** Field names whose value is never logged, compared without case, "-" and "_"; also as the end of a longer name, and in the plural. */
const secretName =
  /(?:token|tokenvalue|secret|secretkey|password|passphrase|authorization|cookie|apikey|privatekey|pepper|pairingdata|phone|phonenumber|mobile|email|emailaddress|mail|username|loginname|credential|usebase64key)s?$/;
const exactNames = new Set([
  'value',
  'values',
  'before',
  'after',
  'payload',
  'body',
  'key',
  'givenname',
  'familyname',
  'firstname',
  'lastname',
]);

/** Text that looks like a secret or like personal data, wherever it stands. */
const secretText =
  /tsk_[A-Za-z0-9]{8,}|bg_[\w-]{43}|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|Bearer\s+[\w.~+/=-]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+\d[\d ().-]{6,}\d/g;

export const censored = '[censored]';

const isSecretName = (name: string): boolean => {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return exactNames.has(plain) || secretName.test(plain);
};

/** A copy of a JSON value in which every secret field, at any depth, and every text that looks like one is replaced. */
export function censor(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(secretText, censored);
  if (Array.isArray(value)) return value.map(censor);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.replaceAll(secretText, censored),
      isSecretName(name) && inner !== null ? censored : censor(inner),
    ]),
  );
}

/** {@link censor} for one finished JSON log line. A line that is no JSON can't be judged and is replaced. */
export function censorLine(line: string): string {
  try {
    return `${JSON.stringify(censor(JSON.parse(line)))}\n`;
  } catch {
    return `${JSON.stringify({ level: 'error', msg: 'a log line could not be censored and was left out' })}\n`;
  }
}

/** What is kept of an error: type, message, code, stack and cause. Other properties may hold requests, responses and records. */
export function plainError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const code = (error as { code?: unknown }).code;
  return {
    type: name,
    message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined || depth >= 5 ? {} : { cause: plainError(cause, depth + 1) }),
  };
}
