/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "migrations/migrate.h"

#include "base/clock.h"
#include "migrations/steps.h"

/* Hash of the store: a step's name -> "SHA-256 Unix-ms". */
#define KEY_MIGRATIONS TEXT("jiaohao:migrations")
#define KEY_META       TEXT("jiaohao:meta")

enum { STEPS_MAX = 256, NUMBER_CHARS = 4, STEP_TIMEOUT_MS = 600000 };

/* Around each step: it runs unless it is recorded already, and is recorded with what it does. A
 * step that fails is not recorded, and can be run again: it changes nothing before it is sure of
 * all. */
static const char script_head[] = "local recorded = redis.call('HGET', KEYS[1], ARGV[1])\n"
                                  "if recorded then return recorded end\n"
                                  "local function step()\n";
static const char script_tail[] =
    "end\n"
    "step()\n"
    "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])\n"
    "return ''\n";

/* What the store has recorded, against the steps of this version. */
struct record {
    bool done[STEPS_MAX];
    bool refused;
    struct buffer *error;
};

/* The first reason is enough. */
static void refuse(struct record *record, struct text what, struct text step, struct text advice)
{
    if (record->refused)
        return;
    record->refused = true;
    buffer_append(record->error, what);
    buffer_append(record->error, step);
    buffer_append(record->error, advice);
}

static void check_one(struct record *record, struct text name, struct text value)
{
    struct text sha256 = TEXT_NONE;

    text_split(&value, ' ', &sha256);
    for (size_t i = 0; i < migration_step_count; i++) {
        const struct migration_step *step = &migration_steps[i];
        if (text_equal(text_part(step->name, 0, NUMBER_CHARS), text_part(name, 0, NUMBER_CHARS))) {
            record->done[i] = true;
            if (!text_equal(step->name, name) || !text_equal(step->sha256, sha256))
                refuse(record, TEXT("the store has run another step "), name,
                       TEXT(" than this version has: a landed step never changes, so run a "
                            "released version"));
            return;
        }
    }
    refuse(record, TEXT("the store is newer than this version: it has run the step "), name,
           TEXT("; run the version that did so, or a later one"));
}

static void record_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct record *record = owner;

    if (status == STORE_ERROR)
        buffer_append(record->error, store_reply_text(reply));
    for (size_t i = 0; i + 1 < store_reply_count(reply); i += 2)
        check_one(record, store_reply_text_at(reply, i), store_reply_text_at(reply, i + 1));
}

static int read_record(struct store *store, struct record *record)
{
    int status = store_command_wait(store, STORE_ARGS(TEXT("HGETALL"), KEY_MIGRATIONS), 0,
                                    record_read, record);

    return status == STORE_OK ? record->refused : status;
}

struct step_run {
    struct record *record;
    bool was_recorded; /* another process was faster */
    const struct migration_step *step;
};

static void step_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct step_run *run = owner;

    if (status == STORE_ERROR)
        buffer_printf(run->record->error, "the step " TEXT_FMT " failed: " TEXT_FMT,
                      TEXT_ARG(run->step->name), TEXT_ARG(store_reply_text(reply)));
    run->was_recorded = status == STORE_OK && store_reply_text(reply).length;
    if (run->was_recorded)
        check_one(run->record, run->step->name, store_reply_text(reply));
}

static int run_step(struct store *store, struct record *record, const struct migration_step *step,
                    struct buffer *report)
{
    struct step_run run = {.record = record, .step = step};
    struct buffer script = {0}, now = {0};
    int status;

    buffer_append(&script, text_of(script_head));
    buffer_append(&script, step->code);
    buffer_append(&script, text_of(script_tail));
    buffer_append_integer(&now, clock_now_ms());
    status =
        store_command_wait(store,
                           STORE_ARGS(TEXT("EVAL"), buffer_text(&script), TEXT("2"), KEY_MIGRATIONS,
                                      KEY_META, step->name, step->sha256, buffer_text(&now)),
                           STEP_TIMEOUT_MS, step_answered, &run);
    buffer_free(&script);
    buffer_free(&now);
    if (status == STORE_OK && !run.was_recorded)
        buffer_printf(report, "step " TEXT_FMT ": run\n", TEXT_ARG(step->name));
    return status == STORE_OK ? record->refused : status;
}

int migrate_run(struct store *store, const struct functions_library *library, bool dry_run,
                struct buffer *report, struct buffer *error)
{
    struct record record = {.error = error};
    int status = read_record(store, &record);

    for (size_t i = 0; i < migration_step_count && status == 0; i++) {
        if (record.done[i])
            continue;
        if (dry_run)
            buffer_printf(report, "step " TEXT_FMT ": to run\n", TEXT_ARG(migration_steps[i].name));
        else
            status = run_step(store, &record, &migration_steps[i], report);
    }
    return status ? status : functions_load(store, library, dry_run, report, error);
}
