-- Takes charges back. KEYS: one count each. ARGV: for each the number of the part charged, and the cost.
for i = 1, #KEYS do
  local number, cost = ARGV[2 * i - 1], tonumber(ARGV[2 * i])
  local used = tonumber(redis.call('HGET', KEYS[i], number) or 0)
  if used > cost then
    redis.call('HINCRBY', KEYS[i], number, -cost)
  else
    redis.call('HDEL', KEYS[i], number)
  end
end
return 0
