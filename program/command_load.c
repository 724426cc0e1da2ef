/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "program/command.h"
#include "program/load_use.h"
#include "slots/catalogue/difference.h"
#include "slots/catalogue/edit.h"
#include "slots/catalogue/keys.h"
#include "store/announce.h"

enum { FILE_BYTES_MAX = 16 << 20, ATTEMPTS_MAX = 8 };

/* One file on its way into the store. */
struct load {
    struct store *store;
    const char *path;
    struct buffer file;
    char city[7];
    struct buffer present;             /* the JSON of the catalogue that is loaded; empty: none */
    struct catalogue *former, *merged; /* `former` is `present`, read; NULL: none */
    bool dry_run, retire;
    int64_t service_minute; /* since 1970, by the clock of a worker that serves; 0: none does */
    int64_t replaced;
};

/* How it went; a negative store_status is the store's. */
enum load_outcome { LOAD_DONE = 0, LOAD_FAULTY, LOAD_REFUSED };

static bool read_file(struct load *load)
{
    FILE *file = fopen(load->path, "re");
    size_t got = 1;

    if (!file) {
        fprintf(stderr, "%s: %s\n", load->path, strerror(errno));
        return false;
    }
    while (got && load->file.length <= FILE_BYTES_MAX) {
        got = fread(buffer_reserve(&load->file, 1 << 16), 1, 1 << 16, file);
        load->file.length += got;
    }
    if (ferror(file))
        fprintf(stderr, "%s: %s\n", load->path, strerror(errno));
    else if (load->file.length > FILE_BYTES_MAX)
        fprintf(stderr, "%s: has more than %d MiB\n", load->path, FILE_BYTES_MAX >> 20);
    else
        got = 1;
    fclose(file);
    return got == 1;
}

/* The city that a file is about: its code, or that of its first hall. A file that says neither is
 * told so by the parser, which reads it as a whole catalogue. */
static void find_city(struct load *load)
{
    struct arena arena = {0};
    const struct json *root = json_parse(&arena, buffer_text(&load->file), NULL);
    struct text code = json_text(json_member(json_member(root, "city"), "code"));
    struct text hall = json_text(json_member(json_first(json_member(root, "halls")), "id"));

    if (code.data)
        snprintf(load->city, sizeof load->city, "%.6s", code.data);
    else if (hall.data)
        snprintf(load->city, sizeof load->city, "%.4s00", hall.data);
    arena_free(&arena);
}

static void present_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct load *load = owner;

    (void)status;
    buffer_clear(&load->present);
    buffer_append(&load->present, store_reply_text(reply));
}

static void replaced(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct load *load = owner;

    (void)status;
    load->replaced = store_reply_integer(reply);
}

static day_number today_of(const struct load *load)
{
    int64_t now_ms = load->service_minute ? load->service_minute * INT64_C(60000) : clock_now_ms();

    return calendar_day_of(now_ms, load->former ? load->former->utc_offset_minutes : 0);
}

static void forget(struct load *load)
{
    catalogue_free(load->former);
    catalogue_free(load->merged);
    load->former = load->merged = NULL;
}

/* Merges the file with what is loaded; false after its faults were said. */
static bool merge(struct load *load)
{
    struct json_faults faults = {0};

    forget(load);
    if (load->present.length)
        load->former = catalogue_parse(buffer_text(&load->present), &faults);
    if (load->present.length && !load->former) {
        fprintf(stderr, "%s: the catalogue that is loaded is not one of this version\n",
                load->path);
    } else {
        load->merged =
            catalogue_merge(buffer_text(&load->file), load->former, today_of(load), &faults);
    }
    command_tell_faults(load->path, &faults);
    return load->merged != NULL;
}

/* --- What is in use ------------------------------------------------------------------------------
 */

static void minute_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct load *load = owner;

    if (status != STORE_OK ||
        !text_to_integer(store_reply_text(reply), 0, INT64_MAX / 60000, &load->service_minute))
        load->service_minute = 0;
}

static void lease_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    if (status == STORE_OK && store_reply_text(reply).length)
        *(bool *)owner = true;
}

/* A rehearsal's clock is not this machine's: while somebody serves it is his that counts, and his
 * passes note it. */
static enum store_status read_clock(struct load *load, struct arena *arena)
{
    struct text city = text_of(load->city);
    bool is_served = false;
    enum store_status status = store_command_wait(
        load->store, STORE_ARGS(TEXT("GET"), key_lease(arena, city)), 0, lease_read, &is_served);

    load->service_minute = 0;
    if (status == STORE_OK && is_served)
        status = store_command_wait(
            load->store, STORE_ARGS(TEXT("HGET"), key_passes(arena, city), TEXT("clock")), 0,
            minute_read, load);
    return status;
}

/* One line a thing on stderr, unless it may end orderly: then on stdout, of a dry run. */
static bool tell_use(const struct load *load, struct load_use *use)
{
    bool is_refused = use->is_firm || !load->retire;
    struct buffer counts = {0};

    load_use_append_counts(&counts, use);
    if (is_refused)
        fprintf(stderr, "%s: " TEXT_FMT ": is in use: " TEXT_FMT "; %s\n", load->path,
                TEXT_ARG(use->path), TEXT_ARG(buffer_text(&counts)),
                use->is_firm ? "it can be changed when they are over"
                             : "leave it as it is, or load with --retire, and it ends orderly");
    else if (load->dry_run)
        printf("retires " TEXT_FMT ": " TEXT_FMT "\n", TEXT_ARG(use->path),
               TEXT_ARG(buffer_text(&counts)));
    buffer_free(&counts);
    return is_refused;
}

static void tell_difference(const struct load *load)
{
    struct buffer lines = {0};

    catalogue_difference(buffer_text(&load->present), load->merged->json, &lines);
    if (lines.length)
        fwrite(lines.data, 1, lines.length, stdout);
    else
        puts("nothing is different");
    buffer_free(&lines);
}

/* Tells what is in use that the file pulls away; `*refused` when it may not be. */
static enum store_status look_at_use(struct load *load, bool *refused)
{
    struct load_uses uses = {0};
    enum store_status status = STORE_OK;

    *refused = false;
    if (load->dry_run)
        tell_difference(load);
    if (load->former)
        status = load_uses_read(load->store, load->former, load->merged, today_of(load), &uses);
    for (size_t i = 0; status == STORE_OK && i < uses.count; i++)
        *refused |= tell_use(load, &uses.items[i]);
    if (status == STORE_OK && load->dry_run && uses.count)
        printf("hits %zu people in all\n", load_people_count(&uses.people));
    load_uses_free(&uses);
    return status;
}

static enum store_status read_present(struct load *load, struct text key)
{
    return store_command_wait(load->store, STORE_ARGS(TEXT("GET"), key), 0, present_read, load);
}

/* Writes the merged catalogue only over the one that it was merged with. Whoever books between the
 * look and this books what is retired then, and is served as the others are. */
static enum store_status replace(struct load *load, struct arena *arena)
{
    struct text args[CATALOGUE_REPLACE_ARGS];

    load->replaced = 1;
    if (text_equal(buffer_text(&load->present), load->merged->json))
        return STORE_OK;
    catalogue_replace_args(arena, text_of(load->city), buffer_text(&load->present),
                           load->merged->json, args);
    return store_command_wait(load->store, args, CATALOGUE_REPLACE_ARGS, 0, replaced, load);
}

/* Reads, merges, looks at what is in use and writes; once more when somebody else has loaded
 * meanwhile. A load_outcome. */
static int merge_and_store(struct load *load)
{
    struct arena arena = {0};
    struct text key = key_catalogue(&arena, text_of(load->city));
    int status = *load->city ? (int)read_clock(load, &arena) : LOAD_DONE;
    bool refused = false;

    for (unsigned attempt = 0; status == LOAD_DONE && !load->replaced; attempt++) {
        if (attempt == ATTEMPTS_MAX)
            status = STORE_BUSY;
        else if (*load->city)
            status = read_present(load, key);
        if (status == LOAD_DONE && !merge(load))
            status = LOAD_FAULTY;
        if (status == LOAD_DONE)
            status = look_at_use(load, &refused);
        if (status == LOAD_DONE && refused)
            status = LOAD_REFUSED;
        if (status != LOAD_DONE || load->dry_run)
            break;
        status = replace(load, &arena);
    }
    arena_free(&arena);
    return status;
}

static int tell(struct load *load)
{
    const struct catalogue *catalogue = load->merged;
    struct buffer reason = {0};
    int status = store_command_wait(
        load->store, STORE_ARGS(TEXT("SADD"), KEY_CITIES, catalogue->city), 0, NULL, NULL);

    if (status != STORE_OK)
        return status;
    if (announce(load->store, TEXT("catalogue"), catalogue->city, ANNOUNCE_WAIT_MS, &reason)) {
        command_fail("%s is stored, but not in force everywhere: " TEXT_FMT
                     "; load it again when that is mended",
                     load->path, TEXT_ARG(buffer_text(&reason)));
        buffer_free(&reason);
        return 1;
    }
    printf("loaded " TEXT_FMT " " TEXT_FMT ": %zu halls, %zu services, %zu packages\n",
           TEXT_ARG(catalogue->city), TEXT_ARG(catalogue->city_name), catalogue->hall_count,
           catalogue->service_count, catalogue->package_count);
    return 0;
}

static int load_file(const struct load *with, const char *path)
{
    struct load load = *with;
    int status = LOAD_FAULTY;

    load.path = path;
    if (read_file(&load)) {
        find_city(&load);
        status = merge_and_store(&load);
        if (status == LOAD_DONE && load.dry_run)
            printf("%s would be loaded\n", path);
        else if (status == LOAD_DONE)
            status = tell(&load);
    }
    if (status < 0)
        fprintf(stderr, "%s: cannot be stored: %s\n", path,
                store_status_name((enum store_status)status));
    forget(&load);
    buffer_free(&load.file);
    buffer_free(&load.present);
    return status == LOAD_DONE ? COMMAND_OK : COMMAND_FAILED;
}

static int load_files(const struct command_options *options, char **paths)
{
    struct load load = {.dry_run = options->dry_run, .retire = options->retire};
    struct command_store opened;
    int status;

    if (!*paths) {
        command_fail("give the catalogue files to load");
        return COMMAND_USAGE;
    }
    status = command_store_open(&opened, options, COMMAND_NEEDS_CURRENT);
    if (status != COMMAND_OK)
        return status;
    load.store = opened.store;
    for (; *paths; paths++)
        if (load_file(&load, *paths) != COMMAND_OK)
            status = COMMAND_FAILED;
    command_store_close(&opened);
    return status;
}

int command_load(int argc, char **argv)
{
    struct command_options options;
    char **paths;
    int status = command_read_options(COMMAND_LOAD, "jiaohao load [--dry-run] [--retire] FILE...",
                                      "Loads or updates catalogue files, all or nothing per file. "
                                      "A file that pulls away what is in use is refused.",
                                      argc, argv, &options, &paths);

    if (status == COMMAND_OK)
        status = load_files(&options, paths);
    command_free_options(&options);
    return status;
}
