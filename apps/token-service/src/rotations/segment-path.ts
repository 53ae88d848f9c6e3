import { platforms, type Platform, type Segment, segmentName } from '@tallystick/tokens-domain';
import { z } from 'zod';

const part = '[A-Za-z0-9][A-Za-z0-9._-]{0,62}';
const platform = `(?:${platforms.join('|')})`;
/** Exactly the names that {@link segmentPath} makes, so that one segment has one path. */
const form = `^(?:all|${platform}|(?:${platform}|\\*)~(?:${part}(?:~${part})?|\\*~${part}))$`;

/** A segment in a path: its name with `~` for `/`, e.g. `all`, `ios`, `ios~berlin~intune`, `*~*~intune`. */
export const segmentPath = (segment: Segment): string => segmentName(segment).replaceAll('/', '~');

function segmentOf(path: string): Segment {
  if (path === 'all') return {};
  const [of, site, mdm] = path.split('~').map((one) => (one === '*' ? undefined : one));
  return {
    ...(of === undefined ? {} : { platform: of as Platform }),
    ...(site === undefined ? {} : { site }),
    ...(mdm === undefined ? {} : { mdm }),
  };
}

export const segmentParameter = z
  .string()
  .regex(new RegExp(form), { error: 'expected a segment: all, ios, ios~berlin~intune; * for a part that is left out' })
  .meta({ description: 'all, or platform~site~mdm; * for a part that is left out' })
  .transform(segmentOf);
