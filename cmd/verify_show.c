/* exhibit verify: what was found out of one subject, as text and as JSON. */
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct exh_json *files_json(const struct exh_package_report *report)
{
    struct exh_json *files = exh_json_array();

    for (size_t i = 0; i < report->file_count; i++) {
        struct exh_json *file = exh_json_object();
        exh_json_set_text(file, "name", report->files[i].name);
        exh_json_set_int(file, "size", (int64_t)report->files[i].size);
        exh_json_set_text(file, "sha256", *report->files[i].digest ? report->files[i].digest : NULL);
        exh_json_set_bool(file, "ok", report->files[i].ok);
        exh_json_set_text(file, "reason", report->files[i].reason);
        exh_json_add(files, file);
    }
    return files;
}

static struct exh_json *run_json(const struct exh_source_run *run)
{
    struct exh_json *json = exh_json_object();

    exh_json_set_int(json, "offset", (int64_t)run->offset);
    exh_json_set_int(json, "length", (int64_t)run->length);
    exh_json_set_text(json, "part", run->part);
    exh_json_set_text(json, "sha256", run->expected);
    exh_json_set_text(json, "found_sha256", *run->found ? run->found : NULL);
    exh_json_set(json, "first_difference", run->located ? exh_json_int((int64_t)run->first) : exh_json_text(NULL));
    return json;
}

/* Runs that are equal are told by their number: the record lists them. */
static struct exh_json *segment_json(const struct exh_source_segment *segment)
{
    struct exh_json *json = exh_json_object(), *differing = exh_json_array();

    for (size_t i = 0; i < segment->run_count; i++)
        if (segment->runs[i].differs)
            exh_json_add(differing, run_json(&segment->runs[i]));
    exh_json_set_text(json, "name", segment->name);
    exh_json_set_text(json, "state", exh_source_state_name(segment->state));
    exh_json_set_text(json, "reason", segment->reason);
    exh_json_set_int(json, "size", (int64_t)segment->size);
    exh_json_set(json, "modified", moment_json(segment->modified));
    exh_json_set(json, "found_size", segment->found ? exh_json_int((int64_t)segment->found_size) : exh_json_text(NULL));
    exh_json_set(json, "found_modified", segment->found ? moment_json(segment->found_modified) : exh_json_text(NULL));
    exh_json_set_int(json, "bytes_compared", (int64_t)segment->compared);
    exh_json_set_int(json, "runs", (int64_t)segment->run_count);
    exh_json_set(json, "differing", differing);
    return json;
}

static struct exh_json *source_json(const struct exh_source_report *source)
{
    struct exh_json *json = exh_json_object(), *segments = exh_json_array();

    for (size_t i = 0; i < source->segment_count; i++)
        exh_json_add(segments, segment_json(&source->segments[i]));
    exh_json_set_text(json, "source", source->source);
    json_set_path(json, "root", source->root);
    exh_json_set_text(json, "result", exh_source_result_name(source));
    exh_json_set_text(json, "reason", source->failure.kind == EXH_OK ? NULL : source->failure.text);
    exh_json_set_bool(json, "record_signed", source->failure.kind == EXH_OK && !source->unsigned_record);
    for (enum exh_source_state state = 0; state <= EXH_SOURCE_UNUSED; state++)
        exh_json_set_int(json, exh_source_state_name(state), (int64_t)source->counts[state]);
    exh_json_set_int(json, "bytes_compared", (int64_t)source->compared);
    exh_json_set(json, "segments", segments);
    return json;
}

static struct exh_json *footage_json(const struct exh_footage_report *footage)
{
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "result", exh_footage_result_name(footage));
    exh_json_set_int(json, "same", (int64_t)footage->same);
    exh_json_set_int(json, "differing", (int64_t)footage->differing);
    exh_json_set_int(json, "not_judged", (int64_t)footage->unjudged);
    return json;
}

static struct exh_json *reproduction_json(const struct exh_reproduction *made)
{
    struct exh_json *json = exh_json_object(), *files = exh_json_array();

    for (size_t i = 0; i < made->file_count; i++) {
        struct exh_json *file = exh_json_object();
        exh_json_set_text(file, "name", made->files[i].name);
        exh_json_set_text(file, "sha256", made->files[i].expected);
        exh_json_set_text(file, "made_sha256", made->files[i].found);
        exh_json_add(files, file);
    }
    exh_json_set_text(json, "result", exh_reproduced_name(made->result));
    exh_json_set_text(json, "reason", made->failure.kind == EXH_OK ? NULL : made->failure.text);
    exh_json_set(json, "files", files);
    exh_json_set_text(json, "libraries", made->libraries);
    exh_json_set_text(json, "own_libraries", made->own_libraries);
    return json;
}

void clear_findings(struct findings *found)
{
    exh_package_report_clear(&found->report);
    exh_source_report_clear(&found->source);
    exh_reproduction_clear(&found->made);
    free(found->written);
}

struct exh_json *finding_json(const struct exh_check_finding *finding)
{
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "code", finding->code);
    exh_json_set_text(json, "severity", exh_check_finding_is_fatal(finding) ? "fatal" : "notice");
    json_set_path(json, "file", finding->file);
    exh_json_set_text(json, "text", finding->text);
    return json;
}

static struct exh_json *exhibits_json(const struct exh_package_report *report)
{
    struct exh_json *exhibits = exh_json_array();

    for (size_t i = 0; i < report->exhibit_count; i++) {
        const struct exh_package_exhibit *exhibit = &report->exhibits[i];
        struct exh_json *json = exh_json_object();
        exh_json_set_text(json, "exhibit", exhibit->reference);
        exh_json_set_text(json, "tagmanifest_sha256", exhibit->tagmanifest);
        exh_json_set_text(json, "signer", *exhibit->signer ? exhibit->signer : NULL);
        exh_json_set_bool(json, "ok", exhibit->ok);
        exh_json_add(exhibits, json);
    }
    return exhibits;
}

/* What the package says of the log that its custody is from. */
static struct exh_json *log_json(const struct exh_package_report *report)
{
    struct exh_json *json = report->checkpoint ? exh_json_object() : exh_json_text(NULL);

    if (!report->checkpoint)
        return json;
    EXH_CLEANUP(exh_freep) char *root = exh_base64(report->log_state.root.bytes, sizeof report->log_state.root.bytes);
    EXH_CLEANUP(exh_freep) char *key = exh_verifier_words(&report->log);
    exh_json_set_text(json, "origin", report->log_state.origin);
    exh_json_set_int(json, "entries", (int64_t)report->log_state.size);
    exh_json_set_text(json, "root", root);
    exh_json_set_text(json, "key", key);
    return json;
}

static void print_as_json(const char *subject, const struct findings *found)
{
    const struct exh_package_report *report = &found->report;
    struct exh_json *object = json_of_type("verify"), *findings = exh_json_array();

    for (size_t i = 0; i < report->findings.count; i++)
        exh_json_add(findings, finding_json(&report->findings.at[i]));
    json_set_path(object, "subject", subject);
    exh_json_set_text(object, "verdict", exh_verdict_words(report->verdict));
    exh_json_set_text(object, "form", report->form);
    exh_json_set(object, "findings", findings);
    exh_json_set(object, "files", files_json(report));
    exh_json_set_bool(object, "signature_ssh", report->signed_ssh);
    exh_json_set_bool(object, "signature_minisign", report->signed_minisign);
    exh_json_set_text(object, "signer", *report->signer ? report->signer : NULL);
    exh_json_set_text(object, "signer_name", report->signer_name);
    exh_json_set_text(object, "signer_state", exh_key_state_words(report->signer_state));
    exh_json_set_text(object, "claimed_signer", report->claimed_signer);
    exh_json_set(object, "sealed", *report->signer ? moment_json(report->sealed) : exh_json_text(NULL));
    exh_json_set_text(object, "tagmanifest_sha256", *report->tagmanifest ? report->tagmanifest : NULL);
    exh_json_set_text(object, "identifier", report->identifier);
    exh_json_set_text(object, "exhibit", report->record ? exh_json_text_or(report->record, "exhibit", NULL) : NULL);
    exh_json_set_text(object, "certificate", exh_json_text_or(report->certificate, "number", NULL));
    exh_json_set(object, "exhibits", exhibits_json(report));
    exh_json_set(object, "log", log_json(report));
    json_set_path(object, "written", found->written);
    exh_json_set(object, "source", found->compared ? source_json(&found->source) : exh_json_text(NULL));
    exh_json_set(object, "footage", found->looked ? footage_json(&found->footage) : exh_json_text(NULL));
    exh_json_set(object, "reproduced", found->reproduced ? reproduction_json(&found->made) : exh_json_text(NULL));
    print_json(object);
}

static void print_signer(const struct exh_package_report *report)
{
    char sealed[EXH_MOMENT_SIZE];

    if (!*report->signer)
        return;
    exh_moment_utc(report->sealed, sealed);
    EXH_CLEANUP(exh_freep) char *words = exh_format("valid for key %s%s%s%s at %s", report->signer, report->signer_name ? " (" : "",
        report->signer_name ? report->signer_name : "", report->signer_name ? ")" : "", sealed);
    print_field("signature", words);
    print_field("certificate", exh_json_text_or(report->certificate, "number", NULL));
    if (!report->signer_name && report->claimed_signer) {
        EXH_CLEANUP(exh_freep) char *claim = exh_format("%s, so the package says; nobody you trust says it", report->claimed_signer);
        print_field("signer", claim);
    }
}

void print_finding(const struct exh_check_finding *finding)
{
    EXH_CLEANUP(exh_freep) char *text = exh_text_printable(finding->text);

    printf("  %-22s %s\n", finding->code, text);
}

static void print_exhibits(const struct exh_package_report *report)
{
    for (size_t i = 0; i < report->exhibit_count; i++) {
        EXH_CLEANUP(exh_freep) char *words = exh_format("%s, %s", report->exhibits[i].reference,
            report->exhibits[i].ok ? "as it was sealed when it was made" : "NOT as it was sealed when it was made");
        print_field("exhibit", words);
    }
}

static void print_log(const struct exh_package_report *report)
{
    if (!report->checkpoint)
        return;
    EXH_CLEANUP(exh_freep) char *words = exh_format("%s, %llu entries when this was sealed", report->log_state.origin,
                                                    (unsigned long long)report->log_state.size);
    print_field("log", words);
}

/* Files that are as they were sealed are told only where somebody wants to see them all. */
static void print_text(const struct session *session, const char *subject, const struct findings *found)
{
    const struct exh_package_report *report = &found->report;
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(subject);

    printf("%s: %s\n", shown, exh_verdict_words(report->verdict));
    print_signer(report);
    print_exhibits(report);
    print_log(report);
    print_field("written", found->written);
    for (size_t i = 0; i < report->findings.count; i++)
        print_finding(&report->findings.at[i]);
    for (size_t i = 0; i < report->file_count; i++) {
        if (session->quiet && report->files[i].ok)
            continue;
        EXH_CLEANUP(exh_freep) char *name = exh_text_printable(report->files[i].name);
        EXH_CLEANUP(exh_freep) char *reason = exh_text_printable(report->files[i].reason ? report->files[i].reason : "");
        printf("  %-6s %s: %s\n", report->files[i].ok ? "ok" : "FAULT", name, reason);
    }
}

/* ---- what it says of the recorder's files ---- */

static void print_run(const struct exh_source_run *run)
{
    EXH_CLEANUP(exh_freep) char *part = exh_text_printable(run->part);

    printf("         %llu bytes from byte %llu on, in %s:\n", (unsigned long long)run->length, (unsigned long long)run->offset, part);
    printf("           taken with SHA-256 %s\n", run->expected);
    printf("           %s%s\n", *run->found ? "now with SHA-256   " : "the file ends before they do", run->found);
    if (run->located)
        printf("           first differing at byte %llu of the recorder's file\n", (unsigned long long)run->first);
}

static void print_segment(const struct exh_source_segment *segment)
{
    static const char *const labels[] = { "equal", "DIFFERS", "MISSING", "UNREAD", "unused" };
    EXH_CLEANUP(exh_freep) char *name = exh_text_printable(segment->name);
    EXH_CLEANUP(exh_freep) char *reason = exh_text_printable(segment->reason ? segment->reason : "");
    const char *unused = segment->state == EXH_SOURCE_UNUSED ? "no bytes were taken from it" : "";

    printf("  %-7s %s: ", labels[segment->state], name);
    if (segment->compared)
        printf("%llu bytes compared%s", (unsigned long long)segment->compared, *reason ? "; " : "");
    printf("%s%s\n", reason, unused);
    for (size_t i = 0; i < segment->run_count; i++)
        if (segment->runs[i].differs)
            print_run(&segment->runs[i]);
}

/* "equal to the recorder's files", or how many are and how many are not. */
static char *comparison_words(const struct exh_source_report *source)
{
    const size_t *counts = source->counts;

    if (source->failure.kind != EXH_OK)
        return exh_format("not compared: %s", source->failure.text);
    if (strcmp(exh_source_result_name(source), "equal") == 0)
        return exh_format("equal to the recorder's files: %llu bytes of %zu compared", (unsigned long long)source->compared,
                          counts[EXH_SOURCE_EQUAL]);
    return exh_format("%llu bytes compared: %zu of the recorder's files equal, %zu differ, %zu missing, %zu not to be read",
                      (unsigned long long)source->compared, counts[EXH_SOURCE_EQUAL], counts[EXH_SOURCE_DIFFERS],
                      counts[EXH_SOURCE_MISSING], counts[EXH_SOURCE_UNREADABLE]);
}

static void print_source(const struct exh_source_report *source)
{
    EXH_CLEANUP(exh_freep) char *words = comparison_words(source);

    print_field("source", words);
    print_field("  in", source->root);
    if (source->unsigned_record)
        print_field("  note", "no valid signature stands behind the record that was compared with");
    for (size_t i = 0; i < source->segment_count; i++)
        print_segment(&source->segments[i]);
}

/* ---- what it says of the footage ---- */

/* Which file differs, and in what, its findings say. */
static void print_footage(const struct exh_footage_report *footage)
{
    EXH_CLEANUP(exh_freep) char *words = exh_format("%zu of its files as the record says, %zu otherwise, %zu not judged", footage->same,
                                                    footage->differing, footage->unjudged);

    print_field("footage", strcmp(exh_footage_result_name(footage), "nothing") == 0 ? "the record says nothing of what is in a file" : words);
}

/* ---- what it says of a copy that was made again ---- */

static void print_reproduction(const struct exh_reproduction *made)
{
    static const char *const words[] = { "the same bytes again", "OTHER bytes", "its encoder does not make the same bytes twice, or it is "
                                         "no copy", "not made again" };
    bool other = made->libraries && made->own_libraries && strcmp(made->libraries, made->own_libraries) != 0;

    print_field("reproduced", words[made->result]);
    print_field("  why", made->failure.kind == EXH_OK ? NULL : made->failure.text);
    for (size_t i = 0; i < made->file_count && made->result == EXH_REPRODUCED_OTHER; i++) {
        print_field("  file", made->files[i].name);
        print_field("  sealed", made->files[i].expected);
        print_field("  made now", made->files[i].found);
    }
    if (made->result == EXH_REPRODUCED_OTHER && other) {
        print_field("  made with", made->libraries);
        print_field("  now with", made->own_libraries);
    }
}

/* ---- the whole, and the status that goes with it ---- */

/* A notice must be seen in the exit status, too. */
static int status_of_package(const struct exh_package_report *report)
{
    if (report->verdict == EXH_VERIFIED)
        return report->findings.count ? 7 : 0;
    return report->verdict == EXH_PARTIAL ? 7 : EXH_NO;
}

static int status_of_source(const struct exh_source_report *source)
{
    if (source->failure.kind != EXH_OK || source->counts[EXH_SOURCE_DIFFERS])
        return EXH_NO;
    return source->counts[EXH_SOURCE_MISSING] || source->counts[EXH_SOURCE_UNREADABLE] ? 7 : 0;
}

static int status_of_reproduction(const struct exh_reproduction *made)
{
    static const int statuses[] = { 0, EXH_NO, 7, EXH_NO };

    return statuses[made->result];
}

int worse_status(int one, int other)
{
    static const int ranks[] = { 0, 7, EXH_USAGE, EXH_REFUSED, EXH_MALFORMED, EXH_NO };
    size_t first = 0, second = 0;

    for (size_t i = 0; i < EXH_COUNT(ranks); i++) {
        first = ranks[i] == one ? i : first;
        second = ranks[i] == other ? i : second;
    }
    return first > second ? one : other;
}

int status_of_findings(const struct findings *found)
{
    int status = status_of_package(&found->report);

    if (found->compared)
        status = worse_status(status, status_of_source(&found->source));
    return found->reproduced ? worse_status(status, status_of_reproduction(&found->made)) : status;
}

void print_findings(const struct session *session, const char *subject, const struct findings *found)
{
    if (session->json) {
        print_as_json(subject, found);
        return;
    }
    print_text(session, subject, found);
    if (found->compared)
        print_source(&found->source);
    if (found->looked)
        print_footage(&found->footage);
    if (found->reproduced)
        print_reproduction(&found->made);
}
