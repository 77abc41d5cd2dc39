/* report: what stands round every page: how it looks on a screen, on a telephone and on paper. */
#include "page.h"

/* Colours are those of WCAG's contrast AA on white and on the boxes: text 7:1 or more, lines 3:1. */
static const char style[] =
    "*{box-sizing:border-box}"
    "body{font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;max-width:62rem;margin:0 auto;padding:1rem;"
    "color:#14181d;background:#fff;overflow-wrap:anywhere}"
    "h1{font-size:1.75rem;line-height:1.2;margin:.2rem 0 1rem}"
    "h2{font-size:1.3rem;line-height:1.25;margin:2.2rem 0 .6rem;border-bottom:2px solid #14181d;padding-bottom:.2rem}"
    "h3{font-size:1.05rem;margin:1.4rem 0 .4rem}"
    "a{color:#0b4a8f}small{color:#454c54;font-size:.82em}.over{margin:0;color:#454c54}.t{display:inline-block;max-width:100%}"
    "table{border-collapse:collapse;width:100%;table-layout:fixed;margin:.4rem 0 1rem}"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .7rem .35rem 0;border-bottom:1px solid #c3c9d0}"
    "th{font-weight:600;width:11rem}thead th{border-bottom:2px solid #5b646e}"
    ".list th{width:auto}.files tbody th{font-weight:400}td .under,.custody td small{display:block}"
    "code{font:.85em/1.45 ui-monospace,SFMono-Regular,Consolas,'DejaVu Sans Mono',monospace}small code{font-size:.95em}"
    "pre{background:#f1f3f5;border:1px solid #c3c9d0;padding:.6rem .8rem;margin:.5rem 0;white-space:pre-wrap}"
    "video{display:block;width:100%;max-height:75vh;background:#000;margin:.6rem 0}"
    ".still{margin:.8rem 0}.still img{display:block;max-width:100%;height:auto;border:1px solid #c3c9d0}"
    ".gap{background:#fff6dc;border-left:.4rem solid #8a5a00;padding:.5rem .8rem;margin:.5rem 0}"
    "ol.gaps{list-style:none;margin:0;padding:0}"
    ".bar{margin:.6rem 0}.bar svg{display:block;width:100%;height:66px;overflow:visible}"
    ".bar text{font-size:12px;fill:#14181d}.have{fill:#2f6fb0;stroke:#14181d}.miss{fill:url(#hatch);stroke:#8a5a00}.tick{stroke:#14181d}"
    ".ends{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;margin:0;font-size:.85em}"
    ".key{margin:.3rem 0;font-size:.85em}.key span{display:inline-block;width:1.6em;height:.8em;border:1px solid #14181d;margin:0 .35em 0 0;"
    "background:#2f6fb0;-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    ".key .no{border-color:#8a5a00;background:repeating-linear-gradient(45deg,#fff 0 4px,#c28a1c 4px 7px);margin-left:1.2em}";

static const char paper[] =
    "@media print{@page{size:A4;margin:15mm}html{font-size:12px}body{font-size:9.5pt;max-width:none;padding:0}th{width:40mm}.custody{font-size:8pt}video{display:none}"
    "a{color:inherit;text-decoration:none}tr,figure,.gap,li,.label,.part,.still,pre{break-inside:avoid}h1,h2,h3{break-after:avoid}"
    "thead{display:table-header-group}section.exhibit{break-before:page}pre,.gap{-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    ".still img{max-height:11cm}}";

/* Rows become blocks, and each cell of a list says what it is: nothing is wider than the telephone. */
static const char telephone[] =
    "@media screen and (max-width:40rem){h1{font-size:1.45rem}thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}"
    "table,tbody,tr,th,td{display:block;width:auto}tr{border-bottom:1px solid #5b646e;padding:.35rem 0}td,th{border:0;padding:.1rem 0}"
    "td:empty{display:none}td[data-title]::before{content:attr(data-title) ': ';font-weight:600}}";

void exh_page_begin(struct exh_text *page, const char *title)
{
    exh_text_puts(page, "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'none'; object-src 'none'; frame-src 'none'; "
                  "connect-src 'none'; font-src 'none'; base-uri 'none'; form-action 'none'\">\n<title>");
    exh_page_safe(page, title);
    exh_text_printf(page, "</title>\n<style>%s%s%s</style>\n</head>\n<body>\n", style, paper, telephone);
    /* The hatching of every gap on the page. */
    exh_text_puts(page, "<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\">"
                  "<pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\" fill=\"#fff\"/>"
                  "<rect width=\"3\" height=\"7\" fill=\"#c28a1c\"/></pattern></svg>\n<main>\n");
}

void exh_page_end(struct exh_text *page)
{
    exh_text_puts(page, "</main>\n</body>\n</html>\n");
}
