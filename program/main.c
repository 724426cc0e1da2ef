/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "program/command.h"

static const struct command commands[] = {
    {"serve", command_serve, "serve the halls of the cities that are loaded"},
    {"load", command_load, "load or update catalogue files"},
    {"token", command_token, "create, list and revoke bearer tokens"},
    {"audit", command_audit, "recompute every invariant from the ledger"},
    {"explain", command_explain, "say why a ticket was called when it was"},
    {"draw", command_draw, "recompute the published list of a lottery"},
    {"migrate", command_migrate, "bring a store to this version"},
};

static void usage(FILE *out)
{
    fputs("Usage: jiaohao COMMAND …\n\n", out);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(out, "  %-10s%s\n", commands[i].name, commands[i].help);
    fputs("\njiaohao COMMAND --help says more; jiaohao --version which version this is.\n", out);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (strcmp(name, "--version") == 0)
        return printf("jiaohao " JIAOHAO_VERSION "\n") < 0;
    if (strcmp(name, "--help") == 0)
        return usage(stdout), COMMAND_OK;
    if (*name)
        fprintf(stderr, "jiaohao: there is no command %s\n", name);
    usage(stderr);
    return COMMAND_USAGE;
}
