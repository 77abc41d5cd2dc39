/* bagit, private: what its files share. */
#ifndef EXHIBIT_BAGIT_PARTS_H
#define EXHIBIT_BAGIT_PARTS_H

#include "exhibit/bagit.h"
#include "exhibit/crypto.h"
#include "exhibit/text.h"

#include <iconv.h>

/* ---- findings (codes.c): places in the table of codes ---- */

enum exh_bagit_what {
    E_NOT_A_FOLDER, E_DECLARATION_MISSING, E_DECLARATION, E_VERSION, E_ENCODING, E_TAG_TEXT, E_PAYLOAD_MISSING,
    E_MANIFEST_MISSING, E_ALGORITHM, E_MANIFEST_LINE, E_PATH, E_PLACE, E_TWICE, E_FILE_MISSING, E_FILE_UNLISTED,
    E_UNCHECKED, E_DIGEST, E_MANIFEST_UNLISTED, E_INFO_LINE, E_OXUM, E_FETCH_LINE, E_FETCH_UNLISTED, E_NOT_FETCHED, E_LINK,
    E_SPECIAL_FILE, E_CHANGED, E_LIMIT,
    W_DECLARATION, W_BOM, W_EMPTY_LINE, W_ALGORITHM, W_MARKER, W_DOT_SLASH, W_TWICE, W_PERCENT, W_NAME_CASE,
    W_NAME_NORMALIZATION, W_SYSTEM_FILE, W_OXUM_REPEATED, W_FETCH_LENGTH,
    N_OLD_DIGEST, N_DOT_SLASH, N_NO_TAG_MANIFEST, N_TAG_UNLISTED,
    EXH_BAGIT_CODES
};

/* Adds a finding; @file may be NULL. What is not fit to print in the words is masked. */
void exh_bagit_find(struct exh_bagit_report *report, enum exh_bagit_what what, const char *file, const char *format, ...)
    EXH_PRINTF(4, 5);
/* Puts errors first, then the order of files and codes, so that the same bag always reads the same; gives the verdict. */
void exh_bagit_settle(struct exh_bagit_report *report);

/* ---- text of tag files (lines.c) ---- */

enum exh_bagit_encoding { BAGIT_UTF_8, BAGIT_UTF_16, BAGIT_UTF_16BE, BAGIT_UTF_16LE, BAGIT_ISO_8859_1, BAGIT_US_ASCII };
/* By the name that bagit.txt gives, of either case. False: one that is not read here. */
bool exh_bagit_encoding_find(const char *name, enum exh_bagit_encoding *ret_encoding) EXH_CHECK;

/* Takes a line without its end, in UTF-8 and NUL-terminated; it may be written over. */
typedef bool exh_bagit_take_line(void *context, char *line, size_t size, uint64_t number, struct exh_error *err);

/* Bytes in, lines out, ended by LF, CR or CR LF. Begin with exh_bagit_lines_begin. */
struct exh_bagit_lines {
    enum exh_bagit_encoding encoding;
    exh_bagit_take_line *take;
    void *context;
    iconv_t decoder;                 /* (iconv_t)-1 where none is needed, or not open yet */
    char left[8];                    /* the beginning of a character whose end is still to come */
    size_t left_size;
    struct exh_text line;            /* so far */
    uint64_t number;                 /* of lines taken */
    bool begun, after_cr;
    bool marked;                     /* there was a byte-order mark where none belongs */
};
void exh_bagit_lines_begin(struct exh_bagit_lines *lines, enum exh_bagit_encoding encoding, exh_bagit_take_line *take,
                           void *context);
/* The first piece holds 3 bytes at least, or all there are. EXH_MALFORMED: bytes that are not of the encoding, with the
 * line; EXH_NO: a line that is too long; or what the taker gave. */
bool exh_bagit_lines_put(struct exh_bagit_lines *lines, const void *bytes, size_t size, struct exh_error *err) EXH_CHECK;
/* Takes the last line, where it has no end. */
bool exh_bagit_lines_end(struct exh_bagit_lines *lines, struct exh_error *err) EXH_CHECK;
void exh_bagit_lines_clear(struct exh_bagit_lines *lines);

/* ---- what lines say (parse.c); none of it looks at a bag ---- */

/* bagit.txt. */
struct exh_bagit_declaration {
    char version[8];                 /* empty where it is not read */
    int edition;                     /* 93 to 97, or 100; 0: none that is known */
    char *encoding;
    bool spaced;                     /* white space where none belongs, which only drafts may have */
};
void exh_bagit_declaration_clear(struct exh_bagit_declaration *declaration);
/* NULL, or words for what is wrong with the form. A version or encoding that is unknown is no matter of form. */
const char *exh_bagit_declaration_parse(const char *bytes, size_t size, struct exh_bagit_declaration *ret_declaration) EXH_CHECK;
enum { BAGIT_1_0 = 100, BAGIT_0_96 = 96 };

/* A line of a manifest: "digest  path". Both lie in the line, which is written over. */
struct exh_bagit_entry {
    const char *digest, *path;
    bool marked;                     /* md5sum's '*' stood before the path */
    bool dotted;                     /* "./" did */
};
/* NULL, or words for what is wrong. @line is NUL-terminated. */
const char *exh_bagit_entry_parse(char *line, size_t size, struct exh_bagit_entry *ret_entry) EXH_CHECK;

/* A line of fetch.txt: "url length path". */
struct exh_bagit_fetch {
    const char *url, *path;
    bool has_length, dotted;
    uint64_t length;
};
const char *exh_bagit_fetch_parse(char *line, size_t size, struct exh_bagit_fetch *ret_fetch) EXH_CHECK;

/* A line of bag-info.txt: "Label: value", or, beginning with white space, more of the value before. */
struct exh_bagit_element {
    const char *label, *value;       /* label NULL: goes on */
};
const char *exh_bagit_element_parse(char *line, size_t size, int edition, struct exh_bagit_element *ret_element) EXH_CHECK;
/* "BYTES.FILES". */
bool exh_bagit_oxum_parse(const char *value, uint64_t *ret_bytes, uint64_t *ret_files) EXH_CHECK;

/* ---- names (path.c) ---- */

/* %0A and %0D, and in BagIt 1.0 %25, as the characters that they stand for. @ret_bare: a '%' stands for itself, which
 * BagIt 1.0 does not allow. Free with free(). */
char *exh_bagit_unescape(const char *path, int edition, bool *ret_bare) EXH_CHECK;
/* NULL for a plain path below the bag; else words: why it is none, on this system or another. */
const char *exh_bagit_path_problem(const char *path) EXH_CHECK;
/* True for what an operating system leaves by itself: ".DS_Store", "Thumbs.db". */
bool exh_bagit_is_system_file(const char *path) EXH_CHECK;
bool exh_bagit_is_payload(const char *path) EXH_CHECK;
/* "manifest-sha256.txt", "tagmanifest-md5.txt": the algorithm's name, to be freed; NULL: @name is no manifest's. */
char *exh_bagit_manifest_algorithm(const char *name) EXH_CHECK;
bool exh_bagit_is_tag_manifest(const char *name) EXH_CHECK;
/* The same for all spellings in Unicode (canonical decomposition), and of either case where @folded. Free with free(). */
char *exh_bagit_name_key(const char *name, bool folded) EXH_CHECK;
bool exh_bagit_is_ascii(const char *name) EXH_CHECK;

/* ---- what is listed (index.c) ---- */

/* What one manifest says of a file. */
struct exh_bagit_claim {
    struct exh_bagit_claim *next;
    size_t manifest;                 /* its place in the bag's */
    size_t size;
    uint8_t digest[];
};
struct exh_bagit_name {
    char *name;
    struct exh_bagit_claim *claims;
    uint64_t fetch_length;
    bool fetch, fetch_has_length;    /* fetch.txt lists it */
    bool found;
    char *found_as;                  /* on disk it has this name, which is another spelling; NULL */
    bool excused;                    /* not found, and nothing is lost */
};
struct exh_bagit_index {
    struct exh_bagit_name **at;      /* in the order listed */
    size_t count, capacity;
    size_t bytes;                    /* of names */
    void *tree, *aliases;            /* balanced: no choice of names makes looking slow */
};
void exh_bagit_index_clear(struct exh_bagit_index *index);
struct exh_bagit_name *exh_bagit_index_get(const struct exh_bagit_index *index, const char *name);      /* or NULL */
struct exh_bagit_name *exh_bagit_index_add(struct exh_bagit_index *index, const char *name);            /* there or new */
/* Another key under which the name can be found; the first name of a key keeps it. @kind keeps kinds of keys apart. */
enum exh_bagit_alias { BAGIT_AS_WRITTEN = '%', BAGIT_NORMALIZED = 'n' };
void exh_bagit_index_alias(struct exh_bagit_index *index, enum exh_bagit_alias kind, const char *key, struct exh_bagit_name *name);
struct exh_bagit_name *exh_bagit_index_by_alias(const struct exh_bagit_index *index, enum exh_bagit_alias kind, const char *key);
/* NULL where the manifest says nothing of it. */
struct exh_bagit_claim *exh_bagit_claim_of(const struct exh_bagit_name *name, size_t manifest);
void exh_bagit_claim_add(struct exh_bagit_name *name, size_t manifest, const void *digest, size_t size);

/* ---- the bag being judged ---- */

struct exh_bagit_manifest {
    char *file, *algorithm_name;
    enum exh_algorithm algorithm;
    bool known, tag;
    uint64_t lines, dotted, marked;
};
/* A tag file that was read before the others, because of what it says. */
struct exh_bagit_read {
    char *file;
    uint8_t digests[EXH_ALGORITHMS][EXH_DIGEST_MOST];
};
struct exh_bagit_bag {
    struct exh_bagit_report *report;
    exh_bagit_progress *progress;
    void *progress_context;
    int fd;
    int edition;
    enum exh_bagit_encoding encoding;
    struct exh_bagit_manifest *manifests;
    size_t manifest_count, tag_manifest_count;
    struct exh_bagit_read *reads;
    size_t read_count;
    struct exh_bagit_index index;
    struct exh_digests *digests;
    uint8_t *piece;
    uint64_t bytes_read, visited;
    uint64_t excused;                /* files of the payload that are missing, and of which nothing is lost */
    bool has_oxum, has_info, has_fetch, has_payload;
    bool can_check;                  /* some payload manifest has a known algorithm */
    bool stopped;                    /* the findings say why nothing more is judged */
    uint64_t oxum_bytes, oxum_files;
};

/* Reads the regular file @name in the open folder @folder once: its digests, of the algorithms @set, go to @ret_digests,
 * its bytes to @take as well where that is not NULL. @path is its name in the bag, @most the largest it may be.
 * @ret_read false: it is no regular file or changed meanwhile, which is among the findings. EXH_NO where it is too large. */
typedef bool exh_bagit_take_bytes(void *context, const void *bytes, size_t size, struct exh_error *err);
struct exh_bagit_reading {
    int folder;
    const char *name, *path;
    uint64_t most;
    unsigned set;
    exh_bagit_take_bytes *take;
    void *context;
};
bool exh_bagit_read(struct exh_bagit_bag *bag, const struct exh_bagit_reading *reading,
                    uint8_t ret_digests[EXH_ALGORITHMS][EXH_DIGEST_MOST], bool *ret_read, struct exh_error *err) EXH_CHECK;
/* By errno: what was listed a moment ago is gone, or another thing, which is a finding; else EXH_IO. */
bool exh_bagit_tell_unopened(struct exh_bagit_bag *bag, const char *path, struct exh_error *err) EXH_CHECK;
/* The algorithms of tag manifests: a tag file that is read before it is known who lists it is read with all of them. */
unsigned exh_bagit_tag_algorithms(const struct exh_bagit_bag *bag) EXH_CHECK;
/* Keeps the digests of such a file, so that it is not read again. */
void exh_bagit_keep(struct exh_bagit_bag *bag, const char *file, uint8_t digests[EXH_ALGORITHMS][EXH_DIGEST_MOST]);

/* Reads manifests, bag-info.txt and fetch.txt (tags.c). EXH_NO: judging stops here; the findings say why. */
bool exh_bagit_read_tags(struct exh_bagit_bag *bag, struct exh_error *err) EXH_CHECK;
/* Looks at every file of the bag, and reads those that are listed (walk.c). EXH_NO as above. */
bool exh_bagit_walk(struct exh_bagit_bag *bag, struct exh_error *err) EXH_CHECK;
/* What is listed and not there, listed unlike elsewhere, or not to be told apart (names.c). */
void exh_bagit_check_names(struct exh_bagit_bag *bag);
/* Every payload manifest of BagIt 1.0, and one at least in drafts, must list @name, else it is @what. */
void exh_bagit_check_covered(struct exh_bagit_bag *bag, const struct exh_bagit_name *name, enum exh_bagit_what what, const char *file);
/* Says @what with these words, once, and fails with EXH_NO: nothing more is judged. */
bool exh_bagit_stop(struct exh_bagit_bag *bag, enum exh_bagit_what what, const char *file, struct exh_error *err, const char *format, ...)
    EXH_PRINTF(5, 6);

#endif
