/* report: the pages of a destruction certificate: what was destroyed, by what rule, by whom, and what was not reached. */
#include "page.h"
#include "verify.h"

#include <inttypes.h>

/* ---- START-HERE.html ---- */

static void add_person(struct exh_text *page, const char *title, const struct exh_json *person)
{
    EXH_CLEANUP(exh_freep) char *words = exh_format("%s, %s, key %s, on %s (%s UTC)", exh_json_text_or(person, "name", "(name not known)"),
                                                    exh_json_text_or(person, "role", "(role not known)"),
                                                    exh_json_text_or(person, "fingerprint", ""), exh_json_text_or(person, "time_local", ""),
                                                    exh_json_text_or(person, "time", ""));

    exh_page_row(page, title, words);
}

static void add_label(struct exh_text *page, const struct exh_json *record, const struct exh_report_facts *facts)
{
    const struct exh_json *plan = exh_json_get(record, "plan");

    exh_text_puts(page, "<table class=\"label\">\n");
    exh_page_row(page, "Certificate", exh_json_text_or(record, "number", ""));
    exh_page_row(page, "Organisation", exh_json_text_or(record, "organisation", ""));
    add_person(page, "Proposed by", exh_json_get(record, "proposed"));
    add_person(page, "Approved by", exh_json_get(record, "approved"));
    add_person(page, "Carried out by", exh_json_get(record, "carried_out"));
    exh_page_row(page, "Witness", exh_json_text_or(record, "witness", NULL));
    exh_page_row(page, "Place", exh_json_text_or(record, "place", NULL));
    exh_page_row(page, "Reason", exh_json_text_or(plan, "reason", NULL));
    exh_page_row(page, "Ended early", exh_json_text_or(record, "ended_early", NULL));
    exh_page_code_row(page, "Plan, SHA-256", exh_json_text_or(plan, "sha256", ""));
    exh_page_code_row(page, "Policy, SHA-256", exh_json_text_or(plan, "policy_sha256", ""));
    exh_page_row(page, "Holds", exh_json_text_or(record, "holds", ""));
    exh_page_row(page, "Method", exh_json_text_or(record, "method", ""));
    exh_page_sealed(page, facts);
    exh_text_puts(page, "</table>\n");
}

static void add_cell(struct exh_text *page, const char *title, const char *words)
{
    exh_text_printf(page, "<td data-title=\"%s\">", title);
    exh_page_safe(page, words);
    exh_text_puts(page, "</td>");
}

static void add_item(struct exh_text *page, const struct exh_json *item)
{
    const char *exhibit = exh_json_text_or(item, "exhibit", NULL), *manifest = exh_json_text_or(item, "manifest", NULL);
    const struct exh_json *done = exh_json_get(item, "destroyed");
    EXH_CLEANUP(exh_freep) char *what = exh_format("%s %s", exh_json_text_or(item, "kind", ""), exhibit ? exhibit : "");
    EXH_CLEANUP(exh_freep) char *why = exh_format("%s: %s. %s. Due %s", exh_json_text_or(item, "rule", ""), exh_json_text_or(item, "title", ""),
                                                  exh_json_text_or(item, "legal", ""), exh_json_text_or(item, "due_local", ""));
    EXH_CLEANUP(exh_freep) char *state = exh_format("%s %s; %s", exh_json_text_or(item, "state", ""), exh_json_text_or(done, "time", ""),
                                                    exh_json_text_or(item, "verification", "not destroyed"));

    exh_text_puts(page, "<tr>");
    add_cell(page, "Item", what);
    add_cell(page, "Case", exh_json_text_or(item, "case", ""));
    add_cell(page, "Rule", why);
    add_cell(page, "State", state);
    exh_text_puts(page, "<td data-title=\"Seal and files\"><code>");
    exh_page_safe(page, exh_json_text_or(item, "tagmanifest_sha256", "-"));
    exh_text_puts(page, "</code>");
    if (manifest) {
        exh_text_puts(page, "<span class=\"under\">");
        exh_page_file(page, manifest);
        exh_text_puts(page, "</span>");
    }
    exh_text_puts(page, "</td></tr>\n");
}

static void add_items(struct exh_text *page, const struct exh_json *record)
{
    static const struct exh_page_column columns[] = { { "Item", 14 }, { "Case", 8 }, { "Rule", 30 }, { "State", 22 }, { "Seal and files", 26 } };
    const struct exh_json *items = exh_json_get(record, "items");

    exh_text_puts(page, "<h2>What was destroyed</h2>\n");
    exh_page_list_begin(page, "", columns, EXH_COUNT(columns));
    for (size_t i = 0; i < exh_json_count(items); i++)
        add_item(page, exh_json_at(items, i));
    exh_page_list_end(page);
}

static void add_medium(struct exh_text *page, const struct exh_json *medium)
{
    exh_text_puts(page, "<h2>The medium, as far as the system says</h2>\n<table>\n");
    exh_page_row(page, "File system", exh_json_text_or(medium, "file_system", "not known"));
    exh_page_row(page, "Kind", exh_json_text_or(medium, "kind", "not known"));
    exh_page_row(page, "Vendor", exh_json_text_or(medium, "vendor", "not known"));
    exh_page_row(page, "Model", exh_json_text_or(medium, "model", "not known"));
    exh_page_row(page, "Serial number", exh_json_text_or(medium, "serial", "not known"));
    exh_text_puts(page, "</table>\n");
}

static void add_not_reached(struct exh_text *page, const struct exh_json *list)
{
    exh_text_puts(page, "<h2>What the destruction did not reach</h2>\n<ul>\n");
    for (size_t i = 0; i < exh_json_count(list); i++) {
        const char *words = exh_json_as_text(exh_json_at(list, i));
        exh_text_puts(page, "<li>");
        exh_page_safe(page, words ? words : "");
        exh_text_puts(page, "</li>\n");
    }
    exh_text_puts(page, "</ul>\n");
}

char *exh_report_certificate_page(const struct exh_json *record, const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text page = EXH_TEXT_NONE;

    exh_page_begin(&page, "Certificate of destruction");
    exh_text_puts(&page, "<h1>Certificate of destruction</h1>\n");
    add_label(&page, record, facts);
    add_items(&page, record);
    add_medium(&page, exh_json_get(record, "medium"));
    add_not_reached(&page, exh_json_get(record, "not_reached"));
    exh_page_checking(&page, "data/plan.json", facts);
    exh_text_puts(&page, "<p>Everything this page says stands in <a href=\"record/certificate.json\">record/certificate.json</a>; the plan that two "
                  "people agreed to is <a href=\"data/plan.json\">data/plan.json</a>.</p>\n");
    exh_page_end(&page);
    return exh_text_take(&page);
}

/* ---- VERIFY.txt ---- */

static void add_title(struct exh_verify *v, const struct exh_json *record, const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_freep) char *number = exh_verify_ascii(exh_json_text_or(record, "number", ""));
    EXH_CLEANUP(exh_freep) char *signer = exh_verify_ascii(facts->signer);

    exh_verify_printf(v, "HOW TO CHECK CERTIFICATE %s WITHOUT THE PROGRAM THAT MADE IT\n\n"
                      "Sealed %s (%s) by %s.\n"
                      "With the program: exhibit verify FOLDER --signers ALLOWED_SIGNERS\n\n",
                      number, facts->sealed_local, facts->sealed, signer);
}

static void add_files(struct exh_verify *v)
{
    exh_verify_section(v, "WHAT WAS DESTROYED");
    exh_verify_puts(v, "   record/certificate.json lists the exhibits; data/manifests/ has, of each, the names and\n"
                    "   SHA-256 of its files, as they were sealed. Whoever holds a copy of an exhibit can tell by\n"
                    "   them that it is one:\n\n"
                    "       sha256sum -c THE-EXHIBITS-MANIFEST.txt\n");
}

static void add_log(struct exh_verify *v, const struct exh_report_facts *facts)
{
    exh_verify_section(v, "THE CUSTODY LOG");
    exh_verify_printf(v, "   When this certificate was sealed the custody log had %" PRIu64 " entries, the last of them with\n"
                      "   the SHA-256\n       %s\n"
                      "   record/custody.json has those about the plan: who proposed it, who approved it, and each\n"
                      "   destruction, before and after.\n", facts->log_entries, facts->log_head);
    exh_verify_own_proof(v, facts);
}

char *exh_report_certificate_text(const struct exh_json *record, const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_verify_clear) struct exh_verify v = EXH_VERIFY_NONE;

    add_title(&v, record, facts);
    exh_verify_hashes(&v);
    exh_verify_signatures(&v, facts);
    add_files(&v);
    add_log(&v, facts);
    return exh_text_take(&v.text);
}
