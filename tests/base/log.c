/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <cjson/cJSON.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "tests/leaks.h"

static int file;

/* Sends stderr, where the log goes, into a file of memory. */
static void catch_log(void)
{
    file = memfd_create("log", 0);
    cr_assert_geq(file, 0);
    cr_assert_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
}

static void read_log(struct buffer *log)
{
    off_t length = lseek(file, 0, SEEK_END);
    ssize_t count = pread(file, buffer_reserve(log, (size_t)length + 1), (size_t)length, 0);

    cr_assert_eq(count, length);
    log->length = (size_t)length;
}

static cJSON *read_line(struct text *rest)
{
    struct text line;
    cJSON *object;

    cr_assert(text_split(rest, '\n', &line));
    object = cJSON_ParseWithLength(line.data, line.length);
    cr_assert(cJSON_IsObject(object), TEXT_FMT, TEXT_ARG(line));
    return object;
}

static const char *member(const cJSON *object, const char *name)
{
    const char *string = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return string ? string : "(none)";
}

Test(log, a_line_is_one_object, .init = catch_log)
{
    struct buffer log = {0};
    struct text rest;
    cJSON *line;

    log_info("test.one", LOG_STRING("text", "two\nlines \"and\" \xff"), LOG_INTEGER("count", -3));
    log_error("test.two");
    read_log(&log);
    rest = buffer_text(&log);

    line = read_line(&rest);
    cr_expect_str_eq(member(line, "level"), "info");
    cr_expect_str_eq(member(line, "event"), "test.one");
    cr_expect_str_eq(member(line, "text"), "two\nlines \"and\" \xef\xbf\xbd");
    cr_expect_eq(cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(line, "count")), -3);
    cJSON_Delete(line);
    line = read_line(&rest);
    cr_expect_str_eq(member(line, "level"), "error");
    cr_expect_str_eq(member(line, "event"), "test.two");
    cJSON_Delete(line);
    cr_expect_eq(rest.length, 0, "nothing follows the last line");
    buffer_free(&log);
    assert_no_leaks();
}

Test(log, time_is_the_clocks, .init = catch_log)
{
    struct buffer log = {0};
    struct text rest;
    cJSON *line;

    clock_set_offset(1790812799999 - clock_now_ms()); /* 2026-09-30T23:59:59.999Z */
    log_info("test.time");
    read_log(&log);
    rest = buffer_text(&log);
    line = read_line(&rest);
    cr_expect(text_starts_with(text_of(member(line, "time")), TEXT("2026-")), "%s",
              member(line, "time"));
    cr_expect_eq(strlen(member(line, "time")), strlen("2026-10-01T00:00:00.000Z"));
    cJSON_Delete(line);
    buffer_free(&log);
    assert_no_leaks();
}

Test(log, levels_below_the_chosen_one_are_silent, .init = catch_log)
{
    struct buffer log = {0};
    struct text rest;
    cJSON *line;

    log_write(LOG_DEBUG, "test.silent", LOG_FIELDS());
    cr_assert(log_set_level("warning"));
    cr_assert_not(log_set_level("loud"));
    log_info("test.silent");
    log_warning("test.heard");
    read_log(&log);
    rest = buffer_text(&log);
    line = read_line(&rest);
    cr_expect_str_eq(member(line, "event"), "test.heard");
    cr_expect_eq(rest.length, 0);
    cJSON_Delete(line);
    buffer_free(&log);
    assert_no_leaks();
}
