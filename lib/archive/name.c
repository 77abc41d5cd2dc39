/* name: names that mean the same file everywhere, on Windows too, and nowhere lead out of a folder. */
#include "exhibit/archive.h"

#include "exhibit/text.h"
#include "form.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { PART_MOST = 75 };

/* Windows opens a device for these names, whatever extension follows. */
static bool is_device(const char *part, size_t size)
{
    static const char *const names[] = { "con", "prn", "aux", "nul", "com", "lpt" };
    const char *dot = memchr(part, '.', size);
    size_t stem = dot ? (size_t)(dot - part) : size;

    for (size_t i = 0; i < EXH_COUNT(names); i++) {
        if (stem == 3 && i < 4 && strncasecmp(part, names[i], 3) == 0)
            return true;
        if (stem == 4 && i >= 4 && isdigit((unsigned char)part[3]) && strncasecmp(part, names[i], 3) == 0)
            return true;
    }
    return false;
}

static bool is_fit(const char *part, size_t size)
{
    if (size == 0 || size > PART_MOST || part[size - 1] == '.' || part[0] == '.' || part[0] == '-')
        return false;
    return !is_device(part, size);
}

bool exh_zip_name_check(const char *name, struct exh_error *err)
{
    static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";
    size_t size = strlen(name);
    bool ok = size <= FORM_NAME_MOST && strspn(name, fit) == size;

    for (const char *part = name; ok; part += strcspn(part, "/") + 1) {
        size_t length = strcspn(part, "/");
        ok = is_fit(part, length);
        if (!part[length])
            break;
    }
    if (ok)
        return true;
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(name);
    return exh_fail(err, EXH_MALFORMED,
                    "'%.300s' is not a name that a package may hold (relative; letters, digits and ._- only; "
                    "at most 75 characters a part)",
                    shown);
}
