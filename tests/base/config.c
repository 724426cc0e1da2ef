/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/leaks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct settings {
    char *listen, *durability, *secret;
    int64_t max_workers;
    bool dry_run;
};

static const struct config_option options[] = {
    {.name = "listen",
     .key = 'l',
     .kind = CONFIG_TEXT,
     .value_name = "ADDR:PORT",
     .offset = offsetof(struct settings, listen),
     .fallback = "default",
     .help = "Where to serve"},
    {.name = "max-workers",
     .kind = CONFIG_INTEGER,
     .min = 1,
     .max = 64,
     .offset = offsetof(struct settings, max_workers),
     .fallback = "1",
     .help = "Workers"},
    {.name = "dry-run",
     .kind = CONFIG_FLAG,
     .offset = offsetof(struct settings, dry_run),
     .help = "Change nothing"},
    {.name = "durability",
     .kind = CONFIG_CHOICE,
     .choices = "full|relaxed",
     .offset = offsetof(struct settings, durability),
     .fallback = "full",
     .help = "How durable"},
    {.name = "secret",
     .kind = CONFIG_TEXT,
     .min = 2,
     .max = 4,
     .offset = offsetof(struct settings, secret)}, /* another command's */
};

static char path[] = "/tmp/config-XXXXXX";
static struct settings settings;
static struct buffer error;
static char **rest;

static void write_file(struct text text)
{
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text.data, text.length), (ssize_t)text.length);
    close(fd);
}

static void clean(void)
{
    if (path[sizeof path - 2] != 'X')
        unlink(path);
}

/* Reads with these flags, NULL the last. */
static int read_flags(const char **flags)
{
    static char *argv[16]; /* `rest` points into it */
    int argc = 1;

    argv[0] = (char *)"program";
    while (flags && flags[argc - 1]) {
        argv[argc] = (char *)flags[argc - 1];
        argc++;
    }
    argv[argc] = NULL;
    return config_read(options, COUNT(options), "jiaohao load FILE…", "Loads files.", argc, argv,
                       &settings, &rest, &error);
}

#define FLAGS(...) ((const char *[]){__VA_ARGS__, NULL})

static void finish(void)
{
    config_free(options, COUNT(options), &settings);
    cr_expect_null(settings.listen);
    buffer_free(&error);
    assert_no_leaks();
}

Test(config, fallbacks)
{
    cr_assert_eq(read_flags(NULL), 0);
    cr_expect_str_eq(settings.listen, "default");
    cr_expect_str_eq(settings.durability, "full");
    cr_expect_eq(settings.max_workers, 1);
    cr_expect_not(settings.dry_run);
    cr_expect_null(settings.secret);
    cr_expect_null(*rest);
    finish();
}

Test(config, flag_over_environment_over_file_over_fallback, .fini = clean)
{
    static const char *const expected[] = {"file", "environment", "flag"};

    write_file(TEXT("; comment\n[any section]\nlisten = file\nmax_workers = 2\n"
                    "dry_run = yes\nsecret = abc ; comment\n"));
    for (int i = 0; i < 3; i++) {
        if (i >= 1)
            setenv("JIAOHAO_LISTEN", "environment", 1);
        cr_assert_eq(read_flags(FLAGS("--config", path, i >= 2 ? "--listen=flag" : NULL)), 0);
        cr_expect_str_eq(settings.listen, expected[i]);
        cr_expect_eq(settings.max_workers, 2, "the file wins over the fallback");
        cr_expect(settings.dry_run);
        cr_expect_str_eq(settings.secret, "abc");
        cr_expect_str_eq(settings.durability, "full");
        config_free(options, COUNT(options), &settings);
    }
    finish();
}

Test(config, the_file_may_come_from_the_environment, .fini = clean)
{
    write_file(TEXT("max_workers = 3\n"));
    setenv("JIAOHAO_CONFIG", path, 1);
    setenv("JIAOHAO_LISTEN", "", 1);
    cr_assert_eq(read_flags(NULL), 0);
    cr_expect_eq(settings.max_workers, 3);
    cr_expect_str_eq(settings.listen, "default", "an empty variable is none");
    finish();
}

Test(config, flags_and_what_is_left)
{
    cr_assert_eq(
        read_flags(FLAGS("a", "-l", "x", "b", "--dry-run", "--max-workers", "64", "--", "--c")), 0);
    cr_expect_str_eq(settings.listen, "x");
    cr_expect_eq(settings.max_workers, 64);
    cr_expect(settings.dry_run);
    cr_expect_str_eq(rest[0], "a");
    cr_expect_str_eq(rest[1], "b");
    cr_expect_str_eq(rest[2], "--c");
    cr_expect_null(rest[3]);
    finish();
}

Test(config, a_flag_can_be_taken_back)
{
    setenv("JIAOHAO_DRY_RUN", "on", 1);
    cr_assert_eq(read_flags(FLAGS("--dry-run=no")), 0);
    cr_expect_not(settings.dry_run);
    finish();
}

static const struct {
    const char *flag, *variable, *value, *error;
} faults[] = {
    {"--max-workers=0", NULL, NULL,
     "flag: --max-workers must be a whole number from 1 to 64, not \"0\""},
    {"--max-workers=65", NULL, NULL,
     "flag: --max-workers must be a whole number from 1 to 64, not \"65\""},
    {"--max-workers=1x", NULL, NULL,
     "flag: --max-workers must be a whole number from 1 to 64, not \"1x\""},
    {"--dry-run=maybe", NULL, NULL, "flag: --dry-run must be yes or no, not \"maybe\""},
    {"--durability=fullrelaxed", NULL, NULL,
     "flag: --durability must be one of full|relaxed, not \"fullrelaxed\""},
    {NULL, "JIAOHAO_MAX_WORKERS", "many",
     "JIAOHAO_MAX_WORKERS: --max-workers must be a whole number from 1 to 64, not \"many\""},
    {"--max-workers=2", "JIAOHAO_MAX_WORKERS", "many",
     "JIAOHAO_MAX_WORKERS: --max-workers must be a whole number from 1 to 64, not \"many\""},
    {NULL, "JIAOHAO_SECRET", "password", "JIAOHAO_SECRET: --secret must have 2 to 4 bytes"},
    {"--config=/nowhere/at.all", NULL, NULL, "/nowhere/at.all: No such file or directory"},
    {"--config=/", NULL, NULL, "/: Is a directory"},
};

Test(config, faults_name_option_source_and_rule)
{
    for (size_t i = 0; i < COUNT(faults); i++) {
        if (faults[i].variable)
            setenv(faults[i].variable, faults[i].value, 1);
        cr_expect_eq(read_flags(faults[i].flag ? FLAGS(faults[i].flag) : NULL), -EINVAL,
                     "fault %zu", i);
        cr_expect(text_is(buffer_text(&error), faults[i].error), "fault %zu: " TEXT_FMT, i,
                  TEXT_ARG(buffer_text(&error)));
        if (faults[i].variable)
            unsetenv(faults[i].variable);
        buffer_clear(&error);
        config_free(options, COUNT(options), &settings);
    }
    finish();
}

Test(config, faults_of_a_file_name_its_lines, .fini = clean)
{
    static const char *const expected[] = {
        ":2: --max-workers must be a whole number from 1 to 64, not \"99\"",
        ":3: there is no option nope",
        ":4: there is no option max-workers",
        ":6: listen stands in line 1 already",
    };
    struct text lines, line;

    write_file(TEXT("listen = 1:2\nmax_workers = 99\nnope=1\nmax-workers = 1\n[s]\n listen = 3\n"));
    cr_assert_eq(read_flags(FLAGS("--config", path)), -EINVAL);
    lines = buffer_text(&error);
    for (size_t i = 0; i < COUNT(expected); i++) {
        cr_assert(text_split(&lines, '\n', &line), "fault %zu is missing", i);
        cr_expect(text_starts_with(line, text_of(path)));
        cr_expect(text_is(text_part(line, strlen(path), line.length), expected[i]), TEXT_FMT,
                  TEXT_ARG(line));
    }
    cr_expect_null(lines.data, "no more faults");
    finish();
}

/* A broken line and one longer than a line may be. */
Test(config, malformed_lines, .fini = clean)
{
    struct buffer text = {0};

    buffer_printf(&text, "max_workers 2\nlisten = %05000d\n", 0);
    write_file(buffer_text(&text));
    buffer_free(&text);
    cr_assert_eq(read_flags(FLAGS("--config", path)), -EINVAL);
    buffer_append_byte(&error, 0);
    cr_expect_not_null(strstr(error.data, ":1: must be `key = value` or [section]"), "%s",
                       error.data);
    cr_expect_not_null(strstr(error.data, ":2: the line is too long"), "%s", error.data);
    finish();
}

static void silence(void)
{
    cr_assert_not_null(freopen("/dev/null", "w", stderr));
    cr_assert_not_null(freopen("/dev/null", "w", stdout));
}

Test(config, unknown_flags_exit_with_2, .init = silence, .exit_code = 2)
{
    read_flags(FLAGS("--nope"));
}

Test(config, another_commands_option_is_no_flag, .init = silence, .exit_code = 2)
{
    read_flags(FLAGS("--secret=abc"));
}

Test(config, unwanted_arguments_exit_with_2, .init = silence, .exit_code = 2)
{
    char *argv[] = {(char *)"program", (char *)"surplus", NULL};

    config_read(options, COUNT(options), "jiaohao serve", "", 2, argv, &settings, NULL, &error);
}

Test(config, help_exits_with_0, .init = silence, .exit_code = 0)
{
    read_flags(FLAGS("--help"));
    _exit(9);
}
