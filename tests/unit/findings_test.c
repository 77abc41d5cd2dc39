/* The codes of packages: exhibit-findings(7) has each of them once in its section, with its meaning, and no other. */
#include "exhibit/file.h"
#include "exhibit/package.h"
#include "exhibit/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* From its heading to the next one. Free with free(). */
static char *section_of_page(const char *heading)
{
    struct exh_error err = EXH_ERROR_NONE;
    const char *top = getenv("EXHIBIT_TOP");
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/docs/man/exhibit-findings.7", top ? top : "."), *page = NULL;
    EXH_CLEANUP(exh_freep) char *line = exh_format("\n.Sh %s\n", heading);
    size_t size;

    assert_true(exh_file_read(AT_FDCWD, path, 1 << 20, &page, &size, &err));
    const char *start = strstr(page, line);
    assert_non_null(start);
    const char *end = strstr(start + strlen(line), "\n.Sh ");
    return end ? exh_strndup(start, (size_t)(end - start)) : exh_strdup(start);
}

static void must_say(const char *section, const char *code, const char *meaning)
{
    EXH_CLEANUP(exh_freep) char *item = exh_format("\n.It Sy %s\n%s\n", code, meaning);

    if (!strstr(section, item))
        fail_msg("exhibit-findings(7) does not say: %s", item);
}

static size_t count_items(const char *section)
{
    size_t count = 0;

    for (const char *at = section; (at = strstr(at, "\n.It Sy ")); at++)
        count++;
    return count;
}

static void the_manual_has_each_code_of_packages(void **state)
{
    EXH_CLEANUP(exh_freep) char *section = section_of_page("PACKAGES");
    const struct exh_check_code *codes;
    size_t count = exh_package_codes(&codes);

    (void)state;
    assert_true(count > 20);
    for (size_t i = 0; i < count; i++)
        must_say(section, codes[i].code, codes[i].meaning);
    assert_int_equal(count_items(section), count);
}

static void codes_of_packages_stand_in_order_each_once(void **state)
{
    const struct exh_check_code *codes;
    size_t count = exh_package_codes(&codes);

    (void)state;
    for (size_t i = 1; i < count; i++)
        assert_true(strcmp(codes[i - 1].code, codes[i].code) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manual_has_each_code_of_packages),
        cmocka_unit_test(codes_of_packages_stand_in_order_each_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
