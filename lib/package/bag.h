/* bag: the texts of the bag and how they are read, shared by writing and checking. Private to package. */
#ifndef EXHIBIT_PACKAGE_BAG_H
#define EXHIBIT_PACKAGE_BAG_H

#include "exhibit/crypto.h"
#include "exhibit/moment.h"
#include "exhibit/text.h"

#include <stdint.h>

#define EXH_BAG_DECLARATION "bagit.txt"
#define EXH_BAG_INFO "bag-info.txt"
#define EXH_BAG_MANIFEST "manifest-sha256.txt"
#define EXH_BAG_TAGMANIFEST "tagmanifest-sha256.txt"
#define EXH_BAG_SSH EXH_BAG_TAGMANIFEST ".sig"
#define EXH_BAG_MINISIGN EXH_BAG_TAGMANIFEST ".minisig"
#define EXH_BAG_SIGNERS "record/signers/"
#define EXH_BAG_ALLOWED EXH_BAG_SIGNERS "allowed_signers"
#define EXH_BAG_NAMESPACE "exhibit"
#define EXH_BAG_RECORD "record/exhibit.json"
#define EXH_BAG_PACKAGE "record/package.json"
#define EXH_BAG_CERTIFICATE "record/certificate.json"
#define EXH_BAG_EXHIBITS "record/exhibits/"
#define EXH_BAG_CUSTODY "record/custody/"
#define EXH_BAG_CHECKPOINT "record/checkpoint"
#define EXH_BAG_OWN_CUSTODY "record/custody.json"
#define EXH_BAG_OWN_PROOF "record/custody.tlog-proof"
#define EXH_BAG_UNTRUSTED "exhibit: check with minisign -V, see VERIFY.txt"
#define EXH_BAG_DECLARATION_WORDS "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

enum { EXH_BAG_MEMBERS_MOST = 100000 };

/* True for "data/...". */
bool exh_bag_is_payload(const char *name);
/* True for the files that no manifest lists: the tag manifest and its signatures. */
bool exh_bag_is_seal(const char *name);

/* "bag-info.txt" of "record/exhibits/OP1/bag-info.txt": the name of a file within the bag of an exhibit that the
 * package holds; a place in @name. NULL of any other. */
const char *exh_bag_within(const char *name);

/* ---- manifests ---- */

struct exh_bag_line {
    char *name;
    char digest[EXH_SHA256_DIGITS];
};
/* Owned, in the byte order of names. */
struct exh_bag_list {
    struct exh_bag_line *at;
    size_t count, capacity;
};
void exh_bag_list_clear(struct exh_bag_list *list);
void exh_bag_list_add(struct exh_bag_list *list, const char *name, const char *digest);
void exh_bag_list_sort(struct exh_bag_list *list);
/* The line of @name; NULL where there is none. */
const struct exh_bag_line *exh_bag_list_find(const struct exh_bag_list *list, const char *name);
/* The manifest's text. Free with free(). */
char *exh_bag_list_words(const struct exh_bag_list *list) EXH_CHECK;
/* Reads a manifest: 64 lower-case hex digits, two spaces, a name, a newline; each name fit, once, in
 * order, and in data/ when @payload, else outside it. EXH_NO, with the line. */
bool exh_bag_list_parse(const char *bytes, size_t size, bool payload, struct exh_bag_list *ret_list,
                        struct exh_error *err) EXH_CHECK;

/* Names, sorted or not, that would be one file on some system, or a file and a folder at once.
 * Sorts @names. EXH_NO names the pair. */
bool exh_bag_names_apart(const char **names, size_t count, struct exh_error *err) EXH_CHECK;

/* ---- bag-info.txt ---- */

/* The last two only where a package is one of several. */
enum exh_bag_label {
    EXH_BAG_ORGANISATION, EXH_BAG_IDENTIFIER, EXH_BAG_DESCRIPTION, EXH_BAG_DATE, EXH_BAG_OXUM, EXH_BAG_AGENT,
    EXH_BAG_ALWAYS, EXH_BAG_GROUP = EXH_BAG_ALWAYS, EXH_BAG_COUNT,
    EXH_BAG_LABELS
};
struct exh_bag_info { char *values[EXH_BAG_LABELS]; };
void exh_bag_info_clear(struct exh_bag_info *info);
/* The file's text; labels whose value is NULL are left out. Free with free(). */
char *exh_bag_info_words(const char *const values[EXH_BAG_LABELS]) EXH_CHECK;
/* EXH_NO: not the six or eight lines, in order, each with a value of printable UTF-8. */
bool exh_bag_info_parse(const char *bytes, size_t size, struct exh_bag_info *ret_info, struct exh_error *err) EXH_CHECK;
/* True when @value fits on a line of bag-info.txt. */
bool exh_bag_value_is_fit(const char *value);
/* "BYTES.FILES". */
char *exh_bag_oxum(uint64_t bytes, size_t files) EXH_CHECK;
/* "2 of 3"; NULL where @volumes is 0. */
char *exh_bag_count(size_t volume, size_t volumes) EXH_CHECK;
/* EXH_NO: not of that form, or a volume that cannot be. */
bool exh_bag_count_parse(const char *words, size_t *ret_volume, size_t *ret_volumes, struct exh_error *err) EXH_CHECK;
/* "2026-11-22": the day in UTC. */
char *exh_bag_date(struct exh_moment sealed) EXH_CHECK;

/* The trusted comment of the minisign signature. Free with free(). */
char *exh_bag_trusted(const char *identifier, struct exh_moment sealed, const char *tagmanifest_digest) EXH_CHECK;
/* Takes the sealing time out of one; EXH_NO when it is not exactly what exh_bag_trusted makes. */
bool exh_bag_trusted_parse(const char *words, const char *identifier, const char *tagmanifest_digest,
                           struct exh_moment *ret_sealed, struct exh_error *err) EXH_CHECK;

#endif
