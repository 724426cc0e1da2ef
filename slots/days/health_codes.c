/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/health_codes.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slots/catalogue/keys.h"

static const struct {
    enum health_code code;
    const char *name;
} codes[] = {
    {HEALTH_GREEN, "green"},
    {HEALTH_YELLOW, "yellow"},
    {HEALTH_RED, "red"},
    {HEALTH_UNKNOWN, "unknown"},
};

const char *health_code_name(enum health_code code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code)
            return codes[i].name;
    return "unknown";
}

bool health_code_parse(struct text name, enum health_code *code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code != HEALTH_UNKNOWN && text_is(name, codes[i].name))
            return *code = codes[i].code, true;
    return false;
}

struct push {
    void (*callback)(void *owner, int status);
    void *owner;
};

static void push_answered(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct push *push = owner;

    (void)reply;
    push->callback(push->owner, status);
    free(push);
}

/* The code's letter and the Unix second at which it ends. */
static struct text value_of(struct arena *arena, const struct health_push *push)
{
    struct buffer value = {0};

    buffer_append_byte(&value, (char)push->code);
    buffer_append_integer(
        &value,
        (push->has_end ? push->valid_until_ms : clock_now_ms() + HEALTH_LIFETIME_MS) / 1000);
    return buffer_to_arena(&value, arena);
}

void health_codes_push(struct city *city, const struct health_push *pushes, size_t count,
                       void (*callback)(void *owner, int status), void *owner)
{
    struct push *push = memory_new(sizeof *push);
    struct text *args = memory_new((2 + 2 * count) * sizeof *args);
    struct arena arena = {0};

    *push = (struct push){callback, owner};
    args[0] = TEXT("HSET");
    args[1] = key_health(&arena, city->code);
    for (size_t i = 0; i < count; i++) {
        unsigned char person[PERSON_KEY_BYTES];
        vault_person(&city->keys, pushes[i].id_type, pushes[i].id_number, person);
        args[2 + 2 * i] = arena_copy(&arena, text_bytes(person, sizeof person));
        args[3 + 2 * i] = value_of(&arena, &pushes[i]);
    }
    store_command(city->store, args, 2 + 2 * count, 0, push_answered, push);
    free(args);
    arena_free(&arena);
}
