import { type ASTNode, Environment, EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js';
import type { Attributes } from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import { Meter, ownFunction, ownMethod, registerFunctions, TooMuchWork, WrongArgument } from './expression-functions.ts';

/** Why a text is no expression that can be saved: one sentence each, with the place in the text, never the text. */
export interface ExpressionFault {
  readonly reason:
    'too-long' | 'syntax' | 'too-complex' | 'unknown-name' | 'unknown-function' | 'source-as-a-whole' | 'nested-loop' | 'types';
  /** Counted from 1; absent for the whole. */
  readonly character?: number;
}

/** Why an expression gives nothing for a record. */
export type ExpressionFailure = 'attribute-missing' | 'wrong-type' | 'too-much-work' | 'too-long' | 'evaluation-failed';

export type ExpressionValue = string | number | bigint | boolean | null;

export type Evaluation =
  | { readonly kind: 'value'; readonly value: ExpressionValue }
  | { readonly kind: 'failed'; readonly because: ExpressionFailure }
  /** It needs an attribute that the event did not carry. */
  | { readonly kind: 'unknown' };

export interface Expression {
  /** Names of the source attributes that it reads. */
  readonly attributes: ReadonlySet<string>;
  /** Total; takes a few milliseconds at most. */
  evaluate(attributes: Attributes): Evaluation;
}

export const longestExpression = 2_000;
export const longestResult = 1_024;
/** Characters read, searched or made by one evaluation. */
const workLimit = 1_000_000;

const macros: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

const meter = new Meter();
const environment = new Environment({
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 200, maxDepth: 32, maxListElements: 64, maxMapEntries: 64, maxCallArguments: 4 },
});
environment.registerVariable('source', 'map<string, dyn>');
registerFunctions(environment, meter);

class AttributeUnknown extends Error {}

class Refused extends Error {
  readonly fault: ExpressionFault;
  constructor(reason: ExpressionFault['reason'], { start }: { readonly start: number }) {
    super(reason);
    this.fault = { reason, character: start + 1 };
  }
}

/**
 * A CEL expression over `source`, checked once. Bounded by its structure: 2,000 characters, 200 nodes, functions of
 * {@link expressionFunctions} only (the library's own `matches` takes exponential time), no loop inside a loop, and `source` is read
 * by attribute names that stand in the text. `wanted`: what it has to give, as far as that is known before there is a record.
 */
export function compileExpression(text: string, wanted: 'text' | 'yes-or-no'): Result<Expression, ExpressionFault> {
  if (text.length > longestExpression) return err({ reason: 'too-long' });
  try {
    const parsed = environment.parse(text);
    const attributes = new Set<string>();
    permit(parsed.ast, { names: new Set(), attributes, inLoop: false });
    const { valid, type = '', error } = parsed.check();
    if (!valid) return err(faultOf(error));
    if (!givable[wanted].has(type)) return err({ reason: 'types' });
    return ok({ attributes, evaluate: (record) => evaluate(parsed, attributes, record) });
  } catch (cause) {
    return err(faultOf(cause));
  }
}

const givable = {
  text: new Set(['string', 'int', 'double', 'bool', 'dyn', 'null']),
  'yes-or-no': new Set(['bool', 'dyn']),
} as const;

function faultOf(cause: unknown): ExpressionFault {
  if (cause instanceof Refused) return cause.fault;
  if (!(cause instanceof ParseError || cause instanceof CelTypeError || cause instanceof EvaluationError))
    return { reason: 'syntax' };
  const place = cause.range === undefined ? {} : { character: cause.range.start + 1 };
  if (cause.code === 'limit_exceeded') return { reason: 'too-complex', ...place };
  return { reason: cause instanceof ParseError ? 'syntax' : 'types', ...place };
}

interface Scope {
  readonly names: ReadonlySet<string>;
  readonly attributes: Set<string>;
  readonly inLoop: boolean;
}

/** Walks the tree once: refuses what is not on the lists, gives calls our bounded functions, and notes what is read of `source`. */
function permit(node: ASTNode, scope: Scope): void {
  const walk = (child: ASTNode): void => permit(child, scope);
  switch (node.op) {
    case 'value':
      if (typeof node.args === 'object' && node.args !== null) throw new Refused('types', node);
      return;
    case 'id':
      if (node.args === 'source') throw new Refused('source-as-a-whole', node);
      if (!scope.names.has(node.args)) throw new Refused('unknown-name', node);
      return;
    case '.':
      if (!isSource(node.args[0])) return walk(node.args[0]);
      scope.attributes.add(node.args[1]);
      return;
    case '[]': {
      const [of, index] = node.args;
      if (!isSource(of)) return [of, index].forEach(walk);
      if (index.op !== 'value' || typeof index.args !== 'string') throw new Refused('source-as-a-whole', node);
      scope.attributes.add(index.args);
      return;
    }
    case 'call': {
      const [name, args] = node.args;
      if (name === 'has' && args.length === 1) return args.forEach(walk);
      node.args[0] = ownFunction(name) ?? refuse('unknown-function', node);
      return args.forEach(walk);
    }
    case 'rcall': {
      const [name, receiver, args] = node.args;
      walk(receiver);
      if (macros.has(name) && args.length >= 2) return permitLoop(node, args, scope);
      node.args[0] = ownMethod(name) ?? refuse('unknown-function', node);
      return args.forEach(walk);
    }
    case 'map':
      return node.args.forEach((entry) => entry.forEach(walk));
    case 'list':
    case '?:':
      return node.args.forEach(walk);
    case '!_':
    case '-_':
      return walk(node.args);
    case '.?':
    case '[?]':
      throw new Refused('syntax', node);
    default:
      return node.args.forEach(walk);
  }
}

function permitLoop(loop: ASTNode, [variable, ...rest]: readonly ASTNode[], scope: Scope): void {
  if (scope.inLoop) throw new Refused('nested-loop', loop);
  if (variable?.op !== 'id' || variable.args === 'source') throw new Refused('syntax', loop);
  const inside = { ...scope, inLoop: true, names: new Set([variable.args]) };
  for (const node of rest) permit(node, inside);
}

const isSource = (node: ASTNode): boolean => node.op === 'id' && node.args === 'source';

const refuse = (reason: ExpressionFault['reason'], node: ASTNode): never => {
  throw new Refused(reason, node);
};

function evaluate(run: (context: object) => unknown, names: ReadonlySet<string>, attributes: Attributes): Evaluation {
  const read = (name: string): ExpressionValue | undefined => {
    const value = names.has(name) && Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (typeof value === 'object' && value !== null) throw new AttributeUnknown();
    meter.spend(1 + (typeof value === 'string' ? value.length : 0));
    return value;
  };
  // The library takes exactly a Map, and asks it by `get` alone; so each read of an attribute is counted.
  const source = Object.assign(new Map<string, ExpressionValue>(), { get: read });
  meter.fill(workLimit);
  try {
    const value = run({ source });
    if (!isValue(value)) return { kind: 'failed', because: 'wrong-type' };
    if (typeof value === 'string' && value.length > longestResult) return { kind: 'failed', because: 'too-long' };
    return { kind: 'value', value };
  } catch (cause) {
    return cause instanceof AttributeUnknown ? { kind: 'unknown' } : { kind: 'failed', because: failureOf(cause) };
  }
}

const isValue = (value: unknown): value is ExpressionValue =>
  value === null || ['string', 'bigint', 'boolean'].includes(typeof value) || Number.isFinite(value);

function failureOf(cause: unknown): ExpressionFailure {
  if (cause instanceof TooMuchWork) return 'too-much-work';
  if (cause instanceof WrongArgument) return 'wrong-type';
  if (!(cause instanceof EvaluationError)) return 'evaluation-failed';
  if (cause.code === 'no_such_key') return 'attribute-missing';
  return /overload|type|operand|index/.test(cause.code) ? 'wrong-type' : 'evaluation-failed';
}
