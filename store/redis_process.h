/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/buffer.h"

/* The redis-server process below a data directory: its files, its start, its last words. Inside the
 * room; embedded.c watches over it. */

/* The path of a file of DIR/redis, appended with a NUL behind it that does not count. */
void redis_process_path(const char *data_dir, const char *file, struct buffer *path);

/* Makes DIR and DIR/redis (0700). False with a message when that cannot be done, or when the
 * socket's path would be longer than a unix socket's may be. */
bool redis_process_make_directory(const char *data_dir, struct buffer *error);

/* Writes DIR/redis/redis.conf; `appendfsync` is always, everysec or no, `memory_bytes_max` 0 for no
 * limit. */
bool redis_process_write_config(const char *data_dir, const char *appendfsync,
                                uint64_t memory_bytes_max, struct buffer *error);

/* Starts redis-server in DIR/redis, in a session of its own (a Ctrl-C is the owner's affair), with
 * the open lock file `lock_fd` inherited and SIGTERM as soon as the calling thread dies. Returns
 * its pid, or -1 with a message. */
pid_t redis_process_start(const char *data_dir, int lock_fd, struct buffer *error);

/* The size of DIR/redis/redis.log, and its last lines from `offset` on, appended. */
off_t redis_process_log_size(const char *data_dir);
void redis_process_log_tail(const char *data_dir, off_t offset, struct buffer *text);

/* Whether a redis-server answers PING normally on the socket of DIR; takes 200 ms at most. */
bool redis_process_answers(const char *data_dir);
