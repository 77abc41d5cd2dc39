/* verify, inside: the bytes that a record says were taken, and comparing them. */
#ifndef EXHIBIT_VERIFY_SOURCE_H
#define EXHIBIT_VERIFY_SOURCE_H

#include "exhibit/verify.h"

/* Takes the segments and runs out of a record, which may say anything. EXH_MALFORMED, naming the segment:
 * a member is missing or of another type; a name that leads out of the root or comes twice; a run that is
 * empty, goes beyond the file, or went to no part; a part that no run went to; runs that take the
 * file's bytes many times over. */
bool exh_source_read_record(const struct exh_json *record, struct exh_source_report *report, struct exh_error *err) EXH_CHECK;

/* Compares what was read of the record with the files below @root. @package: directory of the package's folder,
 * -1 where there is none. */
void exh_source_compare(const struct exh_against *against, int root, int package, struct exh_source_report *report);

/* A file of a package that is as it was signed; NULL where there is none of that name. */
const struct exh_package_file *exh_source_sound_file(const struct exh_package_report *package, const char *name);

#endif
