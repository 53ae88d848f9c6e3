/**
 * Lua: `time_of(given)` is the moment in milliseconds: the server's, unless a test gave another one.
 *
 * Workers' clocks are never compared with each other: with one that is ahead by a second, a rate would let a second's calls more
 * through, and with one that is ahead by a day, a window would be empty. The server's clock is one for all. What a caller tells or is told as
 * a moment is turned into "so long from now" at the border, so it holds by the caller's own clock.
 */
export const serverTime = `
local function time_of(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] * 1000 + time[2] / 1000
end
`;
