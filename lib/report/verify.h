/* report, private: what VERIFY.txt of an exhibit and of a package share. Plain ASCII; a line that begins with exactly five spaces
 * is a command. */
#ifndef EXHIBIT_REPORT_VERIFY_H
#define EXHIBIT_REPORT_VERIFY_H

#include "exhibit/report.h"
#include "exhibit/text.h"

/* The text so far, and the number of its last section. */
struct exh_verify { struct exh_text text; int section; };
#define EXH_VERIFY_NONE { EXH_TEXT_NONE, 0 }
void exh_verify_clear(struct exh_verify *verify);

/* "3. TITLE", with the next number. */
void exh_verify_section(struct exh_verify *verify, const char *title);
void exh_verify_puts(struct exh_verify *verify, const char *words);
/* Only of words that were made fit. */
void exh_verify_printf(struct exh_verify *verify, const char *format, ...) EXH_PRINTF(2, 3);
/* @words in plain ASCII, whatever they were. Free with free(). */
char *exh_verify_ascii(const char *words) EXH_CHECK;
/* @words as one word of a command; NULL where they are not plain ASCII, so that no command with them runs as written. Free with
 * free(). */
char *exh_verify_word(const char *words) EXH_CHECK;
/* The line of a value that a command must give. */
void exh_verify_expected(struct exh_verify *verify, const char *value);

/* ---- sections that both have ---- */

/* The name of one file for certutil, and its digest; nothing of a name that a package cannot hold. */
void exh_verify_windows_file(struct exh_verify *verify, const struct exh_json *file);
void exh_verify_windows_begin(struct exh_verify *verify);
void exh_verify_windows_end(struct exh_verify *verify);
void exh_verify_hashes(struct exh_verify *verify);
void exh_verify_signatures(struct exh_verify *verify, const struct exh_report_facts *facts);
/* One stretch of a file of the recorder; false where the record names none that can be typed. */
bool exh_verify_segment(struct exh_verify *verify, const struct exh_json *record);
bool exh_verify_is_reproducible(const struct exh_json *record);
/* How a copy is made again, where that is so of any. */
void exh_verify_reproduce(struct exh_verify *verify, bool reproducible);
/* What a bag has of the log's checkpoint and of proofs under it. */
struct exh_verify_proofs {
    const char *key;                 /* the log's, a C2SP verifier key; NULL, or not one: the section is left out */
    const char *stands_in;           /* where the bag has it */
    const char *files, *proved;      /* the proofs' names, and "the entry ... stands" */
    const char *each;                /* Python: a loop over @name, a proof's file, and @entry, the bytes that it proves */
};
void exh_verify_log(struct exh_verify *verify, const struct exh_verify_proofs *proofs);
/* The same of a bag that has its own entries in record/custody.json. */
void exh_verify_own_proof(struct exh_verify *verify, const struct exh_report_facts *facts);
void exh_verify_clock(struct exh_verify *verify, const struct exh_json *clock);
void exh_verify_opening(struct exh_verify *verify);

#endif
