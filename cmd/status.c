/* exhibit status: one screen of what needs attention today. */
#include "cmd.h"

#include "exhibit/attention.h"
#include "exhibit/retention.h"

#include <inttypes.h>
#include <stdio.h>

enum { FINDINGS = 7, FIRST = 5 };

struct options { bool all; };
enum { OPT_ALL = 0x100 };

static const struct argp_option option_list[] = {
    { "all", OPT_ALL, NULL, 0, "List all of each kind, not the first five", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    (void)argument;
    if (key != OPT_ALL)
        return ARGP_ERR_UNKNOWN;
    o->all = true;
    return 0;
}

static void print_as_json(const struct exh_attentions *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct exh_attention *one = &list->at[i];
        char by[EXH_DATE_SIZE];
        struct exh_json *object = json_of_type("attention");
        exh_date_words(one->by, by);
        exh_json_set_text(object, "kind", exh_attention_word(one->kind));
        exh_json_set_text(object, "what", one->what);
        exh_json_set_text(object, "by", *by ? by : NULL);
        exh_json_set_bool(object, "late", one->late);
        exh_json_set_text(object, "text", one->text);
        print_json(object);
    }
}

static void print_sum(const struct exh_attentions *list)
{
    size_t counts[EXH_ATTENTION_KINDS] = { 0 };
    struct exh_json *object = json_of_type("status"), *kinds = exh_json_object();

    for (size_t i = 0; i < list->count; i++)
        counts[list->at[i].kind]++;
    for (enum exh_attention_kind kind = 0; kind < EXH_ATTENTION_KINDS; kind++)
        exh_json_set_int(kinds, exh_attention_word(kind), (int64_t)counts[kind]);
    exh_json_set(object, "attention", kinds);
    exh_json_set_int(object, "held_exhibits", (int64_t)list->held);
    exh_json_set_int(object, "held_bytes", (int64_t)list->held_bytes);
    print_json(object);
}

static size_t count_of(const struct exh_attentions *list, enum exh_attention_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += list->at[i].kind == kind;
    return count;
}

/* The first of each kind: the most urgent. */
static void print_as_text(const struct session *session, const struct exh_attentions *list, bool all)
{
    EXH_CLEANUP(exh_freep) char *size = exh_text_size(list->held_bytes);
    size_t of_kind = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct exh_attention *one = &list->at[i];
        of_kind = i && list->at[i - 1].kind == one->kind ? of_kind + 1 : 1;
        if (all || of_kind <= FIRST) {
            EXH_CLEANUP(exh_freep) char *what = exh_text_printable(one->what ? one->what : "");
            printf("%-11s %-12.12s %s%s\n", exh_attention_word(one->kind), what, one->late ? "LATE: " : "", one->text);
        }
        if (!all && of_kind == FIRST && count_of(list, one->kind) > FIRST)
            printf("%-11s %-12s and %zu more (--all)\n", exh_attention_word(one->kind), "", count_of(list, one->kind) - FIRST);
    }
    if (list->held)
        say(session, "holds keep %zu exhibits, %s", list->held, size);
    if (!list->count)
        say(session, "nothing needs attention");
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_attentions_clear) struct exh_attentions list = EXH_ATTENTIONS_NONE;
    struct exh_moment now;

    if (!exh_retention_now(session->store, &now, err) || !exh_attention_find(session->store, now, &list, err))
        return false;
    if (session->json) {
        print_as_json(&list);
        print_sum(&list);
    } else {
        print_as_text(session, &list, o->all);
    }
    session->status = list.count ? FINDINGS : 0;
    return true;
}

static const struct argp argp = { option_list, parse, NULL,
    "Say on one screen what needs somebody's attention today: answers and reviews of holds that are due or late, emergencies nobody approved, packages not collected, plans that wait, what is due for "
    "deletion or review, clocks that were not checked, entries of the log that were not verified or that nobody outside has seen. Nothing is "
    "entered. Exit status: 0 nothing does, 7 something does, 5 the clock is behind the log.\v"
    "Examples:\n  exhibit status\n  exhibit status --all --json", NULL, NULL, NULL };
const struct command cmd_status = { "status", "what needs attention today", &argp, sizeof(struct options), NEEDS_STORE, run, NULL };
