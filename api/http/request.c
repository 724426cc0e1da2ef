/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http/request.h"

#include <http_parser.h>
#include <stddef.h>
#include <stdlib.h>

/* http-parser splits the header and checks its framing; Debian builds it without
 * HTTP_PARSER_STRICT, so what that would refuse is refused here. */
struct header {
    struct text bytes;
    struct text method;
    struct text target;
    http_parser parser;
    uint64_t content_length;
    bool is_whole;
    bool is_crowded; /* more than HTTP_FIELDS_MAX */
    uint16_t field_count;
    struct http_field fields[HTTP_FIELDS_MAX];
};

static int on_url(http_parser *parser, const char *at, size_t length)
{
    struct header *header = parser->data;

    header->target = text_bytes(at, length);
    return 0;
}

static int on_header_field(http_parser *parser, const char *at, size_t length)
{
    struct header *header = parser->data;
    struct http_field *field = &header->fields[header->field_count];

    if (header->field_count == HTTP_FIELDS_MAX)
        return header->is_crowded = true;
    field->name = (uint16_t)(at - header->bytes.data);
    field->name_length = (uint16_t)length;
    return memchr(at, ' ', length) != NULL;
}

/* http-parser lets any byte begin a value, so all are looked at here (RFC 9110, 5.5). */
static bool is_value(const char *at, size_t length)
{
    bool is_bad = false;

    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)at[i];
        is_bad |= (c < 0x20 && c != '\t') || c == 0x7f;
    }
    return !is_bad;
}

static int on_header_value(http_parser *parser, const char *at, size_t length)
{
    struct header *header = parser->data;
    struct http_field *field = &header->fields[header->field_count++];

    if (!is_value(at, length))
        return 1;
    while (length && (at[length - 1] == ' ' || at[length - 1] == '\t'))
        length--;
    field->value = (uint16_t)(at - header->bytes.data);
    field->value_length = (uint16_t)length;
    return 0;
}

static int on_headers_complete(http_parser *parser)
{
    struct header *header = parser->data;

    header->content_length = parser->content_length;
    header->is_whole = true;
    return 0;
}

static const http_parser_settings settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
};

static bool is_token_byte(unsigned char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           (c && memchr("!#$%&'*+-.^_`|~", c, 15));
}

static bool is_token(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!is_token_byte((unsigned char)text.data[i]))
            return false;
    return text.length > 0;
}

static bool run(struct header *header, struct text method, struct text rest)
{
    http_parser_init(&header->parser, HTTP_REQUEST);
    header->parser.data = header;
    if (method.length)
        http_parser_execute(&header->parser, &settings, method.data, method.length);
    return http_parser_execute(&header->parser, &settings, rest.data, rest.length) == rest.length &&
           header->parser.http_errno == HPE_OK && header->is_whole;
}

/* http-parser knows 34 methods; any other token goes to the handler, which knows what is allowed
 * where, so the parser is told GET for it. */
static bool run_strange_method(struct header *header)
{
    struct text rest = text_part(header->bytes, header->method.length, header->bytes.length);

    return header->parser.http_errno == HPE_INVALID_METHOD && is_token(header->method) &&
           run(header, TEXT("GET"), rest);
}

/* One space between the parts and nothing before or behind them. */
static bool is_request_line(const struct header *header)
{
    const char *end = header->target.data + header->target.length;
    size_t left = (size_t)(header->bytes.data + header->bytes.length - end);

    return header->target.data == header->bytes.data + header->method.length + 1 && left > 10 &&
           memcmp(end, " HTTP/", 6) == 0 && end[9] == '\r';
}

static bool is_target_clean(struct text target)
{
    for (size_t i = 0; i < target.length; i++) {
        unsigned char c = (unsigned char)target.data[i];
        if (c <= 0x20 || c >= 0x7f || c == '#')
            return false;
    }
    return target.length > 0;
}

static bool is_authority_end(char c)
{
    return c == '/' || c == '?';
}

/* "http://host/path" is "/path" (RFC 9112, 3.2.2). */
static bool strip_authority(struct text *target)
{
    size_t at = 7;

    if (text_equal_folded(text_part(*target, 0, 8), TEXT("https://")))
        at = 8;
    else if (!text_equal_folded(text_part(*target, 0, 7), TEXT("http://")))
        return false;
    if (at == target->length || is_authority_end(target->data[at]))
        return false;
    while (at < target->length && !is_authority_end(target->data[at]))
        at++;
    *target = text_part(*target, at, target->length);
    return true;
}

static bool set_target(struct http_request *request, struct text target)
{
    const char *mark;

    if (text_is(target, "*")) {
        request->path = TEXT("/");
        return text_is(request->method, "OPTIONS");
    }
    if (!is_target_clean(target) || (target.data[0] != '/' && !strip_authority(&target)))
        return false;
    mark = target.length ? memchr(target.data, '?', target.length) : NULL;
    request->path = mark ? text_bytes(target.data, (size_t)(mark - target.data)) : target;
    if (mark)
        request->query = text_part(target, request->path.length + 1, target.length);
    if (!request->path.length)
        request->path = TEXT("/");
    return true;
}

/* Fields with a member of their own; one that is `single` cannot come twice. */
static const struct known_field {
    struct text name;
    uint16_t offset;
    bool is_single;
} known_fields[] = {
#define OWN(name, member, is_single)                                                               \
    {                                                                                              \
        TEXT(name), offsetof(struct http_exchange, member), is_single                              \
    }
    OWN("host", host, true),
    OWN("expect", expect, true),
    OWN("accept", request.accept, false),
    OWN("content-type", request.content_type, true),
    OWN("authorization", request.authorization, true),
    OWN("last-event-id", request.last_event_id, true),
    OWN("content-length", content_length, true),
    OWN("accept-language", request.accept_language, false),
    OWN("idempotency-key", request.idempotency_key, true),
    OWN("transfer-encoding", transfer_encoding, true),
#undef OWN
};

#define KNOWN_COUNT (sizeof known_fields / sizeof *known_fields)

static struct text field_name(const struct http_exchange *exchange, unsigned i)
{
    const struct http_field *field = &exchange->fields[i];

    return text_bytes(exchange->header + field->name, field->name_length);
}

static struct text field_value(const struct http_exchange *exchange, unsigned i)
{
    const struct http_field *field = &exchange->fields[i];

    return text_bytes(exchange->header + field->value, field->value_length);
}

static bool set_field(struct http_exchange *exchange, unsigned i)
{
    struct text name = field_name(exchange, i);
    struct text *member;

    for (unsigned k = 0; k < KNOWN_COUNT; k++) {
        if (name.length != known_fields[k].name.length ||
            !text_equal_folded(name, known_fields[k].name))
            continue;
        member = (struct text *)((char *)exchange + known_fields[k].offset);
        if (member->data)
            return !known_fields[k].is_single;
        *member = field_value(exchange, i);
        return true;
    }
    return true;
}

static bool set_fields(struct http_exchange *exchange)
{
    for (unsigned i = 0; i < exchange->field_count; i++)
        if (!set_field(exchange, i))
            return false;
    return true;
}

/* RFC 3986, 3.2.2 and 3.2.3, by its characters. */
static bool is_host(struct text host)
{
    for (size_t i = 0; i < host.length; i++) {
        unsigned char c = (unsigned char)host.data[i];
        if (!(is_token_byte(c) ? !memchr("#^`|", c, 4) : memchr("()[]:;=", c, 7) != NULL))
            return false;
    }
    return true;
}

static bool is_framing_right(struct http_exchange *exchange)
{
    int64_t length;

    if (!exchange->is_1_0 && !exchange->host.data)
        return false;
    if (!is_host(exchange->host))
        return false;
    if (exchange->content_length.data &&
        (exchange->transfer_encoding.data ||
         !text_to_integer(exchange->content_length, 0, INT64_MAX, &length)))
        return false;
    if (!exchange->transfer_encoding.data)
        return true;
    exchange->is_chunked = true;
    /* RFC 9112, 6.1: HTTP/1.0 has no transfer codings, so its framing is faulty. */
    return !exchange->is_1_0 && text_equal_folded(exchange->transfer_encoding, TEXT("chunked"));
}

static struct http_exchange *allocate(const struct header *header, size_t body_bytes)
{
    size_t field_bytes = header->field_count * sizeof(struct http_field);
    size_t bytes = sizeof(struct http_exchange) + field_bytes + header->bytes.length + body_bytes;
    struct http_exchange *exchange = memory_resize(NULL, bytes + 1);
    char *rest = (char *)exchange->fields + field_bytes;

    *exchange = (struct http_exchange){.header = rest, .field_count = header->field_count};
    list_init(&exchange->link);
    memcpy(exchange->fields, header->fields, field_bytes);
    memcpy(rest, header->bytes.data, header->bytes.length);
    exchange->body = rest + header->bytes.length;
    exchange->body[body_bytes] = 0;
    exchange->body_expected = body_bytes;
    exchange->request.path = TEXT("/");
    exchange->request.method = text_bytes(rest, header->method.length);
    exchange->request.body = text_bytes(exchange->body, 0);
    exchange->is_head = text_is(exchange->request.method, "HEAD");
    return exchange;
}

/* Whether the request may come; the body's length is in the header's hands still. */
static bool check(struct http_exchange *exchange, const struct header *header,
                  const struct http_limits *limits, enum http_fault *fault)
{
    struct text target = text_bytes(exchange->header + (header->target.data - header->bytes.data),
                                    header->target.length);

    *fault = HTTP_FAULT_VERSION;
    if (header->parser.http_major != 1 || header->parser.http_minor > 1)
        return false;
    exchange->is_1_0 = header->parser.http_minor == 0;
    exchange->is_kept = http_should_keep_alive(&header->parser);
    *fault = HTTP_FAULT_MALFORMED;
    if (!set_target(&exchange->request, target) || !set_fields(exchange) ||
        !is_framing_right(exchange))
        return false;
    *fault = HTTP_FAULT_EXPECTATION;
    if (exchange->expect.data && !exchange->is_1_0) {
        if (!text_equal_folded(exchange->expect, TEXT("100-continue")))
            return false;
        exchange->wants_continue = true;
    }
    *fault = HTTP_FAULT_BODY_TOO_LARGE;
    return !exchange->content_length.data || header->content_length <= limits->body_bytes_max;
}

/* What the block must hold: of a body that is refused, nothing. */
static size_t body_room(const struct header *header, const struct http_limits *limits)
{
    if (!(header->parser.flags & F_CONTENTLENGTH) ||
        header->content_length > limits->body_bytes_max)
        return 0;
    return (size_t)header->content_length;
}

bool http_exchange_parse(struct text bytes, const struct http_limits *limits,
                         struct http_exchange **exchange, enum http_fault *fault)
{
    struct header header;
    const char *space = memchr(bytes.data, ' ', bytes.length);

    header.bytes = bytes;
    header.method = text_bytes(bytes.data, space ? (size_t)(space - bytes.data) : 0);
    header.target = TEXT_NONE;
    header.field_count = 0;
    header.is_whole = header.is_crowded = false;
    if ((!run(&header, TEXT_NONE, bytes) && !run_strange_method(&header)) ||
        !is_request_line(&header)) {
        *exchange = http_exchange_new_empty();
        *fault = header.is_crowded ? HTTP_FAULT_HEADER_TOO_LARGE : HTTP_FAULT_MALFORMED;
        return false;
    }
    *exchange = allocate(&header, body_room(&header, limits));
    return check(*exchange, &header, limits, fault);
}

struct http_exchange *http_exchange_new_empty(void)
{
    struct http_exchange *exchange = memory_new(sizeof *exchange);

    list_init(&exchange->link);
    exchange->request.path = TEXT("/");
    exchange->request.method = exchange->request.body = TEXT("");
    exchange->header = "";
    return exchange;
}

size_t http_exchange_bytes(const struct http_exchange *exchange)
{
    if (!exchange->body)
        return sizeof *exchange;
    return (size_t)(exchange->body + exchange->body_expected - (const char *)exchange);
}

void http_exchange_free(struct http_exchange *exchange)
{
    buffer_free(&exchange->answer);
    buffer_free(&exchange->chunks);
    arena_free(&exchange->request.arena);
    free(exchange);
}

struct text http_request_header(const struct http_request *request, const char *name)
{
    const struct http_exchange *exchange = http_exchange_of(request);
    struct text wanted = text_of(name);

    for (unsigned i = 0; i < exchange->field_count; i++)
        if (text_equal_folded(field_name(exchange, i), wanted))
            return field_value(exchange, i);
    return TEXT_NONE;
}

struct text http_request_last_header(const struct http_request *request, const char *name)
{
    const struct http_exchange *exchange = http_exchange_of(request);
    struct text wanted = text_of(name);

    for (unsigned i = exchange->field_count; i > 0; i--)
        if (text_equal_folded(field_name(exchange, i - 1), wanted))
            return field_value(exchange, i - 1);
    return TEXT_NONE;
}
