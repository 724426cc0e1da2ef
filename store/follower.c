/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/follower.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "store/stream_state.h"

#define BLOCK_MS        5000
#define BLOCK_TEXT      "5000"
#define READ_COUNT_TEXT "1000"
#define ANSWER_MS       2000 /* beyond the time that Redis may block */
#define RETRY_MS        200
#define BACKOFF_MAX_MS  250

/* The follower goes in rounds. A round asks of each stream whether its position still holds (see
 * stream_state.h) and, if it also reads, ends with XREAD from all positions. All of a round leaves
 * in one write, and Redis runs what it has read of one client before it turns to another, so
 * nothing is trimmed between the check and the read. After a new connection, and when a position is
 * in doubt, a round without a read comes first: an XREAD that blocks would hold up the answer. */

struct stream {
    struct text key; /* owned, with a NUL behind it */
    struct stream_position position;
    bool follows;  /* its position was told to the owner */
    bool doubtful; /* its entry was not found: XINFO decides in the next round */
    bool skipped;  /* what this round reads of it does not follow its position */
};

struct check {
    struct store_follower *follower;
    unsigned stream;
};

struct store_follower {
    struct store *store;
    struct store_follower_options options; /* its strings and keys are not ours */
    struct stream *streams;
    struct check *checks;
    struct text *arguments; /* of XREAD */
    uv_timer_t retry;
    unsigned pending; /* replies of this round that are still to come */
    bool failed;      /* one of them was no good */
    bool closing;
    unsigned open_handles;
    void (*on_closed)(void *owner);
    void *closed_owner;
};

static void begin_round(struct store_follower *follower, bool reads);

static void on_retry(uv_timer_t *timer)
{
    struct store_follower *follower = timer->data;

    if (!follower->pending && store_is_connected(follower->store))
        begin_round(follower, false);
}

static void end_round(struct store_follower *follower)
{
    bool doubt = false;

    if (follower->closing)
        return;
    if (follower->failed) {
        uv_timer_start(&follower->retry, on_retry, RETRY_MS, 0);
        return;
    }
    for (unsigned i = 0; i < follower->options.stream_count; i++)
        doubt |= follower->streams[i].doubtful;
    begin_round(follower, !doubt);
}

/* Counts one reply of the round; false when it is of no use. */
static bool take_reply(struct store_follower *follower, enum store_status status,
                       const struct store_reply *reply)
{
    follower->pending--;
    if (status == STORE_OK)
        return !follower->failed && !follower->closing;
    if (status == STORE_ERROR)
        log_error("store.follower-refused", LOG_TEXT("error", store_reply_text(reply)));
    follower->failed = true;
    return false;
}

static void after_reply(struct store_follower *follower)
{
    if (!follower->pending)
        end_round(follower);
}

/* --- Positions ---------------------------------------------------------------------------------
 */

static void tell_gap(struct store_follower *follower, unsigned index)
{
    struct stream *stream = &follower->streams[index];
    char id[STREAM_ID_BYTES];

    stream->skipped = true;
    if (stream->follows)
        log_warning("store.stream-gap", LOG_TEXT("stream", stream->key));
    stream->follows = true;
    follower->options.on_gap(follower->options.owner, index,
                             stream_id_format(stream->position.id, id));
}

static void decide(struct store_follower *follower, unsigned index,
                   const struct stream_state *state)
{
    struct stream *stream = &follower->streams[index];

    stream->doubtful = false;
    if (stream->follows && stream_position_holds(&stream->position, state)) {
        /* Its entry is gone, trimmed after it was read: until the next one, XINFO has to do. */
        stream->position.is_entry = false;
        return;
    }
    stream->position = stream_state_end(state);
    tell_gap(follower, index);
}

static void on_state_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct check *check = owner;
    struct store_follower *follower = check->follower;
    struct stream_state state = {0};
    bool missing =
        status == STORE_ERROR && text_starts_with(store_reply_text(reply), TEXT("ERR no such key"));

    if (take_reply(follower, missing ? STORE_OK : status, reply)) {
        if (!missing)
            stream_state_parse(reply, &state);
        decide(follower, check->stream, &state);
    }
    after_reply(follower);
}

static void on_entry_looked_up(void *owner, enum store_status status,
                               const struct store_reply *reply)
{
    struct check *check = owner;
    struct store_follower *follower = check->follower;
    struct stream *stream = &follower->streams[check->stream];

    if (take_reply(follower, status, reply) && !store_reply_count(reply))
        stream->doubtful = stream->skipped = true;
    after_reply(follower);
}

/* --- Reading -----------------------------------------------------------------------------------
 */

static void deliver(struct store_follower *follower, unsigned index,
                    const struct store_reply *entries)
{
    struct stream *stream = &follower->streams[index];

    for (size_t i = 0; i < store_reply_count(entries) && !follower->closing; i++) {
        const struct store_reply *entry = store_reply_at(entries, i);
        struct text id = store_reply_text_at(entry, 0);
        stream_id_parse(id, &stream->position.id);
        stream->position.count++;
        stream->position.is_entry = true;
        follower->options.on_entry(follower->options.owner, index, id, store_reply_at(entry, 1));
    }
}

/* XREAD names the streams that have entries, in the order in which they were asked for. */
static void on_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct store_follower *follower = owner;
    bool good = take_reply(follower, status, reply);
    unsigned index = 0;

    for (size_t i = 0; good && i < store_reply_count(reply); i++) {
        const struct store_reply *pair = store_reply_at(reply, i);
        struct text key = store_reply_text_at(pair, 0);
        while (index < follower->options.stream_count &&
               !text_equal(follower->streams[index].key, key))
            index++;
        if (index == follower->options.stream_count)
            break;
        if (!follower->streams[index].skipped)
            deliver(follower, index, store_reply_at(pair, 1));
        index++;
    }
    after_reply(follower);
}

/* XREAD COUNT 1000 BLOCK 5000 STREAMS key… id… */
static void send_read(struct store_follower *follower)
{
    static const struct text head[] = {TEXT("XREAD"), TEXT("COUNT"),    TEXT(READ_COUNT_TEXT),
                                       TEXT("BLOCK"), TEXT(BLOCK_TEXT), TEXT("STREAMS")};
    const size_t head_count = sizeof head / sizeof *head;
    unsigned count = follower->options.stream_count;
    char(*ids)[STREAM_ID_BYTES] = memory_new(count * sizeof *ids + 1);

    memcpy(follower->arguments, head, sizeof head);
    for (unsigned i = 0; i < count; i++) {
        follower->arguments[head_count + i] = follower->streams[i].key;
        follower->arguments[head_count + count + i] =
            stream_id_format(follower->streams[i].position.id, ids[i]);
    }
    follower->pending++;
    store_command(follower->store, follower->arguments, head_count + 2 * (size_t)count,
                  BLOCK_MS + ANSWER_MS, on_read, follower);
    free(ids);
}

static void send_check(struct store_follower *follower, unsigned index)
{
    struct stream *stream = &follower->streams[index];
    char bytes[STREAM_ID_BYTES];
    struct text id = stream_id_format(stream->position.id, bytes);

    stream->skipped = false;
    follower->pending++;
    if (stream->follows && stream->position.is_entry && !stream->doubtful)
        store_command(follower->store, STORE_ARGS(TEXT("XRANGE"), stream->key, id, id),
                      BLOCK_MS + ANSWER_MS, on_entry_looked_up, &follower->checks[index]);
    else
        store_command(follower->store, STORE_ARGS(TEXT("XINFO"), TEXT("STREAM"), stream->key),
                      BLOCK_MS + ANSWER_MS, on_state_read, &follower->checks[index]);
}

static void begin_round(struct store_follower *follower, bool reads)
{
    follower->failed = false;
    for (unsigned i = 0; i < follower->options.stream_count; i++)
        send_check(follower, i);
    if (reads)
        send_read(follower);
}

static void on_state(void *owner, bool connected)
{
    struct store_follower *follower = owner;

    if (follower->options.on_state)
        follower->options.on_state(follower->options.owner, connected);
    if (connected && !follower->closing && !follower->pending) {
        uv_timer_stop(&follower->retry);
        begin_round(follower, false);
    }
}

/* --- Opening and closing -----------------------------------------------------------------------
 */

static void make_streams(struct store_follower *follower,
                         const struct store_follower_options *options)
{
    unsigned count = options->stream_count;

    follower->streams = memory_new(count * sizeof *follower->streams + 1);
    follower->checks = memory_new(count * sizeof *follower->checks + 1);
    follower->arguments = memory_new((6 + 2 * (size_t)count) * sizeof *follower->arguments);
    for (unsigned i = 0; i < count; i++) {
        follower->streams[i].key =
            text_bytes(memory_copy_text(options->streams[i]), options->streams[i].length);
        follower->checks[i] = (struct check){follower, i};
    }
}

struct store_follower *store_follower_open(uv_loop_t *loop,
                                           const struct store_follower_options *options,
                                           const char **error)
{
    struct store_follower *follower = memory_new(sizeof *follower);
    struct store_options connection = {
        .url = options->url,
        .client_name = options->client_name,
        .backoff_max_ms = BACKOFF_MAX_MS,
        .in_flight_max = options->stream_count + 64,
        .on_state = on_state,
        .owner = follower,
    };

    follower->store = store_open(loop, &connection, error);
    if (!follower->store) {
        free(follower);
        return NULL;
    }
    follower->options = *options;
    make_streams(follower, options);
    uv_timer_init(loop, &follower->retry);
    follower->retry.data = follower;
    follower->open_handles = 2;
    return follower;
}

static void part_closed(struct store_follower *follower)
{
    if (--follower->open_handles)
        return;
    if (follower->on_closed)
        follower->on_closed(follower->closed_owner);
    for (unsigned i = 0; i < follower->options.stream_count; i++)
        free((char *)follower->streams[i].key.data);
    free(follower->streams);
    free(follower->checks);
    free(follower->arguments);
    free(follower);
}

static void on_store_closed(void *owner)
{
    part_closed(owner);
}

static void on_timer_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

void store_follower_close(struct store_follower *follower, void (*on_closed)(void *owner),
                          void *owner)
{
    follower->closing = true;
    follower->on_closed = on_closed;
    follower->closed_owner = owner;
    store_close(follower->store, on_store_closed, follower);
    uv_close((uv_handle_t *)&follower->retry, on_timer_closed);
}
