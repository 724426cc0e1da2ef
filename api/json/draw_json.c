/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/json/draw_json.h"

#include <cjson/cJSON.h>
#include <sodium.h>
#include <stdio.h>

/* --- Printing ------------------------------------------------------------------------------------
 */

static void append_text(struct buffer *json, const char *name, struct text value)
{
    buffer_printf(json, "\"%s\":", name);
    buffer_append_json(json, value);
    buffer_append_byte(json, ',');
}

static void append_slot(struct buffer *json, unsigned slot)
{
    buffer_append(json, TEXT("\"start\":\""));
    calendar_append_slot(json, slot);
    buffer_append_byte(json, '"');
}

static void append_places(struct buffer *json, const struct draw_list *list)
{
    const char *comma = "";

    buffer_append(json, TEXT("\"places\":["));
    for (unsigned slot = 0; slot < SLOTS_A_DAY; slot++) {
        if (!list->places[slot])
            continue;
        buffer_printf(json, "%s{", comma);
        append_slot(json, slot);
        buffer_printf(json, ",\"units\":%u}", list->places[slot]);
        comma = ",";
    }
    buffer_append(json, TEXT("],"));
}

static void append_entries(struct buffer *json, const struct draw_list *list)
{
    buffer_append(json, TEXT("\"entries\":["));
    for (size_t i = 0; i < list->count; i++) {
        const struct draw_entry *entry = &list->entries[i];
        buffer_printf(json, "%s{\"id\":\"%.*s\",", i ? "," : "", DRAW_ID_CHARS, entry->id);
        append_slot(json, entry->slot);
        buffer_printf(json, ",\"units\":%u,\"span\":%u}", entry->units, entry->span);
    }
    buffer_append(json, TEXT("],"));
}

static void append_results(struct buffer *json, const struct draw_publication *publication)
{
    buffer_append(json, TEXT("\"result\":["));
    for (size_t i = 0; i < publication->result_count; i++) {
        const struct draw_result *result = &publication->results[i];
        buffer_printf(json, "%s{\"id\":\"%.*s\",\"placed\":%s", i ? "," : "", DRAW_ID_CHARS,
                      result->id, result->is_placed ? "true" : "false");
        if (result->refused.length)
            buffer_printf(json, ",\"refused\":\"" TEXT_FMT "\"", TEXT_ARG(result->refused));
        buffer_append_byte(json, '}');
    }
    buffer_append_byte(json, ']');
}

static void append_publication(struct buffer *json, const struct draw_publication *publication)
{
    char seed[DRAW_HEX_CHARS + 1];

    sodium_bin2hex(seed, sizeof seed, publication->list.seed, DRAW_SEED_BYTES);
    buffer_append_byte(json, ',');
    append_text(json, "seed", text_of(seed));
    append_text(json, "digest", text_of(publication->digest));
    append_places(json, &publication->list);
    append_entries(json, &publication->list);
    append_results(json, publication);
}

void draw_json_append(struct buffer *json, const struct draw_list *list,
                      const struct draws_report *report, int64_t draws_at_ms,
                      int utc_offset_minutes)
{
    static const char *const states[] = {"pending", "open", "drawn"};

    buffer_append_byte(json, '{');
    append_text(json, "hall", list->hall);
    append_text(json, "queue", list->queue);
    buffer_append(json, TEXT("\"date\":\""));
    calendar_append_date(json, list->day);
    buffer_printf(json, "\",\"state\":\"%s\",\"draws_at\":\"", states[report->state]);
    calendar_append_instant(json, draws_at_ms, utc_offset_minutes);
    buffer_append(json, TEXT("\","));
    if (*report->commitment)
        append_text(json, "commitment", text_of(report->commitment));
    else
        buffer_append(json, TEXT("\"commitment\":null,"));
    buffer_printf(json, "\"entries_count\":%u", report->entry_count);
    if (report->state == DRAWS_DRAWN)
        append_publication(json, &report->publication);
    buffer_append_byte(json, '}');
}

/* --- Reading -------------------------------------------------------------------------------------
 */

enum { POINTER_CHARS = 32, UNITS_MAX = 255, FAULT_LINES_MAX = 20 };

struct reader {
    struct arena *arena;
    struct draw_publication *publication;
    struct buffer *faults;
    unsigned fault_count;
};

/* An object that is being read, and where it stands. */
struct place {
    struct reader *reader;
    const cJSON *object;
    char pointer[POINTER_CHARS];
};

static void note(struct reader *reader, const char *pointer, const char *name, const char *fault)
{
    if (reader->fault_count++ < FAULT_LINES_MAX)
        buffer_printf(reader->faults, "%s%s%s: %s\n", *pointer || name ? pointer : "the list",
                      name ? "/" : "", name ? name : "", fault);
}

static void fault(const struct place *place, const char *name, const char *what)
{
    note(place->reader, place->pointer, name, what);
}

static bool is_known(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names;
}

/* Names what is unknown or stands twice, and what is missing of `required`. */
static void check_members(const struct place *place, const char *const *required,
                          const char *optional)
{
    const cJSON *member, *other;

    cJSON_ArrayForEach(member, place->object)
    {
        if (!is_known(required, member->string) &&
            !(optional && strcmp(optional, member->string) == 0))
            fault(place, member->string, "this member is unknown");
        for (other = place->object->child; other != member; other = other->next)
            if (strcmp(other->string, member->string) == 0)
                fault(place, member->string, "this member stands twice");
    }
    for (; *required; required++)
        if (!cJSON_GetObjectItemCaseSensitive(place->object, *required))
            fault(place, *required, "this member is missing");
}

/* A member that is missing was named already. */
static bool read_text(const struct place *place, const char *name, struct text *text)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(place->object, name);
    const char *value = cJSON_GetStringValue(member);

    if (member && !value)
        fault(place, name, "a string is expected");
    if (!value)
        return false;
    *text = arena_copy(place->reader->arena, text_of(value));
    return true;
}

/* One that stands on a line of its own where it is hashed. */
static void read_line(const struct place *place, const char *name, struct text *text)
{
    if (read_text(place, name, text) && memchr(text->data, '\n', text->length))
        fault(place, name, "a line of text is expected");
}

static bool read_integer(const struct place *place, const char *name, double min, double max,
                         uint32_t *value)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(place->object, name);
    double number = cJSON_IsNumber(member) ? member->valuedouble : min - 1;

    if (member && !(number >= min && number <= max && number == (double)(uint32_t)number))
        fault(place, name, "an integer is expected, not beyond its bounds");
    else if (member)
        return *value = (uint32_t)number, true;
    return false;
}

static void read_slot(const struct place *place, unsigned *slot)
{
    struct text text;

    if (read_text(place, "start", &text) && !calendar_parse_slot(text, slot))
        fault(place, "start", "a half hour is expected, HH:00 or HH:30");
}

static void read_id(const struct place *place, char id[DRAW_ID_CHARS])
{
    struct text text;

    if (!read_text(place, "id", &text))
        return;
    if (draw_is_id(text))
        memcpy(id, text.data, DRAW_ID_CHARS);
    else
        fault(place, "id", "16 hex digits in lower case are expected");
}

/* The bytes are checked by printing them again: hex in upper case is another byte in the list. */
static void read_hash(const struct place *place, const char *name, char hex[DRAW_HEX_CHARS + 1],
                      unsigned char bytes[DRAW_HASH_BYTES])
{
    struct text text;
    size_t length = 0;

    if (!read_text(place, name, &text))
        return;
    if (text.length == DRAW_HEX_CHARS &&
        sodium_hex2bin(bytes, DRAW_HASH_BYTES, text.data, text.length, NULL, &length, NULL) == 0)
        sodium_bin2hex(hex, DRAW_HEX_CHARS + 1, bytes, DRAW_HASH_BYTES);
    if (length != DRAW_HASH_BYTES || !text_is(text, hex))
        fault(place, name, "64 hex digits in lower case are expected");
}

/* An array of objects; calls `read` for each. */
static void read_array(struct reader *reader, const cJSON *root, const char *name,
                       void (*start)(struct reader *reader, size_t count),
                       void (*read)(const struct place *place, size_t index))
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(root, name), *item;
    struct place place = {.reader = reader};
    size_t index = 0;

    if (array && !cJSON_IsArray(array))
        note(reader, "", name, "an array is expected");
    if (!cJSON_IsArray(array))
        return;
    start(reader, (size_t)cJSON_GetArraySize(array));
    cJSON_ArrayForEach(item, array)
    {
        snprintf(place.pointer, sizeof place.pointer, "/%s/%zu", name, index);
        place.object = item;
        if (cJSON_IsObject(item))
            read(&place, index);
        else
            fault(&place, NULL, "an object is expected");
        index++;
    }
}

static void start_places(struct reader *reader, size_t count)
{
    (void)reader;
    (void)count;
}

static void read_place(const struct place *place, size_t index)
{
    static const char *const names[] = {"start", "units", NULL};
    uint32_t *places = place->reader->publication->list.places, units = 0;
    unsigned slot = SLOTS_A_DAY;

    (void)index;
    check_members(place, names, NULL);
    read_slot(place, &slot);
    if (!read_integer(place, "units", 1, UINT32_MAX, &units) || slot == SLOTS_A_DAY)
        return;
    if (places[slot])
        fault(place, "start", "this half hour stands twice");
    places[slot] = units;
}

static void start_entries(struct reader *reader, size_t count)
{
    struct draw_list *list = &reader->publication->list;

    list->entries = arena_new(reader->arena, (count + 1) * sizeof *list->entries);
    list->count = count;
}

static void read_entry(const struct place *place, size_t index)
{
    static const char *const names[] = {"id", "start", "units", "span", NULL};
    struct draw_entry *entry = &place->reader->publication->list.entries[index];

    check_members(place, names, NULL);
    read_id(place, entry->id);
    read_slot(place, &entry->slot);
    read_integer(place, "units", 1, UNITS_MAX, &entry->units);
    read_integer(place, "span", 1, SLOTS_A_DAY, &entry->span);
    if (entry->slot + entry->span > SLOTS_A_DAY)
        fault(place, "span", "the day ends before these half hours do");
}

static void start_results(struct reader *reader, size_t count)
{
    struct draw_publication *publication = reader->publication;

    publication->results = arena_new(reader->arena, (count + 1) * sizeof *publication->results);
    publication->result_count = count;
}

static void read_result(const struct place *place, size_t index)
{
    static const char *const names[] = {"id", "placed", NULL};
    struct draw_result *result = &place->reader->publication->results[index];
    const cJSON *placed = cJSON_GetObjectItemCaseSensitive(place->object, "placed");

    check_members(place, names, "refused");
    read_id(place, result->id);
    if (placed && !cJSON_IsBool(placed))
        fault(place, "placed", "true or false is expected");
    result->is_placed = cJSON_IsTrue(placed);
    if (read_text(place, "refused", &result->refused) && !draw_is_refusal(result->refused))
        fault(place, "refused", "this is no reason of a refusal at a draw");
}

/* True for a draw that was made; one to come has little else to be read. */
static bool is_drawn(const struct place *place)
{
    struct text state;

    if (!read_text(place, "state", &state) || text_is(state, "drawn"))
        return true;
    fault(place, "state",
          text_is(state, "open") || text_is(state, "pending")
              ? "the draw was not made yet; fetch the list again after draws_at"
              : "\"drawn\" is expected");
    return false;
}

static void read_head(const struct place *place)
{
    struct draw_publication *publication = place->reader->publication;
    struct draw_list *list = &publication->list;
    unsigned char bytes[DRAW_HASH_BYTES];
    char hex[DRAW_HEX_CHARS + 1];
    struct text text;
    int64_t instant;
    uint32_t count;

    read_line(place, "hall", &list->hall);
    read_line(place, "queue", &list->queue);
    if (read_text(place, "date", &text) && !calendar_parse_date(text, &list->day))
        fault(place, "date", "an existing date is expected, YYYY-MM-DD");
    if (read_text(place, "draws_at", &text) && !calendar_parse_instant(text, &instant))
        fault(place, "draws_at", "an instant is expected, as RFC 3339 writes it");
    read_hash(place, "commitment", publication->commitment, bytes);
    read_hash(place, "digest", publication->digest, bytes);
    read_hash(place, "seed", hex, list->seed);
    if (read_integer(place, "entries_count", 0, UINT32_MAX, &count) && count != list->count)
        fault(place, "entries_count", "there are not as many entries");
}

static void read_root(struct reader *reader, const cJSON *root)
{
    static const char *const names[] = {
        "hall",          "queue",  "date",   "state",   "seed",   "draws_at", "commitment",
        "entries_count", "digest", "places", "entries", "result", NULL};
    struct place place = {.reader = reader, .object = root};

    if (!is_drawn(&place))
        return;
    check_members(&place, names, NULL);
    read_array(reader, root, "places", start_places, read_place);
    read_array(reader, root, "entries", start_entries, read_entry);
    read_array(reader, root, "result", start_results, read_result);
    read_head(&place);
}

/* cJSON would end a string at an escaped NUL. */
static bool has_escaped_nul(struct text json)
{
    return memmem(json.data, json.length, "\\u0000", 6) != NULL;
}

bool draw_json_read(struct text json, struct arena *arena, struct draw_publication *publication,
                    struct buffer *faults)
{
    struct reader reader = {.arena = arena, .publication = publication, .faults = faults};
    const char *end = NULL;
    cJSON *root = NULL;

    *publication = (struct draw_publication){0};
    if (text_is_utf8(json) && !has_escaped_nul(json))
        root = cJSON_ParseWithLengthOpts(json.data, json.length, &end, 0);
    while (root && end < json.data + json.length && strchr(" \t\r\n", *end))
        end++;
    if (!root || end < json.data + json.length)
        note(&reader, "", NULL, "this is not well-formed JSON");
    else if (!cJSON_IsObject(root))
        note(&reader, "", NULL, "an object is expected");
    else
        read_root(&reader, root);
    cJSON_Delete(root);
    if (reader.fault_count > FAULT_LINES_MAX)
        buffer_printf(faults, "… and %u more\n", reader.fault_count - FAULT_LINES_MAX);
    return !reader.fault_count;
}
