/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "store/link.h"
#include "store/wire.h"

#define CONNECT_TIMEOUT_MS   1000
#define COMMAND_TIMEOUT_MS   2000
#define IN_FLIGHT_MAX        4096
#define BACKOFF_MIN_MS       20
#define BACKOFF_MAX_MS       1000
#define LOADING_RETRY_MS     50
#define OUTPUT_BYTES_MAX     (16 << 20)
#define REFUSAL_LOG_EVERY_MS 1000
#define NEVER                UINT64_MAX

/* What a state may become; anything else is a fault of this file. */
static const unsigned legal_moves[] = {
    [LINK_WAITING] = 1 << LINK_RESOLVING | 1 << LINK_CONNECTING | 1 << LINK_CLOSING,
    [LINK_RESOLVING] = 1 << LINK_WAITING | 1 << LINK_CONNECTING | 1 << LINK_CLOSING,
    [LINK_CONNECTING] = 1 << LINK_WAITING | 1 << LINK_GREETING | 1 << LINK_CLOSING,
    [LINK_GREETING] = 1 << LINK_WAITING | 1 << LINK_READY | 1 << LINK_CLOSING,
    [LINK_READY] = 1 << LINK_WAITING | 1 << LINK_CLOSING,
    [LINK_CLOSING] = 0,
};

static void change_state(struct store *store, enum link_state state)
{
    if (!(legal_moves[store->state] & 1u << state)) /* a move that the program does not make */
        abort();
    store->state = state;
}

static void tell_state(struct store *store, bool connected)
{
    if (store->options.on_state)
        store->options.on_state(store->options.owner, connected);
}

/* --- Calling back ------------------------------------------------------------------------------
 */

static void note_reason(struct store *store, struct text reason)
{
    buffer_clear(&store->reason);
    buffer_append(&store->reason, reason);
}

struct text store_reason(const struct store *store, enum store_status status)
{
    bool is_told = status == STORE_UNAVAILABLE || status == STORE_ERROR || status == STORE_LOST;

    return is_told && store->reason.length ? buffer_text(&store->reason)
                                           : text_of(store_status_name(status));
}

static void log_refusal(struct store *store, struct text error)
{
    uint64_t now = uv_now(store->loop);

    if (store->refusal_logged_ms && now - store->refusal_logged_ms < REFUSAL_LOG_EVERY_MS)
        return;
    store->refusal_logged_ms = now;
    log_warning("store.refused", LOG_STRING("address", store->address), LOG_TEXT("error", error));
}

static void complete(struct store *store, const struct in_flight_command *command,
                     const struct store_reply *reply)
{
    enum store_status status = STORE_OK;

    if (command->late || !command->callback)
        return;
    if (store_reply_kind(reply) == STORE_REPLY_ERROR) {
        status = STORE_ERROR;
        note_reason(store, store_reply_text(reply));
        if (wire_is_refusal(store_reply_text(reply))) {
            log_refusal(store, store_reply_text(reply));
            status = STORE_UNAVAILABLE;
            reply = NULL;
        }
    }
    command->callback(command->owner, status, reply);
}

/* Fails what is in flight, oldest first. A command of which the socket took no byte (`offset` at or
 * behind `written`) was certainly not carried out. */
static void fail_in_flight(struct store *store, enum store_status status, uint64_t written)
{
    struct in_flight_command command;

    while (in_flight_take(&store->in_flight, &command)) {
        bool unsent = status == STORE_LOST && command.offset >= written;
        if (!command.late && command.callback)
            command.callback(command.owner, unsent ? STORE_UNAVAILABLE : status, NULL);
    }
}

/* --- The connection ----------------------------------------------------------------------------
 */

static void begin_attempt(struct store *store);
static void send_ping(struct store *store);

static void on_backoff(uv_timer_t *timer)
{
    begin_attempt(timer->data);
}

/* Full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015): anything from 0 to the bound,
 * so that workers that lost the same Redis do not come back in step. */
static void begin_waiting(struct store *store)
{
    uint64_t bound = BACKOFF_MIN_MS;
    unsigned max = store->options.backoff_max_ms;

    for (unsigned i = 0; i < store->attempts && bound < max; i++)
        bound *= 2;
    if (bound > max)
        bound = max;
    store->attempts++;
    change_state(store, LINK_WAITING);
    uv_timer_start(&store->link, on_backoff, arc4random_uniform((uint32_t)bound + 1), 0);
}

static void drop_link(struct store *store, const char *reason)
{
    bool was_ready = store->state == LINK_READY;
    uint64_t written = store->socket ? hiredis_uv_written(store->socket) : 0;
    const struct log_field *fields =
        LOG_FIELDS(LOG_STRING("address", store->address), LOG_STRING("reason", reason));

    note_reason(store, text_of(reason));
    if (was_ready)
        log_write(LOG_WARNING, "store.lost", fields);
    else
        log_write(store->attempts ? LOG_DEBUG : LOG_WARNING, "store.not-connected", fields);
    if (store->socket)
        hiredis_uv_close(store->socket);
    store->socket = NULL;
    begin_waiting(store);
    if (was_ready)
        tell_state(store, false);
    if (store->state != LINK_CLOSING)
        fail_in_flight(store, STORE_LOST, written);
}

static void on_socket_lost(void *owner, const char *reason)
{
    drop_link(owner, reason);
}

static void on_connect_timeout(uv_timer_t *timer)
{
    struct store *store = timer->data;

    if (store->resolving)
        uv_cancel((uv_req_t *)&store->resolution);
    drop_link(store, "no connection in time");
}

static void on_ping_time(uv_timer_t *timer)
{
    send_ping(timer->data);
}

/* One that cannot write its disk refuses PING too, but answers what reads. */
static bool takes_commands(const struct store *store, enum store_status status)
{
    return status == STORE_OK || (status == STORE_UNAVAILABLE &&
                                  text_starts_with(buffer_text(&store->reason), TEXT("MISCONF ")));
}

static void on_pong(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct store *store = owner;

    if (store->state != LINK_GREETING)
        return;
    if (takes_commands(store, status)) {
        store->attempts = 0;
        change_state(store, LINK_READY);
        log_info("store.connected", LOG_STRING("address", store->address));
        tell_state(store, true);
    } else if (status == STORE_UNAVAILABLE) {
        uv_timer_start(&store->link, on_ping_time, LOADING_RETRY_MS, 0);
    } else if (status == STORE_ERROR) {
        log_warning("store.refused", LOG_STRING("address", store->address),
                    LOG_TEXT("error", store_reply_text(reply)));
        uv_timer_start(&store->link, on_ping_time, store->options.backoff_max_ms, 0);
    } else {
        drop_link(store, "no answer to PING");
    }
}

static void on_socket_connected(void *owner);
static void on_socket_reply(void *owner, const struct store_reply *reply);
static void on_socket_closed(void *owner);

static void connect_to(struct store *store, const char *ip)
{
    char reason[128];
    struct hiredis_uv_events events = {on_socket_connected, on_socket_reply, on_socket_lost,
                                       on_socket_closed, store};

    change_state(store, LINK_CONNECTING);
    store->socket =
        hiredis_uv_open(store->loop, store->url.unix_path, ip, store->url.port, &events, reason);
    if (!store->socket) {
        drop_link(store, reason);
        return;
    }
    store->open_handles++;
}

static void handle_closed(struct store *store);

/* A name may have several addresses; each attempt takes the next one. */
static void on_resolved(uv_getaddrinfo_t *resolution, int status, struct addrinfo *list)
{
    struct store *store = resolution->data;
    char ip[INET6_ADDRSTRLEN] = "";
    unsigned count = 0, chosen;

    for (struct addrinfo *item = list; item; item = item->ai_next)
        count++;
    chosen = count ? store->attempts % count : 0;
    for (struct addrinfo *item = list; item; item = item->ai_next)
        if (chosen-- == 0) {
            getnameinfo(item->ai_addr, item->ai_addrlen, ip, sizeof ip, NULL, 0, NI_NUMERICHOST);
            break;
        }
    uv_freeaddrinfo(list);
    store->resolving = false;
    if (store->state == LINK_RESOLVING && *ip)
        connect_to(store, ip);
    else if (store->state == LINK_RESOLVING)
        drop_link(store, status < 0 ? uv_strerror(status) : "the host has no address");
    handle_closed(store);
}

static void resolve(struct store *store)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};

    change_state(store, LINK_RESOLVING);
    if (store->resolving) {
        drop_link(store, "the host's name is still being looked up");
        return;
    }
    if (uv_getaddrinfo(store->loop, &store->resolution, on_resolved, store->url.host, NULL,
                       &hints) < 0) {
        drop_link(store, "the host's name cannot be looked up");
        return;
    }
    store->resolution.data = store;
    store->resolving = true;
    store->open_handles++;
}

static bool is_address(const char *host)
{
    struct in6_addr address;

    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

static void begin_attempt(struct store *store)
{
    uv_timer_start(&store->link, on_connect_timeout, store->options.connect_timeout_ms, 0);
    if (store->url.unix_path || is_address(store->url.host))
        connect_to(store, store->url.host);
    else
        resolve(store);
}

static void on_socket_reply(void *owner, const struct store_reply *reply)
{
    struct store *store = owner;
    struct in_flight_command command;

    store->received_ms = uv_now(store->loop);
    if (in_flight_take(&store->in_flight, &command))
        complete(store, &command, reply);
    else
        drop_link(store, "a reply that nobody asked for");
}

/* --- Deadlines ---------------------------------------------------------------------------------
 */

static void on_deadline(uv_timer_t *timer);

static void arm_deadline(struct store *store, uint64_t deadline_ms)
{
    uint64_t now = uv_now(store->loop);

    if (deadline_ms >= store->deadline_at_ms)
        return;
    store->deadline_at_ms = deadline_ms;
    uv_timer_start(&store->deadline, on_deadline, deadline_ms > now ? deadline_ms - now : 0, 0);
}

/* True when the connection was given up. A late command doubts the connection when for as long as
 * its own time-out nothing at all was received. */
static bool expire(struct store *store, struct in_flight_command *command, uint64_t now)
{
    struct in_flight_command expired = *command;

    if (expired.late && store->received_ms + expired.timeout_ms <= now) {
        drop_link(store, "no answer");
        return true;
    }
    command->deadline_ms = (expired.late ? store->received_ms : now) + expired.timeout_ms;
    command->late = true;
    if (!expired.late && expired.callback)
        expired.callback(expired.owner, STORE_TIMEOUT, NULL);
    return false;
}

/* One timer for all commands: it stands at the earliest deadline that was known when it was set,
 * so as long as replies come it fires once per time-out and looks through the ring. */
static void on_deadline(uv_timer_t *timer)
{
    struct store *store = timer->data;
    uint64_t next = NEVER, now = uv_now(store->loop);
    struct hiredis_uv *socket;

    store->deadline_at_ms = NEVER;
    /* After a halt of this process the replies may be here already, unread. */
    if (store->socket)
        hiredis_uv_read(store->socket);
    socket = store->socket;
    if (store->state == LINK_CLOSING)
        return;
    for (size_t i = 0; i < store->in_flight.count; i++) {
        struct in_flight_command *command = in_flight_at(&store->in_flight, i);
        if (command->deadline_ms <= now && expire(store, command, now))
            return;
        if (store->state == LINK_CLOSING || store->socket != socket)
            return;
        command = in_flight_at(&store->in_flight, i);
        if (command->deadline_ms < next)
            next = command->deadline_ms;
    }
    arm_deadline(store, next);
}

/* --- Sending -----------------------------------------------------------------------------------
 */

static void on_idle(uv_idle_t *idle);

static void send_command(struct store *store, const struct text *args, size_t count,
                         unsigned timeout_ms, store_callback *callback, void *owner)
{
    struct in_flight_command command = {
        .callback = callback,
        .owner = owner,
        .timeout_ms = timeout_ms ? timeout_ms : store->options.command_timeout_ms,
        .offset = hiredis_uv_written(store->socket) + hiredis_uv_waiting(store->socket),
    };

    command.deadline_ms =
        command.timeout_ms == UINT_MAX ? NEVER : uv_now(store->loop) + command.timeout_ms;
    wire_write_command(hiredis_uv_output(store->socket), args, count);
    in_flight_add(&store->in_flight, command);
    arm_deadline(store, command.deadline_ms);
    uv_idle_start(&store->idle, on_idle);
}

static void send_ping(struct store *store)
{
    send_command(store, STORE_ARGS(TEXT("PING")), store->options.connect_timeout_ms, on_pong,
                 store);
}

/* What Redis answers might repeat what it was sent; only its first word is told. */
static void on_authenticated(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct store *store = owner;
    struct text error = store_reply_text(reply), code = TEXT_NONE;
    char reason[128];

    if (status == STORE_OK || store->state != LINK_GREETING)
        return;
    text_split(&error, ' ', &code);
    snprintf(reason, sizeof reason, STORE_PASSWORD_REFUSED " (%.*s)", TEXT_ARG(code));
    drop_link(store, status == STORE_ERROR ? reason : "no answer to AUTH");
}

/* Who asks, before anything else. */
static void send_credentials(struct store *store)
{
    const struct store_url *url = &store->url;
    const struct text args[] = {TEXT("AUTH"), text_of(url->user ? url->user : "default"),
                                text_of(url->password)};

    send_command(store, args, 3, store->options.connect_timeout_ms, on_authenticated, store);
}

static void on_socket_connected(void *owner)
{
    struct store *store = owner;

    uv_timer_stop(&store->link);
    change_state(store, LINK_GREETING);
    if (store->url.password)
        send_credentials(store);
    if (store->client_name)
        send_command(store,
                     STORE_ARGS(TEXT("CLIENT"), TEXT("SETNAME"), text_of(store->client_name)),
                     store->options.connect_timeout_ms, NULL, NULL);
    send_ping(store);
}

void store_command(struct store *store, const struct text *args, size_t count, unsigned timeout_ms,
                   store_callback *callback, void *owner)
{
    enum store_status status = STORE_OK;

    if (store->state == LINK_CLOSING)
        status = STORE_CLOSED;
    else if (store->state != LINK_READY)
        status = STORE_UNAVAILABLE;
    else if (store->in_flight.count >= store->options.in_flight_max ||
             hiredis_uv_waiting(store->socket) > OUTPUT_BYTES_MAX)
        status = STORE_BUSY;
    if (status == STORE_OK) {
        send_command(store, args, count, timeout_ms, callback, owner);
        return;
    }
    failures_add(&store->failures, (struct failure){callback, owner, status});
    if (status != STORE_CLOSED)
        uv_idle_start(&store->idle, on_idle);
}

static void on_idle(uv_idle_t *idle)
{
    struct store *store = idle->data;

    uv_idle_stop(idle);
    failures_tell(&store->failures);
}

/* The last thing of a turn before it blocks. Should a prepare handle that runs after this one send
 * a command, the idle handle is active and the loop comes round at once. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct store *store = prepare->data;

    if (!store->socket || !hiredis_uv_waiting(store->socket))
        return;
    if (!store->failures.count)
        uv_idle_stop(&store->idle);
    hiredis_uv_flush(store->socket);
}

/* --- Opening and closing -----------------------------------------------------------------------
 */

static void open_handles(struct store *store)
{
    uv_loop_t *loop = store->loop;

    uv_prepare_init(loop, &store->prepare);
    uv_idle_init(loop, &store->idle);
    uv_timer_init(loop, &store->deadline);
    uv_timer_init(loop, &store->link);
    uv_timer_init(loop, &store->wait);
    store->prepare.data = store->idle.data = store->deadline.data = store->link.data =
        store->wait.data = store;
    store->open_handles = 5;
    uv_prepare_start(&store->prepare, on_prepare);
    /* Neither keeps a loop running that has nothing else to do. */
    uv_unref((uv_handle_t *)&store->prepare);
    uv_unref((uv_handle_t *)&store->deadline);
}

struct store *store_open(uv_loop_t *loop, const struct store_options *options, const char **error)
{
    struct store_url url;
    struct store *store;

    *error = store_url_parse(options->url, &url);
    if (*error)
        return NULL;
    store = memory_new(sizeof *store);
    store->loop = loop;
    store->url = url;
    store->address = store_url_address(&url);
    store->client_name =
        options->client_name ? memory_copy_text(text_of(options->client_name)) : NULL;
    store->options = *options;
#define DEFAULT(field, value)                                                                      \
    if (!store->options.field)                                                                     \
    store->options.field = (value)
    DEFAULT(connect_timeout_ms, CONNECT_TIMEOUT_MS);
    DEFAULT(command_timeout_ms, COMMAND_TIMEOUT_MS);
    DEFAULT(in_flight_max, IN_FLIGHT_MAX);
    DEFAULT(backoff_max_ms, BACKOFF_MAX_MS);
#undef DEFAULT
    store->deadline_at_ms = NEVER;
    open_handles(store);
    uv_update_time(loop);
    /* From the loop, so that nothing is told from inside this function. */
    uv_timer_start(&store->link, on_backoff, 0, 0);
    return store;
}

const char *store_address(const struct store *store)
{
    return store->address;
}

bool store_is_connected(const struct store *store)
{
    return store->state == LINK_READY;
}

static void handle_closed(struct store *store)
{
    if (--store->open_handles)
        return;
    fail_in_flight(store, STORE_CLOSED, 0);
    while (store->failures.count)
        failures_tell(&store->failures);
    if (store->on_closed)
        store->on_closed(store->closed_owner);
    in_flight_free(&store->in_flight);
    store_url_free(&store->url);
    free(store->address);
    buffer_free(&store->reason);
    free(store->client_name);
    free(store);
}

static void on_socket_closed(void *owner)
{
    handle_closed(owner);
}

static void on_handle_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

void store_close(struct store *store, void (*on_closed)(void *owner), void *owner)
{
    change_state(store, LINK_CLOSING);
    store->on_closed = on_closed;
    store->closed_owner = owner;
    if (store->socket)
        hiredis_uv_close(store->socket);
    if (store->resolving)
        uv_cancel((uv_req_t *)&store->resolution);
    uv_close((uv_handle_t *)&store->prepare, on_handle_closed);
    uv_close((uv_handle_t *)&store->idle, on_handle_closed);
    uv_close((uv_handle_t *)&store->deadline, on_handle_closed);
    uv_close((uv_handle_t *)&store->link, on_handle_closed);
    uv_close((uv_handle_t *)&store->wait, on_handle_closed);
}
