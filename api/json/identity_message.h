/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call/problems.h"
#include "slots/catalogue/identity.h"

/* What is wrong with what a person gives of themselves, the rule, and what to do: for faults. None
 * of them takes IDENTITY_OK. */

struct message identity_number_message(enum id_type type, enum identity_outcome outcome);
struct message identity_name_message(enum id_type type);
struct message identity_phone_message(enum identity_outcome outcome);
