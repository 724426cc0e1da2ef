/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"

#include <argp.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#define KEY_CONFIG     0x100 /* argp's keys beyond the letters */
#define KEY_OPTION     0x101 /* and the index of the row */
#define LINE_BYTES_MAX 4096
#define NAME_BYTES_MAX 64

struct reading {
    const struct config_option *options;
    size_t count;
    void *target;
    char ***rest;
    struct buffer *error;
    const char **given; /* the flag's value for each row */
    int *lines;         /* the line of the file for each row */
    const char *path;
    FILE *file;
    int line;
};

/* Where a value came from, as a fault names it; line 0 for all but a file. */
struct origin {
    const char *place;
    int line;
};

static void append_place(struct buffer *error, struct origin origin)
{
    if (error->length)
        buffer_append_byte(error, '\n');
    if (origin.line)
        buffer_printf(error, "%s:%d: ", origin.place, origin.line);
    else
        buffer_printf(error, "%s: ", origin.place);
}

/* The option as the environment or a file spells it. */
static void spell_name(const struct config_option *option, const char *prefix, bool upper,
                       char name[NAME_BYTES_MAX])
{
    snprintf(name, NAME_BYTES_MAX, "%s%s", prefix, option->name);
    for (char *c = name; *c; c++) {
        if (*c == '-')
            *c = '_';
        else if (upper && *c >= 'a' && *c <= 'z')
            *c = (char)(*c - 32);
    }
}

static bool is_choice(struct text value, const char *choices)
{
    struct text rest = text_of(choices), choice;

    while (text_split(&rest, '|', &choice))
        if (text_equal(value, choice))
            return true;
    return false;
}

static bool store_text(const struct config_option *option, struct text value, char **member)
{
    bool fits = option->kind == CONFIG_CHOICE
                    ? is_choice(value, option->choices)
                    : !option->max || ((int64_t)value.length >= option->min &&
                                       (int64_t)value.length <= option->max);

    if (!fits)
        return false;
    free(*member);
    *member = memory_copy_text(value);
    return true;
}

static bool store_value(const struct config_option *option, struct text value, void *target)
{
    void *member = (char *)target + option->offset;

    switch (option->kind) {
    case CONFIG_INTEGER:
        return text_to_integer(value, option->min, option->max, member);
    case CONFIG_FLAG:
        *(bool *)member = is_choice(value, "yes|true|on|1");
        return *(bool *)member || is_choice(value, "no|false|off|0");
    case CONFIG_TEXT:
    case CONFIG_CHOICE:
        return store_text(option, value, member);
    }
    abort(); /* the table of options has a kind that there is not */
}

static void append_rule(struct buffer *error, const struct config_option *option)
{
    switch (option->kind) {
    case CONFIG_INTEGER:
        buffer_printf(error, "must be a whole number from %lld to %lld", (long long)option->min,
                      (long long)option->max);
        break;
    case CONFIG_FLAG:
        buffer_append(error, TEXT("must be yes or no"));
        break;
    case CONFIG_CHOICE:
        buffer_printf(error, "must be one of %s", option->choices);
        break;
    case CONFIG_TEXT:
        buffer_printf(error, "must have %lld to %lld bytes", (long long)option->min,
                      (long long)option->max);
        break;
    }
}

static void take(struct reading *reading, const struct config_option *option, const char *value,
                 struct origin origin)
{
    if (store_value(option, text_of(value), reading->target))
        return;
    append_place(reading->error, origin);
    buffer_printf(reading->error, "--%s ", option->name);
    append_rule(reading->error, option);
    if (option->kind != CONFIG_TEXT) /* a text may be a secret */
        buffer_printf(reading->error, ", not \"%s\"", value);
}

static char *read_line(char *line, int size, void *owner)
{
    struct reading *reading = owner;

    if (!fgets(line, size, reading->file))
        return NULL;
    reading->line++;
    if (strlen(line) < (size_t)size - 1)
        return line;
    append_place(reading->error, (struct origin){reading->path, reading->line});
    buffer_append(reading->error, TEXT("the line is too long"));
    return NULL;
}

/* inih ends at the first 0 of a handler where it is built so: faults are collected here instead. */
static int take_key(void *owner, const char *section, const char *key, const char *value)
{
    struct reading *reading = owner;
    struct origin origin = {reading->path, reading->line};
    char name[NAME_BYTES_MAX];

    (void)section;
    for (size_t i = 0; i < reading->count; i++) {
        spell_name(&reading->options[i], "", false, name);
        if (strcmp(name, key) != 0)
            continue;
        if (reading->lines[i]) {
            append_place(reading->error, origin);
            buffer_printf(reading->error, "%s stands in line %d already", key, reading->lines[i]);
        }
        reading->lines[i] = reading->line;
        take(reading, &reading->options[i], value, origin);
        return 1;
    }
    append_place(reading->error, origin);
    buffer_printf(reading->error, "there is no option %s", key);
    return 1;
}

static void take_file(struct reading *reading)
{
    int fault;

    reading->file = fopen(reading->path, "re");
    if (!reading->file) {
        append_place(reading->error, (struct origin){reading->path, 0});
        buffer_append(reading->error, text_of(strerror(errno)));
        return;
    }
    ini_use_stack = false;
    ini_initial_alloc = ini_max_line = LINE_BYTES_MAX;
    ini_allow_multiline = false;
    fault = ini_parse_stream(read_line, reading, take_key, reading);
    if (fault > 0) {
        append_place(reading->error, (struct origin){reading->path, fault});
        buffer_append(reading->error, TEXT("must be `key = value` or [section]"));
    }
    if (ferror(reading->file)) {
        append_place(reading->error, (struct origin){reading->path, 0});
        buffer_append(reading->error, text_of(strerror(errno)));
    }
    fclose(reading->file);
}

static void take_environment(struct reading *reading, const struct config_option *option)
{
    char name[NAME_BYTES_MAX];
    const char *value;

    spell_name(option, CONFIG_ENVIRONMENT, true, name);
    value = getenv(name);
    if (value && *value)
        take(reading, option, value, (struct origin){name, 0});
}

/* From the weakest source to the strongest. */
static void take_all(struct reading *reading)
{
    const struct config_option *end = reading->options + reading->count;

    if (!reading->path || !*reading->path)
        reading->path = getenv(CONFIG_ENVIRONMENT "CONFIG");
    for (const struct config_option *option = reading->options; option < end; option++)
        if (option->fallback)
            take(reading, option, option->fallback, (struct origin){"default", 0});
    if (reading->path && *reading->path)
        take_file(reading);
    for (const struct config_option *option = reading->options; option < end; option++)
        take_environment(reading, option);
    for (size_t i = 0; i < reading->count; i++)
        if (reading->given[i])
            take(reading, &reading->options[i], reading->given[i], (struct origin){"flag", 0});
}

static error_t parse_flag(int key, char *value, struct argp_state *state)
{
    struct reading *reading = state->input;

    if (key == KEY_CONFIG) {
        reading->path = value;
        return 0;
    }
    if (key == ARGP_KEY_ARGS) {
        if (!reading->rest)
            argp_error(state, "unexpected argument `%s'", state->argv[state->next]);
        else
            *reading->rest = state->argv + state->next;
        return 0;
    }
    for (size_t i = 0; i < reading->count; i++) {
        const struct config_option *option = &reading->options[i];
        if (option->help && key == (option->key ? option->key : KEY_OPTION + (int)i)) {
            reading->given[i] = value ? value : "yes";
            return 0;
        }
    }
    return ARGP_ERR_UNKNOWN;
}

/* Adds the default to an option's help; argp frees what this returns. */
static char *filter_help(int key, const char *text, void *input)
{
    const struct reading *reading = input;
    struct buffer help = {0};

    (void)key;
    for (size_t i = 0; text && i < reading->count; i++) {
        const struct config_option *option = &reading->options[i];
        if (text != option->help || !option->fallback)
            continue;
        buffer_printf(&help, "%s (default: %s)", text, option->fallback);
        buffer_append_byte(&help, 0);
        return help.data;
    }
    return (char *)text;
}

static const char *value_name(const struct config_option *option)
{
    static const char *const names[] = {"TEXT", "N", "yes|no", NULL};

    if (option->value_name)
        return option->value_name;
    return option->kind == CONFIG_CHOICE ? option->choices : names[option->kind];
}

static struct argp_option *describe(const struct config_option *options, size_t count)
{
    struct argp_option *all = memory_new((count + 2) * sizeof *all);
    size_t next = 0;

    for (size_t i = 0; i < count; i++)
        if (options[i].help)
            all[next++] = (struct argp_option){
                .name = options[i].name,
                .key = options[i].key ? options[i].key : KEY_OPTION + (int)i,
                .arg = value_name(&options[i]),
                .flags = options[i].kind == CONFIG_FLAG ? OPTION_ARG_OPTIONAL : 0,
                .doc = options[i].help,
            };
    all[next] = (struct argp_option){
        .name = "config", .key = KEY_CONFIG, .arg = "FILE", .doc = "Read options from an INI file"};
    return all;
}

static const char *find_arguments(const char *command)
{
    for (const char *c = command; *c; c++)
        if (*c == ' ' && ((c[1] >= 'A' && c[1] <= 'Z') || c[1] == '['))
            return c + 1;
    return NULL;
}

static void parse_flags(struct reading *reading, const char *command, const char *description,
                        int argc, char **argv)
{
    static const char sources[] =
        "\vAn option --max-age may also stand in the environment as " CONFIG_ENVIRONMENT
        "MAX_AGE and in the file of --config as max_age = VALUE. A flag wins over the "
        "environment, the environment over the file.";
    const char *arguments = find_arguments(command);
    struct argp_option *flags = describe(reading->options, reading->count);
    struct buffer text = {0};
    struct argp argp = {flags, parse_flag, arguments, NULL, NULL, filter_help, NULL};
    char *first = argv[0];
    char *name = memory_copy_text(
        text_bytes(command, arguments ? (size_t)(arguments - command) - 1 : strlen(command)));

    buffer_printf(&text, "%s%s", description, sources);
    buffer_append_byte(&text, 0);
    argp.doc = text.data;
    argp_err_exit_status = 2;
    argv[0] = name;
    argp_parse(&argp, argc, argv, 0, NULL, reading);
    argv[0] = first;
    free(name);
    free(flags);
    buffer_free(&text);
}

int config_read(const struct config_option *options, size_t count, const char *command,
                const char *description, int argc, char **argv, void *target, char ***rest,
                struct buffer *error)
{
    struct reading reading = {.options = options, .count = count, .target = target, .rest = rest};
    struct buffer faults = {0};
    int status;

    for (size_t i = 0; i < count; i++) {
        static const size_t sizes[] = {sizeof(char *), sizeof(int64_t), sizeof(bool),
                                       sizeof(char *)};
        memset((char *)target + options[i].offset, 0, sizes[options[i].kind]);
    }
    reading.error = &faults;
    reading.given = memory_new(count * sizeof *reading.given);
    reading.lines = memory_new(count * sizeof *reading.lines);
    if (rest)
        *rest = argv + argc;
    parse_flags(&reading, command, description, argc, argv);
    take_all(&reading);
    free(reading.given);
    free(reading.lines);
    buffer_append(error, buffer_text(&faults));
    status = faults.length ? -EINVAL : 0;
    buffer_free(&faults);
    return status;
}

void config_free(const struct config_option *options, size_t count, void *target)
{
    for (size_t i = 0; i < count; i++) {
        char **member = (char **)((char *)target + options[i].offset);
        if (options[i].kind != CONFIG_TEXT && options[i].kind != CONFIG_CHOICE)
            continue;
        free(*member);
        *member = NULL;
    }
}
