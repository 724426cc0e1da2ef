/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
#include "program/command.h"
#include "slots/audit/audit.h"
#include "slots/catalogue/keys.h"

struct city_list {
    struct text *cities;
    size_t count;
    struct arena arena;
};

static void cities_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct city_list *list = owner;

    (void)status;
    list->count = store_reply_count(reply);
    list->cities = arena_new(&list->arena, (list->count + 1) * sizeof *list->cities);
    for (size_t i = 0; i < list->count; i++)
        list->cities[i] = arena_copy(&list->arena, store_reply_text_at(reply, i));
}

/* Whom a rule had refused is promoted by the minute's job. */
enum { SECOND_LOOK_MS = 65000 };

static void print_counts(struct text city, const struct audit_counts *counts, int breaches)
{
    printf(TEXT_FMT ": %" PRIu64 " inventories, %" PRIu64 " reservations (%" PRIu64
                    " live, %" PRIu64 " offered), %" PRIu64
                    " entries of waitlists and draws (%" PRIu64 " waiting), %" PRIu64
                    " tickets (%" PRIu64 " waiting), %" PRIu64 " persons, %" PRIu64
                    " idempotency keys: %d breach%s\n",
           TEXT_ARG(city), counts->inventories, counts->reservations, counts->live, counts->offered,
           counts->entries, counts->waiting, counts->tickets, counts->tickets_waiting,
           counts->persons, counts->idempotency_keys, breaches, breaches == 1 ? "" : "es");
}

static int audit_one(struct store *store, struct text city)
{
    struct audit_counts counts = {0};
    struct buffer report = {0};
    int breaches = audit_city(store, city, SECOND_LOOK_MS, &counts, &report);

    if (breaches < 0)
        command_fail("city " TEXT_FMT " could not be audited to the end: %s", TEXT_ARG(city),
                     store_status_name(breaches));
    fwrite(report.length ? report.data : "", 1, report.length, stdout);
    if (breaches >= 0)
        print_counts(city, &counts, breaches);
    buffer_free(&report);
    return breaches == 0 ? COMMAND_OK : COMMAND_FAILED;
}

static int audit_cities(struct store *store, struct text only)
{
    struct city_list list = {0};
    bool found = false;
    int status = COMMAND_OK;
    enum store_status read =
        store_command_wait(store, STORE_ARGS(TEXT("SMEMBERS"), KEY_CITIES), 0, cities_read, &list);

    for (size_t i = 0; i < list.count; i++)
        if (!only.length || text_equal(list.cities[i], only)) {
            found = true;
            if (audit_one(store, list.cities[i]) != COMMAND_OK)
                status = COMMAND_FAILED;
        }
    if (read != STORE_OK) {
        command_fail("the list of cities cannot be read: %s", store_status_name(read));
        status = COMMAND_FAILED;
    } else if (only.length && !found) {
        command_fail("no catalogue of city " TEXT_FMT " is loaded", TEXT_ARG(only));
        status = COMMAND_FAILED;
    }
    arena_free(&list.arena);
    return status;
}

int command_audit(int argc, char **argv)
{
    struct command_options options;
    struct command_store opened;
    int status = command_read_options(
        COMMAND_AUDIT, "jiaohao audit",
        "Recomputes every invariant from the ledger and says each breach; exits with 1 if there "
        "is one.",
        argc, argv, &options, NULL);

    if (status == COMMAND_OK)
        status = command_store_open(&opened, &options, COMMAND_READS);
    if (status == COMMAND_OK) {
        status = audit_cities(opened.store, text_of(options.city));
        command_store_close(&opened);
    }
    command_free_options(&options);
    return status;
}
