/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "program/command.h"

static int migrate(const struct command_options *options)
{
    struct command_store opened;
    struct buffer report = {0};
    int status = command_store_open(&opened, options, COMMAND_CHANGES);

    if (status != COMMAND_OK)
        return status;
    status = command_store_migrate(opened.store, options->dry_run, &report);
    fputs(report.length ? "" : status ? "" : "nothing to do\n", stdout);
    fwrite(report.length ? report.data : "", 1, report.length, stdout);
    buffer_free(&report);
    command_store_close(&opened);
    return status;
}

int command_migrate(int argc, char **argv)
{
    struct command_options options;
    int status =
        command_read_options(COMMAND_MIGRATE, "jiaohao migrate",
                             "Brings a store to this version: numbered steps, each run once.", argc,
                             argv, &options, NULL);

    if (status == COMMAND_OK)
        status = migrate(&options);
    command_free_options(&options);
    return status;
}
