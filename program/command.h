/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <uv.h>

#include "base/config.h"
#include "base/json.h"
#include "store/embedded.h"
#include "store/store.h"

/* The program's commands, and what those that need the store share. */

struct command {
    const char *name;
    /* argv[0] is the command's name; returns the exit status. */
    int (*run)(int argc, char **argv);
    const char *help;
};

enum { COMMAND_OK = 0, COMMAND_FAILED = 1, COMMAND_USAGE = 2 };

int command_serve(int argc, char **argv);
int command_migrate(int argc, char **argv);
int command_load(int argc, char **argv);
int command_token(int argc, char **argv);
int command_audit(int argc, char **argv);
int command_draw(int argc, char **argv);
int command_explain(int argc, char **argv);

/* The options of all commands, in one table, so that one INI file serves all of them. */
struct command_options {
    char *data, *redis;
    char *city, *hall, *window, *role, *ttl, *as, *ticket;
    bool dry_run, retire;
    char *listen, *now, *durability, *trusted_proxies;
    int64_t workers, retention_days, redis_memory;
};

/* Which command an option is for; the rows of the others have no flag. */
enum command_bit {
    COMMAND_SERVE = 1 << 0,
    COMMAND_MIGRATE = 1 << 1,
    COMMAND_LOAD = 1 << 2,
    COMMAND_TOKEN = 1 << 3,
    COMMAND_AUDIT = 1 << 4,
    COMMAND_DRAW = 1 << 5,
    COMMAND_EXPLAIN = 1 << 6,
};

/* config_read() with the rows of `command`; says the faults on stderr. COMMAND_OK or COMMAND_USAGE;
 * command_free_options() frees in either case. `usage` and `rest` as config_read() has them. */
int command_read_options(enum command_bit command, const char *usage, const char *description,
                         int argc, char **argv, struct command_options *options, char ***rest);
void command_free_options(struct command_options *options);

/* One English line on stderr: "jiaohao: …". */
void command_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line on stderr for each fault of a file; frees them. */
void command_tell_faults(const char *path, struct json_faults *faults);

/* The store of a command, on a loop of its own. */
struct command_store {
    uv_loop_t loop;
    struct embedded_redis *redis; /* while the command owns the server; NULL: it runs elsewhere */
    struct store *store;
};

enum command_access {
    COMMAND_READS,         /* the store must exist; it is not changed */
    COMMAND_CHANGES,       /* it is made where there is none, and connected as it is */
    COMMAND_NEEDS_CURRENT, /* … and brought to this version */
};

/* Connects to the store of --redis, or to the embedded one of --data: the one that runs, else it is
 * started for as long as the command runs. A store that is newer than this version is refused.
 * COMMAND_OK, or the exit status after a line on stderr; command_store_close() only after
 * COMMAND_OK. */
int command_store_open(struct command_store *opened, const struct command_options *options,
                       enum command_access access);
void command_store_close(struct command_store *opened);

/* Brings the store to this version, or refuses one that is newer, with a line on stderr; `report`
 * as migrate_run() has it. The status of a command. */
int command_store_migrate(struct store *store, bool dry_run, struct buffer *report);
