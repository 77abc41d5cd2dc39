/* error: the error value, scope cleanup and allocation that cannot fail (floor 0).
 *
 * A function that can fail returns bool, true for done, and takes a struct exh_error * last.
 * On success the error is untouched; on failure it is always set, once:
 *
 *     EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
 *     if (!exh_thing_do(thing, &err))
 *         return exh_while(&err, "doing '%s'", name);
 *
 * A false return can never be read as "verified", whatever the cause; the cause is err->kind.
 */
#ifndef EXHIBIT_ERROR_H
#define EXHIBIT_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Why something failed. Each kind is one exit status of the program (design, section 6). */
enum exh_kind {
    EXH_OK = 0,
    EXH_NO = 1,          /* the answer is no: does not verify, no footage at all */
    EXH_USAGE = 2,       /* a value the caller gave cannot be meant */
    EXH_IO = 3,          /* could not: input/output or environment */
    EXH_MALFORMED = 4,   /* input is not what it should be */
    EXH_REFUSED = 5,     /* authority, hold or policy forbids it */
    EXH_BUSY = 6,        /* held by another; try again */
};

/* Start with EXH_ERROR_NONE; end with exh_error_clear. */
struct exh_error {
    enum exh_kind kind;  /* EXH_OK while nothing failed */
    int os;              /* errno of the failing call; 0 where none */
    char *text;          /* one sentence for a person: no capital, no full stop; owned here */
};
#define EXH_ERROR_NONE { EXH_OK, 0, NULL }

#define EXH_CHECK __attribute__((warn_unused_result))
#define EXH_PRINTF(format_at, first) __attribute__((format(printf, format_at, first)))
#define EXH_CLEANUP(function) __attribute__((cleanup(function)))

/* Takes the value out of an owned pointer, leaving NULL behind, so that cleanup passes it over. */
#define exh_steal(pointer) __extension__({ __typeof__(*(pointer)) exh_stolen_ = *(pointer); *(pointer) = NULL; exh_stolen_; })

#define EXH_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Forgets the error and frees its text; the value can be used again. */
void exh_error_clear(struct exh_error *err);

/* Sets the error. @err must be unset and @kind not EXH_OK (a second failure over a first is a
 * bug and aborts). Control characters in the text are shown as '?'. Always returns false. */
bool exh_fail(struct exh_error *err, enum exh_kind kind, const char *format, ...) EXH_PRINTF(3, 4);

/* Sets the error from errno, its words appended: "cannot open 'x': No such file or directory".
 * The kind is EXH_IO. Always returns false. */
bool exh_fail_os(struct exh_error *err, const char *format, ...) EXH_PRINTF(2, 3);

/* Puts context before the words of a set error: "seal 'OP1': cannot open ...". Returns false. */
bool exh_while(struct exh_error *err, const char *format, ...) EXH_PRINTF(2, 3);

/* Moves a set error from @from to the unset @to. Returns false. */
bool exh_error_move(struct exh_error *to, struct exh_error *from);

/* Allocation. Running out of memory prints one line and aborts: every write is staged, so the
 * worst that happens is what a kill does. All memory is freed with free(). */
void *exh_alloc(size_t size) EXH_CHECK;                          /* zeroed */
void *exh_realloc(void *memory, size_t size) EXH_CHECK;
void *exh_realloc_array(void *memory, size_t count, size_t size) EXH_CHECK;   /* aborts on overflow */
char *exh_strdup(const char *text) EXH_CHECK;                    /* NULL gives NULL */
char *exh_strndup(const char *text, size_t length) EXH_CHECK;
void *exh_memdup(const void *bytes, size_t size) EXH_CHECK;
char *exh_format(const char *format, ...) EXH_PRINTF(1, 2) EXH_CHECK;
char *exh_vformat(const char *format, va_list arguments) EXH_CHECK;

/* Frees what a local owns: EXH_CLEANUP(exh_freep) char *text = ...; accepts NULL inside. */
void exh_freep(void *pointer_to_pointer);

#endif
