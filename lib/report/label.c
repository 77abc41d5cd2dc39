/* report: rows of a label: what for, for whom, sealed by whom. */
#include "page.h"

void exh_page_references(struct exh_text *page, const struct exh_json *one)
{
    const struct exh_json *references = exh_json_get(one, "references");
    EXH_CLEANUP(exh_text_clear) struct exh_text all = EXH_TEXT_NONE;

    for (size_t i = 0; i < exh_json_count(references); i++) {
        const char *reference = exh_json_as_text(exh_json_at(references, i));
        exh_text_puts(&all, i ? ", " : "");
        exh_text_puts(&all, reference ? reference : "");
    }
    exh_page_row(page, "References", all.bytes);
    exh_page_row(page, "Requested by", exh_json_text_or(one, "requested_by", NULL));
    exh_page_row(page, "Legal basis", exh_json_text_or(one, "basis", NULL));
}

void exh_page_sealed(struct exh_text *page, const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_freep) char *sealed = exh_format("%s (%s UTC) by %s, key %s", facts->sealed_local, facts->sealed, facts->signer,
                                                     facts->fingerprint);

    exh_page_row(page, "Sealed", sealed);
}
