/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/machine_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"

/* Which line of /proc/self/cgroup, where its groups are and what tells a group's limit. */
static const struct hierarchy {
    struct text controllers; /* "0::/PATH" is that of version 2 */
    const char *directory, *file;
} hierarchies[] = {
    {TEXT(""), "/sys/fs/cgroup", "memory.max"},
    {TEXT("memory"), "/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
};

/* The first bytes of a file; empty when it cannot be read. */
static struct text read_file(const char *path, char *bytes, size_t size)
{
    FILE *file = fopen(path, "re");
    size_t count = file ? fread(bytes, 1, size, file) : 0;

    if (file)
        fclose(file);
    return text_bytes(bytes, count);
}

/* "max", a file that is not there and what no machine has are no limit. */
static uint64_t limit_in(const char *root, const struct hierarchy *hierarchy, struct text group)
{
    struct buffer path = {0};
    char bytes[32];
    struct text line, number;
    int64_t limit = INT64_MAX;

    buffer_printf(&path, "%s%s" TEXT_FMT "/%s%c", root, hierarchy->directory, TEXT_ARG(group),
                  hierarchy->file, 0);
    line = read_file(path.data, bytes, sizeof bytes);
    if (text_split(&line, '\n', &number))
        text_to_integer(number, 1, INT64_MAX, &limit);
    buffer_free(&path);
    return (uint64_t)limit;
}

/* A group is limited by those above it as well. */
static uint64_t narrowest(const char *root, const struct hierarchy *hierarchy, struct text group,
                          uint64_t limit)
{
    for (;;) {
        uint64_t own;
        while (group.length && group.data[group.length - 1] == '/')
            group.length--;
        own = limit_in(root, hierarchy, group);
        limit = own < limit ? own : limit;
        if (!group.length)
            return limit;
        while (group.length && group.data[group.length - 1] != '/')
            group.length--;
    }
}

static bool has_controller(struct text controllers, struct text wanted)
{
    struct text one;

    if (!controllers.length)
        return !wanted.length;
    while (text_split(&controllers, ',', &one))
        if (text_equal(one, wanted))
            return true;
    return false;
}

uint64_t machine_memory_bytes(const char *root)
{
    uint64_t limit = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    struct buffer path = {0};
    char bytes[4096];
    struct text lines, line, number, controllers;

    buffer_printf(&path, "%s/proc/self/cgroup%c", root, 0);
    lines = read_file(path.data, bytes, sizeof bytes);
    buffer_free(&path);
    while (text_split(&lines, '\n', &line)) {
        if (!text_split(&line, ':', &number) || !text_split(&line, ':', &controllers))
            continue;
        for (size_t i = 0; i < sizeof hierarchies / sizeof *hierarchies; i++)
            if (has_controller(controllers, hierarchies[i].controllers))
                limit = narrowest(root, &hierarchies[i], line, limit);
    }
    return limit;
}
