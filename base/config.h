/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Options as one table: a row is a flag, an environment variable and a key of an INI file at once.
 * `max-age` is --max-age, JIAOHAO_MAX_AGE and max_age. The first that gives a value wins: flag,
 * environment, file (--config FILE, or JIAOHAO_CONFIG), the row's fallback. */

#define CONFIG_ENVIRONMENT "JIAOHAO_"

enum config_kind {
    CONFIG_TEXT,    /* char *; min to max bytes, any length when max is 0 */
    CONFIG_INTEGER, /* int64_t; min to max, in decimal digits */
    CONFIG_FLAG,   /* bool; yes, true, on, 1 or no, false, off, 0; as a flag also without a value */
    CONFIG_CHOICE, /* char *; one of `choices` */
};

struct config_option {
    const char *name;
    char key; /* of the one-letter flag, 0 for none */
    enum config_kind kind;
    size_t offset; /* of the member of the caller's struct */
    int64_t min, max;
    const char *choices;    /* separated by '|' */
    const char *value_name; /* what --help calls the value; NULL for one that fits the kind */
    const char *fallback;   /* NULL: NULL, 0 or false */
    /* NULL: the option is another command's. It has no flag then, but a file may name it, so that
     * one file serves all commands. */
    const char *help;
};

/* Fills the members of `target` that the `count` rows of `options` name; config_free() frees them,
 * whatever this returned. 0, or -EINVAL when a value is malformed, out of range, or stands under an
 * unknown or repeated key: `error` then says, a line a fault, where, which option and the rule.
 * A value at fault counts even where a stronger one overrides it; an empty environment variable
 * counts as none. Sections of a file are for its readers only: keys are unique in the whole file.
 *
 * `command` begins the usage line, as "jiaohao load FILE…": the first word that begins with a
 * capital or a bracket begins the arguments. --help and --usage print and exit with 0; an unknown
 * flag exits with 2 and a line on stderr. `*rest` gets what is left of `argv`, which is reordered,
 * up to its NULL; with a NULL `rest` an argument is an unknown flag's like. */
int config_read(const struct config_option *options, size_t count, const char *command,
                const char *description, int argc, char **argv, void *target, char ***rest,
                struct buffer *error);

/* Frees and clears the texts among the members. */
void config_free(const struct config_option *options, size_t count, void *target);
