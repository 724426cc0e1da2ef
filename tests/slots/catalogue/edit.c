/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/edit.h"

#include "tests/leaks.h"
#include "tests/slots/fixture.h"

/* The faults of another capacity for queue A of the city's hall. */
static struct json_faults faults_of(const char *capacity)
{
    struct catalogue *present = fixture_parse(fixture_json, NULL);
    struct json_faults faults = {0};

    cr_expect_null(catalogue_edit_capacity(present->json, TEXT("410400-01"), TEXT("A"),
                                           text_of(capacity), &faults));
    catalogue_free(present);
    return faults;
}

Test(catalogue_edit, a_fault_has_its_pointer_into_the_capacity)
{
    struct json_faults faults = faults_of("{\"mon\":{\"09:00\":-1},\"a: b/c\\n\":{}}");

    cr_assert_eq(faults.told, 2);
    cr_expect_str_eq(faults.items[0].pointer, "/mon/09:00");
    cr_expect_str_eq(faults.items[0].detail, "is -1; give a whole number from 0 to 1000000");
    cr_expect_str_eq(faults.items[1].pointer, "/a: b~1c\n");
    cr_expect(text_starts_with(text_of(faults.items[1].detail), TEXT("is not known here; give")));
    json_faults_free(&faults);
    assert_no_leaks();
}

Test(catalogue_edit, what_is_no_object_is_a_fault_of_the_whole)
{
    struct json_faults faults = faults_of("7");

    cr_assert_eq(faults.told, 1);
    cr_expect_str_eq(faults.items[0].pointer, "");
    json_faults_free(&faults);
    assert_no_leaks();
}

Test(catalogue_edit, a_queue_that_is_not_there_is_no_fault)
{
    struct catalogue *present = fixture_parse(fixture_json, NULL);
    struct json_faults faults = {0};

    cr_expect_null(
        catalogue_edit_capacity(present->json, TEXT("410400-01"), TEXT("Z"), TEXT("{}"), &faults));
    cr_expect_eq(faults.count, 0);
    catalogue_free(present);
    assert_no_leaks();
}
