/* SPDX-FileCopyrightText: 2026 the jiaohao authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "slots/audit/parts.h"
#include "slots/catalogue/keys.h"

/* A hall's day at one instant: its tickets against its windows, its line and the reservations that
 * they were given for. What stands in a ticket: scheduler/ticket.h.
 *
 * KEYS  1 tickets of the day  2 its windows  3 the hall's line  4 reservations of the day
 * ARGV  1 the hall  2 its queues in the catalogue, separated by commas, '*' without a catalogue
 *       then of each queue that issued tickets: its name, the largest number that was seen of it;
 * of each person who has tickets: '~' and the person, 0 Reply 1 tickets  2 those that wait  3 of
 * each breach: its invariant, what is wrong */
static const char tickets_script[] = AUDIT_LUA_HEAD
    "local COLUMNS, TICKET, RECORD, FAULTS_MAX = 22, 8, 3, 1000\n"
    "local hall, tickets, faults, count, waiting = ARGV[1], {}, {}, 0, 0\n"
    "local prefixes = {}\n"
    "local function tell(invariant, ...)\n"
    "  if #faults < 2 * FAULTS_MAX then\n"
    "    faults[#faults + 1] = invariant\n"
    "    faults[#faults + 1] = string.format(...)\n"
    "  end\n"
    "end\n"
    "local function words_of(text)\n"
    "  local words = {}\n"
    "  for word in text:gmatch('[^ ]+') do words[#words + 1] = word end\n"
    "  return words\n"
    "end\n"
    "local function add_ticket(queue, number, text)\n"
    "  local key, w = queue .. '/t' .. number, words_of(text)\n"
    "  if #w < COLUMNS or not ('wcsdmpx'):find(w[1], 1, true) then\n"
    "    return tell(RECORD, 'the ticket %s of %s is malformed', key, hall)\n"
    "  end\n"
    "  count = count + 1\n"
    "  tickets[key] = { key = key, status = w[1], kind = w[2], class = w[3], queue = w[6],\n"
    "    window = w[7], directed = w[8], issued = w[10], earns = w[11], back = w[16],\n"
    "    reservation = w[19], person = w[18] }\n"
    "  local of = w[24] and prefixes[w[24]] or queue\n"
    "  if of ~= queue then\n"
    "    tell(TICKET, 'the numbers of %s and %s of %s both begin with %s', of, queue, hall, w[24])\n"
    "  end\n"
    "  if w[24] then prefixes[w[24]] = queue end\n"
    "end\n"
    /* Numbers without gaps, and as many walk-ins as the half hours count. */
    "local function read_queue(queue, seen)\n"
    "  local name, fields = hall .. ' ' .. queue .. ' ', {}\n"
    "  local seq = tonumber(redis.call('HGET', KEYS[1], name .. 'tseq') or nil) or 0\n"
    "  if seen > seq then\n"
    "    tell(TICKET, '%stseq is %d, but t%d stands', name, seq, seen)\n"
    "  end\n"
    "  local walk_ins, counted, half_hours = 0, 0, {}\n"
    "  for n = 1, math.max(seq, seen) do\n"
    "    local text = redis.call('HGET', KEYS[1], name .. 't' .. n)\n"
    "    if text then\n"
    "      add_ticket(queue, n, text)\n"
    "      if text:sub(3, 3) == 'w' then walk_ins = walk_ins + 1 end\n"
    "    elseif n <= seq then\n"
    "      tell(TICKET, '%stseq is %d, but t%d is missing', name, seq, n)\n"
    "    end\n"
    "  end\n"
    "  for slot = 0, 47 do half_hours[slot + 1] = name .. 'q' .. slot end\n"
    "  for _, issued in ipairs(redis.call('HMGET', KEYS[1], unpack(half_hours))) do\n"
    "    counted = counted + (tonumber(issued or nil) or 0)\n"
    "  end\n"
    "  if counted ~= walk_ins then\n"
    "    tell(TICKET, '%scounts %d walk-ins, but %d stand', name, counted, walk_ins)\n"
    "  end\n"
    "end\n"
    /* A ticket is at one window, and the window has it. `served`: the queues that a window that is
     * not closed serves, or one of the catalogue may. */
    "local served = {}\n"
    "for queue in ARGV[2]:gmatch('[^,]+') do served[queue] = true end\n"
    "local function check_windows()\n"
    "  local at = {}\n"
    "  local fields = redis.call('HGETALL', KEYS[2])\n"
    "  for i = 1, #fields, 2 do\n"
    "    local its_hall, name = fields[i]:match('^([^ ]+) (.+)$')\n"
    "    if its_hall == hall then\n"
    "      local state, queues, key = unpack(words_of(fields[i + 1]), 1, 3)\n"
    "      local ticket = tickets[key]\n"
    "      for queue in (key and queues or ''):gmatch('[^,-]+') do served[queue] = true end\n"
    "      if not key then\n"
    "        tell(RECORD, 'the window %s is malformed', fields[i])\n"
    "      elseif state == 'c' and key ~= '-' then\n"
    "        tell(TICKET, 'the window %s is closed, but has the ticket %s', fields[i], key)\n"
    "        at[key] = name\n"
    "      elseif key ~= '-' and (not ticket or not ('cs'):find(ticket.status, 1, true) or\n"
    "        ticket.window ~= name) then\n"
    "        tell(TICKET, 'the window %s has the ticket %s, which is not at it', fields[i], key)\n"
    "      elseif key ~= '-' then\n"
    "        at[key] = name\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "  for key, ticket in pairs(tickets) do\n"
    "    if ('cs'):find(ticket.status, 1, true) and at[key] ~= ticket.window then\n"
    "      tell(TICKET, 'the ticket %s of %s is at the window %s, which does not have it', key,\n"
    "        hall, ticket.window)\n"
    "    end\n"
    "  end\n"
    "end\n"
    /* Who waits is in the line, as its ticket says, and nobody else is. */
    "local function may_stand(ticket, queue, class, score)\n"
    "  local line = ticket.directed ~= '-' and '@' .. ticket.directed or ticket.queue\n"
    "  if ticket.status ~= 'w' or line ~= queue then return false end\n"
    "  if ticket.back ~= '-' then return class == 'b' and score == ticket.back end\n"
    "  if class == ticket.class then return score == ticket.earns end\n"
    "  return class == 'w' and score == ticket.issued\n"
    "end\n"
    "local function check_line()\n"
    "  local stands = {}\n"
    "  for _, member in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do\n"
    "    local queue, class, score, issuer, number =\n"
    "      member:match('^([^ ]+) ([^ ]+) 0*(%d+) ([^ ]+) 0*(%d+)$')\n"
    "    local key = queue and issuer .. '/t' .. number or ''\n"
    "    local ticket = tickets[key]\n"
    "    if not ticket or not may_stand(ticket, queue, class, score) then\n"
    "      tell(TICKET, 'the line of %s has %s, where it should not stand', hall, member)\n"
    "    end\n"
    "    if ticket and (class == 'b' or class == ticket.class) then\n"
    "      stands[key] = true\n"
    "    end\n"
    "  end\n"
    "  for key, ticket in pairs(tickets) do\n"
    "    if ticket.status == 'w' then\n"
    "      waiting = waiting + 1\n"
    "      if not served[ticket.queue] and ARGV[2] ~= '*' then\n"
    "        tell(TICKET, 'the ticket %s of %s waits in the queue %s, which no window serves', key,\n"
    "          hall, ticket.queue)\n"
    "      end\n"
    "      if not stands[key] then\n"
    "        tell(TICKET, 'the ticket %s of %s waits, but is not in the line', key, hall)\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "end\n"
    /* A reservation that is gone in the keys' last day is not told. */
    "local function check_reservations()\n"
    "  if redis.call('EXISTS', KEYS[4]) == 0 then return end\n"
    "  for key, ticket in pairs(tickets) do\n"
    "    local field = ticket.reservation:match('^%d+/(.+)$')\n"
    "    if field then\n"
    "      local record = redis.call('HGET', KEYS[4], (field:gsub('/', ' ')))\n"
    "      if not record or extra(record, 'i') ~= key then\n"
    "        tell(TICKET, 'the ticket %s of %s is for %s, which does not name it', key, hall,\n"
    "          (ticket.reservation:gsub('/', ' ')))\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "end\n"
    /* What a person's list names is his, each once. */
    "local function check_person(person)\n"
    "  local seen = {}\n"
    "  for _, key in ipairs(words_of(redis.call('HGET', KEYS[1], hall .. ' ~' .. person) or '')) do\n"
    "    if seen[key] or not tickets[key] or tickets[key].person ~= person then\n"
    "      tell(TICKET, 'a person of %s has the ticket %s, which is not his', hall, key)\n"
    "    end\n"
    "    seen[key] = true\n"
    "  end\n"
    "end\n"
    "for i = 3, #ARGV, 2 do\n"
    "  if ARGV[i]:sub(1, 1) ~= '~' then read_queue(ARGV[i], tonumber(ARGV[i + 1])) end\n"
    "end\n"
    "for i = 3, #ARGV, 2 do\n"
    "  if ARGV[i]:sub(1, 1) == '~' then check_person(ARGV[i]:sub(2)) end\n"
    "end\n"
    "local ttl = redis.call('TTL', KEYS[1])\n"
    "local lives = ttl < 0 or ttl > 86400\n"
    "if lives then\n"
    "  check_windows()\n"
    "  check_line()\n"
    "  check_reservations()\n"
    "end\n"
    "return { count, waiting, faults }\n";

/* A queue of a hall that has tickets, or a person who has some there, as '~PERSON'. */
struct issuer {
    struct text hall, queue;
    int64_t last; /* the largest number seen */
};

struct tickets {
    struct audit *audit;
    struct text key;
    struct issuer *items;
    size_t count, capacity;
    struct arena arena;
};

static struct issuer *issuer_of(struct tickets *tickets, struct text hall, struct text queue)
{
    struct issuer *issuer;

    for (size_t i = 0; i < tickets->count; i++) {
        issuer = &tickets->items[i];
        if (text_equal(issuer->queue, queue) && text_equal(issuer->hall, hall))
            return issuer;
    }
    if (tickets->count == tickets->capacity) {
        tickets->capacity = tickets->capacity ? tickets->capacity * 2 : 64;
        tickets->items = memory_resize(tickets->items, tickets->capacity * sizeof *tickets->items);
    }
    issuer = &tickets->items[tickets->count++];
    *issuer =
        (struct issuer){arena_copy(&tickets->arena, hall), arena_copy(&tickets->arena, queue), 0};
    return issuer;
}

/* "~", then a person's key in hexadecimal. */
static bool is_person(struct text name)
{
    for (size_t i = 1; i < name.length; i++)
        if (!strchr("0123456789abcdef", name.data[i]) || !name.data[i])
            return false;
    return name.length == 1 + 2 * PERSON_KEY_BYTES && name.data[0] == '~';
}

/* "t12", "tseq", "q18", "called". */
static bool is_ticket_field(struct text tail, int64_t *number)
{
    struct text digits = text_part(tail, 1, tail.length);

    *number = 0;
    if (text_is(tail, "tseq") || text_is(tail, "called"))
        return true;
    if (tail.length && tail.data[0] == 'q')
        return text_to_integer(digits, 0, SLOTS_A_DAY - 1, number) && (*number = 0) == 0;
    return tail.length && tail.data[0] == 't' && text_to_integer(digits, 1, INT32_MAX, number);
}

static enum store_status take_fields(void *owner, const struct audit_page *page)
{
    struct tickets *tickets = owner;

    for (size_t i = 0; i < page->count; i += 2) {
        struct text tail = page->items[i], hall = TEXT_NONE, queue = TEXT_NONE;
        struct issuer *issuer;
        int64_t number = 0;
        if (text_split(&tail, ' ', &hall) && text_is(tail, "prefixes"))
            continue; /* what stands before the hall's numbers */
        if (!text_split(&tail, ' ', &queue) ||
            !(is_person(queue) ? !tail.data : is_ticket_field(tail, &number))) {
            audit_breach(tickets->audit, AUDIT_RECORD, tickets->key,
                         "the field " TEXT_FMT " is malformed", TEXT_ARG(page->items[i]));
            continue;
        }
        issuer = issuer_of(tickets, hall, queue);
        if (number > issuer->last)
            issuer->last = number;
    }
    return STORE_OK;
}

static void hall_read(void *owner, enum store_status status, const struct store_reply *reply)
{
    struct tickets *tickets = owner;
    struct audit *audit = tickets->audit;
    const struct store_reply *faults = store_reply_at(reply, 2);

    if (status != STORE_OK)
        return;
    audit->counts->tickets += (uint64_t)store_reply_integer(store_reply_at(reply, 0));
    audit->counts->tickets_waiting += (uint64_t)store_reply_integer(store_reply_at(reply, 1));
    for (size_t i = 0; i + 1 < store_reply_count(faults); i += 2)
        audit_breach(audit, (unsigned)store_reply_integer(store_reply_at(faults, i)), tickets->key,
                     TEXT_FMT, TEXT_ARG(store_reply_text_at(faults, i + 1)));
}

static struct text queues_of_hall(struct arena *arena, const struct catalogue *catalogue,
                                  struct text id)
{
    const struct hall *hall = catalogue ? catalogue_hall(catalogue, id) : NULL;
    struct buffer list = {0};

    if (!catalogue)
        buffer_append_byte(&list, '*');
    for (size_t q = 0; hall && q < hall->queue_count; q++) {
        buffer_append(&list, hall->queues[q].id);
        buffer_append_byte(&list, ',');
    }
    return buffer_to_arena(&list, arena);
}

/* The hall whose first queue stands at `first`. */
static int check_hall(struct tickets *tickets, day_number day, size_t first)
{
    struct text city = tickets->audit->city, hall = tickets->items[first].hall;
    struct audit_call call;

    audit_call_start(&call, tickets_script, 4);
    audit_call_push(&call, tickets->key);
    audit_call_push(&call, key_windows(&call.arena, city, day));
    audit_call_push(&call, key_line(&call.arena, city, day, hall));
    audit_call_push(&call, key_reservations(&call.arena, city, day));
    audit_call_push(&call, hall);
    audit_call_push(&call, queues_of_hall(&call.arena, tickets->audit->catalogue, hall));
    for (size_t i = first; i < tickets->count; i++)
        if (text_equal(tickets->items[i].hall, hall)) {
            audit_call_push(&call, tickets->items[i].queue);
            audit_call_push_integer(&call, tickets->items[i].last);
        }
    return audit_call_end(&call, tickets->audit, hall_read, tickets);
}

static bool is_first_of_hall(const struct tickets *tickets, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (text_equal(tickets->items[i].hall, tickets->items[index].hall))
            return false;
    return true;
}

int audit_tickets(struct audit *audit, day_number day)
{
    struct tickets tickets = {.audit = audit};
    int status;

    tickets.key = key_tickets(&tickets.arena, audit->city, day);
    status = audit_scan(audit, tickets.key, take_fields, &tickets);
    for (size_t i = 0; i < tickets.count && status == 0; i++)
        if (is_first_of_hall(&tickets, i))
            status = check_hall(&tickets, day, i);
    free(tickets.items);
    arena_free(&tickets.arena);
    return status;
}
