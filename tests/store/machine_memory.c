/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/machine_memory.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/store/redis.h"

/* Trees of /proc and /sys as machines have them. */

static char root[64];

static void write_file(const char *path, const char *text)
{
    char whole[256];
    FILE *file;

    snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *slash = whole + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(whole, 0700);
        *slash = '/';
    }
    file = fopen(whole, "w");
    cr_assert_not_null(file, "%s", whole);
    fputs(text, file);
    fclose(file);
}

static void begin(const char *groups)
{
    snprintf(root, sizeof root, "/tmp/jiaohao-memory-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
    if (groups)
        write_file("/proc/self/cgroup", groups);
}

static void expect(uint64_t bytes)
{
    cr_expect_eq(machine_memory_bytes(root), bytes, "%llu",
                 (unsigned long long)machine_memory_bytes(root));
    test_remove_directory(root);
}

static uint64_t whole(void)
{
    return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

Test(machine_memory, without_control_groups_it_is_the_machines)
{
    begin(NULL);
    expect(whole());
}

Test(machine_memory, of_version_2_the_narrowest_of_the_groups_above_counts)
{
    begin("0::/system.slice/jiaohao.service\n");
    write_file("/sys/fs/cgroup/system.slice/jiaohao.service/memory.max", "9000000\n");
    write_file("/sys/fs/cgroup/system.slice/memory.max", "8000000\n");
    expect(8000000);
    begin("0::/system.slice/jiaohao.service\n");
    write_file("/sys/fs/cgroup/system.slice/jiaohao.service/memory.max", "7000000\n");
    write_file("/sys/fs/cgroup/system.slice/memory.max", "max\n");
    expect(7000000);
    begin("0::/system.slice/jiaohao.service\n");
    write_file("/sys/fs/cgroup/system.slice/jiaohao.service/memory.max", "max\n");
    expect(whole());
}

Test(machine_memory, in_a_container_the_root_is_its_own_group)
{
    begin("0::/\n");
    write_file("/sys/fs/cgroup/memory.max", "6000000\n");
    expect(6000000);
}

Test(machine_memory, of_version_1_the_memory_controller_counts)
{
    begin("5:cpu,cpuacct:/a\n3:cpu,memory:/docker/1\n0::/other\n");
    write_file("/sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "5000000\n");
    write_file("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1000\n");
    expect(5000000);
    begin("3:memory:/\n");
    write_file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    expect(whole());
}

Test(machine_memory, what_cannot_be_understood_limits_nothing)
{
    begin("0::/a\nnonsense\n1:\n:::\n");
    write_file("/sys/fs/cgroup/a/memory.max", "many\n");
    write_file("/sys/fs/cgroup/memory.max", "");
    expect(whole());
}
