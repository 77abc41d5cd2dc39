/* exhibit case register: the register of domestic homicide reviews, as people hand it to each other. */
#include "case.h"

#include "exhibit/csv.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options { const char *type; bool csv; };
enum { OPT_TYPE = 0x100, OPT_CSV };

static const struct argp_option option_list[] = {
    { "type", OPT_TYPE, "TYPE", 0, "The type of case: dhr (dardr)", 0 },
    { "csv", OPT_CSV, NULL, 0, "Print comma-separated values (RFC 4180) with a line of headings", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = { { OPT_TYPE, offsetof(struct options, type) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_CSV: o->csv = true; return 0;
    case ARGP_KEY_END:
        if (!o->type)
            argp_error(state, "--type is needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

/* ---- in which form ---- */

static void print_row_json(const struct exh_case *one, const struct exh_review_row *row)
{
    struct exh_json *object = json_of_type("review"), *progress = exh_json_array();

    for (size_t i = 0; i < row->progress.count; i++)
        exh_json_add_text(progress, row->progress.at[i]);
    exh_json_set_text(object, "case", one->id);
    exh_json_set_text(object, "dhr_urn", row->urn);
    exh_json_set_text(object, "home_office_reference", row->home_office);
    exh_json_set_text(object, "town", row->town);
    exh_json_set_text(object, "status", row->status);
    exh_json_set_text(object, "action_plan", row->action_plan);
    exh_json_set(object, "progress", progress);
    exh_json_set_text(object, "rag", exh_rag_name(row->rag));
    exh_json_set_text(object, "rag_because", row->why);
    print_json(object);
}

/* "a; b". Free with free(). */
static char *joined(const struct exh_strings *lines)
{
    struct exh_text text = EXH_TEXT_NONE;

    for (size_t i = 0; i < lines->count; i++)
        exh_text_printf(&text, "%s%s", i ? "; " : "", lines->at[i]);
    return exh_text_take(&text);
}

static void print_fields(const char *const fields[], size_t count)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text line = EXH_TEXT_NONE;

    exh_csv_add(&line, fields, count);
    fwrite(line.bytes, 1, line.size, stdout);
}

/* What a person wrote is never a spreadsheet's formula. Free with free(). */
static char *inert(const char *words)
{
    return exh_format("%s%s", words && *words && strchr("=+-@\t\r", *words) ? "'" : "", words ? words : "");
}

static void print_row_csv(const struct exh_case *one, const struct exh_review_row *row)
{
    EXH_CLEANUP(exh_freep) char *progress = joined(&row->progress), *urn = inert(row->urn), *home_office = inert(row->home_office),
        *town = inert(row->town);
    const char *const fields[] = { one->id, urn, home_office, town, row->status, row->action_plan, progress, exh_rag_name(row->rag), row->why };

    print_fields(fields, EXH_COUNT(fields));
}

static void print_row_text(const struct exh_case *one, const struct exh_review_row *row)
{
    EXH_CLEANUP(exh_freep) char *urn = exh_text_printable(row->urn ? row->urn : "-"),
        *home_office = exh_text_printable(row->home_office ? row->home_office : "-"), *town = exh_text_printable(row->town ? row->town : "-");

    printf("%-6s %-22s %-14s %-16s %-18s %-6s %s\n", one->id, urn, home_office, town, row->action_plan,
           row->rag ? exh_rag_name(row->rag) : "-", row->status);
    for (size_t i = 0; i < row->progress.count; i++) {
        EXH_CLEANUP(exh_freep) char *line = exh_text_printable(row->progress.at[i]);
        printf("       %s\n", line);
    }
    printf("       %s%s%s\n", row->rag ? exh_rag_name(row->rag) : "", row->rag ? ": " : "", row->why);
}

static void print_headings(const struct session *session, bool csv)
{
    static const char *const headings[] = { "case", "DHR URN", "Home Office reference", "town", "status", "action plan", "progress", "RAG",
                                            "RAG because" };

    if (csv)
        print_fields(headings, EXH_COUNT(headings));
    else if (!session->json)
        printf("%-6s %-22s %-14s %-16s %-18s %-6s %s\n", "case", "DHR URN", "Home Office", "town", "action plan", "RAG", "status");
}

static void print_row(const struct session *session, const struct exh_case *one, bool csv)
{
    EXH_CLEANUP(exh_review_row_clear) struct exh_review_row row = { .urn = NULL };

    exh_review_row(one, today_of(session), &row);
    if (session->json)
        print_row_json(one, &row);
    else if (csv)
        print_row_csv(one, &row);
    else
        print_row_text(one, &row);
}

struct printing { const struct session *session; bool csv; size_t sealed; };

static bool print_one(void *context, const struct exh_casefile *casefile, struct exh_error *err)
{
    struct printing *printing = context;
    const struct exh_case *one = &casefile->cases[0];

    (void)err;
    printing->sealed += one->sealed;
    if (!one->sealed && strcmp(one->type, "dhr") == 0)
        print_row(printing->session, one, printing->csv);
    return true;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct printing printing = { session, o->csv, 0 };
    const char *type;

    if (o->csv && session->json)
        return exh_fail(err, EXH_USAGE, "--csv and --json are two forms: choose one");
    if (!exh_case_type_check(o->type, &type, err))
        return false;
    if (strcmp(type, "dhr") != 0)
        return exh_fail(err, EXH_USAGE, "only cases of type dhr have a register; 'exhibit case list --type %s' lists these", type);
    print_headings(session, o->csv);
    if (!exh_store_each_case(session->store, print_one, &printing, err))
        return false;
    tell_sealed(session, printing.sealed);
    return true;
}

static const struct argp register_argp = { option_list, parse, NULL,
    "Print the register of domestic homicide reviews (DHR, DARDR): URN, Home Office reference, town, status, action plan, progress, "
    "and red, amber or green with the dates that it was computed from.\v"
    "Examples:\n  exhibit case register --type dhr\n  exhibit case register --type dhr --csv >register.csv", NULL, NULL, NULL };
const struct command cmd_case_register = { "case register", "print the register of domestic homicide reviews", &register_argp,
    sizeof(struct options), NEEDS_STORE, run, NULL };
