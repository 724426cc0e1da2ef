/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "slots/catalogue/city.h"

/* Closes the windows of today that left the catalogue, once nobody is at them: they call nobody any
 * more, and who waits for them alone is given back to his queue. One that has a ticket keeps it.
 * Calls back once, perhaps from inside, with 0 or a negative store_status. */
void retired_windows_pass(struct city *city, void (*callback)(void *owner, int status),
                          void *owner);
