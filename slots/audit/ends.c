/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "slots/audit/parts.h"

/* --- What must agree ---------------------------------------------------------------------------
 */

/* The place that the public id names. */
static struct text origin_of(const struct audit_end *end)
{
    return end->reservation.extras.origin.length ? end->reservation.extras.origin : end->place;
}

static bool is_waitlist_place(struct text place)
{
    struct reservation_id id;

    return reservation_parse_place(place, &id) && id.kind == KIND_WAITING;
}

/* An id that was given out leads to its reservation wherever that stands: by its salt, and by the
 * place of origin, but for what came of a waitlist, which has an id of its own. */
static const char *moved_fault(const struct audit_end *from, const struct audit_end *to)
{
    const struct reservation *left = &from->reservation, *right = &to->reservation;

    if (memcmp(left->id.salt, right->id.salt, SALT_BYTES) != 0)
        return "which has another id";
    if (memcmp(left->person, right->person, PERSON_KEY_BYTES) != 0)
        return "which is another person's";
    if (!text_equal(left->service, right->service))
        return "which is for another service";
    if (is_waitlist_place(from->place) ? right->extras.origin.length > 0
                                       : !text_equal(origin_of(from), origin_of(to)))
        return "which does not lead back";
    return NULL;
}

/* 'QUEUE NUMBER' behind "DATE HALL ". */
static struct text step_of(struct text place)
{
    struct text part;

    text_split(&place, ' ', &part);
    text_split(&place, ' ', &part);
    return place;
}

static bool names_step(const struct audit_end *from, enum audit_link_kind kind, struct text step)
{
    const struct reservation_extras *extras = &from->reservation.extras;

    if (kind == AUDIT_LINK_LEAD)
        return text_equal(extras->lead, step);
    for (unsigned i = 0; i < extras->follower_count; i++)
        if (text_equal(extras->followers[i], step))
            return true;
    return false;
}

/* What became of a step. */
enum fate { FATE_KEPT, FATE_SERVED, FATE_CANCELLED, FATE_MOVED, FATE_CLOSED };

/* A half hour that was closed ends its step when its no-shows are marked, whatever the others do.
 */
static enum fate fate_of(const struct audit_end *end)
{
    const struct reservation *reservation = &end->reservation;

    switch (reservation->status) {
    case RESERVATION_MOVED:
        return FATE_MOVED;
    case RESERVATION_DONE:
        return FATE_SERVED;
    case RESERVATION_CANCELLED:
    case RESERVATION_RETURNING:
        return reservation->slot + reservation->span <= (unsigned)end->swept ? FATE_CLOSED
                                                                             : FATE_CANCELLED;
    case RESERVATION_BOOKED:
    case RESERVATION_CHECKED_IN:
    case RESERVATION_CALLED:
    case RESERVATION_SERVING:
    case RESERVATION_NO_SHOW:
    case RESERVATION_IN_DRAW:
    case RESERVATION_NOT_DRAWN:
    case RESERVATION_OFFERED:
    case RESERVATION_LAPSED:
    case RESERVATION_WAITING:
        break;
    }
    return FATE_KEPT;
}

/* What was served stays so, whether the other step still waits or lapsed with its day. */
static bool may_differ(enum fate one, enum fate other)
{
    return one == other || one == FATE_CLOSED || (one == FATE_SERVED && other != FATE_MOVED);
}

static const char *step_fault(const struct audit_end *from, const struct audit_end *to,
                              enum audit_link_kind kind)
{
    const struct reservation *left = &from->reservation, *right = &to->reservation;
    enum audit_link_kind back = kind == AUDIT_LINK_LEAD ? AUDIT_LINK_FOLLOWER : AUDIT_LINK_LEAD;
    enum fate one = fate_of(from), other = fate_of(to);

    if (!names_step(to, back, step_of(from->place)))
        return "which does not name it";
    if (!text_equal(left->extras.package, right->extras.package) ||
        memcmp(left->person, right->person, PERSON_KEY_BYTES) != 0)
        return "which belongs to another visit";
    if (!may_differ(one, other) && !may_differ(other, one))
        return "of which something else became";
    return NULL;
}

/* Whether the record still says what it said when it was met. */
bool audit_still_names(const struct audit_end *from, const struct audit_link *link)
{
    const struct reservation_extras *extras = &from->reservation.extras;
    enum reservation_status status = from->reservation.status;

    switch (link->kind) {
    case AUDIT_LINK_MOVED:
        return status == RESERVATION_MOVED && text_equal(extras->moved_to, link->to);
    case AUDIT_LINK_OFFER:
        return status == RESERVATION_OFFERED && text_equal(extras->offer_for, link->to);
    case AUDIT_LINK_OFFERED:
        return reservation_is_live(status) && text_equal(extras->offer_place, link->to);
    case AUDIT_LINK_FOLLOWER:
    case AUDIT_LINK_LEAD:
        return names_step(from, link->kind, step_of(link->to));
    }
    return false;
}

const char *audit_link_fault(const struct audit_end *from, const struct audit_end *to,
                             enum audit_link_kind kind)
{
    const struct reservation *other = &to->reservation;

    switch (kind) {
    case AUDIT_LINK_MOVED:
        return moved_fault(from, to);
    case AUDIT_LINK_OFFER:
        return text_equal(other->extras.offer_place, from->place) ? NULL : "which does not name it";
    case AUDIT_LINK_OFFERED: /* or was, until its own half hour was closed */
        return other->status == RESERVATION_LAPSED ||
                       (other->status == RESERVATION_OFFERED &&
                        text_equal(other->extras.offer_for, from->place))
                   ? NULL
                   : "which is no offer for it";
    case AUDIT_LINK_FOLLOWER:
    case AUDIT_LINK_LEAD:
        return step_fault(from, to, kind);
    }
    return NULL;
}
