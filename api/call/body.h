/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/call.h"
#include "base/json.h"
#include "slots/catalogue/calendar.h"

/* Reading JSON bodies: every fault is noted with its JSON pointer and reading goes on, so that the
 * client learns all of them at once. The texts given out live as long as the call. */

/* Where one reads: an object, its place in the body, and where faults go. */
struct body_reader {
    struct call *call;
    struct faults *faults;
    const struct json *object;
    struct json_path path;
};

/* Parses the call's body as one JSON object (RFC 8259; no duplicate members, no NUL), at which the
 * reader stands then. False after answering with invalid-request. */
bool body_parse(struct body_reader *reader);

/* The same reader at another item, which `path` names. */
static inline struct body_reader body_at(const struct body_reader *reader,
                                         const struct json_path *path, const struct json *item)
{
    return (struct body_reader){reader->call, reader->faults, item, *path};
}

/* Notes a fault of a member (name NULL: of the object itself). */
void body_fault(const struct body_reader *reader, const char *name, struct message detail);

/* Notes every member that has none of the names. */
#define body_only(reader, ...) body_only_of(reader, (const char *const[]){__VA_ARGS__, NULL})
void body_only_of(const struct body_reader *reader, const char *const *known);

/* A string member; false when it is missing or no string (noted, unless it may be missing: then
 * `text` is empty). */
bool body_text(const struct body_reader *reader, const char *name, bool is_required,
               struct text *text);
/* An object or array member to read on in; NULL when missing or of another type (noted). */
const struct json *body_object(const struct body_reader *reader, const char *name);
const struct json *body_array(const struct body_reader *reader, const char *name);

/* An array of `min` to `max` items; NULL when it is missing or not that (noted once, `detail` says
 * the rule). */
const struct json *body_list(const struct body_reader *reader, const char *name, unsigned min,
                             unsigned max, struct message detail);
/* True when a string stands in its array before; `item` may be any. */
bool body_is_repeated(const struct json *array, const struct json *item);

/* A date, and a slot's start. */
bool body_date(const struct body_reader *reader, const char *name, day_number *day);
bool body_slot(const struct body_reader *reader, const char *name, unsigned *slot);
