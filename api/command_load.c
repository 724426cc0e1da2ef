/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/command.h"
#include "base/clock.h"
#include "base/memory.h"
#include "slots/catalogue_edit.h"
#include "slots/keys.h"
#include "store/announce.h"

enum { FILE_BYTES_MAX = 16 << 20, ATTEMPTS_MAX = 8 };

/* One file on its way into the store. */
struct load {
    struct store *store;
    const char *path;
    struct buffer file;
    char city[7];
    struct buffer present; /* the JSON of the catalogue that is loaded; empty: none */
    struct catalogue *merged;
    int64_t replaced;
};

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

static void print_faults(const struct load *load, struct text faults)
{
    struct text line;

    while (text_split(&faults, '\n', &line))
        if (line.length)
            fprintf(stderr, "%s: " TEXT_FMT "\n", load->path, TEXT_ARG(line));
}

/* The city that a file is about: its code, or that of its first hall. A file that says neither is
 * told so by the parser, which reads it as a whole catalogue. */
static void find_city(struct load *load)
{
    cJSON *root = cJSON_ParseWithLength(load->file.data, load->file.length);
    const cJSON *code =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(root, "city"), "code");
    const cJSON *hall = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, "halls"), 0), "id");

    if (cJSON_IsString(code))
        snprintf(load->city, sizeof load->city, "%.6s", code->valuestring);
    else if (cJSON_IsString(hall))
        snprintf(load->city, sizeof load->city, "%.4s00", hall->valuestring);
    cJSON_Delete(root);
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

/* Merges the file with what is loaded; false after its faults were said. */
static bool merge(struct load *load)
{
    struct catalogue *present = NULL;
    struct buffer faults = {0};

    if (load->present.length)
        present = catalogue_parse(buffer_text(&load->present), &faults);
    if (load->present.length && !present) {
        fprintf(stderr, "%s: the catalogue that is loaded is not one of this version\n",
                load->path);
    } else {
        load->merged = catalogue_merge(
            buffer_text(&load->file), present,
            calendar_day_of(clock_now_ms(), present ? present->utc_offset_minutes : 0), &faults);
    }
    print_faults(load, buffer_text(&faults));
    buffer_free(&faults);
    if (present)
        catalogue_free(present);
    return load->merged != NULL;
}

static enum store_status read_present(struct load *load, struct text key)
{
    return store_command_wait(load->store, STORE_ARGS(TEXT("GET"), key), 0, present_read, load);
}

/* Writes the merged catalogue only over the one that it was merged with. */
static enum store_status replace(struct load *load, struct arena *arena)
{
    struct text args[CATALOGUE_REPLACE_ARGS];

    load->replaced = 0;
    catalogue_replace_args(arena, text_of(load->city), buffer_text(&load->present),
                           load->merged->json, args);
    return store_command_wait(load->store, args, CATALOGUE_REPLACE_ARGS, 0, replaced, load);
}

/* Reads, merges and writes; once more when somebody else has loaded meanwhile. */
static enum store_status merge_and_store(struct load *load, bool *faulty)
{
    struct arena arena = {0};
    struct text key = key_catalogue(&arena, text_of(load->city));
    enum store_status status = STORE_OK;

    for (unsigned attempt = 0; attempt < ATTEMPTS_MAX && !load->replaced; attempt++) {
        status = *load->city ? read_present(load, key) : STORE_OK;
        if (load->merged)
            catalogue_free(load->merged);
        load->merged = NULL;
        *faulty = status == STORE_OK && !merge(load);
        if (status != STORE_OK || *faulty)
            break;
        status = replace(load, &arena);
        if (status != STORE_OK)
            break;
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

static int load_file(struct store *store, const char *path)
{
    struct load load = {.store = store, .path = path};
    bool faulty = false;
    int status = 0;

    if (read_file(&load)) {
        find_city(&load);
        status = merge_and_store(&load, &faulty);
        if (status == 0 && load.replaced)
            status = tell(&load);
        else if (status == 0 && !faulty)
            status = STORE_BUSY;
    } else {
        faulty = true;
    }
    if (status < 0)
        fprintf(stderr, "%s: cannot be stored: %s\n", path, store_status_name(status));
    if (load.merged)
        catalogue_free(load.merged);
    buffer_free(&load.file);
    buffer_free(&load.present);
    return status == 0 && !faulty ? COMMAND_OK : COMMAND_FAILED;
}

static int load_files(const struct command_options *options, char **paths)
{
    struct command_store opened;
    int status;

    if (!*paths) {
        command_fail("give the catalogue files to load");
        return COMMAND_USAGE;
    }
    status = command_store_open(&opened, options, COMMAND_NEEDS_CURRENT);
    if (status != COMMAND_OK)
        return status;
    for (; *paths; paths++)
        if (load_file(opened.store, *paths) != COMMAND_OK)
            status = COMMAND_FAILED;
    command_store_close(&opened);
    return status;
}

int command_load(int argc, char **argv)
{
    struct command_options options;
    char **paths;
    int status = command_read_options(COMMAND_LOAD, "jiaohao load FILE...",
                                      "Loads or updates catalogue files, all or nothing per file.",
                                      argc, argv, &options, &paths);

    if (status == COMMAND_OK)
        status = load_files(&options, paths);
    command_free_options(&options);
    return status;
}
