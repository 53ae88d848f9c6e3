import { defineScript } from '@tallystick/platform-redis';

/**
 * The documents of the first rings that fit into one answer, at least one; '' for one that is not there. The rest is asked for again.
 * KEYS: rings. ARGV: most bytes.
 */
export const ringsScript = defineScript({
  name: 'ring-documents',
  lua: `
local documents, bytes = {}, 0
for at, key in ipairs(KEYS) do
  local document = redis.pcall('GET', key)
  if type(document) ~= 'string' then document = '' end
  if at > 1 and bytes + #document > tonumber(ARGV[1]) then break end
  bytes = bytes + #document
  documents[at] = document
end
return documents
`,
});
