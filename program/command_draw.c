/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "api/json/draw.h"
#include "program/command.h"

enum { FILE_BYTES_MAX = 64 << 20, READ_BYTES = 1 << 16 };

/* Reads a file, or stdin for "-"; false after a line on stderr. */
static bool read_list(const char *path, struct buffer *json)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    size_t got = 1;
    bool failed;

    if (!file) {
        command_fail("%s: %s", path, strerror(errno));
        return false;
    }
    while (got && json->length <= FILE_BYTES_MAX) {
        got = fread(buffer_reserve(json, READ_BYTES), 1, READ_BYTES, file);
        json->length += got;
    }
    failed = ferror(file);
    if (failed)
        command_fail("%s: %s", path, strerror(errno));
    else if (json->length > FILE_BYTES_MAX)
        command_fail("%s: has more than %d MiB", path, FILE_BYTES_MAX >> 20);
    if (file != stdin)
        fclose(file);
    return !failed && json->length <= FILE_BYTES_MAX;
}

static int verify(const char *path)
{
    struct draw_publication publication;
    struct buffer json = {0}, wrong = {0};
    struct json_faults faults = {0};
    struct arena arena = {0};
    size_t placed = 0;
    bool right = read_list(path, &json) &&
                 draw_json_read(buffer_text(&json), &arena, &publication, &faults) &&
                 draw_verify(&publication, &placed, &wrong);

    if (right)
        printf("draw verified: %zu entries, %zu placed\n", publication.list.count, placed);
    else if (wrong.length)
        fprintf(stderr, "%s: " TEXT_FMT "\n", path, TEXT_ARG(buffer_text(&wrong)));
    command_tell_faults(path, &faults);
    buffer_free(&wrong);
    buffer_free(&json);
    arena_free(&arena);
    return right ? COMMAND_OK : COMMAND_FAILED;
}

int command_draw(int argc, char **argv)
{
    struct command_options options;
    char **words;
    int status = command_read_options(
        COMMAND_DRAW, "jiaohao draw [verify FILE]",
        "Recomputes the published list of a lottery (GET /v1/halls/HALL/draws/QUEUE/DATE, - for "
        "stdin) and says the first thing that is wrong; exits with 1 if there is one.",
        argc, argv, &options, &words);

    if (status == COMMAND_OK && words[0] && strcmp(words[0], "verify") == 0 && words[1] &&
        !words[2]) {
        status = verify(words[1]);
    } else if (status == COMMAND_OK) {
        command_fail("give draw verify FILE");
        status = COMMAND_USAGE;
    }
    command_free_options(&options);
    return status;
}
