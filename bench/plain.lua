#!lua name=bench
-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- What bookings are measured against: the plain function that is usually written, four commands a
-- call. No health code, no limit of live reservations, no sequence, no event, no idempotency.
-- KEYS  1 persons  2 remaining units by slot  3 reservations  4 reservation of a person
-- ARGV  1 person  2 slot  3 code  4 record
local function plain(keys, args)
  if redis.call('SADD', keys[1], args[1]) == 0 then return 'already-reserved' end
  local left = redis.call('HINCRBY', keys[2], args[2], -1)
  if left < 0 then
    redis.call('HINCRBY', keys[2], args[2], 1)
    redis.call('SREM', keys[1], args[1])
    return 'slot-full'
  end
  redis.call('HSET', keys[3], args[3], args[4])
  redis.call('HSET', keys[4], args[1], args[3])
  return left
end

redis.register_function('plain', plain)
