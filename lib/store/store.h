/* store: names and parts shared by its files. */
#ifndef EXHIBIT_STORE_PRIVATE_H
#define EXHIBIT_STORE_PRIVATE_H

#include "exhibit/store.h"

#define STORE_VERSION "1"
#define CONFIG "config"
#define LOG "custody.git"
#define EXHIBITS "exhibits"
#define STAGING "staging"
#define PRIVATE "private"
#define CASE_KEYS "private/cases"
#define STORE_KEY "private/store.key"
#define RECOVERY "private/recovery.age-identity"

struct exh_case_key { char id[24]; struct exh_seal_key *key; };

/* Reads config into the store's fields. */
bool exh_store_read_config(struct exh_store *store, struct exh_error *err);
/* Reads the log anew: entries, keyring, casefile. */
bool exh_store_refresh(struct exh_store *store, struct exh_error *err);
char *exh_store_path(const struct exh_store *store, const char *name);

#endif
