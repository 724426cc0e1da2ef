/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* Random bytes of the kernel's generator, fetched by the page so that a request costs no system
 * call of its own. Not for use across fork(). */
void random_fill(void *bytes, size_t count);
