/* media/picture: from decoded pictures to those of the canvas. */
#include "picture.h"

#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>

static bool fail_av(struct exh_error *err, int code, const char *what)
{
    const char *log = log_take();

    return exh_fail(err, EXH_MALFORMED, "cannot %s: %s", what, log ? log : av_err2str(code));
}

void picture_clear(struct picture_maker *maker)
{
    avfilter_graph_free(&maker->graph);
    free(maker->words);
}

/* ---- the graph's words ---- */

/* Clockwise, and then mirrored left to right: libavfilter's names for the two that lie are of pictures mirrored top to bottom. */
static const char *turning(const struct job_input *input)
{
    switch (input->rotation / 90 % 4) {
    case 1:  return input->mirrored ? "transpose=cclock_flip," : "transpose=clock,";
    case 2:  return input->mirrored ? "vflip," : "hflip,vflip,";
    case 3:  return input->mirrored ? "transpose=clock_flip," : "transpose=cclock,";
    default: return input->mirrored ? "hflip," : "";
    }
}

/* The size at which the input fills the canvas, its shape kept: even numbers. */
static void fit(const struct picture_maker *maker, const AVFrame *frame, int *ret_width, int *ret_height)
{
    AVRational aspect = maker->input->aspect;
    bool lies = maker->input->rotation % 180 != 0;
    int64_t wide = (int64_t)frame->width * aspect.num, high = (int64_t)frame->height * aspect.den;
    int64_t w = lies ? high : wide, h = lies ? wide : high;

    *ret_width = maker->width;
    *ret_height = (int)((av_rescale(maker->width, h, w) + 1) / 2 * 2);
    if (*ret_height > maker->height) {
        *ret_height = maker->height;
        *ret_width = (int)((av_rescale(maker->height, w, h) + 1) / 2 * 2);
    }
    if (*ret_width > maker->width)
        *ret_width = maker->width;
}

/* Odd numbers of square pixels are made even by a black row or column, not by scaling. */
static bool is_near(const struct picture_maker *maker, const AVFrame *frame, bool *ret_pads)
{
    bool lies = maker->input->rotation % 180 != 0;
    int width = lies ? frame->height : frame->width, height = lies ? frame->width : frame->height;
    bool near = maker->input->aspect.num == maker->input->aspect.den && (width + 1) / 2 * 2 == maker->width
        && (height + 1) / 2 * 2 == maker->height;

    *ret_pads = near && (width != maker->width || height != maker->height);
    return near;
}

static char *graph_words(const struct picture_maker *maker, const AVFrame *frame)
{
    struct exh_text text = EXH_TEXT_NONE;
    int width = maker->width, height = maker->height;
    const AVPixFmtDescriptor *kind = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    /* RGB has no matrix of its own; what it is turned into must say one. */
    const char *matrix = kind && kind->flags & AV_PIX_FMT_FLAG_RGB ? ":out_color_matrix=smpte170m" : "";
    bool pads, limited = frame->format == AV_PIX_FMT_YUV420P && frame->color_range != AVCOL_RANGE_JPEG;

    if (maker->input->deinterlace)
        exh_text_puts(&text, "bwdif=mode=send_frame:parity=auto:deint=interlaced,");
    exh_text_puts(&text, turning(maker->input));
    if (is_near(maker, frame, &pads)) {
        if (!limited)
            exh_text_printf(&text, "scale=flags=bicubic+accurate_rnd+full_chroma_int+bitexact:out_range=tv%s,", matrix);
    } else {
        fit(maker, frame, &width, &height);
        exh_text_printf(&text, "scale=%d:%d:flags=bicubic+accurate_rnd+full_chroma_int+bitexact:out_range=tv%s,", width, height,
                        matrix);
    }
    /* At full colour resolution: padding of 4:2:0 begins at even places, and would cover the last column or row. */
    if (pads)
        exh_text_printf(&text, "format=yuv444p,pad=%d:%d:0:0:black,", maker->width, maker->height);
    exh_text_puts(&text, "format=yuv420p,setsar=1");
    if (maker->extra || width != maker->width || height != maker->height)
        exh_text_printf(&text, ",pad=%d:%d:%d:%d:black", maker->width, maker->height + maker->extra,
                        (maker->width - width) / 4 * 2, (maker->height - height) / 4 * 2);
    return exh_text_take(&text);
}

/* ---- setting it up ---- */

static int make_ends(struct picture_maker *maker, const AVFrame *frame)
{
    EXH_CLEANUP(exh_freep) char *about = exh_format(
        "video_size=%dx%d:pix_fmt=%d:time_base=1/1000000000:pixel_aspect=1/1", frame->width, frame->height, frame->format);

    maker->graph->nb_threads = 1;
    maker->graph->scale_sws_opts = av_strdup("flags=bicubic+accurate_rnd+full_chroma_int+bitexact:threads=1");
    int code = avfilter_graph_create_filter(&maker->in, avfilter_get_by_name("buffer"), "in", about, NULL, maker->graph);
    return code < 0 ? code
                    : avfilter_graph_create_filter(&maker->out, avfilter_get_by_name("buffersink"), "out", NULL, NULL, maker->graph);
}

static int join_ends(struct picture_maker *maker)
{
    AVFilterInOut *outputs = avfilter_inout_alloc(), *inputs = avfilter_inout_alloc();
    int code = AVERROR(ENOMEM);

    if (outputs && inputs) {
        *outputs = (AVFilterInOut){ av_strdup("in"), maker->in, 0, NULL };
        *inputs = (AVFilterInOut){ av_strdup("out"), maker->out, 0, NULL };
        code = avfilter_graph_parse_ptr(maker->graph, maker->words, &inputs, &outputs, NULL);
    }
    avfilter_inout_free(&outputs);
    avfilter_inout_free(&inputs);
    return code < 0 ? code : avfilter_graph_config(maker->graph, NULL);
}

static bool set_up(struct picture_maker *maker, const AVFrame *frame, struct exh_error *err)
{
    free(maker->words);
    maker->words = graph_words(maker, frame);
    maker->graph = avfilter_graph_alloc();
    int code = maker->graph ? make_ends(maker, frame) : AVERROR(ENOMEM);
    if (code >= 0)
        code = join_ends(maker);
    maker->from_width = frame->width;
    maker->from_height = frame->height;
    maker->from_format = frame->format;
    maker->from_range = frame->color_range;
    return code >= 0 || fail_av(err, code, "prepare the pictures");
}

static bool is_set_up_for(const struct picture_maker *maker, const AVFrame *frame)
{
    return frame->width == maker->from_width && frame->height == maker->from_height && frame->format == maker->from_format
        && frame->color_range == maker->from_range;
}

/* ---- at work ---- */

static void frame_free(AVFrame **frame)
{
    av_frame_free(frame);
}

static bool drain(struct picture_maker *maker, take_picture *take, void *context, struct exh_error *err)
{
    AVRational base = av_buffersink_get_time_base(maker->out);

    for (;;) {
        EXH_CLEANUP(frame_free) AVFrame *frame = av_frame_alloc();
        int code = frame ? av_buffersink_get_frame(maker->out, frame) : AVERROR(ENOMEM);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
            return true;
        if (code >= 0)
            code = av_frame_make_writable(frame);
        if (code < 0)
            return fail_av(err, code, "make a picture");
        if (!take(context, frame, av_rescale_q(frame->pts, base, NANOSECONDS), err))
            return false;
    }
}

bool picture_end(struct picture_maker *maker, take_picture *take, void *context, struct exh_error *err)
{
    if (!maker->graph)
        return true;
    int code = av_buffersrc_add_frame_flags(maker->in, NULL, 0);
    bool done = (code >= 0 || fail_av(err, code, "finish the pictures")) && drain(maker, take, context, err);
    avfilter_graph_free(&maker->graph);
    return done;
}

bool picture_put(struct picture_maker *maker, AVFrame *frame, int64_t own_ns, take_picture *take, void *context, struct exh_error *err)
{
    if (maker->graph && !is_set_up_for(maker, frame)) {
        maker->changes++;
        if (!picture_end(maker, take, context, err))
            return false;
    }
    if (!maker->graph && !set_up(maker, frame, err))
        return false;
    maker->interlaced += frame->interlaced_frame != 0;
    frame->pts = own_ns;
    frame->sample_aspect_ratio = (AVRational){ 1, 1 };
    int code = av_buffersrc_add_frame_flags(maker->in, frame, AV_BUFFERSRC_FLAG_KEEP_REF);
    return (code >= 0 || fail_av(err, code, "take a picture")) && drain(maker, take, context, err);
}
