/* repo: files in git's configuration syntax, read and written with libgit2's parser.
 *
 * The bytes are read once, checked, and given to libgit2 from memory: what was checked is what is
 * parsed, and no name in the file is opened.
 */
#include "git.h"

#include "exhibit/file.h"
#include "exhibit/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LARGEST = 16 << 20 };

static void free_config(git_config **config)
{
    git_config_free(*config);
}

static void free_iterator(git_config_iterator **iterator)
{
    git_config_iterator_free(*iterator);
}

static size_t line_of(const char *bytes, const char *place)
{
    size_t line = 1;

    for (const char *c = bytes; c < place; c++)
        line += *c == '\n';
    return line;
}

/* libgit2 would open what an include names. Looks for the section anywhere but in a comment's line:
 * a section may follow another on one line, and a value that merely says so is a small loss. */
static bool refuse_includes(const char *path, const char *bytes, struct exh_error *err)
{
    for (const char *found = bytes; (found = strcasestr(found, "[include")); found++) {
        const char *line = found;
        while (line > bytes && line[-1] != '\n')
            line--;
        line += strspn(line, " \t");
        bool is_include = found[8] == ']' || strncasecmp(found + 8, "if", 2) == 0;
        if (is_include && *line != '#' && *line != ';')
            return exh_fail(err, EXH_MALFORMED, "'%s' line %zu: other files are not included: put their lines in here",
                            path, line_of(bytes, found));
    }
    return true;
}

static bool check_bytes(const char *path, const char *bytes, size_t size, struct exh_error *err)
{
    const char *nul = memchr(bytes, '\0', size);

    if (nul)
        return exh_fail(err, EXH_MALFORMED, "'%s' line %zu: holds a NUL", path, line_of(bytes, nul));
    return refuse_includes(path, bytes, err);
}

/* "failed to parse config file: missing ']' in section header (in /proc/self/fd/5:2)" without what
 * means nothing to a reader. */
static bool parse_fail(const char *path, struct exh_error *err)
{
    static const char label[] = "failed to parse config file: ";
    const git_error *problem = git_error_last();
    const char *words = problem ? problem->message : "no reason given";
    const char *place = strstr(words, " (in "), *line = place ? strrchr(place, ':') : NULL;

    if (strncmp(words, label, strlen(label)) == 0)
        words += strlen(label);
    if (!line)
        return exh_fail(err, EXH_MALFORMED, "'%s': %s", path, words);
    return exh_fail(err, EXH_MALFORMED, "'%s' line %lu: %.*s", path, strtoul(line + 1, NULL, 10),
                    (int)(place - words), words);
}

static bool parse(const char *path, const char *bytes, size_t size, git_config **ret_config, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = memfd_create("config", MFD_CLOEXEC);
    EXH_CLEANUP(free_config) git_config *config = NULL;
    EXH_CLEANUP(exh_freep) char *memory = exh_format("/proc/self/fd/%d", fd);

    if (fd < 0 || (size && write(fd, bytes, size) != (ssize_t)size))
        return exh_fail_os(err, "cannot hold '%s' in memory", path);
    if (git_config_new(&config))
        return exh_git_fail(err, EXH_IO, "cannot read '%s'", path);
    if (git_config_add_file_ondisk(config, memory, GIT_CONFIG_LEVEL_LOCAL, NULL, 0))
        return parse_fail(path, err);
    *ret_config = exh_steal(&config);
    return true;
}

/* Calls @visit for every value of the bytes. */
static bool read_bytes(const char *path, const char *bytes, size_t size,
                       bool (*visit)(void *context, const char *name, const char *value, struct exh_error *err),
                       void *context, struct exh_error *err)
{
    EXH_CLEANUP(free_config) git_config *config = NULL;
    EXH_CLEANUP(free_iterator) git_config_iterator *each = NULL;
    git_config_entry *entry;
    int r;

    if (!check_bytes(path, bytes, size, err) || !parse(path, bytes, size, &config, err))
        return false;
    if (git_config_iterator_new(&each, config))
        return exh_git_fail(err, EXH_IO, "cannot read '%s'", path);
    while ((r = git_config_next(&entry, each)) == 0)
        if (!visit(context, entry->name, entry->value ? entry->value : "true", err))
            return false;
    return r == GIT_ITEROVER || exh_git_fail(err, EXH_MALFORMED, "cannot read '%s'", path);
}

bool exh_config_read(const char *path,
                     bool (*visit)(void *context, const char *name, const char *value, struct exh_error *err),
                     void *context, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    return exh_file_read(AT_FDCWD, path, LARGEST, &bytes, &size, err)
        && exh_config_parse(path, bytes, size, visit, context, err);
}

bool exh_config_parse(const char *name, const char *bytes, size_t size,
                      bool (*visit)(void *context, const char *name, const char *value, struct exh_error *err),
                      void *context, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *copy = exh_strndup(bytes, size);

    exh_git_begin();
    if (strlen(copy) < size)             /* what looks for words in the bytes stops at a NUL, and so goes on here */
        return check_bytes(name, bytes, size, err);
    return size <= LARGEST ? read_bytes(name, copy, size, visit, context, err)
                           : exh_fail(err, EXH_MALFORMED, "'%s' is larger than %d bytes", name, LARGEST);
}

/* ---- writing ---- */

/* Removes the private directory, where one was made. What cannot be removed is named as staging and
 * found again by who clears up after a crash. */
static void clear_bench(char **bench)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;

    if (*bench && !exh_tree_remove(AT_FDCWD, *bench, &ignored))
        exh_error_clear(&ignored);
    free(*bench);
}

/* Makes a private directory beside the file, for libgit2 to work in. */
static bool open_bench(const char *path, char **ret_bench, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bench = exh_git_staging_path(path);

    if (!exh_directory_make(AT_FDCWD, bench, 0700, err))
        return false;
    *ret_bench = exh_steal(&bench);
    return true;
}

static bool set_each(const char *path, git_config *config, const struct exh_config_value *values, size_t count,
                     struct exh_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (git_config_set_string(config, values[i].name, values[i].value))
            return exh_git_fail(err, EXH_USAGE, "cannot set '%s' in '%s'", values[i].name, path);
    return true;
}

/* In one transaction: else libgit2 writes the whole file for each value. It is committed in any case, since
 * freeing one that is not frees the configuration too (libgit2 1.5): after a failure the copy is not used. */
static bool set_values(const char *path, const char *copy, const struct exh_config_value *values, size_t count,
                       struct exh_error *err)
{
    EXH_CLEANUP(free_config) git_config *config = NULL;
    git_transaction *transaction;

    if (count == 0)
        return true;
    if (git_config_open_ondisk(&config, copy))
        return parse_fail(path, err);
    if (git_config_lock(&transaction, config))
        return exh_git_fail(err, EXH_IO, "cannot lock the copy of '%s'", path);
    bool set = set_each(path, config, values, count, err);
    bool written = git_transaction_commit(transaction) == 0;
    git_transaction_free(transaction);
    return set && (written || exh_git_fail(err, EXH_IO, "cannot write the copy of '%s'", path));
}

/* ---- new sections ---- */

/* "camera.wisbech-12" of "camera.wisbech-12.path". Free with free(). */
static char *section_of(const char *name)
{
    const char *last = strrchr(name, '.');

    return exh_strndup(name, last ? (size_t)(last - name) : 0);
}

static bool add_section(void *context, const char *name, const char *value, struct exh_error *err)
{
    struct exh_strings *sections = context;
    EXH_CLEANUP(exh_freep) char *section = section_of(name);

    (void)value;
    (void)err;
    if (!sections->count || strcmp(sections->at[sections->count - 1], section) != 0)
        exh_strings_add(sections, section);
    return true;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_there(const struct exh_strings *sections, char *section)
{
    return sections->count && bsearch(&section, sections->at, sections->count, sizeof section, by_bytes);
}

/* True for names and values whose form is plain: what is not is left to libgit2 to write or to refuse. */
static bool is_plain(const char *section, const struct exh_config_value *value)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    const char *dot = strchr(section, '.');
    size_t key = strlen(section) + 1;

    return dot && dot > section && strspn(section, letters) == (size_t)(dot - section) && dot[1]
        && !strpbrk(dot, "\"\\\n") && value->name[key]
        && strspn(value->name + key, letters) == strlen(value->name + key) && !strpbrk(value->value, "\r\b");
}

/* Quotes it by git-config(1), "Values". */
static void add_value(struct exh_text *text, const struct exh_config_value *value)
{
    exh_text_printf(text, "\t%s = \"", strrchr(value->name, '.') + 1);
    for (const char *c = value->value; *c; c++)
        switch (*c) {
        case '"':  exh_text_puts(text, "\\\""); break;
        case '\\': exh_text_puts(text, "\\\\"); break;
        case '\n': exh_text_puts(text, "\\n"); break;
        case '\t': exh_text_puts(text, "\\t"); break;
        default:   exh_text_add(text, c, 1);
        }
    exh_text_puts(text, "\"\n");
}

/* Adds values of sections that are not in the file to its text; the others are given back, in order. libgit2 would
 * read and write the whole text for each one. */
static bool add_sections(const char *path, struct exh_text *text, const struct exh_config_value *values, size_t count,
                         struct exh_config_value *ret_left, size_t *ret_left_count, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings sections = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_freep) char *open = NULL;
    size_t left = 0;

    if (!read_bytes(path, text->bytes, text->size, add_section, &sections, err))
        return false;
    exh_strings_sort(&sections);
    if (text->size && text->bytes[text->size - 1] != '\n')
        exh_text_puts(text, "\n");
    for (size_t i = 0; i < count; i++) {
        EXH_CLEANUP(exh_freep) char *section = section_of(values[i].name);
        if (is_there(&sections, section) || !is_plain(section, &values[i])) {
            ret_left[left++] = values[i];
            continue;
        }
        if (!open || strcmp(open, section) != 0)
            exh_text_printf(text, "[%.*s \"%s\"]\n", (int)strcspn(section, "."), section, strchr(section, '.') + 1);
        add_value(text, &values[i]);
        free(open);
        open = exh_steal(&section);
    }
    *ret_left_count = left;
    return true;
}

struct wanted {
    const struct exh_config_value *values;   /* by name */
    size_t count;
    uint64_t found;      /* values as they were to be */
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct exh_config_value *)a)->name, ((const struct exh_config_value *)b)->name);
}

static bool compare(void *context, const char *name, const char *value, struct exh_error *err)
{
    struct wanted *wanted = context;
    const struct exh_config_value key = { name, value };
    const struct exh_config_value *same = bsearch(&key, wanted->values, wanted->count, sizeof key, by_name);

    (void)err;
    wanted->found += same && strcmp(value, same->value) == 0;
    return true;
}

/* Names and values are words that people typed: what libgit2 wrote must read as what was meant. */
static bool check_written(const char *path, const char *bytes, size_t size, const struct exh_config_value *values,
                          size_t count, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error problem = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) struct exh_config_value *sorted = exh_memdup(values, count * sizeof *values);
    struct wanted wanted = { sorted, count, 0 };

    qsort(sorted, count, sizeof *sorted, by_name);
    if (!read_bytes(path, bytes, size, compare, &wanted, &problem))
        return exh_fail(err, EXH_USAGE, "cannot write these values: %s", problem.text);
    return wanted.found == count
        || exh_fail(err, EXH_USAGE, "cannot write these values to '%s': a name or value does not fit its syntax", path);
}

/* The file's bytes before; none where it is missing. */
static bool read_before(const char *path, char **ret_bytes, size_t *ret_size, mode_t *ret_mode,
                        struct exh_error *err)
{
    struct stat st;

    *ret_mode = 0644;
    if (stat(path, &st)) {
        *ret_bytes = exh_strdup("");
        *ret_size = 0;
        return true;
    }
    *ret_mode = st.st_mode & 0777;
    return exh_file_read(AT_FDCWD, path, LARGEST, ret_bytes, ret_size, err)
        && check_bytes(path, *ret_bytes, *ret_size, err);
}

/* libgit2 changes a file by its own steps: it gets a copy, and the finished bytes take the file's
 * name in one. */
bool exh_config_write(const char *path, const struct exh_config_value *values, size_t count, struct exh_error *err)
{
    EXH_CLEANUP(clear_bench) char *bench = NULL;
    EXH_CLEANUP(exh_freep) char *before = NULL, *after = NULL;
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_freep) struct exh_config_value *left = exh_realloc_array(NULL, count + 1, sizeof *left);
    size_t before_size, after_size, left_count;
    mode_t mode;

    exh_git_begin();
    if (!read_before(path, &before, &before_size, &mode, err))
        return false;
    exh_text_add(&text, before, before_size);
    if (!add_sections(path, &text, values, count, left, &left_count, err) || !open_bench(path, &bench, err))
        return false;
    EXH_CLEANUP(exh_freep) char *copy = exh_format("%s/config", bench);
    return exh_file_write(AT_FDCWD, copy, text.bytes, text.size, 0600, false, err)
        && set_values(path, copy, left, left_count, err)
        && exh_file_read(AT_FDCWD, copy, LARGEST, &after, &after_size, err)
        && check_written(path, after, after_size, values, count, err)
        && exh_file_write(AT_FDCWD, path, after, after_size, mode, true, err);
}
