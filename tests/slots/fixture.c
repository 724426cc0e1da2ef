/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/slots/fixture.h"

#include <criterion/criterion.h>
#include <string.h>

const char fixture_json[] =
    "{\"city\":{\"code\":\"410400\",\"name\":\"平顶山市\",\"time_zone\":\"Asia/Shanghai\"},\n"
    "\"calendar\":{\"holidays\":{\"2026-10-02\":\"国庆节\",\"2026-10-01\":\"国庆节\"},\n"
    "  \"workdays\":{\"2026-10-10\":\"国庆节\"}},\n"
    "\"eligibility\":{\"mode\":\"off\",\"on_unknown\":\"desk\",\"on_failure\":\"allow\","
    "\"cache_seconds\":60},\n"
    "\"limits\":{\"live_per_person\":6,\"cancellations_per_month\":7,\"no_shows\":3,"
    "\"no_show_days\":31,\"suspend_days\":32,\"agent_per_day\":8,\"overlap\":\"allow\"},\n"
    "\"services\":[\n"
    "  {\"id\":\"b\",\"name\":\"乙\",\"minutes\":10},\n"
    "  {\"id\":\"a\",\"name\":\"甲\",\"minutes\":25,\"units\":2,\"span\":3,"
    "\"materials\":[\"身份证\",\"户口簿\"],\"audience\":\"business\"}],\n"
    "\"packages\":[{\"id\":\"p\",\"name\":\"开办餐馆\",\"steps\":[\"b\",\"a\"]}],\n"
    "\"halls\":[\n"
    "  {\"id\":\"410402001-01\",\"name\":\"曙光街街道\",\"level\":\"township\","
    "\"hours\":{\"mon-fri\":[\"08:45-12:00\",\"13:30-17:15\"]},\"queues\":["
    "{\"id\":\"1\",\"name\":\"窗口\",\"prefix\":\"T\",\"services\":[\"b\"],"
    "\"windows\":[{\"id\":\"1\",\"name\":\"一号\"}],\"capacity\":{\"mon\":{\"default\":4}}}]},\n"
    "  {\"id\":\"410400-01\",\"name\":\"政务服务大厅\",\"level\":\"city\",\"region\":\"410400\","
    "\"address\":\"长安大道\",\"location\":[113.19,33.77],\n"
    "   \"hours\":{\"mon-thu\":[\"09:00-12:00\",\"13:30-17:00\"],\"fri\":[\"09:00-12:00\"],"
    "\"sat\":[\"09:30-11:30\"],\"sun\":[],\"make_up_workdays\":true},\n"
    "   \"walk_ins\":{\"identity\":\"required\",\"per_person_day\":2,\"one_open\":false},\n"
    "   \"release\":{\"days_ahead\":3,\"at\":\"08:30\",\"closes_minutes_before\":45},\n"
    "   \"queues\":[\n"
    "    {\"id\":\"A\",\"name\":\"综合窗口\",\"prefix\":\"A\",\"services\":[\"a\"],"
    "\"windows\":[{\"id\":\"w1\",\"name\":\"1号窗口\"},{\"id\":\"w2\",\"name\":\"2号窗口\"}],\n"
    "     \"capacity\":{\"mon-fri\":{\"default\":8,\"09:00\":12},\"sat\":{\"10:00\":5}},\n"
    "     \"priority_share\":0.1,\"priority_until_minutes\":120,\"allocation\":\"lottery\","
    "\"lottery_minutes\":15,\"resale_delay_minutes\":5,\"waitlist_offer_minutes\":6,\n"
    "     \"walk_ins_per_slot\":4,\"weights\":{\"walk_in\":0.25,\"appointment\":1.5,"
    "\"priority\":3},\"late_minutes\":20,\"requeue_places\":2},\n"
    "    {\"id\":\"B\",\"name\":\"登记窗口\",\"prefix\":\"B\",\"services\":[\"b\"],"
    "\"windows\":[{\"id\":\"w1\",\"name\":\"1号窗口\"}],\"capacity\":{}}]}]}\n";

char *fixture_replaced(const char *json, const char *old, const char *new)
{
    const char *at = strstr(json, old);
    struct buffer copy = {0};

    cr_assert(at, "the fixture has no %s", old);
    buffer_append(&copy, text_bytes(json, (size_t)(at - json)));
    buffer_append(&copy, text_of(new));
    buffer_append(&copy, text_of(at + strlen(old)));
    buffer_append_byte(&copy, 0);
    return copy.data;
}

struct catalogue *fixture_parse(const char *json, const struct catalogue *present)
{
    struct json_faults faults = {0};
    struct catalogue *catalogue = catalogue_merge(text_of(json), present, FIXTURE_TODAY, &faults);

    cr_assert(catalogue, "%s: %s", faults.items[0].pointer, faults.items[0].detail);
    cr_assert_eq(faults.count, 0);
    json_faults_free(&faults);
    return catalogue;
}
