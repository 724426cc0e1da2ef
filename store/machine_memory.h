/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* The memory that this process and its children may use: the machine's, or what the narrowest of
 * the control groups that it is in allows (version 2, or version 1 with a memory controller).
 * `root` stands before /proc and /sys: "", or a test's tree. */
uint64_t machine_memory_bytes(const char *root);
