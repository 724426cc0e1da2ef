/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/announce.h"

#include <stdlib.h>
#include <time.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "store/stream_state.h"

/* Readers that fell behind these take the whole state anew. */
#define ENTRIES_KEPT TEXT("1000")

enum { POLL_MS = 3 };

/* What is waited for. */
struct announcement {
    struct stream_id id;
    struct buffer names; /* of the connected workers, each behind a blank */
    size_t name_count;
    bool applied; /* by all of them */
};

static void added(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct announcement *announcement = owner;

    if (status == STORE_OK)
        stream_id_parse(store_reply_text(reply), &announcement->id);
}

/* Lines of "id=3 addr=… name=jiaohao-worker-17 age=…". A worker's connections share its name. */
static void clients_listed(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct announcement *announcement = owner;
    struct text rest = store_reply_text(reply), line, word;

    if (status != STORE_OK)
        return;
    buffer_clear(&announcement->names);
    announcement->name_count = 0;
    while (text_split(&rest, '\n', &line))
        while (text_split(&line, ' ', &word)) {
            if (!text_starts_with(word, TEXT("name=" ANNOUNCE_WORKER_PREFIX)))
                continue;
            buffer_append_byte(&announcement->names, ' ');
            buffer_append(&announcement->names, text_part(word, strlen("name="), word.length));
            announcement->name_count++;
        }
}

static void applied_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct announcement *announcement = owner;
    struct stream_id id;

    announcement->applied =
        status == STORE_OK && store_reply_count(reply) == announcement->name_count;
    for (size_t i = 0; i < store_reply_count(reply) && announcement->applied; i++)
        announcement->applied = stream_id_parse(store_reply_text_at(reply, i), &id) &&
                                stream_id_compare(id, announcement->id) >= 0;
}

static enum store_status read_applied(struct store *store, struct announcement *announcement)
{
    size_t count = 2;
    struct text *args = memory_new((count + announcement->name_count) * sizeof *args);
    struct text rest = text_part(buffer_text(&announcement->names), 1, SIZE_MAX);
    enum store_status status;

    args[0] = TEXT("HMGET");
    args[1] = ANNOUNCE_APPLIED;
    while (count < 2 + announcement->name_count && text_split(&rest, ' ', &args[count]))
        count++;
    status = store_command_wait(store, args, count, 0, applied_read, announcement);
    free(args);
    return status;
}

/* One look at who is connected and how far they are. */
static enum store_status look(struct store *store, struct announcement *announcement)
{
    enum store_status status = store_command_wait(store, STORE_ARGS(TEXT("CLIENT"), TEXT("LIST")),
                                                  0, clients_listed, announcement);

    announcement->applied = announcement->name_count == 0;
    if (status == STORE_OK && announcement->name_count)
        status = read_applied(store, announcement);
    return status;
}

/* Between two looks. The caller waits for this and for nothing else, and the loop runs in each. */
static void rest_a_little(void)
{
    nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000}, NULL);
}

int announce(struct store *store, struct text kind, struct text value, unsigned timeout_ms)
{
    struct announcement announcement = {0};
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    enum store_status status =
        store_command_wait(store,
                           STORE_ARGS(TEXT("XADD"), ANNOUNCE_STREAM, TEXT("MAXLEN"), TEXT("~"),
                                      ENTRIES_KEPT, TEXT("*"), kind, value),
                           0, added, &announcement);

    while (status == STORE_OK) {
        status = look(store, &announcement);
        if (announcement.applied || clock_monotonic_ms() >= deadline_ms)
            break;
        rest_a_little();
    }
    buffer_free(&announcement.names);
    return status == STORE_OK ? !announcement.applied : (int)status;
}

void announce_applied(struct store *store, struct text worker, struct text id)
{
    store_command(store, STORE_ARGS(TEXT("HSET"), ANNOUNCE_APPLIED, worker, id), 0, NULL, NULL);
}
