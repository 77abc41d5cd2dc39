/* report: sections of VERIFY.txt that an exhibit and a package have alike. */
#include "page.h"
#include "verify.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void exh_verify_clear(struct exh_verify *verify)
{
    exh_text_clear(&verify->text);
}

void exh_verify_section(struct exh_verify *verify, const char *title)
{
    exh_verify_printf(verify, "%s%d. %s\n\n", verify->section ? "\n" : "", verify->section + 1, title);
    verify->section++;
}

void exh_verify_puts(struct exh_verify *verify, const char *words)
{
    exh_text_puts(&verify->text, words);
}

void exh_verify_printf(struct exh_verify *verify, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *words = exh_vformat(format, arguments);
    va_end(arguments);
    exh_text_puts(&verify->text, words);
}

char *exh_verify_ascii(const char *words)
{
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(words);
    EXH_CLEANUP(exh_text_clear) struct exh_text ascii = EXH_TEXT_NONE;

    for (const char *c = shown; *c; c++)
        exh_text_printf(&ascii, (unsigned char)*c < 0x80 ? "%c" : "\\x%02x", (unsigned char)*c);
    return exh_text_take(&ascii);
}

char *exh_verify_word(const char *words)
{
    EXH_CLEANUP(exh_freep) char *ascii = exh_verify_ascii(words);

    return *words && strcmp(ascii, words) == 0 ? exh_page_shell_word(words) : NULL;
}

void exh_verify_expected(struct exh_verify *verify, const char *value)
{
    EXH_CLEANUP(exh_freep) char *ascii = exh_verify_ascii(value);

    exh_verify_printf(verify, "       expected: %s\n", ascii);
}

/* ---- Windows ---- */

void exh_verify_windows_begin(struct exh_verify *verify)
{
    exh_verify_section(verify, "ON WINDOWS, WITH NOTHING INSTALLED");
    exh_verify_puts(verify, "   Unpack the ZIP (right click, Extract All; or: tar -xf FILE.zip). Open a Command\n"
                    "   Prompt in the unpacked folder and type, for each file:\n\n");
}

void exh_verify_windows_file(struct exh_verify *verify, const struct exh_json *file)
{
    const char *name = exh_json_text_or(file, "file", "");

    if (!exh_page_is_name(name))
        return;
    EXH_CLEANUP(exh_freep) char *own = exh_strdup(name);
    for (char *slash = own; (slash = strchr(slash, '/'));)
        *slash = '\\';
    exh_verify_printf(verify, "     certutil -hashfile %s SHA256\n", own);
    exh_verify_expected(verify, exh_json_text_or(file, "sha256", ""));
}

void exh_verify_windows_end(struct exh_verify *verify)
{
    exh_verify_puts(verify, "\n   The digest that it shows must be the expected one. This shows that the files are\n"
                    "   those listed in manifest-sha256.txt. That nobody changed the list is what the\n"
                    "   signatures show: see 3 and 4. ssh-keygen is part of Windows 10 and 11.\n");
}

/* ---- digests and signatures ---- */

void exh_verify_hashes(struct exh_verify *verify)
{
    exh_verify_section(verify, "DIGESTS OF EVERY FILE");
    exh_verify_puts(verify, "   On Linux:\n\n"
                    "     sha256sum -c manifest-sha256.txt\n"
                    "     sha256sum -c tagmanifest-sha256.txt\n\n"
                    "   On macOS:\n\n"
                    "     shasum -a 256 -c manifest-sha256.txt\n"
                    "     shasum -a 256 -c tagmanifest-sha256.txt\n\n"
                    "   Every line must end in OK, and no file may be there that neither list names,\n"
                    "   but for tagmanifest-sha256.txt and its two signatures.\n");
}

void exh_verify_signatures(struct exh_verify *verify, const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_freep) char *signer = exh_verify_ascii(facts->signer), *word = exh_page_shell_word(signer);

    exh_verify_section(verify, "THE SIGNATURE, WITH OPENSSH (8.1 or later; Windows, macOS and Linux have it)");
    exh_verify_printf(verify, "     ssh-keygen -Y verify -f record/signers/allowed_signers -I %s -n exhibit \\\n"
                      "       -s tagmanifest-sha256.txt.sig < tagmanifest-sha256.txt\n\n"
                      "   (On Windows in the Command Prompt, as one line, without the \\.) It must say:\n\n"
                      "       Good \"exhibit\" signature for %s with ED25519 key\n"
                      "       %s\n", word, signer, facts->fingerprint);
    exh_verify_section(verify, "THE SAME, WITH MINISIGN");
    exh_verify_printf(verify, "     minisign -V -m tagmanifest-sha256.txt -P %s\n\n"
                      "   The key named here came with the package. Compare it with the one that the\n"
                      "   organisation publishes or gave you before: only that tells whose signature it is.\n", facts->minisign);
}

/* ---- back to where it came from ---- */

/* tail counts bytes from 1. */
static void add_stretch(struct exh_verify *verify, const char *name, const struct exh_json *run)
{
    uint64_t offset = (uint64_t)exh_json_int_or(run, "offset", 0), length = (uint64_t)exh_json_int_or(run, "length", 0);

    exh_verify_printf(verify, "     tail -c +%llu %s | head -c %llu | sha256sum\n", (unsigned long long)offset + 1, name, (unsigned long long)length);
    exh_verify_expected(verify, exh_json_text_or(run, "sha256", ""));
}

bool exh_verify_segment(struct exh_verify *verify, const struct exh_json *record)
{
    const struct exh_json *segments = exh_json_get(record, "segments");

    for (size_t i = 0; i < exh_json_count(segments); i++) {
        const struct exh_json *segment = exh_json_at(segments, i), *run = exh_json_at(exh_json_get(segment, "runs"), 0);
        EXH_CLEANUP(exh_freep) char *name = exh_verify_word(exh_json_text_or(segment, "name", ""));
        if (!run || !name)
            continue;
        add_stretch(verify, name, run);
        return true;
    }
    return false;
}

bool exh_verify_is_reproducible(const struct exh_json *record)
{
    return exh_json_bool_or(exh_json_get(record, "conversion"), "reproducible", false);
}

void exh_verify_reproduce(struct exh_verify *verify, bool reproducible)
{
    if (!reproducible)
        return;
    exh_verify_puts(verify, "\n   In the store that has both, a copy is made again and compared byte for byte with\n\n"
                    "       exhibit verify COPY --reproduce\n\n"
                    "   which needs the libraries that its record names under \"made\".\n");
}

/* ---- times, and how to open it ---- */

void exh_verify_clock(struct exh_verify *verify, const struct exh_json *clock)
{
    EXH_CLEANUP(exh_freep) char *rule = exh_verify_ascii(exh_json_text_or(clock, "words", ""));

    if (*rule)
        exh_verify_printf(verify, " The times in the record and on START-HERE.html are true times:\n       %s\n"
                          "   How that was found out stands in its record under \"clock\".\n", rule);
    else
        exh_verify_puts(verify, " So do the record and START-HERE.html: no check of the recorder's clock\n   is recorded.\n");
}

void exh_verify_opening(struct exh_verify *verify)
{
    exh_verify_section(verify, "OPENING A PACKAGE THAT WAS ENCRYPTED");
    exh_verify_puts(verify, "   A file that ends in .age, for those whose recipient it was encrypted to, with their\n"
                    "   identity (age, or any program of its format):\n\n"
                    "     age -d -i YOUR-IDENTITY FILE.zip.age > FILE.zip\n\n"
                    "   A ZIP that asks for a password is encrypted with AES-256, which Explorer and tar on\n"
                    "   Windows do not open; 7-Zip does, and asks for the password:\n\n"
                    "     7z x FILE.zip\n");
}
