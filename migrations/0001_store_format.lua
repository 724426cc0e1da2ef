-- SPDX-FileCopyrightText: 2026 the jiaohao authors
-- SPDX-License-Identifier: Apache-2.0

-- Names the format of the store, so that a person who finds it knows what wrote it. The keys and
-- their formats are in docs/keys.md.
--
-- KEYS  2 jiaohao:meta
redis.call('HSET', KEYS[2], 'format', 'jiaohao 1')
