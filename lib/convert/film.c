/* convert/film: a film, chunk by chunk, on several helpers; then its head.
 *
 * What is encoded waits in files without a name, so that a kill leaves nothing. The chunks follow from the job alone, each is encoded by
 * itself, and they are joined in their order: who encoded which, and when, cannot be seen in the result. */
#include "crew.h"

#include "exhibit/file.h"
#include "exhibit/moment.h"
#include "exhibit/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TICKS_A_SECOND = 90000, MOST_HOLES = 1000, BLOCK = 1 << 20 };
/* A chunk may take so long whatever it holds, and so many times its length; what it may come to, whatever it holds, and a second. */
enum { LEAST_MS = 60000, TIMES_LIFE = 60, LEAST_BYTES = 64 << 20, BYTES_A_SECOND = 64 << 20, SOUND_BYTES_A_SECOND = 64 << 10 };

struct packet { int64_t time; uint32_t size, duration; uint64_t place; uint8_t spool; bool key, sound; };

/* A stretch that was encoded in one go. */
struct reel {
    struct packet *packets;
    size_t count, room;
    uint64_t promised, bytes;    /* that its packets make; that came */
    uint64_t at;                 /* where it begins in its spool */
    uint8_t spool;
    struct exh_json *facts;      /* NULL: not done */
};

struct exh_film {
    int spools[MOST_WORKERS];
    uint64_t spooled[MOST_WORKERS];
    size_t spool_count;
    struct reel *reels;          /* one a chunk; the last is the sound's */
    size_t chunk_count;
    struct packet *order;        /* all packets, as they stand in the file */
    size_t order_count;
    struct exh_text head;
    uint64_t media_bytes;
    struct exh_json *facts;
};

static void reel_clear(struct reel *reel)
{
    free(reel->packets);
    exh_json_free(reel->facts);
}

void exh_film_freep(struct exh_film **slot)
{
    struct exh_film *film = exh_steal(slot);

    if (!film)
        return;
    for (size_t i = 0; i < film->spool_count; i++)
        exh_fd_close(&film->spools[i]);
    for (size_t i = 0; film->reels && i <= film->chunk_count; i++)
        reel_clear(&film->reels[i]);
    free(film->reels);
    free(film->order);
    exh_text_clear(&film->head);
    exh_json_free(film->facts);
    free(film);
}

uint64_t exh_film_size(const struct exh_film *film)
{
    return film->head.size + film->media_bytes;
}

const struct exh_json *exh_film_facts(const struct exh_film *film)
{
    return film->facts;
}

/* ---- the spool ---- */

static bool add_spool(struct exh_film *film, int directory, struct exh_error *err)
{
    int fd = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0)
        return exh_fail_os(err, "cannot make a file for what is encoded in the store's staging directory");
    film->spools[film->spool_count++] = fd;
    return true;
}

static bool spool_write(struct exh_film *film, size_t spool, const uint8_t *bytes, size_t size, struct exh_error *err)
{
    while (size) {
        ssize_t n = exh_system.pwrite(film->spools[spool], bytes, size, (off_t)film->spooled[spool]);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return exh_fail_os(err, "cannot write what is encoded to the store's staging directory");
        film->spooled[spool] += (uint64_t)n;
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

/* ---- one reel ---- */

struct filming {
    struct exh_film *film;
    struct crew *crew;
    size_t next;                 /* chunk to be encoded */
    bool wants_sound, sound_taken;
    int64_t begins;              /* of the first picture; INT64_MAX: not known yet */
    int64_t done_ticks[MOST_WORKERS], finished_ticks;    /* of the chunk in hand; of all that are finished */
    struct timespec told;
    struct crew_work work;
};

/* One helper's piece of work. */
struct task {
    struct filming *filming;
    size_t worker;
    struct reel *reel;
    bool sound;
};

static uint64_t get_number(const uint8_t *bytes, int size)
{
    uint64_t number = 0;

    for (int i = 0; i < size; i++)
        number |= (uint64_t)bytes[i] << 8 * i;
    return number;
}

static bool take_bytes(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct task *task = context;

    task->reel->bytes += size;
    return spool_write(task->filming->film, task->worker, bytes, size, err);
}

static void add_packet(struct reel *reel, const struct packet *packet)
{
    if (reel->count == reel->room) {
        reel->room = reel->room ? 2 * reel->room : 256;
        reel->packets = exh_realloc_array(reel->packets, reel->room, sizeof *reel->packets);
    }
    reel->packets[reel->count++] = *packet;
}

static void tell(struct filming *f)
{
    const struct exh_convert *convert = f->crew->convert;
    struct timespec now;
    int64_t done = f->finished_ticks;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (!convert->progress || (now.tv_sec - f->told.tv_sec) * 1000 + (now.tv_nsec - f->told.tv_nsec) / 1000000 < 500)
        return;
    f->told = now;
    for (size_t i = 0; i < f->crew->count; i++)
        done += f->done_ticks[i];
    convert->progress(convert->context, done * 100000 / 9, f->crew->length * 100000 / 9);
}

static void note_progress(struct task *task)
{
    struct filming *f = task->filming;
    const struct reel *reel = task->reel;

    if (task->sound || reel->count == 0)
        return;
    pthread_mutex_lock(&f->work.lock);
    f->done_ticks[task->worker] = reel->packets[reel->count - 1].time - reel->packets[0].time;
    tell(f);
    pthread_mutex_unlock(&f->work.lock);
}

static bool take_packets(void *context, const uint8_t *bytes, size_t size, struct exh_error *err)
{
    struct task *task = context;
    struct reel *reel = task->reel;

    for (const uint8_t *at = bytes; at < bytes + size; at += EXH_HELPER_PACKET_SIZE) {
        const struct packet packet = { .time = (int64_t)get_number(at, 8), .size = (uint32_t)get_number(at + 8, 4), .key = at[17] != 0,
                                       .place = reel->at + reel->promised, .spool = reel->spool, .sound = task->sound };
        if (packet.time < 0 || packet.size == 0 || (reel->count && packet.time <= reel->packets[reel->count - 1].time))
            return exh_fail(err, EXH_MALFORMED, "the helper's packets are not in order");
        reel->promised += packet.size;
        add_packet(reel, &packet);
    }
    note_progress(task);
    return true;
}

static bool open_input(void *context, size_t input, int *ret_fd, struct exh_error *err)
{
    const struct exh_convert *convert = ((struct task *)context)->filming->crew->convert;

    return convert->open(convert->context, input, ret_fd, err);
}

static bool is_interrupted(const struct exh_convert *convert)
{
    return convert->interrupted && convert->interrupted();
}

static bool ask(struct task *task, enum exh_helper_frame type, const struct exh_json *body, struct exh_error *err)
{
    struct crew *crew = task->filming->crew;
    const struct exh_convert *convert = crew->convert;
    int64_t seconds = crew->length / TICKS_A_SECOND + 1;
    struct reel *reel = task->reel;
    struct exh_helper_question question = {
        .type = type, .body = body, .fd = -1, .open = open_input, .inputs = crew->inputs, .most_opened = 8 + 2 * crew->pieces,
        .literal = take_bytes, .packets = take_packets, .most = LEAST_BYTES + (uint64_t)seconds * (task->sound ? SOUND_BYTES_A_SECOND : BYTES_A_SECOND),
        .allowance_ms = LEAST_MS + seconds * 1000 * TIMES_LIFE, .interrupted = convert->interrupted, .context = task };

    reel->spool = (uint8_t)task->worker;
    reel->at = task->filming->film->spooled[task->worker];
    if (!exh_helper_ask(crew->helpers[task->worker], &question, &reel->facts, err))
        return false;
    return reel->bytes == reel->promised || exh_fail(err, EXH_MALFORMED, "the helper's packets do not add up to its bytes");
}

/* ---- who does what ---- */

static int64_t ticks_of(const struct reel *reel)
{
    return reel->count ? reel->packets[reel->count - 1].time - reel->packets[0].time : 0;
}

/* The film begins with the first picture that there is. Called with the lock held. */
static void find_beginning(struct filming *f)
{
    for (size_t i = 0; i < f->film->chunk_count && f->film->reels[i].facts && f->begins == INT64_MAX; i++)
        if (f->film->reels[i].count)
            f->begins = f->film->reels[i].packets[0].time;
}

static bool encode_chunk(struct filming *f, size_t worker, size_t chunk, struct exh_error *err)
{
    struct task task = { .filming = f, .worker = worker, .reel = &f->film->reels[chunk] };
    EXH_CLEANUP(exh_json_freep) struct exh_json *body = exh_json_object();

    exh_json_set_int(body, "chunk", (int64_t)chunk);
    if (!ask(&task, EXH_HELPER_CHUNK, body, err))
        return false;
    pthread_mutex_lock(&f->work.lock);
    f->done_ticks[worker] = 0;
    f->finished_ticks += ticks_of(task.reel);
    find_beginning(f);
    pthread_mutex_unlock(&f->work.lock);
    return true;
}

static bool encode_sound(struct filming *f, size_t worker, struct exh_error *err)
{
    struct task task = { .filming = f, .worker = worker, .reel = &f->film->reels[f->film->chunk_count], .sound = true };
    EXH_CLEANUP(exh_json_freep) struct exh_json *body = exh_json_object();

    exh_json_set_int(body, "begins", f->begins);
    return ask(&task, EXH_HELPER_SOUND, body, err) || exh_while(err, "the sound");
}

enum { NOTHING_LEFT = -1, THE_SOUND = -2 };

/* Sound goes first, once it is known when the pictures begin: it takes longest of all. */
static int64_t next_task(struct filming *f)
{
    int64_t task = NOTHING_LEFT;

    pthread_mutex_lock(&f->work.lock);
    if (f->work.stopped)
        task = NOTHING_LEFT;
    else if (f->wants_sound && !f->sound_taken && f->begins != INT64_MAX) {
        f->sound_taken = true;
        task = THE_SOUND;
    } else if (f->next < f->film->chunk_count)
        task = (int64_t)f->next++;
    pthread_mutex_unlock(&f->work.lock);
    return task;
}

static bool work(struct crew_work *work, size_t worker, struct exh_error *err)
{
    struct filming *f = work->context;

    for (int64_t task; (task = next_task(f)) != NOTHING_LEFT;)
        if (task == THE_SOUND ? !encode_sound(f, worker, err) : !encode_chunk(f, worker, (size_t)task, err))
            return false;
    return true;
}

static bool encode_all(struct filming *f, struct exh_error *err)
{
    f->work = (struct crew_work){ .crew = f->crew, .work = work, .context = f };
    if (!exh_crew_run(&f->work, err))
        return false;
    if (is_interrupted(f->crew->convert))
        return exh_fail(err, EXH_IO, "interrupted; no copy was made");
    if (f->begins == INT64_MAX)
        return exh_fail(err, EXH_MALFORMED, "no picture of it can be decoded");
    /* One helper alone may have had nothing left to do before it was known when the pictures begin. */
    return !f->wants_sound || f->sound_taken || encode_sound(f, 0, err);
}

/* ---- the order in the file ---- */

/* Times from the first picture on, each later than the one before, and lasting until the next. */
static void settle_pictures(struct filming *f, struct packet *pictures, size_t count)
{
    int64_t end = f->crew->length - f->begins, last = -1;

    for (size_t i = 0; i < count; i++) {
        pictures[i].time -= f->begins;
        if (pictures[i].time <= last)
            pictures[i].time = last + 1;
        last = pictures[i].time;
    }
    for (size_t i = 0; i < count; i++) {
        int64_t next = i + 1 < count ? pictures[i + 1].time : end;
        pictures[i].duration = next > pictures[i].time ? (uint32_t)(next - pictures[i].time) : 1;
    }
}

static void settle_sound(const struct reel *reel)
{
    int64_t samples = exh_json_int_or(reel->facts, "samples", 0), frame = exh_json_int_or(reel->facts, "frame_size", 1024);

    for (size_t i = 0; i < reel->count; i++) {
        int64_t left = samples - reel->packets[i].time;
        reel->packets[i].duration = (uint32_t)(left > 0 && left < frame ? left : frame);
    }
}

/* Half a second of pictures, then the sound that goes with it, and so on: players find both close together. */
static void interleave(struct exh_film *film, const struct packet *pictures, size_t count, const struct reel *sound)
{
    int64_t rate = sound->facts ? exh_json_int_or(sound->facts, "sample_rate", 48000) : 48000;
    size_t v = 0, a = 0;

    film->order = exh_alloc((count + sound->count + 1) * sizeof *film->order);
    for (int64_t until = TICKS_A_SECOND / 2; v < count || a < sound->count; until += TICKS_A_SECOND / 2) {
        for (; v < count && (pictures[v].time < until || a == sound->count); v++)
            film->order[film->order_count++] = pictures[v];
        for (; a < sound->count && (sound->packets[a].time * TICKS_A_SECOND / rate < until || v == count); a++)
            film->order[film->order_count++] = sound->packets[a];
    }
    for (size_t i = 0; i < film->order_count; i++)
        film->media_bytes += film->order[i].size;
}

static void put_in_order(struct filming *f)
{
    struct exh_film *film = f->film;
    size_t count = 0, at = 0;

    for (size_t i = 0; i < film->chunk_count; i++)
        count += film->reels[i].count;
    EXH_CLEANUP(exh_freep) struct packet *pictures = exh_alloc((count + 1) * sizeof *pictures);
    for (size_t i = 0; i < film->chunk_count; i++) {
        if (film->reels[i].count)
            memcpy(pictures + at, film->reels[i].packets, film->reels[i].count * sizeof *pictures);
        at += film->reels[i].count;
    }
    settle_pictures(f, pictures, count);
    settle_sound(&film->reels[film->chunk_count]);
    interleave(film, pictures, count, &film->reels[film->chunk_count]);
}

/* ---- the head ---- */

static void put_number(uint8_t *bytes, uint64_t number, int size)
{
    for (int i = 0; i < size; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
}

static bool send_order(const struct exh_film *film, struct exh_helper *helper, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(film->order_count * EXH_HELPER_PACKET_SIZE + 1);

    for (size_t i = 0; i < film->order_count; i++) {
        uint8_t *at = bytes + i * EXH_HELPER_PACKET_SIZE;
        put_number(at, (uint64_t)film->order[i].time, 8);
        put_number(at + 8, film->order[i].size, 4);
        put_number(at + 12, film->order[i].duration, 4);
        at[16] = film->order[i].sound;
        at[17] = film->order[i].key || film->order[i].sound;
    }
    return exh_helper_send_packets(helper, bytes, film->order_count * EXH_HELPER_PACKET_SIZE, err);
}

/* Chunks that were set up differently cannot be played as one. */
static bool find_setup(const struct exh_film *film, const char **ret_setup, struct exh_error *err)
{
    for (size_t i = 0; i < film->chunk_count; i++) {
        const char *setup = exh_json_text_or(film->reels[i].facts, "setup", NULL);
        if (setup && *ret_setup && strcmp(setup, *ret_setup) != 0)
            return exh_fail(err, EXH_IO, "the encoder set itself up in different ways; the pieces do not make one film");
        *ret_setup = setup ? setup : *ret_setup;
    }
    return true;
}

static bool take_head(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct filming *f = context;

    (void)err;
    exh_text_add(&f->film->head, bytes, size);
    return true;
}

static struct exh_json *sound_about(const struct reel *sound)
{
    static const char *const numbers[] = { "sample_rate", "channels", "frame_size" };
    struct exh_json *about = exh_json_object();

    for (size_t i = 0; i < EXH_COUNT(numbers); i++)
        exh_json_set_int(about, numbers[i], exh_json_int_or(sound->facts, numbers[i], 0));
    exh_json_set_text(about, "setup", exh_json_text_or(sound->facts, "setup", ""));
    return about;
}

static bool true_first_ns(const struct filming *f, int64_t *ret_ns);

static struct exh_json *head_about(const struct filming *f, const char *setup)
{
    struct exh_json *about = exh_json_object(), *video = exh_json_object();
    const struct reel *sound = &f->film->reels[f->film->chunk_count];
    int64_t first_ns;

    exh_json_set_int(video, "width", f->crew->width);
    exh_json_set_int(video, "height", f->crew->height);
    exh_json_set_text(video, "setup", setup);
    exh_json_set(about, "video", video);
    exh_json_set(about, "sound", sound->count ? sound_about(sound) : exh_json_text(NULL));
    exh_json_set_text(about, "title", exh_json_text_or(f->crew->convert->job, "title", NULL));
    if (true_first_ns(f, &first_ns))
        exh_json_set_int(about, "first_ns", first_ns);
    return about;
}

static bool make_head(struct filming *f, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *answer = NULL;
    const char *setup = NULL;

    if (!find_setup(f->film, &setup, err) || !send_order(f->film, f->crew->helpers[0], err))
        return false;
    EXH_CLEANUP(exh_json_freep) struct exh_json *body = head_about(f, setup);
    const struct exh_helper_question question = { .type = EXH_HELPER_HEAD, .body = body, .fd = -1, .literal = take_head,
        .most = LEAST_BYTES + 64 * (uint64_t)f->film->order_count, .allowance_ms = LEAST_MS, .context = f };
    return exh_helper_ask(f->crew->helpers[0], &question, &answer, err)
        && (f->film->head.size || exh_fail(err, EXH_MALFORMED, "the helper made no head of the file"));
}

/* ---- what there is to say of it ---- */

static int64_t sum(const struct exh_film *film, const char *name)
{
    int64_t whole = 0;

    for (size_t i = 0; i < film->chunk_count; i++)
        whole += exh_json_int_or(film->reels[i].facts, name, 0);
    return whole;
}

/* [input, own time] of the first or last picture that came from footage; NULL where there is none. */
static struct exh_json *edge(const struct exh_film *film, bool last)
{
    for (size_t n = 0; n < film->chunk_count; n++) {
        const struct exh_json *facts = film->reels[last ? film->chunk_count - 1 - n : n].facts;
        const char *name = last ? "last_ns" : "first_ns";
        if (!exh_json_get(facts, name))
            continue;
        struct exh_json *pair = exh_json_array();
        exh_json_add_int(pair, exh_json_int_or(facts, "input", 0));
        exh_json_add_int(pair, exh_json_int_or(facts, name, 0));
        return pair;
    }
    return NULL;
}

/* True time of the first picture that came from footage, by the clock of its input. */
static bool true_first_ns(const struct filming *f, int64_t *ret_ns)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *pair = edge(f->film, false);
    const struct exh_json *inputs = exh_json_get(f->crew->convert->job, "inputs");
    const struct exh_json *clock = exh_json_get(exh_json_at(inputs, (size_t)exh_json_as_int(exh_json_at(pair, 0))), "clock");
    int64_t own = exh_json_as_int(exh_json_at(pair, 1));
    bool known = false;

    for (size_t i = 0; pair && i < exh_json_count(clock); i++) {
        const struct exh_json *step = exh_json_at(clock, i);
        if (known && exh_json_as_int(exh_json_at(step, 0)) > own)
            break;
        known = !__builtin_add_overflow(exh_json_as_int(exh_json_at(step, 1)), own - exh_json_as_int(exh_json_at(step, 0)), ret_ns);
    }
    return known;
}

static void add_holes(const struct reel *reel, struct exh_json *holes)
{
    const struct exh_json *from = exh_json_get(reel->facts, "holes");

    for (size_t i = 0; i < exh_json_count(from) && exh_json_count(holes) < MOST_HOLES; i++) {
        struct exh_json *hole = exh_json_array();
        exh_json_add_int(hole, exh_json_int_or(reel->facts, "input", 0));
        exh_json_add_int(hole, exh_json_as_int(exh_json_at(exh_json_at(from, i), 0)));
        exh_json_add_int(hole, exh_json_as_int(exh_json_at(exh_json_at(from, i), 1)));
        exh_json_add(holes, hole);
    }
}

/* Each graph once, in the order in which they were first used. */
static struct exh_json *graphs(const struct exh_film *film)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings seen = EXH_STRINGS_NONE;
    struct exh_json *list = exh_json_array();

    for (size_t i = 0; i < film->chunk_count; i++) {
        const char *graph = exh_json_text_or(film->reels[i].facts, "graph", NULL);
        if (!graph || exh_strings_contain(&seen, graph))
            continue;
        exh_strings_add(&seen, graph);
        EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(graph);
        exh_json_add_text(list, shown);
    }
    return list;
}

static struct exh_json *sound_facts(const struct reel *sound)
{
    static const char *const names[] = { "sample_rate", "channels", "samples", "silent", "dropped", "refused" };
    struct exh_json *facts = exh_json_object();

    if (!sound->facts) {
        exh_json_free(facts);
        return exh_json_text(NULL);
    }
    for (size_t i = 0; i < EXH_COUNT(names); i++)
        exh_json_set_int(facts, names[i], exh_json_int_or(sound->facts, names[i], 0));
    exh_json_set_int(facts, "packets", (int64_t)sound->count);
    return facts;
}

/* What the encoder says of itself is the same in all chunks, or there would be no one setup. */
static void set_encoder(const struct exh_film *film, struct exh_json *facts)
{
    const char *words = NULL;

    for (size_t i = 0; i < film->chunk_count && !words; i++)
        words = exh_json_text_or(film->reels[i].facts, "encoder", NULL);
    EXH_CLEANUP(exh_freep) char *shown = words ? exh_text_printable(words) : NULL;
    exh_json_set_text(facts, "encoder", shown);
}

static void state(struct filming *f)
{
    static const char *const sums[] = { "pictures", "cards", "hurried", "moved", "packets", "decoded", "damaged", "refused", "interlaced",
                                        "changes" };
    struct exh_film *film = f->film;
    struct exh_json *facts = film->facts = exh_json_object(), *holes = exh_json_array();

    for (size_t i = 0; i < EXH_COUNT(sums); i++)
        exh_json_set_int(facts, sums[i], sum(film, sums[i]));
    for (size_t i = 0; i < film->chunk_count; i++)
        add_holes(&film->reels[i], holes);
    exh_json_set(facts, "holes", holes);
    exh_json_set(facts, "graphs", graphs(film));
    exh_json_set(facts, "sound", sound_facts(&film->reels[film->chunk_count]));
    exh_json_set_int(facts, "chunks", (int64_t)film->chunk_count);
    exh_json_set_int(facts, "width", f->crew->width);
    exh_json_set_int(facts, "height", f->crew->height);
    exh_json_set_int(facts, "length_ns", (f->crew->length - f->begins) * 100000 / 9);
    exh_json_set(facts, "first", edge(film, false));
    exh_json_set(facts, "last", edge(film, true));
    exh_json_set_text(facts, "libraries", f->crew->libraries);
    set_encoder(film, facts);
}

/* ---- the whole ---- */

static bool make(struct filming *f, const struct exh_convert *convert, struct exh_error *err)
{
    struct exh_film *film = f->film;

    if (!exh_crew_start(f->crew, convert, err))
        return false;
    film->chunk_count = f->crew->pieces;
    film->reels = exh_alloc((film->chunk_count + 1) * sizeof *film->reels);
    for (size_t i = 0; i < f->crew->count; i++)
        if (!add_spool(film, convert->spool, err))
            return false;
    f->wants_sound = exh_json_type(exh_json_get(convert->job, "sound")) == EXH_JSON_OBJECT;
    if (!encode_all(f, err))
        return false;
    put_in_order(f);
    if (!make_head(f, err))
        return false;
    state(f);
    return true;
}

bool exh_convert_film(const struct exh_convert *convert, struct exh_film **ret_film, struct exh_error *err)
{
    EXH_CLEANUP(exh_film_freep) struct exh_film *film = exh_alloc(sizeof *film);
    EXH_CLEANUP(exh_crew_clear) struct crew crew = { .count = 0 };
    struct filming filming = { .film = film, .crew = &crew, .begins = INT64_MAX };

    if (!make(&filming, convert, err))
        return false;
    *ret_film = exh_steal(&film);
    return true;
}

/* ---- its bytes ---- */

static bool give(const struct exh_film *film, const struct packet *from, uint64_t size, uint8_t *block,
                 bool (*take)(void *context, const void *bytes, size_t size, struct exh_error *err), void *context, struct exh_error *err)
{
    for (uint64_t done = 0, n; done < size; done += n) {
        n = size - done < BLOCK ? size - done : BLOCK;
        if (!exh_fd_read_at(film->spools[from->spool], "what was encoded", from->place + done, block, (size_t)n, err)
            || !take(context, block, (size_t)n, err))
            return false;
    }
    return true;
}

/* Packets that follow each other in a spool are read in one go. */
bool exh_film_write(const struct exh_film *film, bool (*take)(void *context, const void *bytes, size_t size, struct exh_error *err),
                    void *context, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) uint8_t *block = exh_alloc(BLOCK);

    if (!take(context, film->head.bytes, film->head.size, err))
        return false;
    for (size_t i = 0, next; i < film->order_count; i = next) {
        const struct packet *first = &film->order[i];
        uint64_t size = first->size;
        for (next = i + 1; next < film->order_count && film->order[next].spool == first->spool
             && film->order[next].place == first->place + size; next++)
            size += film->order[next].size;
        if (!give(film, first, size, block, take, context, err))
            return false;
    }
    return true;
}
