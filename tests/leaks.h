/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <criterion/criterion.h>

/* Fails the test when memory that nothing points to is left; in builds without AddressSanitizer it
 * does nothing. Criterion lets a test that leaks pass, so a test calls this when it has freed all
 * that it made. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#define assert_no_leaks() cr_assert(!__lsan_do_recoverable_leak_check(), "memory is leaked")
#else
#define assert_no_leaks() ((void)0)
#endif
