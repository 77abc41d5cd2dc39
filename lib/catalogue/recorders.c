/* recorders: the layouts that are known by name (docs/sources.md says where each comes from). */
#include "catalogue.h"

#include <string.h>

/* A recorder may name files in several ways, by version or setting; names that match any are segments. */
static const char *const agentdvr[] = {
    "{camera}/{number}_%Y-%m-%d_%H-%M-%S_{millisecond}.*",
    "{camera}/{number}_%Y-%m-%d_%H-%M-%S.*",                     /* iSpy */
    NULL };
static const char *const ffmpeg_segment[] = {
    "{camera}/*%Y-%m-%d_%H-%M-%S.*", "{camera}/*%Y-%m-%dT%H-%M-%S.*", "{camera}/*%Y-%m-%d-%H-%M-%S.*",
    "{camera}/*%Y%m%d_%H%M%S.*", "{camera}/*%Y%m%d-%H%M%S.*", "{camera}/*%Y%m%dT%H%M%S.*", "{camera}/*%Y%m%d%H%M%S.*",
    "{camera}/%s.*",
    "{camera}_%Y-%m-%d_%H-%M-%S.*", "{camera}_%Y-%m-%dT%H-%M-%S.*", "{camera}_%Y-%m-%d-%H-%M-%S.*",
    "{camera}_%Y%m%d_%H%M%S.*", "{camera}_%Y%m%d-%H%M%S.*", "{camera}_%Y%m%dT%H%M%S.*", "{camera}_%Y%m%d%H%M%S.*",
    "{camera}_%s.*",
    "{camera}-%Y-%m-%d_%H-%M-%S.*", "{camera}-%Y-%m-%dT%H-%M-%S.*", "{camera}-%Y-%m-%d-%H-%M-%S.*",
    "{camera}-%Y%m%d_%H%M%S.*", "{camera}-%Y%m%d-%H%M%S.*", "{camera}-%Y%m%dT%H%M%S.*", "{camera}-%Y%m%d%H%M%S.*",
    "{camera}-%s.*",
    NULL };
static const char *const frigate[] = { "%Y-%m-%d/%H/{camera}/%M.%S.*", NULL };
static const char *const kerberos[] = {
    "%s_{number}-{millisecond}_{camera}_{number}-{number}-{number}-{number}_{number}_{number}.*",
    "%s_{number}-{millisecond}_{camera}_{number}-{number}-{number}-{number}_{number}_{number}_.*",   /* being written */
    NULL };
static const char *const mediamtx[] = { "{camera}/%Y-%m-%d_%H-%M-%S-%f.*", NULL };
static const char *const motion[] = {
    "{camera}/*-%Y%m%d%H%M%S.*",                                 /* each camera has a target_dir of its own */
    "{camera}_{number}-{number}-{number}-%Y%m%d%H%M%S.*",        /* CAM01_%t-%v-%{movienbr}-... */
    "{camera}-{number}-%Y%m%d%H%M%S.*",                          /* 4.x: %t-%v-... */
    NULL };
static const char *const motioneye[] = { "{camera}/%Y-%m-%d/%H-%M-%S.*", NULL };
static const char *const shinobi[] = { "{camera}/%Y-%m-%dT%H-%M-%S.*", NULL };
static const char *const zoneminder[] = {
    "{camera}/%Y-%m-%d/{number}/{number}-video.*", "{camera}/%Y-%m-%d/{number}/incomplete.*",        /* Medium */
    "{camera}/%y/%m/%d/%H/%M/%S/{number}-video.*", "{camera}/%y/%m/%d/%H/%M/%S/incomplete.*",        /* Deep */
    "{camera}/{number}/{number}-video.*", "{camera}/{number}/incomplete.*",                          /* Shallow */
    NULL };

static const struct exh_recorder recorders[] = {
    { "agentdvr", agentdvr, "/opt/AgentDVR/Media/WebServerRoot/Media/video", NULL,
      "Agent DVR and iSpy; the camera's path is its five-letter folder" },
    { "ffmpeg-segment", ffmpeg_segment, NULL, NULL,
      "the ffmpeg program with -f segment -strftime 1; a folder or a prefix for each camera" },
    { "frigate", frigate, "/media/frigate/recordings", "UTC", "Frigate 0.12 and later" },
    { "kerberos", kerberos, "/home/agent/data/recordings", "UTC",
      "Kerberos Agent; the camera's path is the agent's name" },
    { "mediamtx", mediamtx, "./recordings", NULL, "MediaMTX; the camera's path is the stream's" },
    { "motion", motion, "/var/lib/motion/media", NULL,
      "Motion; the camera's path is its folder, the words before %t (CAM01), or 4.x's %t" },
    { "motioneye", motioneye, "/var/lib/motioneye", NULL, "motionEye; the camera's path is its folder" },
    { "shinobi", shinobi, "/home/Shinobi/videos", NULL, "Shinobi; the camera's path is group key/monitor" },
    { "zoneminder", zoneminder, "/var/cache/zoneminder/events", NULL,
      "ZoneMinder, storage schemes Medium, Deep and Shallow; the camera's path is the monitor's number" },
};

const struct exh_recorder *exh_recorders(size_t *ret_count)
{
    *ret_count = EXH_COUNT(recorders);
    return recorders;
}

const struct exh_recorder *exh_recorder_find(const char *name)
{
    for (size_t i = 0; i < EXH_COUNT(recorders); i++)
        if (strcmp(recorders[i].name, name) == 0)
            return &recorders[i];
    return NULL;
}

/* ---- the rate of bare streams ---- */

bool exh_rate_parse(const char *words, struct exh_rate *ret_rate, struct exh_error *err)
{
    const char *slash = strchr(words, '/');
    EXH_CLEANUP(exh_freep) char *above = exh_strndup(words, slash ? (size_t)(slash - words) : strlen(words));
    uint64_t numerator, denominator = 1;

    if (!exh_text_number(above, 1000000, &numerator) || (slash && !exh_text_number(slash + 1, 1000000, &denominator))
        || denominator == 0 || numerator * 60 < denominator || numerator > denominator * 1000)
        return exh_fail(err, EXH_USAGE, "'%s' is no rate: give pictures a second from 1/60 to 1000, such as 25 or "
                        "30000/1001", words);
    *ret_rate = (struct exh_rate){ (int)numerator, (int)denominator };
    return true;
}

char *exh_rate_words(struct exh_rate rate)
{
    if (rate.denominator == 0)
        return NULL;
    return rate.denominator == 1 ? exh_format("%d", rate.numerator)
                                 : exh_format("%d/%d", rate.numerator, rate.denominator);
}
