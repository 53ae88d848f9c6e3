import { describe, expect, it } from '@jest/globals';
import type { Attributes } from '@tallystick/devices-domain';
import { compileExpression, type Evaluation, type ExpressionFault } from './expression.ts';
import { expressionFunctions } from './expression-functions.ts';

const evaluate = (text: string, attributes: Attributes = {}): Evaluation => {
  const compiled = compileExpression(text, 'text');
  if (!compiled.ok) throw new Error(`${text}: ${JSON.stringify(compiled.error)}`);
  return compiled.value.evaluate(attributes);
};
const valueOf = (text: string, attributes: Attributes = {}): unknown => {
  const result = evaluate(text, attributes);
  return result.kind === 'value' ? result.value : result;
};
const faultOf = (text: string, wanted: 'text' | 'yes-or-no' = 'text'): ExpressionFault | undefined => {
  const compiled = compileExpression(text, wanted);
  return compiled.ok ? undefined : compiled.error;
};

describe('an expression over source', () => {
  it.each<[string, unknown]>([
    ['cnOf("CN=Doe\\\\, Jane+UID=7,OU=People,DC=corp")', 'Doe, Jane'],
    ['cnOf("OU=a\\\\,CN=b,cn = J\\\\C3\\\\BCrgen ,DC=x")', 'Jürgen'],
    ['cnOf("uid=7,dc=corp")', ''],
    ['userPartOf("a@b@corp.example")', 'a@b'],
    ['userPartOf("ada")', 'ada'],
    ['digitsOf("+44 (7700) 900-123")', '447700900123'],
    ['"a-b-c".replace("-", "")', 'abc'],
    ['"a,b,c".split(",")[1].upperAscii()', 'B'],
    ['"ÄB".lowerAscii()', 'Äb'],
    ['" x ".trim() + string(7) + string(true) + string(null)', 'x7true'],
    ['"abcdef".substring(1, 3) + "abcdef".substring(4)', 'bcef'],
    ['"ab".contains("b") && "ab".startsWith("a") && "ab".endsWith("b") && "abab".lastIndexOf("b") == 3', true],
    ['["b", "a"].filter(x, x != "a").map(x, x + "!").join(",")', 'b!'],
    ['hasBits("514", 2) && !hasBits(512, 2)', true],
    ['size("abc") == "abc".size() && ["a"].size() == 1', true],
    ['int(" 12 ") + 1', 13n],
    ['{"de": "+49", "fr": "+33"}["fr"]', '+33'],
  ])('%s', (text, value) => {
    expect(valueOf(text)).toEqual(value);
  });

  it('compares numbers of the source with numbers, and reads null as null', () => {
    const record = { level: 3, end: null, flag: true, 'employee-id': 'x' };
    expect(valueOf('source.level == 3 && source.level > 2 && source.end == null && source.flag', record)).toBe(true);
    expect(valueOf('source["employee-id"]', record)).toBe('x');
    expect(valueOf('has(source.end) && !has(source.nothing)', record)).toBe(true);
  });

  it('knows which attributes it reads, those behind a condition included', () => {
    const compiled = compileExpression('has(source.a) ? source.b : source["c d"].split(",").filter(x, x == source.e)[0]', 'text');
    expect(compiled.ok && [...compiled.value.attributes].sort()).toEqual(['a', 'b', 'c d', 'e']);
  });

  it('gives a reason where it gives nothing', () => {
    const failure = (text: string, attributes: Attributes = {}) => evaluate(text, attributes);
    expect(failure('source.a')).toEqual({ kind: 'failed', because: 'attribute-missing' });
    expect(failure('source.a.trim()', { a: 1 })).toEqual({ kind: 'failed', because: 'wrong-type' });
    expect(failure('string(hasBits(source.a, 2))', { a: 'x' })).toEqual({ kind: 'failed', because: 'wrong-type' });
    expect(failure('source.a', { a: 'x'.repeat(1_025) })).toEqual({ kind: 'failed', because: 'too-long' });
    expect(failure('source.a', { a: { kind: 'unavailable' } })).toEqual({ kind: 'unknown' });
    expect(failure('1 / source.n', { n: 0 })).toMatchObject({ kind: 'failed' });
  });

  it('is not confused by names that every object has', () => {
    expect(evaluate('source.constructor')).toEqual({ kind: 'failed', because: 'attribute-missing' });
    expect(evaluate('source["__proto__"]')).toEqual({ kind: 'failed', because: 'attribute-missing' });
    expect(valueOf('source.toString', { toString: 'text' })).toBe('text');
  });
});

describe('what is refused when a document is saved', () => {
  it.each<[string, ExpressionFault]>([
    ['source.a +', { reason: 'syntax', character: 11 }],
    ['foo + "x"', { reason: 'unknown-name', character: 1 }],
    ['source.a.matches("(a+)+$")', { reason: 'unknown-function' }],
    ['source.a.nothing()', { reason: 'unknown-function' }],
    ['timestamp("2027-01-01T00:00:00Z") == null', { reason: 'unknown-function' }],
    ['cel.bind(x, "a", x + x)', { reason: 'unknown-name' }],
    ['bytes("a").json()', { reason: 'unknown-function' }],
    ['type(source.a) == string', { reason: 'unknown-function' }],
    ['source', { reason: 'source-as-a-whole', character: 1 }],
    ['source[source.a]', { reason: 'source-as-a-whole' }],
    ['source.map(k, k).join(",")', { reason: 'source-as-a-whole' }],
    ['["a"].map(x, ["b"].map(y, y))[0]', { reason: 'nested-loop' }],
    ['["a"].map(source, source)[0]', { reason: 'syntax' }],
    ['"a" + 1', { reason: 'types' }],
    ['["a"]', { reason: 'types' }],
    ['{"a": 1}', { reason: 'types' }],
    ['b"a"', { reason: 'types' }],
    [`"${'x'.repeat(2_000)}"`, { reason: 'too-long' }],
    [Array.from({ length: 150 }, () => '"a"').join('+'), { reason: 'too-complex' }],
    [`${'('.repeat(60)}1${')'.repeat(60)}`, { reason: 'too-complex' }],
  ])('%#', (text, fault) => {
    expect(faultOf(text)).toMatchObject(fault);
  });

  it('is a scope that can be no yes or no', () => {
    expect(faultOf('"yes"', 'yes-or-no')).toEqual({ reason: 'types' });
    expect(faultOf('source.a', 'yes-or-no')).toBeUndefined();
  });
});

describe('an expression that means harm', () => {
  const big = 'a'.repeat(32_768);
  const many = Array.from({ length: 256 }, () => 'b').join(',');
  const seconds = (run: () => void): number => {
    const startedAt = process.cpuUsage();
    run();
    return process.cpuUsage(startedAt).user / 1e6;
  };

  it.each([
    ['source.big.replace("a", source.big)', 'too-much-work'],
    ['source.many.split(",").map(x, source.big + x).join(",")', 'too-much-work'],
    ['source.many.split(",").map(x, string(source.big.contains(source.other))).join(",")', 'too-much-work'],
    ['string(source.big.contains(source.other))', 'too-much-work'],
    ['source.big.split("").join(",")', 'too-much-work'],
    [`source.many.split(",").map(x, ${Array.from({ length: 50 }, () => 'x').join('+')} == "b" ? "1" : "2").join("")`, 'value'],
    [`(${Array.from({ length: 25 }, () => 'source.many.split(",")').join('+')}).map(x, x + x).filter(y, y == "bb")[0]`, 'value'],
  ])('takes no time: %s', (text, outcome) => {
    const compiled = compileExpression(text, 'text');
    expect(compiled).toMatchObject({ ok: true });
    if (!compiled.ok) return;
    let result: Evaluation | undefined;
    const record = { big, other: 'a'.repeat(32_000) + 'b', many };
    expect(seconds(() => (result = compiled.value.evaluate(record)))).toBeLessThan(0.25);
    if (outcome === 'value') expect(result?.kind).toBe('value');
    else expect(result).toEqual({ kind: 'failed', because: outcome });
  });
});

describe('the list of functions', () => {
  it('has each name once for methods and once for functions, with what it does', () => {
    expect(expressionFunctions.every(({ does }) => does.length > 5)).toBe(true);
    expect(new Set(expressionFunctions.map(({ signature }) => signature)).size).toBe(expressionFunctions.length);
  });
});
