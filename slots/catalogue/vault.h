/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sodium.h>

#include "base/buffer.h"
#include "base/text.h"
#include "slots/catalogue/id_document.h"

/* Personal data at rest: sealed with XChaCha20-Poly1305, looked up by HMAC-SHA-256 (libsodium).
 * All keys are derived (crypto_kdf) from one 32-byte key file that only its owner may read. */

enum { PERSON_KEY_BYTES = 14, DIGEST_BYTES = 8, TAG_BYTES = 14, KEY_ID_BYTES = 8 };

struct vault {
    unsigned char master[crypto_kdf_KEYBYTES];
};

/* The keys of one city. */
struct vault_city {
    crypto_auth_hmacsha256_state person; /* keyed, before any message */
    unsigned char seal[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    unsigned char digest[crypto_shorthash_siphashx24_KEYBYTES];
};

/* Reads the key file `DIR/secret.key`, or makes it (mode 0600) when it is missing and `create` is
 * set. Returns 0, or -1 with one English line in `error`: a file that others may read is refused.
 */
int vault_open(struct vault *vault, const char *data_dir, bool create, struct buffer *error);

/* A public name of the key, to see that a store was written with another one. */
void vault_key_id(const struct vault *vault, char hex[2 * KEY_ID_BYTES + 1]);

void vault_city_keys(const struct vault *vault, struct text city, struct vault_city *keys);

/* The person key: the first bytes of HMAC-SHA-256 of what the person is known by, id_document_key()
 * of his document's type and normalised number. */
void vault_person(const struct vault_city *keys, enum id_type type, struct text id_number,
                  unsigned char person[PERSON_KEY_BYTES]);

/* A keyed digest (SipHash-2-4 with 128 bits) of `count` parts, each preceded by its length; its
 * first `size` bytes, 1 to 16. It tells two requests apart without telling what stands in them. */
void vault_digest(const struct vault_city *keys, const struct text *parts, size_t count,
                  unsigned char *digest, size_t size);

enum {
    VAULT_NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    VAULT_TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    VAULT_OVERHEAD_BYTES = VAULT_NONCE_BYTES + VAULT_TAG_BYTES,
};

/* Seals `plain` for the place named by `context` (it cannot be moved to another one); appends
 * nonce, cipher text and tag: VAULT_OVERHEAD_BYTES more than `plain`. */
void vault_seal(const struct vault_city *keys, struct text plain, struct text context,
                struct buffer *sealed);

/* Appends what was sealed to `plain`; false when it was changed, moved or sealed by another key. */
bool vault_unseal(const struct vault_city *keys, struct text sealed, struct text context,
                  struct buffer *plain);
