/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/draw.h"

#include <sodium.h>
#include <stdio.h>

/* --- Printing ------------------------------------------------------------------------------------
 */

static void append_places(struct buffer *json, const struct draw_list *list)
{
    json_open(json, "places", '[');
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        if (!list->places[slot])
            continue;
        json_open(json, NULL, '{');
        calendar_put_slot(json, "start", slot);
        json_put_integer(json, "units", list->places[slot]);
        buffer_append_byte(json, '}');
    }
    buffer_append_byte(json, ']');
}

static void append_entries(struct buffer *json, const struct draw_list *list)
{
    json_open(json, "entries", '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct draw_entry *entry = &list->entries[i];
        json_open(json, NULL, '{');
        json_put(json, "id", text_bytes(entry->id, DRAW_ID_CHARS));
        calendar_put_slot(json, "start", entry->slot);
        json_put_integer(json, "units", entry->units);
        json_put_integer(json, "span", entry->span);
        buffer_append_byte(json, '}');
    }
    buffer_append_byte(json, ']');
}

static void append_results(struct buffer *json, const struct draw_publication *publication)
{
    json_open(json, "result", '[');
    for (size_t i = 0; i < publication->result_count; i++) {
        const struct draw_result *result = &publication->results[i];
        json_open(json, NULL, '{');
        json_put(json, "id", text_bytes(result->id, DRAW_ID_CHARS));
        json_put_truth(json, "placed", result->is_placed);
        if (result->refused.length)
            json_put(json, "refused", result->refused);
        buffer_append_byte(json, '}');
    }
    buffer_append_byte(json, ']');
}

static void append_publication(struct buffer *json, const struct draw_publication *publication)
{
    char seed[DRAW_HEX_CHARS + 1];

    sodium_bin2hex(seed, sizeof seed, publication->list.seed, DRAW_SEED_BYTES);
    json_put(json, "seed", text_of(seed));
    json_put(json, "digest", text_of(publication->digest));
    append_places(json, &publication->list);
    append_entries(json, &publication->list);
    append_results(json, publication);
}

void draw_json_append(struct buffer *json, const struct draw_list *list,
                      const struct draws_report *report, int64_t draws_at_ms,
                      int utc_offset_minutes)
{
    static const char *const states[] = {"pending", "open", "drawn"};

    json_open(json, NULL, '{');
    json_put(json, "hall", list->hall);
    json_put(json, "queue", list->queue);
    calendar_put_date(json, "date", list->day);
    json_put(json, "state", text_of(states[report->state]));
    calendar_put_instant(json, "draws_at", draws_at_ms, utc_offset_minutes);
    json_put_or_null(json, "commitment", text_of(report->commitment));
    json_put_integer(json, "entries_count", report->entry_count);
    if (report->state == DRAWS_DRAWN)
        append_publication(json, &report->publication);
    buffer_append_byte(json, '}');
}

/* --- Reading -------------------------------------------------------------------------------------
 */

enum { UNITS_MAX = 255, FAULTS_MAX = 20 };

struct reader {
    struct arena *arena;
    struct draw_publication *publication;
    struct json_faults *faults;
};

static const struct json_path root_path, the_list = {.name = "the list"};

/* An object that is being read, and where it stands. */
struct spot {
    struct reader *reader;
    const struct json *object;
    struct json_path path;
};

static void fault(const struct spot *spot, const char *name, const char *what)
{
    json_fault(spot->reader->faults, &(struct json_path){&spot->path, name, 0}, "%s", what);
}

static bool is_known(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names;
}

/* Names what is unknown or stands twice, and what is missing of `required`. */
static void check_members(const struct spot *spot, const char *const *required,
                          const char *optional)
{
    JSON_EACH(spot->object, member) {
        const char *name = json_name(member);
        if (!is_known(required, name) && !(optional && strcmp(optional, name) == 0))
            fault(spot, name, "this member is unknown");
        for (const struct json *other = json_first(spot->object); other != member;
             other = json_next(other))
            if (strcmp(json_name(other), name) == 0)
                fault(spot, name, "this member stands twice");
    }
    for (; *required; required++)
        if (!json_has(spot->object, *required))
            fault(spot, *required, "this member is missing");
}

/* A member that is missing was named already. */
static bool read_text(const struct spot *spot, const char *name, struct text *text)
{
    const struct json *member = json_member(spot->object, name);

    *text = json_text(member);
    if (member && !text->data)
        fault(spot, name, "a string is expected");
    return text->data;
}

/* One that stands on a line of its own where it is hashed. */
static void read_line(const struct spot *spot, const char *name, struct text *text)
{
    if (read_text(spot, name, text) && memchr(text->data, '\n', text->length))
        fault(spot, name, "a line of text is expected");
}

static bool read_integer(const struct spot *spot, const char *name, double min, double max,
                         uint32_t *value)
{
    const struct json *member = json_member(spot->object, name);

    if (json_whole(member, min, max, value))
        return true;
    if (member)
        fault(spot, name, "an integer is expected, not beyond its bounds");
    return false;
}

static void read_slot(const struct spot *spot, unsigned *slot)
{
    struct text text;

    if (read_text(spot, "start", &text) && !calendar_parse_slot(text, slot))
        fault(spot, "start", "a half hour is expected, HH:00 or HH:30");
}

static void read_id(const struct spot *spot, char id[DRAW_ID_CHARS])
{
    struct text text;

    if (!read_text(spot, "id", &text))
        return;
    if (draw_is_id(text))
        memcpy(id, text.data, DRAW_ID_CHARS);
    else
        fault(spot, "id", "16 hex digits in lower case are expected");
}

/* The bytes are checked by printing them again: hex in upper case is another byte in the list. */
static void read_hash(const struct spot *spot, const char *name, char hex[DRAW_HEX_CHARS + 1],
                      unsigned char bytes[DRAW_HASH_BYTES])
{
    struct text text;
    size_t length = 0;

    if (!read_text(spot, name, &text))
        return;
    if (text.length == DRAW_HEX_CHARS &&
        sodium_hex2bin(bytes, DRAW_HASH_BYTES, text.data, text.length, NULL, &length, NULL) == 0)
        sodium_bin2hex(hex, DRAW_HEX_CHARS + 1, bytes, DRAW_HASH_BYTES);
    if (length != DRAW_HASH_BYTES || !text_is(text, hex))
        fault(spot, name, "64 hex digits in lower case are expected");
}

/* An array of objects; calls `read` for each. */
static void read_array(struct reader *reader, const struct json *root, const char *name,
                       void (*start)(struct reader *reader, size_t count),
                       void (*read)(const struct spot *spot, size_t index))
{
    const struct json *array = json_member(root, name);
    const struct json_path list = {&root_path, name, 0};
    size_t index = 0;

    if (array && json_kind(array) != JSON_ARRAY)
        json_fault(reader->faults, &list, "an array is expected");
    if (json_kind(array) != JSON_ARRAY)
        return;
    start(reader, json_count(array));
    JSON_EACH(array, item) {
        struct spot spot = {reader, item, {&list, NULL, index}};
        if (json_kind(item) == JSON_OBJECT)
            read(&spot, index);
        else
            json_fault(reader->faults, &spot.path, "an object is expected");
        index++;
    }
}

static void start_places(struct reader *reader, size_t count)
{
    (void)reader;
    (void)count;
}

static void read_place(const struct spot *spot, size_t index)
{
    static const char *const names[] = {"start", "units", NULL};
    uint32_t *places = spot->reader->publication->list.places, units = 0;
    unsigned slot = SLOTS_A_DAY;

    (void)index;
    check_members(spot, names, NULL);
    read_slot(spot, &slot);
    if (!read_integer(spot, "units", 1, UINT32_MAX, &units) || slot == SLOTS_A_DAY)
        return;
    if (places[slot])
        fault(spot, "start", "this half hour stands twice");
    places[slot] = units;
}

static void start_entries(struct reader *reader, size_t count)
{
    struct draw_list *list = &reader->publication->list;

    list->entries = arena_new(reader->arena, (count + 1) * sizeof *list->entries);
    list->count = count;
}

static void read_entry(const struct spot *spot, size_t index)
{
    static const char *const names[] = {"id", "start", "units", "span", NULL};
    struct draw_entry *entry = &spot->reader->publication->list.entries[index];

    check_members(spot, names, NULL);
    read_id(spot, entry->id);
    read_slot(spot, &entry->slot);
    read_integer(spot, "units", 1, UNITS_MAX, &entry->units);
    read_integer(spot, "span", 1, SLOTS_A_DAY, &entry->span);
    if (entry->slot + entry->span > SLOTS_A_DAY)
        fault(spot, "span", "the day ends before these half hours do");
}

static void start_results(struct reader *reader, size_t count)
{
    struct draw_publication *publication = reader->publication;

    publication->results = arena_new(reader->arena, (count + 1) * sizeof *publication->results);
    publication->result_count = count;
}

static void read_result(const struct spot *spot, size_t index)
{
    static const char *const names[] = {"id", "placed", NULL};
    struct draw_result *result = &spot->reader->publication->results[index];
    const struct json *placed = json_member(spot->object, "placed");

    check_members(spot, names, "refused");
    read_id(spot, result->id);
    if (placed && json_kind(placed) != JSON_TRUTH)
        fault(spot, "placed", "true or false is expected");
    result->is_placed = json_truth(placed);
    if (read_text(spot, "refused", &result->refused) && !draw_is_refusal(result->refused))
        fault(spot, "refused", "this is no reason of a refusal at a draw");
}

/* True for a draw that was made; one to come has little else to be read. */
static bool is_drawn(const struct spot *spot)
{
    struct text state;

    if (!read_text(spot, "state", &state) || text_is(state, "drawn"))
        return true;
    fault(spot, "state",
          text_is(state, "open") || text_is(state, "pending")
              ? "the draw was not made yet; fetch the list again after draws_at"
              : "\"drawn\" is expected");
    return false;
}

static void read_head(const struct spot *spot)
{
    struct draw_publication *publication = spot->reader->publication;
    struct draw_list *list = &publication->list;
    unsigned char bytes[DRAW_HASH_BYTES];
    char hex[DRAW_HEX_CHARS + 1];
    struct text text;
    int64_t instant;
    uint32_t count;

    read_line(spot, "hall", &list->hall);
    read_line(spot, "queue", &list->queue);
    if (read_text(spot, "date", &text) && !calendar_parse_date(text, &list->day))
        fault(spot, "date", "an existing date is expected, YYYY-MM-DD");
    if (read_text(spot, "draws_at", &text) && !calendar_parse_instant(text, &instant))
        fault(spot, "draws_at", "an instant is expected, as RFC 3339 writes it");
    read_hash(spot, "commitment", publication->commitment, bytes);
    read_hash(spot, "digest", publication->digest, bytes);
    read_hash(spot, "seed", hex, list->seed);
    if (read_integer(spot, "entries_count", 0, UINT32_MAX, &count) && count != list->count)
        fault(spot, "entries_count", "there are not as many entries");
}

static void read_root(struct reader *reader, const struct json *root)
{
    static const char *const names[] = {
        "hall",          "queue",  "date",   "state",   "seed",   "draws_at", "commitment",
        "entries_count", "digest", "places", "entries", "result", NULL};
    struct spot spot = {.reader = reader, .object = root};

    if (!is_drawn(&spot))
        return;
    check_members(&spot, names, NULL);
    read_array(reader, root, "places", start_places, read_place);
    read_array(reader, root, "entries", start_entries, read_entry);
    read_array(reader, root, "result", start_results, read_result);
    read_head(&spot);
}

bool draw_json_read(struct text json, struct arena *arena, struct draw_publication *publication,
                    struct json_faults *faults)
{
    struct reader reader = {.arena = arena, .publication = publication, .faults = faults};
    const struct json *root = json_parse(arena, json, NULL);

    *publication = (struct draw_publication){0};
    faults->max = FAULTS_MAX;
    if (!root)
        json_fault(faults, &the_list, "this is not well-formed JSON");
    else if (json_kind(root) != JSON_OBJECT)
        json_fault(faults, &the_list, "an object is expected");
    else
        read_root(&reader, root);
    return !faults->count;
}
