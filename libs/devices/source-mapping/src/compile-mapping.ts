import {
  type AttributeMapping,
  type CreateOnlyPart,
  type DeviceSlot,
  deviceSlots,
  type MappingRule,
  type MappingTarget,
  protectsUsername,
  type TextTarget,
  textTargets,
} from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import { compileExpression, type Expression, type ExpressionFault } from './expression.ts';
import type { CompiledRule } from './read-rule.ts';

/** Which target attribute fills which device slot (a.4). */
export const slotTargets: Readonly<Record<DeviceSlot, TextTarget>> = {
  'Email 1': 'mfaEmail1',
  'Email 2': 'mfaEmail2',
  'Email 3': 'mfaEmail3',
  'SMS Number 1': 'mfaSms1',
  'SMS Number 2': 'mfaSms2',
  'SMS Number 3': 'mfaSms3',
  'Voice Number 1': 'mfaVoice1',
  'Voice Number 2': 'mfaVoice2',
  'Voice Number 3': 'mfaVoice3',
};

/** What of an account can be create-only, with the target that fills it. */
const createOnlyParts: readonly (readonly [CreateOnlyPart, MappingTarget])[] = [
  ['email', 'email'],
  ['firstName', 'fName'],
  ['lastName', 'lName'],
  ...deviceSlots.map((slot) => [slot, slotTargets[slot]] as const),
];

export const mappingTargets: readonly MappingTarget[] = [...textTargets, 'enabled'];

/** The parts of a connection document that say how a record is read. */
export interface MappingDocument {
  readonly mapping: AttributeMapping;
  readonly scope?: string | undefined;
  readonly enabled?: string | undefined;
  readonly defaultCountry?: string | undefined;
  readonly protectedUsernames?: readonly string[] | undefined;
}

/** A mapping with its expressions checked; made once per document version. */
export interface CompiledMapping {
  readonly rules: { readonly [target in MappingTarget]?: CompiledRule };
  readonly scope?: Expression;
  /** In place of the rule for `enabled` (P8). */
  readonly enabled?: Expression;
  /** ISO 3166, two letters: for numbers in national spelling whose record has no country of its own. */
  readonly defaultCountry?: string;
  /** Names of all source attributes that are read, by rules and expressions. */
  readonly attributes: ReadonlySet<string>;
  /** Used when the account is created only (P14). */
  readonly createOnly: readonly CreateOnlyPart[];
  /** Accounts that are never touched (P15). */
  readonly protects: (username: string) => boolean;
}

/** A fault with its path in the document (`mapping.email.expression`), never with what stands there. */
export interface MappingFault {
  readonly path: string;
  readonly fault: string;
}

/** Checks every expression of the document; all faults come at once. */
export function compileMapping(document: MappingDocument): Result<CompiledMapping, readonly MappingFault[]> {
  const faults: MappingFault[] = [];
  const attributes = new Set<string>();
  const expression = (path: string, text: string, wanted: 'text' | 'yes-or-no'): Expression | undefined => {
    const compiled = compileExpression(text, wanted);
    if (compiled.ok) compiled.value.attributes.forEach((name) => attributes.add(name));
    else faults.push({ path, fault: sentenceOf(compiled.error) });
    return compiled.ok ? compiled.value : undefined;
  };
  const rules: { [target in MappingTarget]?: CompiledRule } = {};
  for (const target of mappingTargets) {
    const rule = document.mapping[target];
    if (!rule) continue;
    const { attribute, expression: text, ...style } = rule;
    if (text === undefined) {
      rules[target] = { ...style, names: namesOf(attribute) };
      namesOf(attribute).forEach((name) => attributes.add(name));
    } else {
      const compiled = expression(`mapping.${target}.expression`, text, 'text');
      if (compiled) rules[target] = { ...style, expression: compiled };
    }
  }
  const scope = document.scope === undefined ? undefined : expression('scope', document.scope, 'yes-or-no');
  const enabled = document.enabled === undefined ? undefined : expression('enabled', document.enabled, 'yes-or-no');
  if (document.enabled !== undefined && document.mapping.enabled)
    faults.push({ path: 'enabled', fault: 'must not be there together with mapping.enabled: say once who is enabled' });
  if (faults.length > 0) return err(faults);
  return ok({
    rules,
    attributes,
    createOnly: createOnlyParts.flatMap(([part, target]) => (document.mapping[target]?.createOnly ? [part] : [])),
    protects: protectsUsername(document.protectedUsernames),
    ...(scope && { scope }),
    ...(enabled && { enabled }),
    ...(document.defaultCountry !== undefined && { defaultCountry: document.defaultCountry }),
  });
}

/** For somebody who is gone: only the name matters, and an unreadable flag must not keep a leaver's account open. */
export function withoutFlag({ enabled: _, rules: { enabled: _flag, ...rules }, ...rest }: CompiledMapping): CompiledMapping {
  return { ...rest, rules };
}

const namesOf = (attribute: MappingRule['attribute']): readonly string[] =>
  attribute === undefined ? [] : typeof attribute === 'string' ? [attribute] : attribute;

const sentences: Readonly<Record<ExpressionFault['reason'], string>> = {
  'too-long': 'must be an expression of at most 2,000 characters',
  syntax: 'must be a CEL expression, and is none',
  'too-complex': 'is larger than an expression may be: 200 parts, 32 levels, lists of 64',
  'unknown-name': 'uses a name that is not there: attributes are read as source.name or source["name"]',
  'unknown-function': 'calls a function that is not there',
  'source-as-a-whole': 'must name each attribute that it reads, as source.name or source["name"]',
  'nested-loop': 'has a loop inside a loop',
  types: 'has types that do not fit, or gives something that can not be used here',
};

const sentenceOf = ({ reason, character }: ExpressionFault): string =>
  character === undefined ? sentences[reason] : `${sentences[reason]} (at character ${character})`;
