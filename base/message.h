/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A sentence for people, in both languages. */
struct message {
    const char *zh, *en;
};
#define MESSAGE(zh, en) ((struct message){(zh), (en)})
