/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "slots/catalogue/catalogue.h"

/* libFuzzer: any bytes as a catalogue file, alone and over one that is loaded. What is taken must
 * be stored as a document that gives the same catalogue; what is refused must say why. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static const char loaded_json[] =
    "{\"city\":{\"code\":\"410400\",\"name\":\"平顶山市\"},"
    "\"services\":[{\"id\":\"a\",\"name\":\"甲\",\"minutes\":10}],"
    "\"halls\":[{\"id\":\"410400-01\",\"name\":\"大厅\",\"level\":\"city\",\"hours\":{},"
    "\"queues\":[{\"id\":\"A\",\"name\":\"窗口\",\"prefix\":\"A\",\"services\":[\"a\"],"
    "\"windows\":[{\"id\":\"1\",\"name\":\"一号\"}],\"capacity\":{}}]}]}";

enum { TODAY = 20780 }; /* 2026-11-23 */

/* Rules of the parsed whole that the rooms above rely on. */
static void check_halls(const struct catalogue *catalogue)
{
    unsigned index = 0;

    for (size_t i = 0; i < catalogue->hall_count; i++) {
        const struct hall *hall = &catalogue->halls[i];
        require(catalogue_hall(catalogue, hall->id) == hall);
        for (size_t k = 0; k < hall->queue_count; k++) {
            const struct queue *queue = &hall->queues[k];
            require(queue->hall == hall && queue->index == index++);
            require(hall_queue(hall, queue->id) == queue);
            for (size_t s = 0; s < queue->service_count; s++)
                require(hall_queue_for(hall, queue->services[s]) == queue || queue->retired ||
                        queue->services[s]->retired);
        }
    }
    require(index == catalogue->queue_count);
}

static void parse(struct text json, const struct catalogue *present)
{
    struct json_faults faults = {0};
    struct buffer lines = {0};
    struct catalogue *catalogue = catalogue_merge(json, present, TODAY, &faults);
    struct catalogue *again;

    require((catalogue != NULL) == (faults.count == 0));
    if (catalogue) {
        check_halls(catalogue);
        again = catalogue_parse(catalogue->json, NULL);
        require(again && text_equal(again->json, catalogue->json));
        catalogue_free(again);
    }
    json_faults_append(&lines, &faults, NULL);
    require(text_is_utf8(buffer_text(&lines)));
    catalogue_free(catalogue);
    buffer_free(&lines);
    json_faults_free(&faults);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalogue *present = catalogue_parse(text_of(loaded_json), NULL);
    struct text json = text_bytes(data, size);

    require(present != NULL);
    parse(json, NULL);
    parse(json, present);
    catalogue_free(present);
    return 0;
}
