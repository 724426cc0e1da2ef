/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* api/openapi.yaml as JSON, put into the program at build time. */
extern const struct text openapi_json;
