/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"

/* The chunked transfer coding (RFC 9112, 7.1), read strictly: hexadecimal sizes, CRLF and nothing
 * else ends a line, extensions and trailers are skipped and bounded. Debian's http-parser is built
 * without its strict checks and takes any byte for the LF behind a size or a chunk. */

enum http_chunk_stage {
    HTTP_CHUNK_SIZE_FIRST,
    HTTP_CHUNK_SIZE,
    HTTP_CHUNK_EXTENSION,
    HTTP_CHUNK_SIZE_LF,
    HTTP_CHUNK_DATA,
    HTTP_CHUNK_DATA_CR,
    HTTP_CHUNK_DATA_LF,
    HTTP_CHUNK_TRAILER_FIRST,
    HTTP_CHUNK_TRAILER,
    HTTP_CHUNK_TRAILER_LF,
    HTTP_CHUNK_END_LF,
    HTTP_CHUNK_END,
};

/* A zeroed one stands before the first chunk. */
struct http_chunks {
    enum http_chunk_stage stage;
    uint64_t left;     /* bytes of the chunk still to come */
    uint32_t overhead; /* bytes of sizes, extensions and trailers so far */
};

struct http_chunk_limits {
    uint64_t body_bytes_max;
    uint32_t overhead_bytes_max;
};

enum http_chunk_outcome {
    HTTP_CHUNK_MORE,
    HTTP_CHUNK_WHOLE, /* behind the last byte of the body */
    HTTP_CHUNK_MALFORMED,
    HTTP_CHUNK_TOO_LARGE, /* as soon as a size says so */
};

/* Takes coded bytes off `*input` and appends what they carry to `body`. */
enum http_chunk_outcome http_chunks_read(struct http_chunks *chunks,
                                         const struct http_chunk_limits *limits, struct text *input,
                                         struct buffer *body);
