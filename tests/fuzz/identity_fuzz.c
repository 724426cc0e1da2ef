/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/catalogue/id_document.h"

/* A name and a number of each type of document, of any bytes: what is taken must be as
 * slots/catalogue/identity.h and slots/catalogue/id_document.h promise, and taken again as it
 * stands. Built with clang -fsanitize=fuzzer. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_number(enum id_type type, struct text given, day_number today)
{
    char once[IDENTITY_ID_LENGTH], twice[IDENTITY_ID_LENGTH], key[ID_DOCUMENT_KEY_BYTES_MAX];
    struct buffer masked = {0};
    size_t length, again;

    if (id_document_check(type, given, today, once, &length) != IDENTITY_OK)
        return;
    require(length >= 5 && length <= sizeof once);
    for (size_t i = 0; i < length; i++)
        require((once[i] >= '0' && once[i] <= '9') || (once[i] >= 'A' && once[i] <= 'Z'));
    require(id_document_check(type, text_bytes(once, length), today, twice, &again) == IDENTITY_OK);
    require(again == length && memcmp(once, twice, length) == 0);
    require(id_document_key(type, text_bytes(once, length), key) < sizeof key);
    id_document_elderly(type, text_bytes(once, length), today);
    identity_mask_id_number(&masked, text_bytes(once, length));
    require(masked.length == length && memchr(masked.data, '*', length));
    buffer_free(&masked);
}

static void check_name(enum id_type type, struct text given)
{
    struct buffer once = {0}, twice = {0}, masked = {0};

    if (identity_check_name(type, given, &once) == IDENTITY_OK) {
        require(once.length <= IDENTITY_NAME_BYTES_MAX && text_is_utf8(buffer_text(&once)));
        require(identity_check_name(type, buffer_text(&once), &twice) == IDENTITY_OK);
        require(text_equal(buffer_text(&once), buffer_text(&twice)));
        identity_mask_name(&masked, buffer_text(&once));
        require(text_is_utf8(buffer_text(&masked)) && memchr(masked.data, '*', masked.length));
    } else {
        require(once.length == 0);
    }
    buffer_free(&once);
    buffer_free(&twice);
    buffer_free(&masked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text given = text_bytes(data, size);
    struct buffer masked = {0};
    day_number today = 0;

    calendar_make_day(2026, 11, 23, &today);
    for (int type = ID_CARD; type <= ID_TAIWAN_PERMIT; type++) {
        check_number((enum id_type)type, given, today);
        check_name((enum id_type)type, given);
    }
    identity_check_phone(given);
    identity_mask_name(&masked, given);
    identity_mask_phone(&masked, given);
    identity_mask_id_number(&masked, given);
    buffer_free(&masked);
    return 0;
}
