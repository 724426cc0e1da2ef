/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "slots/catalogue/catalogue.h"

/* Private to the catalogue loader: how JSON becomes structs by tables of fields, and how a fault is
 * said with the JSON pointer of its place. */

struct loader {
    struct catalogue *catalogue;
    struct json_faults *faults;
    struct buffer json; /* the merged catalogue, as far as it is read */
    bool
        hours_known; /* the hours of the hall at hand are right: capacity is checked against them */
};

/* Reads one member into `target`, whose type the table's owner knows. */
typedef void load_function(struct loader *loader, const struct json_path *path,
                           const struct json *item, void *target);

enum field_kind {
    FIELD_TEXT,    /* struct text */
    FIELD_WHOLE,   /* unsigned */
    FIELD_NUMBER,  /* double */
    FIELD_CHOICE,  /* an enum, whose values are the indices of `choices` */
    FIELD_TRUTH,   /* bool */
    FIELD_RETIRED, /* day_number: true, or until when there may be records; false: it is not */
    FIELD_OBJECT,  /* its `members` go into the same target */
    FIELD_OTHER,   /* `load` reads it; a field without is read elsewhere */
};

/* A member that an object may have. */
struct field {
    const char *name;
    enum field_kind kind;
    bool required;
    size_t offset;              /* in the target */
    double min, max;            /* numbers: the range; text: its code points */
    const char *const *choices; /* ends with NULL; also for FIELD_TEXT */
    bool (*is_valid)(struct text text);
    const struct field *members; /* ends with a NULL name */
    load_function *load;
    const char *rule; /* "give …"; NULL: said by kind and range */
};

/* "is VALUE; give RULE". */
void load_refuse(struct loader *loader, const struct json_path *path, const struct json *item,
                 const char *rule);

/* Reads an object by its table, in the table's order: unknown, repeated, missing and wrong members
 * are faults; absent ones leave the target as it is. */
void load_object(struct loader *loader, const struct json_path *path, const struct json *item,
                 const struct field *fields, void *target);

/* Reads one value as its field says. */
void load_value(struct loader *loader, const struct json_path *path, const struct json *item,
                const struct field *field, void *target);

/* The weekdays that a group names, which become part of `*seen`; 0 after a fault, which a weekday
 * that is seen already is too. */
unsigned load_weekdays(struct loader *loader, const struct json_path *path, unsigned *seen);

/* The number of elements of an array that must have `min` to `max`; 0 after a fault. */
size_t load_length(struct loader *loader, const struct json_path *path, const struct json *item,
                   size_t min, size_t max);

/* 1 to 40 of a-z, 0-9, "." and "-": the ids of services and packages. */
bool load_is_item_id(struct text text);
extern const char load_item_id_rule[];

/* Completes the file's tree with what it takes over of the present catalogue's `city` and
 * `calendar` although it names them. `present` may be NULL. */
void load_merge(struct arena *arena, struct json *file, const struct json *present);

/* Completes the halls that the file's tree names: what they have at present and is not named any
 * more stands in them as retired as of `today`; so does what the file itself retires. A queue that
 * would draw lots no more goes on for the days whose draw is announced. `json` and `present` (the
 * same) may be NULL. */
void load_retire(struct arena *arena, struct json *file, const struct json *json,
                 const struct catalogue *present, day_number today);

/* What a catalogue says that names nothing else. */
void load_defaults(struct catalogue *catalogue);

/* A member of the root that a file replaces by ids; those of `load_sections` are replaced whole. */
struct load_list {
    const char *name;
    bool required;
    size_t max;
    size_t size;         /* of an element, which begins with its id */
    size_t array, count; /* where they stand in the catalogue */
    load_function *load; /* reads one element into a zeroed struct */
};

extern const struct field load_sections[]; /* ends with a NULL name, as the next */
extern const struct load_list load_lists[];

/* One hall (a struct hall), one queue, each into a zeroed struct; catalogue->services stand
 * already, sorted by id. */
void load_hall(struct loader *loader, const struct json_path *path, const struct json *item,
               void *target);
void load_queue(struct loader *loader, const struct json_path *path, const struct json *item,
                struct queue *queue);

/* The service that a text names; NULL after a fault. */
const struct service *load_service_reference(struct loader *loader, const struct json_path *path,
                                             const struct json *item);
