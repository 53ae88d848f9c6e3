import { type AttributeMapping, type MappingTarget, textTargets } from '@tallystick/devices-domain';
import { z } from 'zod';
import { text } from './text-schema.ts';

const attribute = z.union([text, z.array(text).min(1).max(20)], 'must be the name of a source attribute, or a list of names');
const expression = z
  .string()
  .max(2_000, 'must be an expression of at most 2,000 characters')
  .refine((it) => it.trim() !== '', 'must not be empty');

/** Attribute or expression: one of the two, and not both. */
const rule = z
  .strictObject({
    attribute: attribute.exactOptional(),
    expression: expression.exactOptional(),
    trim: z.boolean().exactOptional(),
    case: z.enum(['none', 'upper', 'lower']).exactOptional(),
    default: z.string().max(1_024).exactOptional(),
    createOnly: z.boolean().exactOptional(),
  })
  .transform(({ attribute: names, expression: cel, ...style }, context) => {
    if (names !== undefined && cel === undefined) return { ...style, attribute: names };
    if (cel !== undefined && names === undefined) return { ...style, expression: cel };
    context.addIssue({ code: 'custom', message: 'must have an attribute or an expression, and not both' });
    return z.NEVER;
  });

const without = (field: 'default' | 'createOnly', why: string) =>
  rule.refine((it) => it[field] === undefined, { error: why, path: [field] });

type OptionalTarget = Exclude<MappingTarget, 'userName'>;
const optional: readonly OptionalTarget[] = [...textTargets.filter((target) => target !== 'userName'), 'enabled'];
const decides: readonly OptionalTarget[] = ['country', 'enabled'];

export const mappingSchema = z.strictObject({
  userName: without('default', 'must not be there: all records without a name would be one account').refine(
    (it) => it.createOnly === undefined,
    { error: 'must not be there: the name says which account it is', path: ['createOnly'] },
  ),
  ...(Object.fromEntries(
    optional.map((target) => [
      target,
      (decides.includes(target)
        ? without('createOnly', 'must not be there: this is no attribute of the account')
        : rule
      ).exactOptional(),
    ]),
  ) as Record<OptionalTarget, z.ZodExactOptional<typeof rule>>),
}) satisfies z.ZodType<AttributeMapping>;
