/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/days/draws.h"

#include <stdio.h>

#include "slots/catalogue/keys.h"
#include "slots/ledger/ledger_call.h"
#include "tests/slots/fixture.h"
#include "tests/slots/harness.h"

/* Queue A of hall 410400-01 on the Friday of the fixture's catalogue: twelve units at 09:00 and
 * eight in each half hour up to noon, of which one is kept. It is drawn on the day after the one
 * on which these tests stand. */
enum { DAY = 4, FIRST_PLACES = 11, OTHER_PLACES = 7 };

/* What was answered. */
struct answer {
    bool done;
    int status;
    char commitment[DRAW_HEX_CHARS + 1];
};

struct fixture {
    struct ledger ledger;
    struct city *city;
    const struct queue *queue;
    day_number day;
    unsigned entries; /* made so far */
    unsigned gone;    /* those that left, or are about to */
    bool is_leaving;
    const struct answer *drawing; /* while they leave */
};

static void refreshed(void *owner, int status)
{
    *(struct answer *)owner = (struct answer){.done = true, .status = status};
}

static void start(struct fixture *fixture)
{
    struct vault vault = {.master = "the key of these tests"};
    struct ledger *ledger = &fixture->ledger;
    struct answer answer = {0};
    struct arena arena = {0};

    *fixture = (struct fixture){0};
    ledger_start(ledger);
    ledger_do(ledger, NULL, TEXT("SET"), key_catalogue(&arena, LEDGER_CITY), text_of(fixture_json));
    arena_free(&arena);
    fixture->city = city_new(&ledger->loop, ledger->store, LEDGER_CITY, &vault, 90);
    city_refresh(fixture->city, refreshed, &answer);
    run_until(&ledger->loop, answer.done, 5000);
    cr_assert_eq(answer.status, 0);
    fixture->queue =
        hall_queue(catalogue_hall(fixture->city->edition->catalogue, TEXT("410400-01")), TEXT("A"));
    fixture->day = ledger->first + DAY;
}

static void stop(struct fixture *fixture)
{
    cr_expect_eq(ledger_audit(&fixture->ledger, NULL, NULL), 0);
    city_free(fixture->city);
    ledger_stop(&fixture->ledger);
}

static void committed(void *owner, int status, struct text commitment)
{
    struct answer *answer = owner;

    answer->done = true;
    answer->status = status;
    snprintf(answer->commitment, sizeof answer->commitment, TEXT_FMT, TEXT_ARG(commitment));
}

static void answered(void *owner, int status)
{
    *(struct answer *)owner = (struct answer){.done = true, .status = status};
}

static void prepare(struct fixture *fixture)
{
    struct answer answer = {0};

    draws_prepare(fixture->city, fixture->queue, fixture->day, answered, &answer);
    cr_expect_not(answer.done);
    run_until(&fixture->ledger.loop, answer.done, 5000);
    cr_assert_eq(answer.status, 0);
}

static int run_draw(struct fixture *fixture)
{
    struct answer answer = {0};

    draws_run(fixture->city, fixture->queue, fixture->day, answered, &answer);
    cr_expect_not(answer.done);
    run_until(&fixture->ledger.loop, answer.done, 10000);
    return answer.status;
}

static void push_record(struct fixture *fixture, struct asked *asked, unsigned slot, unsigned units,
                        enum priority priority)
{
    char entry[DRAW_ID_CHARS];
    struct applicant applicant = {.name = TEXT("张伟"),
                                  .id_number = TEXT("11010519491231002X"),
                                  .phone = TEXT("13800138000")};
    struct reservation reservation = {
        .id = {.hall = TEXT("410400-01"), .queue = TEXT("A"), .day = fixture->day},
        .service = TEXT("a"),
        .channel = TEXT("gateway"),
        .slot = slot,
        .span = 1,
        .units = units,
        .status = RESERVATION_IN_DRAW,
        .evidence = EVIDENCE_OFF,
        .extras = {.priority = priority, .draw_entry = text_bytes(entry, sizeof entry)},
    };
    struct buffer record = {0};

    draws_make_entry(entry);
    reservation_make_salt(reservation.id.salt);
    ledger_person(fixture->entries, reservation.person);
    reservation_append_record(&record, &reservation, &applicant, &fixture->ledger.keys);
    asked_push(asked, buffer_text(&record));
    buffer_free(&record);
}

static void enter(struct fixture *fixture, unsigned slot, unsigned units, enum priority priority)
{
    unsigned char person[PERSON_KEY_BYTES];
    struct asked asked;

    fixture->entries++;
    ledger_ask(&asked, &fixture->ledger, slots_library.enter);
    asked_push(&asked, TEXT("d"));
    asked_push_place(&asked, "410400-01", "A", DAY);
    asked_push(&asked, TEXT_NONE);
    asked_push(&asked, TEXT("12345678"));
    asked_push(&asked, TEXT_NONE);
    asked_push(&asked, ledger_person(fixture->entries, person));
    asked_push(&asked, TEXT("a"));
    push_record(fixture, &asked, slot, units, priority);
    cr_assert_str_eq(asked_end(&asked), "ok");
}

/* What is to be found in the report of a drawn one. */
struct expected {
    bool done;
    enum draws_state state;
    size_t entries, placed;
};

static void report_read(void *owner, int status, const struct draws_report *report)
{
    struct expected *expected = owner;
    struct draw_publication publication;
    struct buffer fault = {0};
    size_t placed = 0;

    expected->done = true;
    cr_assert_eq(status, 0);
    cr_expect_eq(report->state, expected->state);
    cr_expect_eq(report->entry_count, expected->entries, "%u entries", report->entry_count);
    if (report->state != DRAWS_DRAWN)
        return;
    publication = report->publication;
    cr_expect(draw_verify(&publication, &placed, &fault), TEXT_FMT, TEXT_ARG(buffer_text(&fault)));
    cr_expect_eq(placed, expected->placed, "%zu placed", placed);
    cr_expect_eq(publication.list.places[18], FIRST_PLACES);
    cr_expect_eq(publication.list.places[19], OTHER_PLACES);
    cr_expect_str_eq(publication.commitment, report->commitment);
    buffer_free(&fault);
}

static void expect_report(struct fixture *fixture, enum draws_state state, size_t entries,
                          size_t placed)
{
    struct expected expected = {.state = state, .entries = entries, .placed = placed};

    draws_read_all(fixture->city, fixture->queue, fixture->day, report_read, &expected);
    run_until(&fixture->ledger.loop, expected.done, 5000);
}

Test(draws, windows)
{
    struct catalogue *catalogue = fixture_parse(fixture_json, NULL);
    const struct hall *hall = catalogue_hall(catalogue, TEXT("410400-01"));
    const struct queue *lottery = &hall->queues[0];
    int64_t opens_ms;
    day_number day;

    cr_assert(calendar_parse_date(TEXT("2026-11-27"), &day));
    cr_assert(calendar_parse_instant(TEXT("2026-11-24T08:30:00+08:00"), &opens_ms));
    cr_expect_eq(draws_at_ms(catalogue, lottery, day), opens_ms + 15 * 60000);
    cr_expect_eq(draws_window(catalogue, lottery, day, opens_ms - 1), DRAWS_BEFORE);
    cr_expect_eq(draws_window(catalogue, lottery, day, opens_ms), DRAWS_IN);
    cr_expect_eq(draws_window(catalogue, lottery, day, opens_ms + 15 * 60000 - 1), DRAWS_IN);
    cr_expect_eq(draws_window(catalogue, lottery, day, opens_ms + 15 * 60000), DRAWS_BEHIND);
    cr_expect_eq(draws_window(catalogue, &hall->queues[1], day, opens_ms), DRAWS_NONE);
    catalogue_free(catalogue);
    assert_no_leaks();
}

/* Two workers prepare it at once: both tell the same commitment, and so does whoever asks later.
 * The seed stands there sealed. */
Test(draws, the_first_seed_stands)
{
    struct answer first = {0}, second = {0}, third = {0};
    char key[96], field[96], state[256];
    struct fixture fixture;

    start(&fixture);
    draws_commitment(fixture.city, fixture.queue, fixture.day, committed, &first);
    draws_commitment(fixture.city, fixture.queue, fixture.day, committed, &second);
    run_until(&fixture.ledger.loop, first.done && second.done, 5000);
    draws_commitment(fixture.city, fixture.queue, fixture.day, committed, &third);
    run_until(&fixture.ledger.loop, third.done, 5000);
    cr_expect_eq(first.status | second.status | third.status, 0);
    cr_expect_eq(strlen(first.commitment), DRAW_HEX_CHARS);
    cr_expect_str_eq(first.commitment, second.commitment);
    cr_expect_str_eq(first.commitment, third.commitment);
    ledger_key(&fixture.ledger, "entries", DAY, key);
    ledger_field("410400-01", "A", "draw", field);
    ledger_do(&fixture.ledger, state, TEXT("HSTRLEN"), text_of(key), text_of(field));
    cr_expect_str_eq(state, "137"); /* a letter, the commitment, seed, nonce and tag */
    expect_report(&fixture, DRAWS_OPEN, 0, 0);
    stop(&fixture);
}

/* Two workers draw it at once. More entries than are read in one part. */
Test(draws, it_is_drawn_once, .timeout = 60)
{
    struct answer first = {0}, second = {0};
    struct fixture fixture;

    start(&fixture);
    prepare(&fixture);
    for (unsigned i = 0; i < 1100; i++)
        enter(&fixture, 18 + i % 2, 1, PRIORITY_NONE);
    draws_run(fixture.city, fixture.queue, fixture.day, answered, &first);
    draws_run(fixture.city, fixture.queue, fixture.day, answered, &second);
    run_until(&fixture.ledger.loop, first.done && second.done, 10000);
    cr_expect_eq(first.status | second.status, 0);
    expect_report(&fixture, DRAWS_DRAWN, 1100, FIRST_PLACES + OTHER_PLACES);
    cr_expect_eq(ledger_units(&fixture.ledger, "410400-01", "A", DAY, "seq"),
                 FIRST_PLACES + OTHER_PLACES);
    cr_expect_eq(run_draw(&fixture), 0);
    cr_expect_eq(ledger_units(&fixture.ledger, "410400-01", "A", DAY, "seq"),
                 FIRST_PLACES + OTHER_PLACES);
    stop(&fixture);
}

static void let_leave(struct fixture *fixture);

/* While the draw goes on, the next one leaves. */
static void entry_left(void *owner, int status, struct text outcome,
                       const struct store_reply *reply)
{
    struct fixture *fixture = owner;

    (void)reply;
    cr_expect_eq(status, 0);
    cr_expect(text_is(outcome, "ok"));
    fixture->is_leaving = false;
    if (!fixture->drawing->done)
        let_leave(fixture);
}

static void let_leave(struct fixture *fixture)
{
    struct ledger_call call;
    char name[16];

    snprintf(name, sizeof name, "d%u", ++fixture->gone);
    ledger_call_start(&call, fixture->city, slots_library.leave);
    ledger_call_push_place(&call, TEXT("410400-01"), TEXT("A"), fixture->day);
    ledger_call_push(&call, text_of(name));
    fixture->is_leaving = true;
    ledger_call_send(&call, entry_left, fixture);
}

/* Each leaves behind a command of the draw and before its next one, for both go over one connection
 * and the answer to the earlier one is handled first: what was read is never what stands when it is
 * to be drawn. Nothing is drawn then; the next draw, when they are calm, has those that stayed. */
Test(draws, who_leaves_meanwhile_is_not_in_the_list)
{
    struct answer answer = {0};
    struct fixture fixture;

    start(&fixture);
    prepare(&fixture);
    for (unsigned i = 0; i < 50; i++)
        enter(&fixture, 18, 1, PRIORITY_NONE);
    fixture.drawing = &answer;
    let_leave(&fixture);
    draws_run(fixture.city, fixture.queue, fixture.day, answered, &answer);
    run_until(&fixture.ledger.loop, answer.done && !fixture.is_leaving, 5000);
    cr_expect_eq(answer.status, STORE_UNAVAILABLE);
    cr_assert_lt(fixture.gone, 30);
    cr_expect_eq(ledger_units(&fixture.ledger, "410400-01", "A", DAY, "seq"), INT64_MIN);
    expect_report(&fixture, DRAWS_OPEN, 50, 0);
    cr_expect_eq(run_draw(&fixture), 0);
    expect_report(&fixture, DRAWS_DRAWN, 50 - fixture.gone, FIRST_PLACES);
    stop(&fixture);
}

/* One comes behind the draw's first command: it is read again, with that one. */
Test(draws, who_enters_meanwhile_is_drawn_too)
{
    struct answer answer = {0};
    struct fixture fixture;

    start(&fixture);
    prepare(&fixture);
    enter(&fixture, 18, 1, PRIORITY_NONE);
    draws_run(fixture.city, fixture.queue, fixture.day, answered, &answer);
    enter(&fixture, 18, 1, PRIORITY_NONE);
    run_until(&fixture.ledger.loop, answer.done, 5000);
    cr_expect_eq(answer.status, 0);
    expect_report(&fixture, DRAWS_DRAWN, 2, 2);
    stop(&fixture);
}

/* Kept units are nobody's in the draw, whoever enters; more units an entry, fewer places. */
Test(draws, kept_units_are_not_drawn_for)
{
    struct fixture fixture;

    start(&fixture);
    prepare(&fixture);
    for (unsigned i = 0; i < 20; i++)
        enter(&fixture, 18, 1, PRIORITY_DISABLED);
    for (unsigned i = 0; i < 20; i++)
        enter(&fixture, 19, 2, PRIORITY_NONE);
    cr_expect_eq(run_draw(&fixture), 0);
    expect_report(&fixture, DRAWS_DRAWN, 40, FIRST_PLACES + OTHER_PLACES / 2);
    cr_expect_eq(ledger_units(&fixture.ledger, "410400-01", "A", DAY, "18"), 1);
    cr_expect_eq(ledger_units(&fixture.ledger, "410400-01", "A", DAY, "19"), 2);
    stop(&fixture);
}

Test(draws, a_day_that_nobody_entered_is_opened)
{
    struct fixture fixture;

    start(&fixture);
    cr_expect_eq(run_draw(&fixture), 0);
    expect_report(&fixture, DRAWS_DRAWN, 0, 0);
    cr_expect_eq(ledger_units(&fixture.ledger, "410400-01", "A", DAY, "18"), FIRST_PLACES + 1);
    stop(&fixture);
}

/* A queue that was first come when the day was opened. */
Test(draws, an_open_inventory_has_no_draw)
{
    struct answer answer = {0};
    struct fixture fixture;

    start(&fixture);
    ledger_open(&fixture.ledger, "410400-01", "A", DAY, "18=5");
    draws_commitment(fixture.city, fixture.queue, fixture.day, committed, &answer);
    run_until(&fixture.ledger.loop, answer.done, 5000);
    cr_expect_eq(answer.status, 0);
    cr_expect_str_empty(answer.commitment);
    cr_expect_eq(run_draw(&fixture), 0);
    expect_report(&fixture, DRAWS_PENDING, 0, 0);
    cr_expect_eq(ledger_units(&fixture.ledger, "410400-01", "A", DAY, "18"), 5);
    stop(&fixture);
}

/* … or that was opened otherwise after the draw was prepared. */
Test(draws, an_open_inventory_is_not_drawn)
{
    struct fixture fixture;

    start(&fixture);
    prepare(&fixture);
    ledger_open(&fixture.ledger, "410400-01", "A", DAY, "18=5");
    cr_expect_eq(run_draw(&fixture), 0);
    expect_report(&fixture, DRAWS_OPEN, 0, 0);
    cr_expect_eq(ledger_units(&fixture.ledger, "410400-01", "A", DAY, "18"), 5);
    stop(&fixture);
}

/* A seed that was moved from another day is not one of this day. */
Test(draws, a_seed_that_cannot_be_unsealed_draws_nothing)
{
    char from[96], to[96], field[96];
    struct fixture fixture;

    start(&fixture);
    prepare(&fixture);
    enter(&fixture, 18, 1, PRIORITY_NONE);
    ledger_key(&fixture.ledger, "entries", DAY, from);
    ledger_key(&fixture.ledger, "entries", DAY + 1, to);
    ledger_field("410400-01", "A", "draw", field);
    ledger_do(&fixture.ledger, NULL, TEXT("COPY"), text_of(from), text_of(to));
    fixture.day++;
    cr_expect_eq(run_draw(&fixture), STORE_STRANGE);
    ledger_do(&fixture.ledger, NULL, TEXT("DEL"), text_of(to));
    fixture.day--;
    cr_expect_eq(run_draw(&fixture), 0);
    stop(&fixture);
}
