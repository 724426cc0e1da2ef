/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/audit/audit.h"

#include <stdlib.h>

#include "slots/audit/parts.h"
#include "slots/catalogue/keys.h"

#define SCAN_COUNT TEXT("1000")

enum { PREFIX_BYTES = 9 /* "{410400}:" */ };

/* The days of which a city has keys. */
struct ledger {
    struct audit_days booked;    /* units or reservations */
    struct audit_days entered;   /* entries, or who waits */
    struct audit_days issued;    /* tickets */
    struct audit_days requested; /* idempotency keys */
    struct buffer cursor;
};

/* --- From which day on ------------------------------------------------------------------------
 */

static void persons_from_read(void *owner, enum store_status status,
                              const struct store_reply *reply)
{
    struct audit *audit = owner;

    if (status == STORE_OK && store_reply_kind(reply) == STORE_REPLY_TEXT)
        calendar_parse_compact_date(store_reply_text(reply), &audit->persons_from);
}

/* Leaves it at the first day there is when nothing was swept yet. */
static enum store_status read_persons_from(struct audit *audit)
{
    struct arena arena = {0};
    enum store_status status = store_command_wait(
        audit->store, STORE_ARGS(TEXT("GET"), key_persons_from(&arena, audit->city)),
        AUDIT_TIMEOUT_MS, persons_from_read, audit);

    arena_free(&arena);
    return status;
}

/* --- The keys ----------------------------------------------------------------------------------
 */

/* "{410400}:units:20261123" and the like; others are passed over. */
static void add_key(struct ledger *ledger, struct text key)
{
    struct text date = text_part(key, PREFIX_BYTES, key.length), kind;
    day_number day;

    if (!text_split(&date, ':', &kind) || !calendar_parse_compact_date(date, &day))
        return;
    if (text_is(kind, "units") || text_is(kind, "reservations"))
        audit_days_place(&ledger->booked, day);
    else if (text_is(kind, "entries") || text_is(kind, "waiting"))
        audit_days_place(&ledger->entered, day);
    else if (text_is(kind, "tickets"))
        audit_days_place(&ledger->issued, day);
    else if (text_is(kind, "idempotency"))
        audit_days_place(&ledger->requested, day);
}

static void keys_scanned(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct ledger *ledger = owner;
    const struct store_reply *keys = store_reply_at(reply, 1);

    if (status != STORE_OK)
        return;
    buffer_clear(&ledger->cursor);
    buffer_append(&ledger->cursor, store_reply_text_at(reply, 0));
    for (size_t i = 0; i < store_reply_count(keys); i++)
        add_key(ledger, store_reply_text_at(keys, i));
}

static int compare_days(const void *a, const void *b)
{
    return *(const day_number *)a - *(const day_number *)b;
}

static void sort_days(struct audit_days *days)
{
    if (days->count)
        qsort(days->items, days->count, sizeof *days->items, compare_days);
}

static enum store_status read_keys(struct audit *audit, struct ledger *ledger)
{
    struct buffer pattern = {0};
    enum store_status status;

    buffer_printf(&pattern, "{" TEXT_FMT "}:*", TEXT_ARG(audit->city));
    buffer_append_byte(&ledger->cursor, '0');
    do {
        struct arena arena = {0};
        struct text cursor = arena_copy(&arena, buffer_text(&ledger->cursor));
        status = store_command_wait(audit->store,
                                    STORE_ARGS(TEXT("SCAN"), cursor, TEXT("MATCH"),
                                               buffer_text(&pattern), TEXT("COUNT"), SCAN_COUNT),
                                    AUDIT_TIMEOUT_MS, keys_scanned, ledger);
        arena_free(&arena);
    } while (status == STORE_OK && !text_is(buffer_text(&ledger->cursor), "0"));
    buffer_free(&pattern);
    sort_days(&ledger->booked);
    sort_days(&ledger->entered);
    sort_days(&ledger->issued);
    sort_days(&ledger->requested);
    return status;
}

/* --- The catalogue -----------------------------------------------------------------------------
 */

static void catalogue_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct audit *audit = owner;

    if (status == STORE_OK && store_reply_kind(reply) == STORE_REPLY_TEXT)
        audit->catalogue = catalogue_parse(store_reply_text(reply), NULL);
}

static enum store_status read_catalogue(struct audit *audit)
{
    struct arena arena = {0};
    enum store_status status = store_command_wait(
        audit->store, STORE_ARGS(TEXT("GET"), key_catalogue(&arena, audit->city)), AUDIT_TIMEOUT_MS,
        catalogue_read, audit);

    arena_free(&arena);
    return status;
}

/* --- Who waits although units are free ---------------------------------------------------------
 */

static int look_at_waiting(struct audit *audit, const struct audit_days *days, bool is_first,
                           struct audit_names *found)
{
    int status = 0;

    for (size_t i = 0; i < days->count && status == 0; i++)
        status = audit_waiting(audit, days->items[i], is_first, found);
    audit_names_settle(found);
    return status;
}

static void tell_waiting(struct audit *audit)
{
    struct arena arena = {0};

    for (size_t i = 0; i < audit->suspects.count; i++) {
        struct text place = audit->suspects.items[i], date;
        day_number day = 0;
        if (!audit_names_have(&audit->again, place))
            continue;
        text_split(&place, ' ', &date);
        calendar_parse_compact_date(date, &day);
        audit_breach(audit, AUDIT_WAITLIST, key_waiting(&arena, audit->city, day),
                     TEXT_FMT " waits, but units that would do are free", TEXT_ARG(place));
    }
    arena_free(&arena);
}

/* Looks again when somebody was found. */
static int check_waiting(struct audit *audit, const struct audit_days *days,
                         unsigned second_look_ms)
{
    int status = look_at_waiting(audit, days, true, &audit->suspects);

    if (status || !audit->suspects.count)
        return status;
    uv_sleep(second_look_ms);
    status = look_at_waiting(audit, days, false, &audit->again);
    if (status == 0)
        tell_waiting(audit);
    return status;
}

/* --- The walk ----------------------------------------------------------------------------------
 */

static int walk(struct audit *audit, const struct ledger *ledger, unsigned second_look_ms)
{
    int status = 0;

    for (size_t i = 0; i < ledger->booked.count && status == 0; i++)
        status = audit_day(audit, ledger->booked.items[i]);
    for (size_t i = 0; i < ledger->entered.count && status == 0; i++)
        status = audit_entries(audit, ledger->entered.items[i]);
    for (size_t i = 0; i < ledger->issued.count && status == 0; i++)
        status = audit_tickets(audit, ledger->issued.items[i]);
    if (status == 0)
        status = audit_links_check(audit, true);
    if (status == 0)
        status = audit_persons(audit);
    if (status == 0)
        status = audit_idempotency(audit, &ledger->requested);
    if (status == 0)
        status = check_waiting(audit, &ledger->entered, second_look_ms);
    audit_moves_check(audit);
    return status;
}

static void free_audit(struct audit *audit)
{
    catalogue_free(audit->catalogue);
    free(audit->links.items);
    free(audit->moves.items);
    free(audit->suspects.items);
    free(audit->again.items);
    arena_free(&audit->arena);
}

/* One pass over the ledger; `*is_stale` when a day has passed meanwhile, so that the index of
 * persons may have forgotten what the first reads still counted on. */
static int audit_once(struct audit *audit, unsigned second_look_ms, struct buffer *report,
                      bool *is_stale)
{
    struct ledger ledger = {0};
    int status = read_persons_from(audit), breaches;
    day_number from = audit->persons_from;

    if (status == STORE_OK)
        status = read_catalogue(audit);
    if (status == STORE_OK)
        status = read_keys(audit, &ledger);
    if (status == STORE_OK)
        status = walk(audit, &ledger, second_look_ms);
    if (status == STORE_OK)
        status = read_persons_from(audit);
    *is_stale = status == STORE_OK && audit->persons_from != from;
    breaches = audit_report(audit, report);
    free(ledger.booked.items);
    free(ledger.entered.items);
    free(ledger.issued.items);
    free(ledger.requested.items);
    buffer_free(&ledger.cursor);
    return status ? status : breaches;
}

int audit_city(struct store *store, struct text city, unsigned second_look_ms,
               struct audit_counts *counts, struct buffer *report)
{
    size_t before = report->length;
    bool is_stale;
    int result;

    do {
        struct audit audit = {.store = store, .city = city, .counts = counts};
        *counts = (struct audit_counts){0};
        report->length = before;
        result = audit_once(&audit, second_look_ms, report, &is_stale);
        free_audit(&audit);
    } while (is_stale);
    return result;
}
