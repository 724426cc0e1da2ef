/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/catalogue/catalogue.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/leaks.h"
#include "tests/slots/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define HALL   "/halls/1"
#define QUEUE  "/halls/1/queues/0"
#define SECOND "/halls/1/queues/1"

/* The fixture with `old` replaced by `new` has one fault, at `pointer`, and its line says `says`.
 */
static const struct broken {
    const char *old, *new, *pointer, *says;
} broken[] = {
    /* the root */
    {"\"city\":{\"code\":\"410400\",\"name\":\"平顶山市\",\"time_zone\":\"Asia/Shanghai\"},", "",
     "/city", "is missing"},
    {"\"calendar\":{", "\"calender\":{", "/calender", "did you mean \"calendar\"?"},
    {"\"packages\":[", "\"packages\":[],\"packages\":[", "/packages", "stands here twice"},
    {"\"packages\":[{", "\"x/y~z\":1,\"packages\":[{", "/x~1y~0z", "is not known here"},
    {"\"packages\":[{", "\"a\\nb\":1,\"packages\":[{", "/a\\u000ab", "is not known here"},
    {"{\"city\":{", "{\"city\":3,\"unused\":{", "/unused", NULL},
    /* the city */
    {"\"code\":\"410400\"", "\"code\":\"410402\"", "/city/code", "end in 00"},
    {"\"code\":\"410400\"", "\"code\":410400", "/city/code", "is 410400; give"},
    {"\"code\":\"410400\"", "\"code\":\"4104\"", "/city/code", "six digits"},
    {"\"code\":\"410400\",", "", "/city/code", "is missing"},
    {"\"平顶山市\"", "\"\"", "/city/name", "1 to 60 characters"},
    {"\"平顶山市\"", "\"平\\n山\"", "/city/name", "control character"},
    {"\"平顶山市\"", "\" 平顶山市\"", "/city/name", "blanks at the ends"},
    {"\"平顶山市\"", "\"平顶山市　\"", "/city/name", "blanks at the ends"},
    {"\"平顶山市\"", "\"平\\u202e市\"", "/city/name", "control character"},
    {"\"平顶山市\"", "null", "/city/name", "is null"},
    {"Asia/Shanghai", "Europe/Berlin", "/city/time_zone", "zone of China"},
    /* the calendar */
    {"\"calendar\":{", "\"calendar\":{\"source\":1,", "/calendar/source", "is not known here"},
    {"{\"2026-10-02\":\"国庆节\",\"2026-10-01\":\"国庆节\"}", "[]", "/calendar/holidays",
     "is an array; give an object"},
    {"\"2026-10-02\"", "\"2026-02-29\"", "/calendar/holidays/2026-02-29", "is no date"},
    {"\"2026-10-02\"", "\"2026-10-01\"", "/calendar/holidays/2026-10-01", "stands here twice"},
    {"\"2026-10-02\":\"国庆节\"", "\"2026-10-02\":1", "/calendar/holidays/2026-10-02", "is 1"},
    {"\"2026-10-10\"", "\"2026-10-01\"", "/calendar/workdays/2026-10-01", "is a holiday too"},
    /* eligibility and limits */
    {"\"mode\":\"off\"", "\"mode\":\"on\"", "/eligibility/mode", "\"off\" or \"required\""},
    {"\"on_unknown\":\"desk\"", "\"on_unknown\":\"ask\"", "/eligibility/on_unknown",
     "\"refuse\", \"allow\" or \"desk\""},
    {"\"on_failure\":\"allow\"", "\"on_failure\":true", "/eligibility/on_failure", "is true"},
    {"\"cache_seconds\":60", "\"cache_seconds\":86401", "/eligibility/cache_seconds", "0 to 86400"},
    {"\"live_per_person\":6", "\"live_per_person\":0", "/limits/live_per_person", "from 1"},
    {"\"agent_per_day\":8", "\"agent_per_day\":-1", "/limits/agent_per_day", "whole number"},
    {"\"overlap\":\"allow\"", "\"overlap\":\"maybe\"", "/limits/overlap",
     "\"refuse\" or \"allow\""},
    {"\"suspend_days\":32", "\"suspend_days\":1.5", "/limits/suspend_days", "is 1.5"},
    /* services */
    {"\"id\":\"b\",\"name\":\"乙\"", "\"id\":\"b\",\"nmae\":\"x\",\"name\":\"乙\"",
     "/services/0/nmae", "did you mean \"name\"?"},
    {"\"name\":\"甲\",", "", "/services/1/name", "is missing; give 1 to 60 characters"},
    {"\"minutes\":10", "\"minutes\":0", "/services/0/minutes", "is 0; give a whole number from 1"},
    {"\"minutes\":10", "\"minutes\":481", "/services/0/minutes", "to 480"},
    {"\"minutes\":10", "\"minutes\":1e999", "/services/0/minutes", "to 480"},
    {"\"minutes\":10", "\"minutes\":\"10\"", "/services/0/minutes", "is \"10\"; give"},
    {",\"minutes\":10", "", "/services/0/minutes", "is missing"},
    {"\"units\":2", "\"units\":21", "/services/1/units", "1 to 20"},
    {"\"span\":3", "\"span\":9", "/services/1/span", "1 to 8"},
    {"\"户口簿\"", "7", "/services/1/materials/1", "is 7"},
    {"[\"身份证\",\"户口簿\"]", "\"身份证\"", "/services/1/materials", "give an array"},
    {"\"business\"", "\"everyone\"", "/services/1/audience", "\"personal\" or \"business\""},
    {"{\"id\":\"b\",\"name\":\"乙\",\"minutes\":10},",
     "{\"id\":\"b\",\"name\":\"乙\",\"minutes\":10},{\"id\":\"b\",\"name\":\"丙\",\"minutes\":5},",
     "/services/1/id", "is the id of element 0 too"},
    {"{\"id\":\"b\",\"name\":\"乙\"",
     "{\"id\":\"B!\",\"name\":\"丙\",\"minutes\":10},"
     "{\"id\":\"b\",\"name\":\"乙\"",
     "/services/0/id", "of a-z, 0-9"},
    {"{\"id\":\"b\",\"name\":\"乙\"", "7,{\"id\":\"b\",\"name\":\"乙\"", "/services/0",
     "is 7; give an object"},
    /* packages */
    {"\"steps\":[\"b\",\"a\"]", "\"steps\":[\"b\",\"c\"]", "/packages/0/steps/1",
     "is \"c\"; give the id of a service"},
    {"\"steps\":[\"b\",\"a\"]", "\"steps\":[\"b\",\"b\"]", "/packages/0/steps/1", "twice"},
    {"\"steps\":[\"b\",\"a\"]", "\"steps\":[]", "/packages/0/steps", "has 0 elements; give 1"},
    {",\"steps\":[\"b\",\"a\"]", "", "/packages/0/steps", "is missing"},
    /* halls */
    {"\"id\":\"410400-01\"", "\"id\":\"410400-1\"", HALL "/id", "division code"},
    {"\"id\":\"410400-01\"", "\"id\":\"41040a-01\"", HALL "/id", "division code"},
    {"\"id\":\"410400-01\"", "\"id\":\"4104000-01\"", HALL "/id", "division code"},
    {"\"id\":\"410402001-01\"", "\"id\":\"410502001-01\"", "/halls/0/id", "no division of city"},
    {"\"region\":\"410400\"", "\"region\":\"410402\"", HALL "/region", "give \"410400\""},
    {"\"level\":\"city\"", "\"level\":\"town\"", HALL "/level", "\"township\" or \"outlet\""},
    {"\"level\":\"city\",", "", HALL "/level", "is missing"},
    {"[113.19,33.77]", "[113.19,133.77]", HALL "/location/1", "from -90 to 90"},
    {"[113.19,33.77]", "[\"113\",33.77]", HALL "/location/0", "from -180 to 180"},
    {"[113.19,33.77]", "[113.19]", HALL "/location", "two numbers"},
    {"\"410402001-01\"", "\"410400-01\"", HALL "/id", "is the id of element 0 too"},
    /* hours */
    {"\"fri\":[\"09:00-12:00\"]", "\"fri\":[\"12:00-09:00\"]", HALL "/hours/fri/0", "later time"},
    {"\"fri\":[\"09:00-12:00\"]", "\"fri\":[\"9:00-12:00\"]", HALL "/hours/fri/0", "HH:MM-HH:MM"},
    {"\"fri\":[\"09:00-12:00\"]", "\"fri\":[\"09:00-12:00\",\"11:30-13:00\"]", HALL "/hours/fri/1",
     "no earlier"},
    {"\"fri\":[\"09:00-12:00\"]", "\"fri\":[\"09:00-09:29\"]", HALL "/hours/fri/0",
     "no whole half hour"},
    {"\"fri\":[\"09:00-12:00\"]", "\"fri\":[\"09:00-12:00\",\"13:10-13:50\"]", HALL "/hours/fri/1",
     "no whole half hour"},
    {"\"fri\":[\"09:00-12:00\"]", "\"thu-fri\":[\"09:00-12:00\"]", HALL "/hours/thu-fri",
     "name each once"},
    {"\"fri\":[\"09:00-12:00\"]", "\"friday\":[\"09:00-12:00\"]", HALL "/hours/friday",
     "give weekdays"},
    {"\"fri\":[\"09:00-12:00\"]", "\"fri\":\"09:00-12:00\"", HALL "/hours/fri", "give an array"},
    {"\"make_up_workdays\":true", "\"make_up_workdays\":\"yes\"", HALL "/hours/make_up_workdays",
     "true or false"},
    {"\"make_up_workdays\":true", "\"make_up_workdays\":true,\"make_up_workdays\":true",
     HALL "/hours/make_up_workdays", "twice"},
    {"\"hours\":{\"mon-fri\":[\"08:45-12:00\",\"13:30-17:15\"]},", "", "/halls/0/hours", "missing"},
    /* release */
    {"\"days_ahead\":3", "\"days_ahead\":61", HALL "/release/days_ahead", "0 to 60"},
    {"\"at\":\"08:30\"", "\"at\":\"24:00\"", HALL "/release/at", "23:59"},
    {"\"identity\":\"required\"", "\"identity\":\"maybe\"", HALL "/walk_ins/identity",
     "\"none\", \"optional\" or \"required\""},
    {"\"per_person_day\":2", "\"per_person_day\":0", HALL "/walk_ins/per_person_day", "1 to 100"},
    {"\"one_open\":false", "\"one_open\":0", HALL "/walk_ins/one_open", "is 0"},
    {"\"one_open\":false", "\"one_opne\":false", HALL "/walk_ins/one_opne",
     "did you mean \"one_open\"?"},
    {"\"closes_minutes_before\":45", "\"closes_minutes_before\":1441",
     HALL "/release/closes_minutes_before", "0 to 1440"},
    /* queues */
    {"\"id\":\"B\"", "\"id\":\"A\"", SECOND "/id", "its own id"},
    {"\"id\":\"B\"", "\"id\":\"B-1\"", SECOND "/id", "1 to 8 of A-Z, a-z and 0-9"},
    {"\"id\":\"B\"", "\"id\":\"123456789\"", SECOND "/id", "1 to 8 of A-Z, a-z and 0-9"},
    {"\"prefix\":\"B\"", "\"prefix\":\"A\"", SECOND "/prefix", "numbers of a hall must differ"},
    {"\"prefix\":\"B\"", "\"prefix\":\"b\"", SECOND "/prefix", "1 to 3 of A-Z"},
    {"\"prefix\":\"B\"", "\"prefix\":\"BBBB\"", SECOND "/prefix", "1 to 3 of A-Z"},
    {"\"services\":[\"a\"]", "\"services\":[\"a\",\"x\"]", QUEUE "/services/1", "is \"x\""},
    {"\"services\":[\"a\"]", "\"services\":[\"a\",\"a\"]", QUEUE "/services/1", "twice"},
    {"\"services\":[\"a\"]", "\"services\":[\"a\",\"b\"]", SECOND "/services/0",
     "is served by queue \"A\" of this hall too"},
    {"\"services\":[\"a\"]", "\"services\":[]", QUEUE "/services", "has 0 elements"},
    {"\"id\":\"w2\"", "\"id\":\"w1\"", QUEUE "/windows/1/id", "twice"},
    {"\"id\":\"w2\"", "\"id\":\"\"", QUEUE "/windows/1/id", "1 to 8"},
    {"{\"id\":\"w1\",\"name\":\"1号窗口\"}],\"capacity\":{}",
     "{\"id\":\"w1\",\"name\":\"其他\"}],\"capacity\":{}", SECOND "/windows/0/name",
     "give one name in both"},
    {"\"windows\":[{\"id\":\"w1\",\"name\":\"1号窗口\"}],\"capacity\":{}",
     "\"windows\":{},\"capacity\":{}", SECOND "/windows", "give an array"},
    {",\"capacity\":{}", "", SECOND "/capacity", "is missing"},
    {"\"capacity\":{}", "\"capacity\":[]", SECOND "/capacity", "an object of weekdays"},
    {"\"default\":8", "\"default\":1000001", QUEUE "/capacity/mon-fri/default", "0 to 1000000"},
    {"\"default\":8", "\"default\":8,\"default\":9", QUEUE "/capacity/mon-fri/default", "twice"},
    {"\"09:00\":12", "\"09:15\":12", QUEUE "/capacity/mon-fri/09:15", "HH:00 or HH:30"},
    {"\"09:00\":12", "\"12:00\":12", QUEUE "/capacity/mon-fri/12:00", "outside the hall's hours"},
    {"\"09:00\":12", "\"09:00\":12,\"09:00\":1", QUEUE "/capacity/mon-fri/09:00", "twice"},
    {"\"sat\":{\"10:00\":5}", "\"sat\":{\"09:00\":5}", QUEUE "/capacity/sat/09:00", "outside"},
    {"\"sat\":{\"10:00\":5}", "\"fri-sat\":{\"10:00\":5}", QUEUE "/capacity/fri-sat", "each once"},
    {"\"sat\":{\"10:00\":5}", "\"sat\":5", QUEUE "/capacity/sat", "an object of half hours"},
    {"\"priority_share\":0.1", "\"priority_share\":1.1", QUEUE "/priority_share", "from 0 to 1"},
    {"\"allocation\":\"lottery\"", "\"allocation\":\"luck\"", QUEUE "/allocation", "\"lottery\""},
    {"\"lottery_minutes\":15", "\"lottery_minutes\":0", QUEUE "/lottery_minutes", "at least 1"},
    {"\"walk_ins_per_slot\":4", "\"walk_ins_per_slot\":null", QUEUE "/walk_ins_per_slot", "null"},
    {"\"walk_in\":0.25", "\"walk_in\":0", QUEUE "/weights/walk_in", "above 0"},
    {"\"walk_in\":0.25", "\"walkin\":0.25", QUEUE "/weights/walkin", "did you mean \"walk_in\"?"},
    {"\"late_minutes\":20", "\"late_minutes\":2000", QUEUE "/late_minutes", "0 to 1440"},
    {"\"requeue_places\":2", "\"requeue_places\":-2", QUEUE "/requeue_places", "0 to 1000"},
};

/* The faults of a text that must be refused, a line each; the caller frees the buffer. */
static struct buffer faults_of(struct text json, const struct catalogue *present)
{
    struct json_faults faults = {0};
    struct catalogue *catalogue = catalogue_merge(json, present, FIXTURE_TODAY, &faults);
    struct buffer lines = {0};

    cr_assert_null(catalogue, "is taken: " TEXT_FMT, TEXT_ARG(json));
    json_faults_append(&lines, &faults, NULL);
    json_faults_free(&faults);
    buffer_append_byte(&lines, 0);
    lines.length--;
    return lines;
}

static size_t line_count(const struct buffer *faults)
{
    size_t count = 0;

    for (size_t i = 0; i < faults->length; i++)
        count += faults->data[i] == '\n';
    return count;
}

/* True if a line begins with the pointer and a colon. */
static bool has_pointer(const struct buffer *faults, const char *pointer)
{
    struct text rest = buffer_text(faults), line, at;

    while (text_split(&rest, '\n', &line)) {
        struct text after = line;
        if (!text_starts_with(line, text_of(pointer)))
            continue;
        after = text_part(line, strlen(pointer), line.length);
        at = text_part(after, 0, 2);
        if (text_is(at, ": "))
            return true;
    }
    return false;
}

Test(catalogue_load, each_fault_is_named_by_its_pointer)
{
    for (size_t i = 0; i < COUNT(broken); i++) {
        const struct broken *b = &broken[i];
        char *json = fixture_replaced(fixture_json, b->old, b->new);
        struct buffer faults = faults_of(text_of(json), NULL);
        cr_expect(has_pointer(&faults, b->pointer), "%s => %s: %s", b->old, b->new, faults.data);
        if (b->says) {
            cr_expect_eq(line_count(&faults), 1, "%s => %s: %s", b->old, b->new, faults.data);
            cr_expect(strstr(faults.data, b->says), "%s => %s: %s", b->old, b->new, faults.data);
        }
        buffer_free(&faults);
        free(json);
    }
    assert_no_leaks();
}

Test(catalogue_load, what_is_no_catalogue)
{
    static const struct {
        struct text json;
        const char *says;
    } cases[] = {
        {TEXT(""), ": has 0 bytes"},
        {TEXT("[]"), ": is an array; give an object"},
        {TEXT("{}"), "/city: is missing"},
        {TEXT("{\"city\":"), ": is not JSON from line 1"},
        {TEXT("{\n\"city\":{\n  \"名\" 1}}"), ": is not JSON from line 3, character 7"},
        {TEXT("{\"city\":{}} x"), ": is not JSON from line 1, character 13"},
        {TEXT("{\"city\":{}}\0"), "holds a NUL"},
        {TEXT("{\"city\":{\"name\":\"a\\u0000b\"}}"), "holds a NUL"},
        {TEXT("{\"city\":{\"name\":\"\xff\"}}"), "is not UTF-8"},
        {TEXT("{\"city\":{\"name\":\"\\ud800\"}}"), "is not JSON"},
        {TEXT("\xef\xbb\xbf[]"), "is an array"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer faults = faults_of(cases[i].json, NULL);
        cr_expect(strstr(faults.data, cases[i].says), "%zu: %s", i, faults.data);
        buffer_free(&faults);
    }
    assert_no_leaks();
}

Test(catalogue_load, deep_nesting_is_refused)
{
    struct buffer json = {0}, faults;

    for (int i = 0; i < 100000; i++)
        buffer_append_byte(&json, '[');
    faults = faults_of(buffer_text(&json), NULL);
    cr_expect(strstr(faults.data, "is not JSON"), "%s", faults.data);
    buffer_free(&faults);
    buffer_free(&json);
    assert_no_leaks();
}

/* A backslash before `u0000` that is itself escaped is text. */
Test(catalogue_load, an_escaped_backslash_is_no_nul)
{
    char *json = fixture_replaced(fixture_json, "身份证", "\\\\u0000");
    struct catalogue *catalogue = fixture_parse(json, NULL);

    cr_expect(text_is(catalogue->services[0].materials[0], "\\u0000"));
    catalogue_free(catalogue);
    free(json);
    assert_no_leaks();
}

Test(catalogue_load, all_faults_at_once)
{
    static const char json[] =
        "{\"city\":{\"code\":\"4104\",\"name\":\"市\",\"zone\":1},"
        "\"services\":[{\"id\":\"a\",\"name\":\"甲\",\"minutes\":\"x\",\"span\":0}],"
        "\"packages\":[{\"id\":\"P\",\"name\":\"\",\"steps\":[\"a\",\"z\"]}],"
        "\"halls\":[{\"id\":\"1\",\"hours\":{\"mon\":[\"x\"]},\"queues\":[{\"id\":\"A\","
        "\"services\":[\"a\"],\"capacity\":{\"mon\":{\"09:00\":-1}}}]}]}";
    static const char *const pointers[] = {"/city/code",
                                           "/city/zone",
                                           "/services/0/minutes",
                                           "/services/0/span",
                                           "/packages/0/id",
                                           "/packages/0/name",
                                           "/packages/0/steps/1",
                                           "/halls/0/id",
                                           "/halls/0/name",
                                           "/halls/0/level",
                                           "/halls/0/hours/mon/0",
                                           "/halls/0/queues/0/name",
                                           "/halls/0/queues/0/prefix",
                                           "/halls/0/queues/0/windows",
                                           "/halls/0/queues/0/capacity/mon/09:00"};
    struct buffer faults = faults_of(text_of(json), NULL);

    for (size_t i = 0; i < COUNT(pointers); i++)
        cr_expect(has_pointer(&faults, pointers[i]), "%s is not named:\n%s", pointers[i],
                  faults.data);
    cr_expect_eq(line_count(&faults), COUNT(pointers), "%s", faults.data);
    buffer_free(&faults);
    assert_no_leaks();
}

Test(catalogue_load, faults_beyond_200_are_counted)
{
    struct buffer json = {0}, faults;

    buffer_append(&json, TEXT("{\"city\":{\"code\":\"410400\",\"name\":\"市\"},\"halls\":[],"
                              "\"services\":["));
    for (int i = 0; i < 250; i++)
        buffer_printf(&json, "%s7", i ? "," : "");
    buffer_append(&json, TEXT("]}"));
    faults = faults_of(buffer_text(&json), NULL);
    cr_expect_eq(line_count(&faults), 201);
    cr_expect(strstr(faults.data, "/services/199: "));
    cr_expect_null(strstr(faults.data, "/services/200: "));
    cr_expect(strstr(faults.data, "\n… and 50 more\n"));
    buffer_free(&faults);
    buffer_free(&json);
    assert_no_leaks();
}

Test(catalogue_load, every_field_is_read)
{
    struct catalogue *c = fixture_parse(fixture_json, NULL);
    const struct hall *hall = &c->halls[0];
    const struct queue *queue = &hall->queues[0];

    cr_expect(text_is(c->city, "410400") && text_is(c->city_name, "平顶山市"));
    cr_expect_eq(c->utc_offset_minutes, 480);
    cr_expect_eq(c->calendar.holiday_count, 2);
    cr_expect_lt(c->calendar.holidays[0].day, c->calendar.holidays[1].day);
    cr_expect_eq(c->calendar.workday_count, 1);
    cr_expect(c->eligibility_mode == ELIGIBILITY_OFF && c->on_unknown == ELIGIBILITY_DESK);
    cr_expect(c->on_failure == ELIGIBILITY_ALLOW && c->eligibility_cache_seconds == 60);
    cr_expect(c->live_per_person == 6 && c->cancellations_per_month == 7 && c->no_shows == 3);
    cr_expect(c->no_show_days == 31 && c->suspend_days == 32 && c->agent_per_day == 8);
    cr_expect_eq(c->overlap, OVERLAP_ALLOW);
    cr_assert(c->service_count == 2 && c->package_count == 1 && c->hall_count == 2);
    cr_expect(text_is(c->services[0].id, "a") && c->services[0].minutes == 25);
    cr_expect(c->services[0].units == 2 && c->services[0].span == 3);
    cr_expect_eq(c->services[0].material_count, 2);
    cr_expect(text_is(c->services[0].materials[1], "户口簿"));
    cr_expect(text_is(c->services[0].audience, "business"));
    cr_expect(c->packages[0].step_count == 2 && c->packages[0].steps[0] == &c->services[1]);
    cr_expect(text_is(hall->id, "410400-01") && text_is(hall->region, "410400"));
    cr_expect(hall->level == HALL_CITY && text_is(hall->address, "长安大道"));
    cr_expect(hall->has_location && hall->longitude == 113.19 && hall->latitude == 33.77);
    cr_expect(hall->days_ahead == 3 && hall->release_minute == 510);
    cr_expect_eq(hall->closes_minutes_before, 45);
    cr_expect(hall->walk_in_identity == WALK_IN_IDENTITY_REQUIRED && !hall->walk_ins_one_open);
    cr_expect_eq(hall->walk_ins_per_person_day, 2);
    cr_expect(hall->hours[3].count == 2 && hall->hours[3].ranges[1].from_minute == 810);
    cr_expect(c->queue_count == 3 && queue->index == 0 && hall->queues[1].index == 1);
    cr_expect(queue->hall == hall && c->halls[1].queues[0].index == 2);
    cr_expect_eq(c->days_ahead_max, 3);
    cr_expect(text_is(queue->prefix, "A") && queue->services[0] == &c->services[0]);
    cr_expect(queue->window_count == 2 && text_is(queue->windows[1].name, "2号窗口"));
    cr_expect(queue->priority_share == 0.1 && queue->priority_until_minutes == 120);
    cr_expect(queue->allocation == ALLOCATION_LOTTERY && queue->lottery_minutes == 15);
    cr_expect(queue->resale_delay_minutes == 5 && queue->waitlist_offer_minutes == 6);
    cr_expect(queue->walk_ins_per_slot == 4 && queue->weight_walk_in == 0.25);
    cr_expect(queue->weight_appointment == 1.5 && queue->weight_priority == 3);
    cr_expect(queue->late_minutes == 20 && queue->requeue_places == 2);
    catalogue_free(c);
    assert_no_leaks();
}

static const char minimal[] =
    "{\"city\":{\"code\":\"410400\",\"name\":\"平顶山市\"},"
    "\"services\":[{\"id\":\"b\",\"name\":\"乙\",\"minutes\":10}],"
    "\"halls\":[{\"id\":\"410402001-01\",\"name\":\"街道\",\"level\":\"township\",\"hours\":{},"
    "\"queues\":[{\"id\":\"1\",\"name\":\"窗口\",\"prefix\":\"T\",\"services\":[\"b\"],"
    "\"windows\":[{\"id\":\"1\",\"name\":\"一号\"}],\"capacity\":{}}]}]}";

Test(catalogue_load, what_is_absent_has_its_default)
{
    struct catalogue *c = fixture_parse(minimal, NULL);
    const struct hall *hall = &c->halls[0];
    const struct queue *queue = &hall->queues[0];

    cr_expect(text_is(c->time_zone, "Asia/Shanghai") && c->utc_offset_minutes == 480);
    cr_expect(c->calendar.holiday_count == 0 && c->calendar.workday_count == 0);
    cr_expect(c->eligibility_mode == ELIGIBILITY_REQUIRED && c->on_unknown == ELIGIBILITY_REFUSE);
    cr_expect(c->on_failure == ELIGIBILITY_REFUSE && c->eligibility_cache_seconds == 600);
    cr_expect(c->live_per_person == 5 && c->cancellations_per_month == 10 && c->no_shows == 2);
    cr_expect(c->no_show_days == 30 && c->suspend_days == 30 && c->agent_per_day == 5);
    cr_expect_eq(c->overlap, OVERLAP_REFUSE);
    cr_expect(c->services[0].units == 1 && c->services[0].span == 1);
    cr_expect_eq(c->services[0].material_count, 0);
    cr_expect(text_is(c->services[0].audience, "personal"));
    cr_expect_eq(c->package_count, 0);
    cr_expect(text_is(hall->region, "410402001") && text_is(hall->address, ""));
    cr_expect(!hall->has_location && hall->make_up_workdays);
    cr_expect(hall->days_ahead == 1 && hall->release_minute == 0);
    cr_expect(hall->closes_minutes_before == 30 && c->days_ahead_max == 1);
    cr_expect(hall->walk_in_identity == WALK_IN_IDENTITY_OPTIONAL && hall->walk_ins_one_open);
    cr_expect_eq(hall->walk_ins_per_person_day, 3);
    cr_expect(queue->allocation == ALLOCATION_FIRST_COME && queue->priority_share == 0);
    cr_expect(queue->priority_until_minutes == 0 && queue->resale_delay_minutes == 0);
    cr_expect(queue->waitlist_offer_minutes == 0 && queue->walk_ins_per_slot == UINT_MAX);
    cr_expect(queue->weight_walk_in == 0.5 && queue->weight_appointment == 1);
    cr_expect(queue->weight_priority == 2 && queue->late_minutes == 30);
    cr_expect_eq(queue->requeue_places, 3);
    catalogue_free(c);
    assert_no_leaks();
}

/* A member of a section or of `release` that is absent has its default too. */
Test(catalogue_load, parts_of_sections_have_defaults)
{
    char *once = fixture_replaced(fixture_json, "\"cache_seconds\":60", "\"cache_seconds\":61");
    char *twice = fixture_replaced(once, "\"mode\":\"off\",\"on_unknown\":\"desk\",", "");
    char *json = fixture_replaced(twice, "\"at\":\"08:30\",", "");
    struct catalogue *c = fixture_parse(json, NULL);

    cr_expect(c->eligibility_mode == ELIGIBILITY_REQUIRED && c->on_unknown == ELIGIBILITY_REFUSE);
    cr_expect(c->on_failure == ELIGIBILITY_ALLOW && c->eligibility_cache_seconds == 61);
    cr_expect(c->halls[0].days_ahead == 3 && c->halls[0].release_minute == 0);
    catalogue_free(c);
    free(json);
    free(twice);
    free(once);
    assert_no_leaks();
}

Test(catalogue_load, what_is_stored_parses_to_the_same)
{
    struct catalogue *first = fixture_parse(fixture_json, NULL);
    struct catalogue *again = fixture_parse(first->json.data, NULL);

    cr_expect(text_equal(first->json, again->json));
    cr_expect_null(memchr(first->json.data, '\n', first->json.length));
    catalogue_free(first);
    cr_expect_eq(again->queue_count, 3);
    catalogue_free(again);
    assert_no_leaks();
}

#define CITY "\"city\":{\"code\":\"410400\",\"name\":\"新名\"}"

Test(catalogue_load, a_file_replaces_what_it_names)
{
    struct catalogue *present = fixture_parse(fixture_json, NULL);
    struct catalogue *merged =
        fixture_parse("{" CITY ",\"services\":[{\"id\":\"c\",\"name\":\"丙\",\"minutes\":5},"
                      "{\"id\":\"a\",\"name\":\"新甲\",\"minutes\":26}],"
                      "\"limits\":{\"no_shows\":9},"
                      "\"packages\":[{\"id\":\"q\",\"name\":\"二\",\"steps\":[\"c\",\"b\"]}]}",
                      present);

    cr_expect(text_is(merged->city_name, "新名"));
    cr_expect_eq(merged->calendar.holiday_count, 2, "no calendar in the file keeps the loaded one");
    cr_expect_eq(merged->eligibility_mode, ELIGIBILITY_OFF);
    cr_expect(merged->no_shows == 9 && merged->live_per_person == 5, "limits are replaced whole");
    cr_assert_eq(merged->service_count, 3);
    cr_expect(text_is(merged->services[0].name, "新甲") && merged->services[0].span == 1);
    cr_expect(text_is(merged->services[1].name, "乙"));
    cr_expect_eq(merged->package_count, 2);
    cr_expect_eq(merged->hall_count, 2);
    cr_expect_eq(merged->halls[0].queues[0].services[0], &merged->services[0]);
    catalogue_free(present);
    present = fixture_parse(merged->json.data, NULL);
    cr_expect(text_equal(present->json, merged->json));
    catalogue_free(present);
    catalogue_free(merged);
    assert_no_leaks();
}

static bool has_exception(const struct calendar *calendar, bool is_holiday, struct text date)
{
    day_number day;

    cr_assert(calendar_parse_date(date, &day));
    return is_holiday ? calendar_holiday(calendar, day) : calendar_workday(calendar, day);
}

#define CALENDAR_FILE(days) "{\"city\":{\"code\":\"410400\"},\"calendar\":{" days "}}"

Test(catalogue_load, a_calendar_file_replaces_its_years)
{
    char *json = fixture_replaced(fixture_json, "Asia/Shanghai", "Asia/Urumqi");
    struct catalogue *present = fixture_parse(json, NULL);
    struct catalogue *both = fixture_parse(
        CALENDAR_FILE("\"holidays\":{\"2027-01-01\":\"元旦\",\"2027-02-06\":\"春节\"}"), present);
    struct catalogue *newer = fixture_parse(
        CALENDAR_FILE("\"holidays\":{},\"workdays\":{\"2027-01-03\":\"元旦\"}"), both);

    cr_expect(text_is(both->city_name, "平顶山市") && both->utc_offset_minutes == 360);
    cr_expect_eq(both->calendar.holiday_count, 4);
    cr_expect(has_exception(&both->calendar, true, TEXT("2026-10-02")));
    cr_expect(has_exception(&both->calendar, true, TEXT("2027-02-06")));
    cr_expect(has_exception(&both->calendar, false, TEXT("2026-10-10")),
              "a list that the file leaves out keeps the other years");
    cr_expect(both->hall_count == 2 && both->service_count == 2 && both->package_count == 1);
    cr_expect_eq(newer->calendar.holiday_count, 2, "a year is replaced in both lists");
    cr_expect_not(has_exception(&newer->calendar, true, TEXT("2027-01-01")));
    cr_expect(has_exception(&newer->calendar, false, TEXT("2027-01-03")));
    cr_expect(has_exception(&newer->calendar, false, TEXT("2026-10-10")));
    catalogue_free(newer);
    catalogue_free(both);
    catalogue_free(present);
    free(json);
    assert_no_leaks();
}

Test(catalogue_load, faults_of_a_calendar_file)
{
    static const struct {
        const char *json, *pointer;
    } cases[] = {
        {CALENDAR_FILE("\"holidays\":[\"2027-01-01\"]"), "/calendar/holidays"},
        {CALENDAR_FILE("\"holidays\":{\"2027-13-01\":\"元旦\"}"), "/calendar/holidays/2027-13-01"},
        {CALENDAR_FILE("\"holidays\":{\"2027-01-01\":\"元旦\"},"
                       "\"workdays\":{\"2027-01-01\":\"元旦\"}"),
         "/calendar/workdays/2027-01-01"},
        {"{\"city\":{\"code\":\"410400\"},\"calendar\":7}", "/calendar"},
        {"{\"city\":{\"code\":\"410400\",\"time_zone\":\"PRC\"}}", "/city/name"},
        {"{\"city\":{\"name\":\"平顶山市\"}}", "/city/code"},
        {"{\"city\":{\"code\":\"410500\"}}", "/city/code"},
    };
    struct catalogue *present = fixture_parse(fixture_json, NULL);

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer faults = faults_of(text_of(cases[i].json), present);
        cr_expect(has_pointer(&faults, cases[i].pointer), "%zu: %s", i, faults.data);
        cr_expect_eq(line_count(&faults), 1, "%zu: %s", i, faults.data);
        buffer_free(&faults);
    }
    catalogue_free(present);
    assert_no_leaks();
}

Test(catalogue_load, a_city_alone_keeps_the_rest)
{
    struct catalogue *present = fixture_parse(fixture_json, NULL);
    struct catalogue *merged = fixture_parse("{" CITY "}", present);

    cr_expect(merged->hall_count == 2 && merged->service_count == 2 && merged->package_count == 1);
    cr_expect(text_is(merged->city_name, "新名"));
    catalogue_free(merged);
    catalogue_free(present);
    assert_no_leaks();
}

/* References reach into the loaded catalogue; pointers name the file's own positions. */
Test(catalogue_load, faults_of_a_merge)
{
    static const struct {
        const char *json, *pointer, *says;
    } cases[] = {
        {"{\"packages\":[]}", "/city", "is missing"},
        {"{\"city\":{\"code\":\"410500\",\"name\":\"安阳市\"}}", "/city/code", "is loaded here"},
        {"{" CITY ",\"packages\":[{\"id\":\"q\",\"name\":\"二\",\"steps\":[\"a\",\"z\"]}]}",
         "/packages/0/steps/1", "is \"z\""},
        {"{" CITY ",\"services\":[{\"id\":\"b\",\"name\":\"乙\",\"minutes\":0}]}",
         "/services/0/minutes", "is 0"},
        {"{" CITY ",\"services\":[{\"id\":\"b\",\"name\":\"乙\",\"minutes\":1},"
         "{\"id\":\"b\",\"name\":\"乙\",\"minutes\":2}]}",
         "/services/1/id", "element 0"},
        {"{" CITY ",\"halls\":{}}", "/halls", "give an array"},
    };
    struct catalogue *present = fixture_parse(fixture_json, NULL);

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer faults = faults_of(text_of(cases[i].json), present);
        cr_expect(has_pointer(&faults, cases[i].pointer), "%zu: %s", i, faults.data);
        cr_expect(strstr(faults.data, cases[i].says), "%zu: %s", i, faults.data);
        cr_expect_eq(line_count(&faults), 1, "%zu: %s", i, faults.data);
        buffer_free(&faults);
    }
    catalogue_free(present);
    assert_no_leaks();
}

Test(catalogue_load, a_file_alone_needs_services_and_halls)
{
    struct buffer faults = faults_of(TEXT("{" CITY "}"), NULL);

    cr_expect(has_pointer(&faults, "/services") && has_pointer(&faults, "/halls"));
    cr_expect_eq(line_count(&faults), 2, "%s", faults.data);
    buffer_free(&faults);
    assert_no_leaks();
}

/* All of demo/410400.json; its maker checks what is in it. */
Test(catalogue_load, the_demo)
{
    const char *source = getenv("JIAOHAO_SOURCE");
    struct buffer path = {0}, json = {0};
    struct catalogue *catalogue;
    size_t got;
    FILE *file;

    buffer_printf(&path, "%s/demo/410400.json%c", source ? source : ".", 0);
    file = fopen(path.data, "rb");
    cr_assert(file, "%s: %s", path.data, strerror(errno));
    while ((got = fread(buffer_reserve(&json, 65536), 1, 65536, file)) > 0)
        json.length += got;
    fclose(file);
    buffer_append_byte(&json, 0);
    catalogue = fixture_parse(json.data, NULL);
    cr_expect_eq(catalogue->hall_count, 161);
    cr_expect_geq(catalogue->service_count, 24);
    cr_expect_geq(catalogue->package_count, 3);
    for (size_t i = 0; i < catalogue->hall_count; i++)
        for (size_t k = 0; k < catalogue->halls[i].queue_count; k++)
            cr_expect_eq(catalogue->halls[i].queues[k].hall, &catalogue->halls[i]);
    catalogue_free(catalogue);
    buffer_free(&json);
    buffer_free(&path);
    assert_no_leaks();
}
