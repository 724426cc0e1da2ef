/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

static const char kdf_context[crypto_kdf_CONTEXTBYTES + 1] = "jiaohao1";

/* Numbers of derived keys; a number is never used for anything else. */
enum { KEY_NAME = 1, KEY_PERSON = 2, KEY_SEAL = 3, KEY_DIGEST = 4 };

static int read_key(struct vault *vault, int fd, const char *path, struct buffer *error)
{
    struct stat status;
    unsigned char more;

    if (fstat(fd, &status) < 0)
        return buffer_printf(error, "%s: %s", path, strerror(errno)), -1;
    if (status.st_mode & 077)
        return buffer_printf(error, "%s may be read by others than its owner; run: chmod 600 %s",
                             path, path),
               -1;
    if (read(fd, vault->master, sizeof vault->master) != sizeof vault->master ||
        read(fd, &more, 1) != 0)
        return buffer_printf(error, "%s must hold exactly %zu bytes; restore it from its back-up",
                             path, sizeof vault->master),
               -1;
    return 0;
}

/* Written under another name first, so that a half-written key never stands at its place. */
static int make_key(struct vault *vault, const char *path, struct buffer *error)
{
    struct buffer fresh = {0};
    int fd, result = -1;

    buffer_printf(&fresh, "%s.new.%d%c", path, (int)getpid(), 0);
    fd = open(fresh.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    random_fill(vault->master, sizeof vault->master);
    if (fd >= 0 && write(fd, vault->master, sizeof vault->master) == sizeof vault->master &&
        fsync(fd) == 0 && link(fresh.data, path) == 0)
        result = 0;
    else
        buffer_printf(error, "%s: cannot be written: %s", path, strerror(errno));
    if (fd >= 0) {
        close(fd);
        unlink(fresh.data);
    }
    buffer_free(&fresh);
    return result;
}

int vault_open(struct vault *vault, const char *data_dir, bool create, struct buffer *error)
{
    char path[4096];
    int fd, result;

    if (sodium_init() < 0)
        return buffer_printf(error, "libsodium cannot start"), -1;
    snprintf(path, sizeof path, "%s/secret.key", data_dir);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && create)
        return make_key(vault, path, error);
    if (fd < 0)
        return buffer_printf(error, "%s: %s", path, strerror(errno)), -1;
    result = read_key(vault, fd, path, error);
    close(fd);
    return result;
}

void vault_key_id(const struct vault *vault, char hex[2 * KEY_ID_BYTES + 1])
{
    unsigned char name[crypto_kdf_BYTES_MIN];

    crypto_kdf_derive_from_key(name, sizeof name, KEY_NAME, kdf_context, vault->master);
    sodium_bin2hex(hex, 2 * KEY_ID_BYTES + 1, name, KEY_ID_BYTES);
}

/* A key of a city: the derived key's MAC of the city's code. */
static void city_key(const struct vault *vault, unsigned number, struct text city,
                     unsigned char *key, size_t size)
{
    unsigned char derived[32];

    crypto_kdf_derive_from_key(derived, sizeof derived, number, kdf_context, vault->master);
    crypto_generichash(key, size, (const unsigned char *)city.data, city.length, derived,
                       sizeof derived);
    sodium_memzero(derived, sizeof derived);
}

void vault_city_keys(const struct vault *vault, struct text city, struct vault_city *keys)
{
    unsigned char person[32];

    city_key(vault, KEY_PERSON, city, person, sizeof person);
    crypto_auth_hmacsha256_init(&keys->person, person, sizeof person);
    sodium_memzero(person, sizeof person);
    city_key(vault, KEY_SEAL, city, keys->seal, sizeof keys->seal);
    city_key(vault, KEY_DIGEST, city, keys->digest, sizeof keys->digest);
}

void vault_person(const struct vault_city *keys, enum id_type type, struct text id_number,
                  unsigned char person[PERSON_KEY_BYTES])
{
    crypto_auth_hmacsha256_state state = keys->person;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char key[ID_DOCUMENT_KEY_BYTES_MAX];
    size_t length = id_document_key(type, id_number, key);

    crypto_auth_hmacsha256_update(&state, (const unsigned char *)key, length);
    crypto_auth_hmacsha256_final(&state, mac);
    memcpy(person, mac, PERSON_KEY_BYTES);
    sodium_memzero(key, sizeof key);
}

void vault_digest(const struct vault_city *keys, const struct text *parts, size_t count,
                  unsigned char *digest, size_t size)
{
    unsigned char full[crypto_shorthash_siphashx24_BYTES];
    struct buffer joined = {0};

    for (size_t i = 0; i < count; i++) {
        uint64_t length = parts[i].length;
        buffer_append(&joined, text_bytes(&length, sizeof length));
        buffer_append(&joined, parts[i]);
    }
    crypto_shorthash_siphashx24(full, (const unsigned char *)joined.data, joined.length,
                                keys->digest);
    memcpy(digest, full, size);
    sodium_memzero(joined.data, joined.length);
    buffer_free(&joined);
}

void vault_seal(const struct vault_city *keys, struct text plain, struct text context,
                struct buffer *sealed)
{
    unsigned char *out =
        (unsigned char *)buffer_reserve(sealed, plain.length + VAULT_OVERHEAD_BYTES);
    unsigned long long length;

    random_fill(out, VAULT_NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        out + VAULT_NONCE_BYTES, &length, (const unsigned char *)plain.data, plain.length,
        (const unsigned char *)context.data, context.length, NULL, out, keys->seal);
    sealed->length += VAULT_NONCE_BYTES + (size_t)length;
}

bool vault_unseal(const struct vault_city *keys, struct text sealed, struct text context,
                  struct buffer *plain)
{
    const unsigned char *in = (const unsigned char *)sealed.data;
    unsigned long long length;

    if (sealed.length < VAULT_OVERHEAD_BYTES)
        return false;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            (unsigned char *)buffer_reserve(plain, sealed.length), &length, NULL,
            in + VAULT_NONCE_BYTES, sealed.length - VAULT_NONCE_BYTES,
            (const unsigned char *)context.data, context.length, in, keys->seal) != 0)
        return false;
    plain->length += (size_t)length;
    return true;
}
