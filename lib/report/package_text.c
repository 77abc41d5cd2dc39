/* report: VERIFY.txt of a package: how to check it, and each exhibit in it, with stock tools, without us. */
#include "page.h"
#include "verify.h"

#include <string.h>

enum { PIECE = 16 << 20 };               /* bytes: record/pieces-sha256.txt has a digest for each */

static const struct exh_json *exhibit_at(const struct exh_page_place *place, size_t index)
{
    return exh_json_at(exh_json_get(place->package, "exhibits"), index);
}

static void add_title(struct exh_verify *v, const struct exh_json *package, const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_freep) char *name = exh_verify_ascii(exh_json_text_or(package, "package", ""));
    EXH_CLEANUP(exh_freep) char *signer = exh_verify_ascii(facts->signer);
    long long volume = exh_json_int_or(package, "volume", 1), volumes = exh_json_int_or(package, "volumes", 1);

    exh_verify_printf(v, "HOW TO CHECK PACKAGE %s WITHOUT THE PROGRAM THAT MADE IT\n\n"
                      "Sealed %s (%s) by %s.\n", name, facts->sealed_local, facts->sealed, signer);
    if (volumes > 1)
        exh_verify_printf(v, "This is volume %lld of %lld; each is sealed by itself, and is checked in this way.\n", volume, volumes);
    exh_verify_puts(v, "With the program: exhibit verify FILE.zip --signers ALLOWED_SIGNERS\n"
                    "If you were given a file that is encrypted, open it first: see the last section.\n"
                    "Every command below is typed in the unpacked folder, where this file is.\n\n");
}

/* ---- its files ---- */

typedef void take_file(struct exh_verify *v, const struct exh_json *file);

/* Each file that is in this volume. */
static void each_file(struct exh_verify *v, struct exh_page_place place, take_file *take)
{
    for (place.index = 0; place.index < exh_json_count(exh_json_get(place.package, "exhibits")); place.index++) {
        const struct exh_json *files = exh_json_get(exhibit_at(&place, place.index), "files");
        for (size_t i = 0; i < exh_json_count(files); i++)
            if (!exh_page_elsewhere(&place, exh_json_text_or(exh_json_at(files, i), "file", "")))
                take(v, exh_json_at(files, i));
    }
}

static void add_windows(struct exh_verify *v, struct exh_page_place place)
{
    exh_verify_windows_begin(v);
    each_file(v, place, exh_verify_windows_file);
    exh_verify_windows_end(v);
}

/* The second piece of @file stands for all: the first to be read by its offset. */
static void add_piece(struct exh_verify *v, const struct exh_json *file)
{
    const char *name = exh_json_text_or(file, "file", "");
    int64_t size = exh_json_int_or(file, "size", 0), rest = size > PIECE ? size - PIECE : 0;

    if (v->text.size || !rest || !exh_page_is_name(name))
        return;
    exh_verify_printf(v, "     tail -c +%d %s | head -c %lld | sha256sum\n"
                      "     grep '  %d  [0-9]*  %s$' record/pieces-sha256.txt\n",
                      PIECE + 1, name, (long long)(rest < PIECE ? rest : PIECE), PIECE, name);
}

static void add_pieces(struct exh_verify *v, struct exh_page_place place)
{
    EXH_CLEANUP(exh_verify_clear) struct exh_verify commands = EXH_VERIFY_NONE;

    each_file(&commands, place, add_piece);
    if (!commands.text.size)
        return;
    exh_verify_section(v, "PIECES OF LARGE FILES");
    exh_verify_puts(v, "   record/pieces-sha256.txt has a line for each piece of 16 MiB of each larger file:\n"
                    "   SHA-256, offset, length, name. Where a file has changed they show where. One piece,\n"
                    "   and its line:\n\n");
    exh_verify_puts(v, commands.text.bytes);
    exh_verify_puts(v, "\n   The two digests must be equal. All pieces:\n\n"
                    "     while read -r digest offset length name; do \\\n"
                    "       tail -c +$((offset + 1)) \"$name\" | head -c \"$length\" | sha256sum | grep -q \"^$digest\" \\\n"
                    "       && echo \"$name at $offset: OK\" || echo \"$name at $offset: FAILED\"; \\\n"
                    "       done < record/pieces-sha256.txt\n");
}

/* ---- its exhibits ---- */

struct counts { size_t here, elsewhere; };

static struct counts count_files(const struct exh_page_place *place)
{
    const struct exh_json *files = exh_json_get(exhibit_at(place, place->index), "files");
    struct counts counts = { 0, 0 };

    for (size_t i = 0; i < exh_json_count(files); i++)
        if (exh_page_elsewhere(place, exh_json_text_or(exh_json_at(files, i), "file", "")))
            counts.elsewhere++;
        else
            counts.here++;
    return counts;
}

static void add_seal_signature(struct exh_verify *v, const struct exh_page_place *place, const char *folder)
{
    const struct exh_json *by = exh_json_get(exh_json_get(place->items[place->index].record, "made"), "by");
    EXH_CLEANUP(exh_freep) char *signer = exh_verify_word(exh_json_text_or(by, "initials", ""));

    if (!signer)
        return;
    exh_verify_printf(v, "     ssh-keygen -Y verify -f %s/" "record/signers/allowed_signers -I %s -n exhibit \\\n"
                      "       -s %s/tagmanifest-sha256.txt.sig < %s/tagmanifest-sha256.txt\n", folder, signer, folder, folder);
    exh_verify_expected(v, exh_json_text_or(exhibit_at(place, place->index), "signer", ""));
}

static void add_seal(struct exh_verify *v, const struct exh_page_place *place)
{
    const struct exh_json *exhibit = exhibit_at(place, place->index);
    const char *folder = exh_json_text_or(exhibit, "folder", "");
    EXH_CLEANUP(exh_freep) char *reference = exh_verify_ascii(exh_json_text_or(exhibit, "exhibit", ""));
    struct counts files = count_files(place);

    if (!exh_page_is_name(folder))
        return;
    exh_verify_printf(v, "\n   Exhibit %s:\n\n     (cd %s && sha256sum -c tagmanifest-sha256.txt)\n", reference, folder);
    if (files.here)
        exh_verify_printf(v, "     sha256sum -c %s%s/manifest-sha256.txt\n", files.elsewhere ? "--ignore-missing " : "", folder);
    if (files.elsewhere)
        exh_verify_printf(v, "       (%zu of its files %s in other volumes)\n", files.elsewhere, files.elsewhere == 1 ? "is" : "are");
    exh_verify_printf(v, "     sha256sum %s/tagmanifest-sha256.txt\n", folder);
    exh_verify_expected(v, exh_json_text_or(exhibit, "tagmanifest_sha256", ""));
    add_seal_signature(v, place, folder);
}

static void add_seals(struct exh_verify *v, struct exh_page_place place)
{
    exh_verify_section(v, "EACH EXHIBIT'S OWN SEAL");
    exh_verify_puts(v, "   Each exhibit was sealed by itself when it was made. Its manifests, signatures and\n"
                    "   record are in its own folder; its files are in data, under the same names.\n");
    for (place.index = 0; place.index < place.count; place.index++)
        add_seal(v, &place);
}

/* ---- custody ---- */

static void add_commit(struct exh_verify *v, const struct exh_json *entry)
{
    const char *file = exh_json_text_or(entry, "file", ""), *dot = strrchr(file, '.');
    EXH_CLEANUP(exh_freep) char *actor = exh_verify_ascii(exh_json_text_or(entry, "actor", ""));

    if (!dot || !exh_page_is_name(file))
        return;
    EXH_CLEANUP(exh_freep) char *commit = exh_format("%.*s.commit", (int)(dot - file), file);
    exh_verify_printf(v, "\n   Each commit is signed by the person who acted. The signature of the first, by hand\n"
                      "   (the signature is put beside this folder, so that nothing is added to it):\n\n"
                      "     sed -n '/^gpgsig/,/END SSH/p' %s | sed 's/^gpgsig //; s/^ //' > ../commit.sig\n"
                      "     sed '/^gpgsig/,/END SSH/d' %s | ssh-keygen -Y check-novalidate -n git -s ../commit.sig\n\n"
                      "   It must say: Good \"git\" signature with ED25519 key\n       %s\n", commit, commit, actor);
}

static void add_custody(struct exh_verify *v, const struct exh_json *package)
{
    const struct exh_json *log = exh_json_get(package, "log"), *first = exh_json_at(exh_json_get(package, "custody"), 0);
    EXH_CLEANUP(exh_freep) char *last = exh_verify_ascii(exh_json_text_or(log, "last_entry_sha256", ""));

    exh_verify_section(v, "THE CUSTODY LOG");
    if (first)
        exh_verify_puts(v, "   record/custody has the log's entries about these exhibits: N.json, byte for byte, and\n"
                        "   N.commit, the git commit that signs it and names its SHA-256 (entry-sha256):\n\n"
                        "     for entry in record/custody/*.json; do \\\n"
                        "       digest=$(sha256sum < $entry | cut -c1-64); \\\n"
                        "       grep -qx \"entry-sha256: $digest\" ${entry%.json}.commit \\\n"
                        "       && echo \"$entry: OK\" || echo \"$entry: FAILED\"; done\n");
    add_commit(v, first);
    exh_verify_printf(v, "%s   When this package was sealed the log had %lld entries, the last of them with the SHA-256\n       %s\n"
                      "   Whoever audits the log can ask that this entry is still in it, unchanged: your package\n"
                      "   is a witness to everything before it.\n", first ? "\n" : "", (long long)exh_json_int_or(log, "entries", 0), last);
}

static void add_proofs(struct exh_verify *v, const struct exh_json *package)
{
    const struct exh_verify_proofs proofs = {
        .key = exh_json_text_or(exh_json_get(package, "log"), "key", NULL),
        .stands_in = "record/package.json (\"log\", \"key\")",
        .files = "record/custody/N.tlog-proof",
        .proved = "the entry N.json stands",
        .each = "       for name in sorted(glob.glob('record/custody/*.tlog-proof')):\n"
                "           entry = open(name[:-len('tlog-proof')] + 'json', 'rb').read()\n" };

    exh_verify_log(v, &proofs);
}

/* ---- where they came from ---- */

static void add_footage(struct exh_verify *v, struct exh_page_place place)
{
    EXH_CLEANUP(exh_verify_clear) struct exh_verify commands = EXH_VERIFY_NONE;

    for (place.index = 0; place.index < place.count; place.index++)
        exh_verify_segment(&commands, place.items[place.index].record);
    if (!commands.text.size)
        return;
    exh_verify_section(v, "AGAINST THE RECORDER'S OWN FILES, for those who hold them");
    exh_verify_puts(v, "   The record of each Master lists, for each file of the recorder, the stretches of bytes\n"
                    "   that were copied (offset, length, SHA-256). The first of each, in the folder of the\n"
                    "   recordings:\n\n");
    exh_verify_puts(v, commands.text.bytes);
}

static void add_master(struct exh_verify *v, const struct exh_page_place *place, const struct exh_json *master)
{
    const char *reference = exh_json_text_or(master, "exhibit", "");
    EXH_CLEANUP(exh_freep) char *shown = exh_verify_ascii(reference);
    long index = exh_page_find(place, reference);
    const char *folder = index < 0 ? "" : exh_json_text_or(exhibit_at(place, (size_t)index), "folder", "");

    if (exh_page_is_name(folder))
        exh_verify_printf(v, "     sha256sum %s/tagmanifest-sha256.txt\n", folder);
    else
        exh_verify_printf(v, "       tagmanifest-sha256.txt of exhibit %s, which is not in this package\n", shown);
    exh_verify_expected(v, exh_json_text_or(master, "tagmanifest_sha256", ""));
}

static void add_masters(struct exh_verify *v, struct exh_page_place place)
{
    EXH_CLEANUP(exh_verify_clear) struct exh_verify lines = EXH_VERIFY_NONE;
    bool reproducible = false;

    for (place.index = 0; place.index < place.count; place.index++) {
        const struct exh_json *of = exh_json_get(place.items[place.index].record, "of");
        EXH_CLEANUP(exh_freep) char *copy = exh_verify_ascii(exh_json_text_or(exhibit_at(&place, place.index), "exhibit", ""));
        if (exh_json_count(of))
            exh_verify_printf(&lines, "\n   Copy %s:\n\n", copy);
        for (size_t i = 0; i < exh_json_count(of); i++)
            add_master(&lines, &place, exh_json_at(of, i));
        reproducible |= exh_verify_is_reproducible(place.items[place.index].record);
    }
    if (!lines.text.size)
        return;
    exh_verify_section(v, "COPIES AGAINST THEIR MASTERS");
    exh_verify_puts(v, "   The record of a copy names the seal of each Master that it was made of, and all that it\n"
                    "   was made by, under \"conversion\".\n");
    exh_verify_puts(v, lines.text.bytes);
    exh_verify_reproduce(v, reproducible);
}

static void add_times(struct exh_verify *v, struct exh_page_place place)
{
    exh_verify_section(v, "THE TIMES");
    exh_verify_puts(v, "   The names of the recorder's files, and a clock burnt into the picture, show recorder\n   time.\n");
    for (place.index = 0; place.index < place.count; place.index++) {
        const struct exh_json *record = place.items[place.index].record;
        EXH_CLEANUP(exh_freep) char *reference = exh_verify_ascii(exh_json_text_or(exhibit_at(&place, place.index), "exhibit", ""));
        if (exh_page_is_copy(record) || exh_json_type(exh_json_get(record, "camera")) != EXH_JSON_OBJECT)
            continue;
        exh_verify_printf(v, "   Exhibit %s.", reference);
        exh_verify_clock(v, exh_json_get(record, "clock"));
    }
}

char *exh_report_package_text(const struct exh_json *package, const struct exh_report_item *items, size_t count,
                              const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_verify_clear) struct exh_verify v = EXH_VERIFY_NONE;
    const struct exh_page_place place = { .package = package, .items = items, .count = count };

    add_title(&v, package, facts);
    add_windows(&v, place);
    exh_verify_hashes(&v);
    exh_verify_signatures(&v, facts);
    add_pieces(&v, place);
    add_seals(&v, place);
    add_custody(&v, package);
    add_proofs(&v, package);
    add_footage(&v, place);
    add_masters(&v, place);
    add_times(&v, place);
    exh_verify_opening(&v);
    return exh_text_take(&v.text);
}
