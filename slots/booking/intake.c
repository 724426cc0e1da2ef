/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/booking/intake.h"

#include <stdlib.h>

#include "slots/booking/batch.h"
#include "slots/booking/prove.h"

void intake_open(struct city *city)
{
    struct intake *intake = memory_new(sizeof *intake);

    intake->gatherer = batch_gatherer_new(city);
    intake->prover = prover_new(city);
    list_init(&intake->capacity_changes);
    city->intake = intake;
}

void intake_close(struct city *city)
{
    batch_gatherer_free(city->intake->gatherer);
    prover_free(city->intake->prover);
    free(city->intake);
    city->intake = NULL;
}
