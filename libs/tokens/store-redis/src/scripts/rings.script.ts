import { defineScript } from '@tallystick/platform-redis';
import { allowOom, shardPrelude } from './shard-prelude.ts';

/**
 * The documents of the first rings that fit into one answer, at least one; '' for one that is not there. The rest is asked for again.
 * KEYS from 6: rings. ARGV from 3: most bytes. Gives the epoch that answers, and the documents.
 */
export const ringsScript = defineScript({
  name: 'ring-documents',
  lua: `${allowOom}${shardPrelude}
local seq, epoch = open_shard()
if not seq then return redis.error_reply(epoch) end
local documents, bytes = {}, 0
for at = 6, #KEYS do
  local document = redis.pcall('GET', KEYS[at])
  if type(document) ~= 'string' then document = '' end
  if at > 6 and bytes + #document > tonumber(ARGV[3]) then break end
  bytes = bytes + #document
  documents[#documents + 1] = document
end
return { epoch, documents }
`,
});
