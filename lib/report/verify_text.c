/* report: VERIFY.txt of one exhibit: how to check its bag with stock tools, without us. */
#include "verify.h"

#include <string.h>

static void add_title(struct exh_verify *v, const struct exh_json *record, const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_freep) char *exhibit = exh_verify_ascii(exh_json_text_or(record, "exhibit", ""));
    EXH_CLEANUP(exh_freep) char *signer = exh_verify_ascii(facts->signer);

    exh_verify_printf(v, "HOW TO CHECK EXHIBIT %s WITHOUT THE PROGRAM THAT MADE IT\n\n"
                      "Sealed %s (%s) by %s.\n"
                      "With the program: exhibit verify FILE.zip --signers ALLOWED_SIGNERS\n"
                      "If you were given a file that is encrypted, open it first: see the last section.\n\n",
                      exhibit, facts->sealed_local, facts->sealed, signer);
}

static void add_windows(struct exh_verify *v, const struct exh_json *parts)
{
    exh_verify_windows_begin(v);
    for (size_t i = 0; i < exh_json_count(parts); i++)
        exh_verify_windows_file(v, exh_json_at(parts, i));
    exh_verify_windows_end(v);
}

static void add_footage(struct exh_verify *v, const struct exh_json *record)
{
    EXH_CLEANUP(exh_verify_clear) struct exh_verify command = EXH_VERIFY_NONE;

    if (!exh_verify_segment(&command, record))
        return;
    exh_verify_section(v, "AGAINST THE RECORDER'S OWN FILES, for those who hold them");
    exh_verify_puts(v, "   record/exhibit.json lists, for each file of the recorder, the stretches of bytes\n"
                    "   that were copied (offset, length, SHA-256). The first, in the folder of the recordings:\n\n");
    exh_verify_puts(v, command.text.bytes);
}

/* The Master is not in the package: who holds it can compare, and make the copy again. */
static void add_master(struct exh_verify *v, const struct exh_json *record)
{
    const struct exh_json *of = exh_json_get(record, "of");

    if (!exh_json_count(of))
        return;
    exh_verify_section(v, "AGAINST THE MASTER, for those who hold it");
    exh_verify_puts(v, "   This is a copy. The Master that it was made of is sealed by itself; these digests tell\n"
                    "   which one it was:\n\n");
    for (size_t i = 0; i < exh_json_count(of); i++) {
        EXH_CLEANUP(exh_freep) char *exhibit = exh_verify_ascii(exh_json_text_or(exh_json_at(of, i), "exhibit", ""));
        EXH_CLEANUP(exh_freep) char *digest = exh_verify_ascii(exh_json_text_or(exh_json_at(of, i), "tagmanifest_sha256", ""));
        exh_verify_printf(v, "       exhibit %s, tagmanifest-sha256.txt with the SHA-256\n         %s\n", exhibit, digest);
    }
    exh_verify_puts(v, "\n   record/exhibit.json has all that the copy was made by, under \"conversion\".\n");
    exh_verify_reproduce(v, exh_verify_is_reproducible(record));
}

static void add_log(struct exh_verify *v, const struct exh_report_facts *facts)
{
    exh_verify_section(v, "THE CUSTODY LOG");
    exh_verify_printf(v, "   When this package was sealed the custody log had %llu entries, the last of them with\n"
                      "   the SHA-256\n       %s\n"
                      "   (record/custody.json). Whoever audits the log can ask that this entry is still in it,\n"
                      "   unchanged: your package is a witness to everything before it.\n",
                      (unsigned long long)facts->log_entries, facts->log_head);
}

static void add_times(struct exh_verify *v, const struct exh_json *record)
{
    exh_verify_section(v, "THE TIMES");
    exh_verify_puts(v, "   The names of the recorder's files, and a clock burnt into the picture, show recorder\n   time.");
    exh_verify_clock(v, exh_json_get(record, "clock"));
}

char *exh_report_verify_text(const struct exh_json *record, const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_verify_clear) struct exh_verify v = EXH_VERIFY_NONE;

    add_title(&v, record, facts);
    add_windows(&v, exh_json_get(record, "parts"));
    exh_verify_hashes(&v);
    exh_verify_signatures(&v, facts);
    add_footage(&v, record);
    add_master(&v, record);
    add_log(&v, facts);
    exh_verify_own_proof(&v, facts);
    add_times(&v, record);
    exh_verify_opening(&v);
    return exh_text_take(&v.text);
}
