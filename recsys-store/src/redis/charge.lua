-- Decides on charges and counts them, as the limiter in process memory does.
-- KEYS: one count each. ARGV: the time, 1 to count what is admitted, then for each count: length of a part,
-- cost, limit, window; all times in milliseconds.
-- Returns 1 or 0, then for each count: used, wait, reset, and the number of the part charged.
-- A count is a hash: 'part' (length of a part), 'now' (latest time seen), and what each part has by its number.
local PARTS = 60
local asked, count = tonumber(ARGV[1]), ARGV[2] == '1'
local states, allowed = {}, true

for i = 1, #KEYS do
  local at = 3 + 4 * (i - 1)
  local state = {
    part = tonumber(ARGV[at]), cost = tonumber(ARGV[at + 1]),
    limit = tonumber(ARGV[at + 2]), window = tonumber(ARGV[at + 3]),
    now = asked, used = 0, parts = {}, gone = {}, known = false,
  }
  local fields = redis.call('HGETALL', KEYS[i])
  local kept = {}
  for j = 1, #fields, 2 do kept[fields[j]] = tonumber(fields[j + 1]) end
  if kept.part == state.part then
    state.known = true
    state.now = math.max(asked, kept.now)
    for field, used in pairs(kept) do
      local number = tonumber(field)
      if number then
        local ends = (number + 1 + PARTS) * state.part
        if ends > state.now then
          state.used = state.used + used
          table.insert(state.parts, {number = number, used = used, ends = ends})
        else
          table.insert(state.gone, field)
        end
      end
    end
    table.sort(state.parts, function(a, b) return a.number < b.number end)
  elseif kept.part then
    redis.call('DEL', KEYS[i])
  end
  states[i] = state
  allowed = allowed and state.used + state.cost <= state.limit
end

local answer = {allowed and 1 or 0}
for i = 1, #KEYS do
  local state = states[i]
  local wait, left = 0, state.used
  if state.cost > state.limit then
    wait = state.window
  else
    for _, part in ipairs(state.parts) do
      if left + state.cost <= state.limit then break end
      left = left - part.used
      wait = part.ends - state.now
    end
  end
  local number = math.floor(state.now / state.part)
  local last = state.parts[#state.parts]
  local reset = last and last.ends - state.now or 0
  if allowed and count and state.cost > 0 then
    state.used = state.used + state.cost
    reset = math.max(reset, (number + 1 + PARTS) * state.part - state.now)
    redis.call('HINCRBY', KEYS[i], string.format('%.0f', number), state.cost)
    state.known = true
  end
  if state.known and reset > 0 then
    if #state.gone > 0 then redis.call('HDEL', KEYS[i], unpack(state.gone)) end
    redis.call('HSET', KEYS[i], 'part', state.part, 'now', string.format('%.0f', state.now))
    redis.call('PEXPIRE', KEYS[i], reset)
  elseif state.known then
    redis.call('DEL', KEYS[i])
  end
  table.insert(answer, state.used)
  table.insert(answer, wait)
  table.insert(answer, reset)
  table.insert(answer, number)
end
return answer
