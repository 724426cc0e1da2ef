/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <uv.h>

/* Work that gathers during a turn of the loop and is done once at its end, before the loop waits
 * again; what it sends to the store leaves in the same turn. */
struct turn;

struct turn *turn_new(uv_loop_t *loop, void (*run)(void *owner), void *owner);
/* Runs once at the end of this turn, however often it is requested. */
void turn_request(struct turn *turn);
/* It runs no more; its memory goes when the loop has closed its handles. */
void turn_free(struct turn *turn);
