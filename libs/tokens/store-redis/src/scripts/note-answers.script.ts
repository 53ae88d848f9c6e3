import { instant } from '@tallystick/kernel-core';
import { defineScript } from '@tallystick/platform-redis';
import { afterAnswer, type CommandAnswer, type CommandStatus, commandStatuses, type DeviceNote } from '@tallystick/tokens-domain';
import { notePrelude } from './note-prelude.ts';

const anyNote: DeviceNote = {
  ...{ enrolmentId: '', command: '', delivery: '', kind: 'set', attempt: 1, round: 0 },
  ...{ status: 'sending', intendedAt: instant(0) },
};
const canBeAnswered = (status: CommandStatus): status is CommandAnswer['status'] => status !== 'sending' && status !== 'lost';

/** Which statuses an answer takes the place of; asked of the domain's own rule, so that there is no second one to drift away. */
const replaced = commandStatuses.filter(canBeAnswered).map((status) => {
  const isReplaced = (was: CommandStatus): boolean => {
    const note = { ...anyNote, status: was };
    return afterAnswer(note, { enrolmentId: '', command: '', status }) !== note;
  };
  const statuses = commandStatuses.filter(isReplaced).map((was) => `['${was}'] = true`);
  return `['${status}'] = { ${statuses.join(', ')} }`;
});

/**
 * `afterAnswer` on each note that is there; what an answer leaves out stays as it was.
 * KEYS: hashes of devices. ARGV of each answer: which key, command id, status, answered at or nothing, holds as JSON or nothing.
 */
export const noteAnswersScript = defineScript({
  name: 'note-answers',
  lua: `${notePrelude}
local replaced = { ${replaced.join(', ')} }

for at = 1, #ARGV, 5 do
  local key, id, status, told_at, told_holds = KEYS[tonumber(ARGV[at])], unpack(ARGV, at + 1, at + 4)
  local text = redis.call('HGET', key, id)
  if text then
    local changed, order, was, intended, answered, holds, command = string.match(text, form)
    if not changed then return damaged(key) end
    if replaced[status][was] then
      if told_at ~= '' then answered = told_at end
      if told_holds ~= '' then holds = told_holds end
      keep(key, id, order, status, intended, answered, holds, command)
    end
  end
end
return redis.status_reply('OK')
`,
});
