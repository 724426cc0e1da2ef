/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/audit_parts.h"
#include "slots/keys.h"

#define SCAN_COUNT TEXT("500")

enum { ENTRIES_MAX = 64 /* of a person, far above any limit on live reservations */ };

/* A page of HSCAN: names and values, copied. */
struct page {
    struct buffer cursor;
    struct text *items; /* in the arena: name, value, name, value … */
    size_t count;
    struct arena arena;
};

static void page_scanned(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct page *page = owner;
    const struct store_reply *items = store_reply_at(reply, 1);

    if (status != STORE_OK)
        return;
    buffer_clear(&page->cursor);
    buffer_append(&page->cursor, store_reply_text_at(reply, 0));
    page->count = store_reply_count(items) & ~(size_t)1;
    page->items = arena_new(&page->arena, (page->count + 1) * sizeof *page->items);
    for (size_t i = 0; i < page->count; i++)
        page->items[i] = arena_copy(&page->arena, store_reply_text_at(items, i));
}

/* Calls `take` with each page of the hash at `key`; HSCAN may give a field twice. */
static enum store_status scan_hash(struct audit *audit, struct text key,
                                   enum store_status (*take)(void *owner, const struct page *page),
                                   void *owner)
{
    struct page page = {0};
    enum store_status status;

    buffer_append_byte(&page.cursor, '0');
    do {
        struct text cursor = arena_copy(&page.arena, buffer_text(&page.cursor));
        page.count = 0;
        status = store_command_wait(
            audit->store, STORE_ARGS(TEXT("HSCAN"), key, cursor, TEXT("COUNT"), SCAN_COUNT),
            AUDIT_TIMEOUT_MS, page_scanned, &page);
        if (status == STORE_OK)
            status = take(owner, &page);
        arena_free(&page.arena);
    } while (status == STORE_OK && !text_is(buffer_text(&page.cursor), "0"));
    buffer_free(&page.cursor);
    return status;
}

static void length_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    (void)status;
    *(uint64_t *)owner += (uint64_t)store_reply_integer(reply);
}

static enum store_status count_fields(struct audit *audit, struct text key, uint64_t *count)
{
    return store_command_wait(audit->store, STORE_ARGS(TEXT("HLEN"), key), AUDIT_TIMEOUT_MS,
                              length_read, count);
}

/* --- Persons -----------------------------------------------------------------------------------
 */

/* KEYS  1 persons of the day  then the reservations of hall-days
 * ARGV  persons
 * Reply 1 seconds that the persons live, then for each person his entries as they are now and what
 *       each names: the record's head, nil when there is none, 0 when the hall-day has none at all,
 *       1 when its hall-day is not among the keys */
static const char persons_script[] =
    AUDIT_LUA_HEAD "local books, reply = {}, { redis.call('TTL', KEYS[1]) }\n"
                   "for i = 2, #KEYS do\n"
                   "  books[KEYS[i]:match(':reservations:([^:]+):')] =\n"
                   "    { key = KEYS[i], exists = redis.call('EXISTS', KEYS[i]) == 1 }\n"
                   "end\n"
                   "local function named(hall, code)\n"
                   "  local book = books[hall]\n"
                   "  if not book then return 1 end\n"
                   "  if not book.exists then return 0 end\n"
                   "  local record = redis.call('HGET', book.key, code)\n"
                   "  return record and (head(record))\n"
                   "end\n"
                   "for _, person in ipairs(ARGV) do\n"
                   "  local entries, heads = redis.call('HGET', KEYS[1], person) or '', {}\n"
                   "  for entry in entries:gmatch('[^;]+') do\n"
                   "    local hall, code = entry:match(' ([^.]+)%.(.+)$')\n"
                   "    heads[#heads + 1] = hall and named(hall, code) or false\n"
                   "  end\n"
                   "  reply[#reply + 1] = entries\n"
                   "  reply[#reply + 1] = heads\n"
                   "end\n"
                   "return reply\n";

struct persons_check {
    struct audit *audit;
    day_number day;
    struct text key;
    const struct page *page;
};

/* "service hall.code" taken apart. */
struct entry {
    struct text service, hall, code;
};

static bool parse_entry(struct text text, struct entry *entry)
{
    return text_split(&text, ' ', &entry->service) && text_split(&text, '.', &entry->hall) &&
           entry->service.length && entry->hall.length && text.length == CODE_BYTES &&
           (entry->code = text, true);
}

static void check_entry(struct persons_check *check, struct text person, const struct entry *entry,
                        const struct store_reply *named, bool is_expiring)
{
    struct reservation reservation;
    const char *fault = NULL;

    if (store_reply_kind(named) == STORE_REPLY_INTEGER &&
        (store_reply_integer(named) == 1 || is_expiring))
        return;
    if (store_reply_kind(named) != STORE_REPLY_TEXT)
        fault = "which is missing";
    else if (!audit_parse_head(store_reply_text(named), &reservation))
        return; /* said of the hall-day */
    else if (!reservation_is_live(reservation.status))
        fault = "which is not live";
    else if (!text_equal(person, text_bytes(reservation.person, PERSON_KEY_BYTES)))
        fault = "which is another person's";
    else if (!text_equal(entry->service, reservation.service))
        fault = "which is for another service";
    if (fault)
        audit_breach(check->audit, AUDIT_PERSON, check->key,
                     "a person has the reservation " TEXT_FMT "." TEXT_FMT ", %s",
                     TEXT_ARG(entry->hall), TEXT_ARG(entry->code), fault);
}

/* One live reservation for a service; the first that repeats an earlier one is told. */
static void check_repeated(struct persons_check *check, const struct entry *entries, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (text_equal(entries[i].service, entries[k].service)) {
                audit_breach(check->audit, AUDIT_PERSON, check->key,
                             "a person has two reservations for " TEXT_FMT ", " TEXT_FMT
                             "." TEXT_FMT " and " TEXT_FMT "." TEXT_FMT,
                             TEXT_ARG(entries[i].service), TEXT_ARG(entries[k].hall),
                             TEXT_ARG(entries[k].code), TEXT_ARG(entries[i].hall),
                             TEXT_ARG(entries[i].code));
                return;
            }
}

static void check_person(struct persons_check *check, struct text person, struct text rest,
                         const struct store_reply *heads, bool is_expiring)
{
    struct entry entries[ENTRIES_MAX];
    size_t count = 0, at = 0;
    struct text text;

    while (text_split(&rest, ';', &text)) {
        struct entry *entry = &entries[count];
        if (!text.length)
            continue;
        if (parse_entry(text, entry)) {
            check_entry(check, person, entry, store_reply_at(heads, at), is_expiring);
            count += count + 1 < ENTRIES_MAX;
        } else {
            audit_breach(check->audit, AUDIT_RECORD, check->key,
                         "an entry of a person is malformed");
        }
        at++;
    }
    check_repeated(check, entries, count);
}

static void persons_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct persons_check *check = owner;
    bool is_expiring = audit_is_expiring(store_reply_integer(store_reply_at(reply, 0)));

    if (status != STORE_OK)
        return;
    for (size_t i = 0; i < check->page->count; i += 2)
        check_person(check, check->page->items[i], store_reply_text_at(reply, i + 1),
                     store_reply_at(reply, i + 2), is_expiring);
}

/* At most so many halls can be named. */
static size_t count_all_entries(const struct page *page)
{
    size_t count = 0;

    for (size_t i = 1; i < page->count; i += 2)
        for (size_t k = 0; k < page->items[i].length; k++)
            count += page->items[i].data[k] == ';';
    return count + page->count;
}

/* Appends the halls of a person's entries to those that are known. */
static size_t add_halls(struct text entries, struct text *halls, size_t count)
{
    struct text text;
    struct entry entry;

    while (text_split(&entries, ';', &text)) {
        size_t i = 0;
        if (!parse_entry(text, &entry))
            continue;
        while (i < count && !text_equal(halls[i], entry.hall))
            i++;
        if (i == count)
            halls[count++] = entry.hall;
    }
    return count;
}

static enum store_status take_persons(void *owner, const struct page *page)
{
    struct persons_check *check = owner;
    size_t entry_count = count_all_entries(page), hall_count = 0, count = 0;
    struct text *halls = memory_new((entry_count + 1) * sizeof *halls);
    struct text *args = memory_new((4 + entry_count + page->count / 2) * sizeof *args);
    struct buffer number = {0};
    struct arena arena = {0};
    enum store_status status;

    check->page = page;
    for (size_t i = 1; i < page->count; i += 2)
        hall_count = add_halls(page->items[i], halls, hall_count);
    buffer_append_integer(&number, (int64_t)hall_count + 1);
    args[count++] = TEXT("EVAL_RO");
    args[count++] = text_of(persons_script);
    args[count++] = buffer_text(&number);
    args[count++] = check->key;
    for (size_t i = 0; i < hall_count; i++)
        args[count++] = key_reservations(&arena, check->audit->city, halls[i], check->day);
    for (size_t i = 0; i < page->count; i += 2)
        args[count++] = page->items[i];
    status =
        store_command_wait(check->audit->store, args, count, AUDIT_TIMEOUT_MS, persons_read, check);
    buffer_free(&number);
    arena_free(&arena);
    free(halls);
    free(args);
    return status;
}

int audit_persons(struct audit *audit, day_number day)
{
    struct arena arena = {0};
    struct persons_check check = {
        .audit = audit, .day = day, .key = key_persons(&arena, audit->city, day)};
    enum store_status status = count_fields(audit, check.key, &audit->counts->persons);

    if (status == STORE_OK)
        status = scan_hash(audit, check.key, take_persons, &check);
    arena_free(&arena);
    return status;
}

/* --- Idempotency keys --------------------------------------------------------------------------
 */

/* KEYS  1 idempotency keys  then the reservations of a hall-day for each
 * ARGV  codes
 * Reply 1 seconds that the idempotency keys live, then for each code 1 when it is there, 0 when it
 *       is not, 2 when its hall-day has no reservations at all */
static const char exists_script[] =
    "local reply = { redis.call('TTL', KEYS[1]) }\n"
    "for i = 2, #KEYS do\n"
    "  local found = redis.call('HEXISTS', KEYS[i], ARGV[i - 1])\n"
    "  if found == 0 and redis.call('EXISTS', KEYS[i]) == 0 then found = 2 end\n"
    "  reply[i] = found\n"
    "end\n"
    "return reply\n";

/* Those of the two days for which they are kept: a few tens of bytes for each booking. */
struct tags {
    struct audit *audit;
    day_number day;
    struct text key;
    const struct page *page;
    struct tag *items;
    size_t count, capacity;
    struct arena arena; /* of what the items hold */
};

struct tag {
    struct text id, name; /* the reservation and the tag that led to it */
    day_number day;
};

static void add_tag(struct tags *tags, struct text name, struct text id)
{
    if (tags->count == tags->capacity) {
        tags->capacity = tags->capacity ? tags->capacity * 2 : 1024;
        tags->items = memory_resize(tags->items, tags->capacity * sizeof *tags->items);
    }
    tags->items[tags->count++] = (struct tag){.id = arena_copy(&tags->arena, id),
                                              .name = arena_copy(&tags->arena, name),
                                              .day = tags->day};
}

static void tags_checked(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct tags *tags = owner;
    bool is_expiring = audit_is_expiring(store_reply_integer(store_reply_at(reply, 0)));
    size_t first = tags->count - (store_reply_count(reply) ? store_reply_count(reply) - 1 : 0);

    if (status != STORE_OK)
        return;
    for (size_t i = 1; i < store_reply_count(reply); i++) {
        int64_t found = store_reply_integer(store_reply_at(reply, i));
        if (found == 0 || (found == 2 && !is_expiring))
            audit_breach(tags->audit, AUDIT_IDEMPOTENCY, tags->key,
                         "an entry names the reservation " TEXT_FMT ", which is missing",
                         TEXT_ARG(tags->items[first + i - 1].id));
    }
}

static bool take_tag(struct tags *tags, struct text name, struct text value, struct arena *arena,
                     struct text *key, struct text *code)
{
    struct text id = text_part(value, DIGEST_BYTES, value.length), hall;
    char bytes[CODE_BYTES];
    day_number day;

    if (!reservation_parse_id(id, &hall, &day, bytes)) {
        audit_breach(tags->audit, AUDIT_RECORD, tags->key, "an entry is malformed");
        return false;
    }
    *key = key_reservations(arena, tags->audit->city, hall, day);
    *code = arena_copy(arena, text_bytes(bytes, sizeof bytes));
    add_tag(tags, name, id);
    return true;
}

/* Entry and reservation are written at once and the reservation stays, so it must be there now. */
static enum store_status take_tags(void *owner, const struct page *page)
{
    struct tags *tags = owner;
    size_t pairs = page->count / 2, count = 0;
    struct text *args = memory_new((4 + 2 * pairs) * sizeof *args);
    struct text *codes = memory_new((pairs + 1) * sizeof *codes);
    struct arena arena = {0};
    struct buffer number = {0};
    enum store_status status;

    for (size_t i = 0; i < pairs; i++)
        count += take_tag(tags, page->items[2 * i], page->items[2 * i + 1], &arena,
                          &args[4 + count], &codes[count]);
    buffer_append_integer(&number, (int64_t)count + 1);
    args[0] = TEXT("EVAL_RO");
    args[1] = text_of(exists_script);
    args[2] = buffer_text(&number);
    args[3] = tags->key;
    memcpy(args + 4 + count, codes, count * sizeof *codes);
    status = store_command_wait(tags->audit->store, args, 4 + 2 * count, AUDIT_TIMEOUT_MS,
                                tags_checked, tags);
    buffer_free(&number);
    arena_free(&arena);
    free(codes);
    free(args);
    return status;
}

static int compare_tags(const void *a, const void *b)
{
    const struct tag *left = a, *right = b;
    int order = text_compare(left->id, right->id);

    if (!order)
        order = text_compare(left->name, right->name);
    return order ? order : left->day - right->day;
}

/* The same entry twice is HSCAN's doing; another entry for the same reservation is a breach. */
static void check_shared(struct tags *tags)
{
    struct arena arena = {0};

    if (tags->count)
        qsort(tags->items, tags->count, sizeof *tags->items, compare_tags);
    for (size_t i = 1; i < tags->count; i++) {
        const struct tag *tag = &tags->items[i], *before = tag - 1;
        if (text_equal(tag->id, before->id) && compare_tags(tag, before) != 0)
            audit_breach(tags->audit, AUDIT_IDEMPOTENCY,
                         key_idempotency(&arena, tags->audit->city, tag->day),
                         "two entries name the reservation " TEXT_FMT, TEXT_ARG(tag->id));
    }
    arena_free(&arena);
}

int audit_idempotency(struct audit *audit, const day_number *days, size_t count)
{
    struct tags tags = {.audit = audit};
    struct arena arena = {0};
    enum store_status status = STORE_OK;

    for (size_t i = 0; i < count && status == STORE_OK; i++) {
        tags.day = days[i];
        tags.key = key_idempotency(&arena, audit->city, days[i]);
        status = count_fields(audit, tags.key, &audit->counts->idempotency_keys);
        if (status == STORE_OK)
            status = scan_hash(audit, tags.key, take_tags, &tags);
    }
    if (status == STORE_OK)
        check_shared(&tags);
    free(tags.items);
    arena_free(&tags.arena);
    arena_free(&arena);
    return status;
}
