/* report: VERIFY.txt: how to check a package with stock tools, without us. */
#include "exhibit/report.h"

#include "exhibit/text.h"

#include <string.h>

static void add_windows(struct exh_text *t, const struct exh_json *parts)
{
    exh_text_puts(t, "1. ON WINDOWS, WITH NOTHING INSTALLED\n\n"
                  "   Unpack the ZIP (right click, Extract All). Open a command prompt in the\n"
                  "   unpacked folder and type, for each file:\n\n");
    for (size_t i = 0; i < exh_json_count(parts); i++) {
        const struct exh_json *part = exh_json_at(parts, i);
        EXH_CLEANUP(exh_freep) char *file = exh_strdup(exh_json_text_or(part, "file", ""));
        for (char *slash = file; (slash = strchr(slash, '/'));)
            *slash = '\\';
        exh_text_printf(t, "     certutil -hashfile %s SHA256\n", file);
        exh_text_printf(t, "     expected: %s\n", exh_json_text_or(part, "sha256", ""));
    }
    exh_text_puts(t, "\n   The two lines must be equal. This shows that the files are those listed in\n"
                  "   manifest-sha256.txt. That nobody changed the list is what the signatures show:\n"
                  "   see 3 and 4.\n\n");
}

static void add_hashes(struct exh_text *t)
{
    exh_text_puts(t, "2. HASHES OF EVERY FILE (Linux, macOS with coreutils)\n\n"
                  "     sha256sum -c manifest-sha256.txt\n"
                  "     sha256sum -c tagmanifest-sha256.txt\n\n"
                  "   Every line must end in OK, and no file may be there that neither list names,\n"
                  "   but for tagmanifest-sha256.txt and its two signatures.\n\n");
}

static void add_signatures(struct exh_text *t, const struct exh_report_facts *facts)
{
    exh_text_printf(t, "3. THE SIGNATURE, WITH OPENSSH (on every current Windows, macOS and Linux)\n\n"
                    "     ssh-keygen -Y verify -f record/signers/allowed_signers -I %s -n exhibit \\\n"
                    "       -s tagmanifest-sha256.txt.sig < tagmanifest-sha256.txt\n\n"
                    "   It must say: Good \"exhibit\" signature for %s with ED25519 key\n"
                    "     %s\n\n", facts->signer, facts->signer, facts->fingerprint);
    exh_text_printf(t, "4. THE SAME, WITH MINISIGN\n\n"
                    "     minisign -V -m tagmanifest-sha256.txt -P %s\n\n", facts->minisign);
    exh_text_puts(t, "   The key named here came with the package. Compare it with the one that the\n"
                  "   organisation publishes or gave you before: only that tells whose signature it is.\n\n");
}

static void add_footage(struct exh_text *t, const struct exh_json *record)
{
    const struct exh_json *segments = exh_json_get(record, "segments");
    const struct exh_json *run = NULL, *segment = NULL;

    for (size_t i = 0; i < exh_json_count(segments) && !run; i++) {
        segment = exh_json_at(segments, i);
        run = exh_json_at(exh_json_get(segment, "runs"), 0);
    }
    if (!run)
        return;
    EXH_CLEANUP(exh_freep) char *name = exh_text_printable(exh_json_text_or(segment, "name", ""));
    exh_text_printf(t, "5. AGAINST THE RECORDER'S OWN FILES, for those who hold them\n\n"
                    "   record/exhibit.json lists, for each file of the recorder, the stretches of bytes\n"
                    "   that were copied (offset, length, SHA-256). For the first:\n\n"
                    "     tail -c +%lld '%s' | head -c %lld | sha256sum\n"
                    "     expected: %s\n\n",
                    (long long)exh_json_int_or(run, "offset", 0) + 1, name, (long long)exh_json_int_or(run, "length", 0),
                    exh_json_text_or(run, "sha256", ""));
}

/* The Master is not in the package: who holds it can compare, and make the copy again. */
static void add_master(struct exh_text *t, const struct exh_json *record)
{
    const struct exh_json *of = exh_json_get(record, "of");
    bool again = exh_json_bool_or(exh_json_get(record, "conversion"), "reproducible", false);

    if (!exh_json_count(of))
        return;
    exh_text_puts(t, "5. AGAINST THE MASTER, for those who hold it\n\n"
                  "   This is a copy. The Master that it was made of is sealed by itself; these digests tell\n"
                  "   which one it was:\n\n");
    for (size_t i = 0; i < exh_json_count(of); i++)
        exh_text_printf(t, "     exhibit %s, tagmanifest-sha256.txt with the SHA-256\n       %s\n",
                        exh_json_text_or(exh_json_at(of, i), "exhibit", ""),
                        exh_json_text_or(exh_json_at(of, i), "tagmanifest_sha256", ""));
    exh_text_printf(t, "\n   record/exhibit.json has all that the copy was made by, under \"conversion\".%s\n\n",
                    again ? "\n   In the store that has both, the copy is made again and compared byte for byte with\n\n"
                            "     exhibit verify COPY --reproduce\n\n"
                            "   which needs the libraries that the record names under \"made\"" : "");
}

static void add_log(struct exh_text *t, const struct exh_report_facts *facts)
{
    exh_text_printf(t, "6. THE CUSTODY LOG\n\n"
                    "   When this package was sealed the custody log had %llu entries, the last of them with\n"
                    "   the SHA-256\n     %s\n"
                    "   (record/custody.json). Whoever audits the log can ask that this entry is still in it,\n"
                    "   unchanged: your package is a witness to everything before it.\n",
                    (unsigned long long)facts->log_entries, facts->log_head);
}

static void add_times(struct exh_text *t, const struct exh_json *clock)
{
    EXH_CLEANUP(exh_freep) char *rule = exh_text_printable(exh_json_text_or(clock, "words", ""));

    exh_text_puts(t, "\n7. THE TIMES\n\n"
                  "   The names of the recorder's files, and a clock burnt into the picture, show recorder\n"
                  "   time.");
    if (*rule)
        exh_text_printf(t, " The times in the record and on START-HERE.html are true times:\n     %s\n"
                        "   How that was found out stands in record/exhibit.json under \"clock\".\n", rule);
    else
        exh_text_puts(t, " So do the record and START-HERE.html: no check of the recorder's clock\n   is recorded.\n");
}

char *exh_report_verify_text(const struct exh_json *record, const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text t = EXH_TEXT_NONE;

    exh_text_printf(&t, "HOW TO CHECK EXHIBIT %s WITHOUT THE PROGRAM THAT MADE IT\n\n"
                    "Sealed %s (%s) by %s.\n"
                    "With the program: exhibit verify FILE.zip --signers ALLOWED_SIGNERS\n"
                    "If you were given a file that ends in .age, open it first:\n"
                    "  age -d -i YOUR-IDENTITY FILE.zip.age > FILE.zip\n\n",
                    exh_json_text_or(record, "exhibit", ""), facts->sealed_local, facts->sealed, facts->signer);
    add_windows(&t, exh_json_get(record, "parts"));
    add_hashes(&t);
    add_signatures(&t, facts);
    add_footage(&t, record);
    add_master(&t, record);
    add_log(&t, facts);
    add_times(&t, exh_json_get(record, "clock"));
    return exh_text_take(&t);
}
