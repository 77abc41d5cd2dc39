/* convert: stills are the pictures of the footage, pixel for pixel, at the moments that were asked for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "job.h"

/* ---- making them ---- */

struct album {
    size_t count;
    struct exh_json *facts[8];
};

static void album_clear(struct album *album)
{
    for (size_t i = 0; i < album->count; i++)
        exh_json_free(album->facts[i]);
}

struct stills {
    struct album *album;
    const char *suffix;
};

static bool take_image(void *context, size_t image, const void *bytes, size_t size, const struct exh_json *facts,
                       struct exh_error *err)
{
    struct stills *stills = context;
    EXH_CLEANUP(exh_freep) char *name = exh_format("still%zu.%s", image, stills->suffix);
    char path[PATH_MAX];
    FILE *file = fopen(at(path, name), "w");

    assert_int_equal(image, stills->album->count);
    stills->album->facts[stills->album->count++] = exh_json_copy(facts);
    bool done = fwrite(bytes, 1, size, file) == size;
    fclose(file);
    return done || exh_fail_os(err, "cannot write");
}

static bool try_stills(struct copying *c, const char *suffix, struct album *ret_album, struct exh_error *err)
{
    const struct exh_convert convert = conversion(c);
    struct stills stills = { ret_album, suffix };
    bool done = exh_convert_stills(&convert, take_image, &stills, err);

    close(convert.spool);
    return done;
}

static struct album make_stills(struct copying *c, const char *suffix)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct album album = { .count = 0 };

    if (!try_stills(c, suffix, &album, &err))
        fail_msg("%s", err.text);
    return album;
}

static void add_image(struct copying *c, const char *pictures, int columns, const char *notes)
{
    struct exh_json *image = exh_json_object();

    exh_json_set(image, "pictures", parsed(pictures));
    exh_json_set_int(image, "columns", columns);
    exh_json_set(image, "notes", parsed(notes));
    exh_json_add(exh_json_get(c->job, "images"), image);
}

static struct copying stills_of(const char *path)
{
    struct copying c = new_copying("stills");

    assert_non_null(add_input(&c, path, 0, (struct exh_rate){ 0, 0 }));
    return c;
}

/* How like a still is to picture @number of a file, in dB. */
static double like_picture(const char *still, const char *path, int number, const char *filter)
{
    char one[PATH_MAX];
    EXH_CLEANUP(exh_freep) char *select = exh_format("select=eq(n\\\\,%d),%s", number, filter);
    EXH_CLEANUP(series_clear) struct series series = likeness(at(one, still), "format=rgb24,", path, select);

    assert_int_equal(series.count, 1);
    return series.at[0];
}

#define RGB "scale=flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,format=rgb24,"

static const char *footage(char path[PATH_MAX])
{
    return make_footage(path, "stills.mp4",
                        "-f lavfi -i testsrc2=s=192x108:r=25:d=30 -c:v libx264 -preset ultrafast -crf 18 -bf 2 -g 50"
                        " -pix_fmt yuv420p");
}

/* ---- which picture ---- */

/* The last one shown by then; before the first, the first; behind the last, the last. */
static void a_still_is_the_picture_on_show(void **state)
{
    static const struct {
        int64_t own_ns;
        int picture;
    } moments[] = { { 0, 0 },
                    { 39999999, 0 },
                    { 40000000, 1 },
                    { 12345678901, 308 },
                    { 12 * SECOND, 300 },
                    { 29990000000, 749 },
                    { 100 * SECOND, 749 } };
    char path[PATH_MAX];

    (void)state;
    EXH_CLEANUP(copying_clear) struct copying c = stills_of(footage(path));
    for (size_t i = 0; i < EXH_COUNT(moments); i++) {
        EXH_CLEANUP(exh_freep) char *pictures = exh_format("[[0, %" PRId64 "]]", moments[i].own_ns);
        add_image(&c, pictures, 1, "[]");
    }
    EXH_CLEANUP(album_clear) struct album album = make_stills(&c, "png");
    assert_int_equal(album.count, EXH_COUNT(moments));
    for (size_t i = 0; i < album.count; i++) {
        EXH_CLEANUP(exh_freep) char *name = exh_format("still%zu.png", i);
        double same = like_picture(name, path, moments[i].picture, RGB);
        if (same < 40)
            fail_msg("still %zu is only %.1f dB like picture %d", i, same, moments[i].picture);
        if (moments[i].picture && moments[i].picture < 749)
            assert_true(like_picture(name, path, moments[i].picture + 1, RGB) < same - 3);
        assert_int_equal(exh_json_as_int(exh_json_at(exh_json_get(album.facts[i], "own_ns"), 0)),
                         moments[i].picture * INT64_C(40000000));
    }
}

static void the_same_stills_come_of_any_number_of_processes(void **state)
{
    EXH_CLEANUP(exh_freep) char *first = NULL;
    char path[PATH_MAX];

    (void)state;
    EXH_CLEANUP(copying_clear) struct copying c = stills_of(footage(path));
    for (int i = 0; i < 5; i++) {
        EXH_CLEANUP(exh_freep) char *pictures = exh_format("[[0, %" PRId64 "]]", 3 * i * SECOND);
        add_image(&c, pictures, 1, "[]");
    }
    for (unsigned workers = 1; workers <= 3; workers++) {
        c.workers = workers;
        EXH_CLEANUP(album_clear) struct album album = make_stills(&c, "png");
        assert_int_equal(album.count, 5);
        EXH_CLEANUP(exh_strings_clear)
        struct exh_strings digest = lines_of("cd '%s' && cat still[0-4].png | sha256sum", place.directory);
        if (!first)
            first = exh_strdup(digest.at[0]);
        assert_string_equal(digest.at[0], first);
    }
}

/* ---- what becomes of it ---- */

static void notes_stand_in_both_formats(void **state)
{
    static const char *const formats[][2] = { { "png", "png" }, { "jpeg", "jpg" } };
    char path[PATH_MAX], still[PATH_MAX];

    (void)state;
    footage(path);
    for (size_t i = 0; i < EXH_COUNT(formats); i++) {
        EXH_CLEANUP(copying_clear) struct copying c = stills_of(path);
        exh_json_set_text(c.job, "format", formats[i][0]);
        add_image(&c, "[[0, 2000000000]]", 1, "[[\"Comment\", \"words of a note\"]]");
        EXH_CLEANUP(album_clear) struct album album = make_stills(&c, formats[i][1]);
        EXH_CLEANUP(exh_freep) char *name = exh_format("still0.%s", formats[i][1]);
        assert_true(run("grep -aq 'words of a note' '%s'", at(still, name)));
        assert_true(like_picture(name, path, 50, RGB) > 28);
        expect_entry(still, "v:0", "width,height", "192,108");
    }
}

static void a_sheet_has_its_cells_in_order(void **state)
{
    char path[PATH_MAX], sheet[PATH_MAX];

    (void)state;
    EXH_CLEANUP(copying_clear) struct copying c = stills_of(footage(path));
    add_image(&c, "[[0, 0], [0, 4000000000], [0, 8000000000], [0, 12000000000], [0, 16000000000]]", 2, "[]");
    EXH_CLEANUP(album_clear) struct album album = make_stills(&c, "png");
    assert_int_equal(exh_json_count(exh_json_get(album.facts[0], "own_ns")), 5);
    EXH_CLEANUP(exh_freep)
    char *size = exh_format("%" PRId64 ",%" PRId64, exh_json_int_or(album.facts[0], "width", 0),
                            exh_json_int_or(album.facts[0], "height", 0));
    expect_entry(at(sheet, "still0.png"), "v:0", "width,height", size);
    for (int i = 0; i < 5; i++) {
        EXH_CLEANUP(exh_freep) char *crop = exh_format("format=rgb24,crop=192:108:%d:%d,", i % 2 * 196, i / 2 * 112);
        EXH_CLEANUP(exh_freep) char *select = exh_format("select=eq(n\\\\,%d)," RGB, i * 100);
        EXH_CLEANUP(series_clear) struct series same = likeness(sheet, crop, path, select);
        if (same.count != 1 || same.at[0] < 40)
            fail_msg("cell %d: %f", i, same.count ? same.at[0] : -1);
    }
}

static void a_still_of_interlaced_footage_has_no_combs(void **state)
{
    char path[PATH_MAX];

    (void)state;
    make_footage(path, "interlaced.mp4",
                 "-f lavfi -i testsrc2=s=192x108:r=50:d=2 -vf tinterlace=interleave_top,setfield=tff -c:v libx264 "
                 "-preset ultrafast -crf 12 -pix_fmt yuv420p -flags +ildct+ilme -x264opts tff=1");
    EXH_CLEANUP(copying_clear) struct copying c = stills_of(path);
    add_image(&c, "[[0, 1000000000]]", 1, "[]");
    EXH_CLEANUP(album_clear) struct album album = make_stills(&c, "png");
    assert_true(like_picture("still0.png", path, 25, RGB) < 28); /* as it was recorded */
    EXH_CLEANUP(exh_freep) char *smooth = exh_format("%s", "bwdif=mode=send_frame,select=eq(n\\\\,25)," RGB);
    char still[PATH_MAX];
    EXH_CLEANUP(series_clear) struct series same = likeness(at(still, "still0.png"), "format=rgb24,", path, smooth);
    assert_true(same.count == 1 && same.at[0] > 35);
}

static void masks_cover_stills_too(void **state)
{
    char path[PATH_MAX], still[PATH_MAX];

    (void)state;
    EXH_CLEANUP(copying_clear) struct copying c = stills_of(footage(path));
    exh_json_set(exh_json_at(exh_json_get(c.job, "inputs"), 0), "masks",
                 parsed("[{\"from_ns\": null, \"to_ns\": null, \"outside\": false, \"keys\": [[0, 40, 20, 60, 40]]}]"));
    add_image(&c, "[[0, 2000000000]]", 1, "[]");
    EXH_CLEANUP(album_clear) struct album album = make_stills(&c, "png");
    EXH_CLEANUP(series_clear)
    struct series inside = lumas(at(still, "still0.png"), "crop=56:36:42:22,format=gray,", "YMAX");
    assert_true(inside.count == 1 && inside.at[0] <= 17);
}

static void stills_that_cannot_be_are_refused(void **state)
{
    static const struct {
        const char *member, *value;
    } lies[] = {
        { "format", "\"gif\"" },
        { "quality", "0" },
        { "quality", "101" },
        { "images", "[{\"pictures\": [], \"columns\": 1, \"notes\": []}]" },
        { "images", "[{\"pictures\": [[1, 0]], \"columns\": 1, \"notes\": []}]" },
        { "images", "[{\"pictures\": [[0, -1]], \"columns\": 1, \"notes\": []}]" },
        { "images", "[{\"pictures\": [[0, 0]], \"columns\": 0, \"notes\": []}]" },
        { "images", "[]" },
    };
    char path[PATH_MAX];

    (void)state;
    footage(path);
    for (size_t i = 0; i < EXH_COUNT(lies); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(copying_clear) struct copying c = stills_of(path);
        struct album album = { .count = 0 };
        add_image(&c, "[[0, 0]]", 1, "[]");
        exh_json_set(c.job, lies[i].member, parsed(lies[i].value));
        if (try_stills(&c, "png", &album, &err) || err.kind != EXH_MALFORMED)
            fail_msg("%s %s: %d %s", lies[i].member, lies[i].value, err.kind, err.text ? err.text : "made");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_still_is_the_picture_on_show),
        cmocka_unit_test(the_same_stills_come_of_any_number_of_processes),
        cmocka_unit_test(notes_stand_in_both_formats),
        cmocka_unit_test(a_sheet_has_its_cells_in_order),
        cmocka_unit_test(a_still_of_interlaced_footage_has_no_combs),
        cmocka_unit_test(masks_cover_stills_too),
        cmocka_unit_test(stills_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, job_set_up, job_clean_up);
}
