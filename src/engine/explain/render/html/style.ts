import { deepestIndent } from './waterfall-html.ts';

const colours = {
  light: `--page:#f6f7f9;--card:#fff;--text:#1c2128;--dim:#5b6572;--line:#d8dde3;--code:#f0f2f5;--critical:#c62828;--warning:#a35c00;--info:#1f6fb2;--fine:#1b7f3b;--run:#b8c1cc;--own:#2f6fde;--trouble:#d64545;--onset:#f3d9a4;--change:#8a63d2`,
  dark: `--page:#0e1116;--card:#161b22;--text:#e3e8ee;--dim:#97a2af;--line:#2b333d;--code:#0f141a;--critical:#ff7b72;--warning:#e3a13a;--info:#6cb6ff;--fine:#57c979;--run:#4a5563;--own:#5b96ff;--trouble:#f06a63;--onset:#54431c;--change:#b394f0`,
} as const;

const indents = Array.from(
  { length: deepestIndent + 1 },
  (_, depth) => `.chart td.d${depth}{padding-left:${(0.5 + depth * 0.8).toFixed(1)}rem}`,
).join('');

/** All of it in one element, which the page's policy names by its hash: nothing else may style or load anything. */
export const style = `
:root{color-scheme:light dark;${colours.light}}
@media (prefers-color-scheme:dark){:root{${colours.dark}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;overflow-wrap:anywhere}
main{max-width:66rem;margin:0 auto;padding:1.25rem}
h1{font-size:1.35rem;line-height:1.35;margin:.25rem 0 .5rem;font-weight:650}
h2{font-size:1.05rem;margin:0 0 .6rem}
h3{font-size:1rem;margin:0 0 .25rem}
p{margin:.35rem 0}
ul,ol{margin:.35rem 0;padding-left:1.3rem}
small,.dim,.scope{color:var(--dim)}
small{font-size:.85em;font-weight:400}
section,.verdict{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.25rem;margin:0 0 1rem}
.verdict{border-left:6px solid var(--info)}
.verdict.critical{border-left-color:var(--critical)}
.verdict.warning{border-left-color:var(--warning)}
.verdict.fine{border-left-color:var(--fine)}
.asked{color:var(--dim);margin:0}
.lead{font-size:1.05rem}
.pill{display:inline-block;border:1px solid currentColor;border-radius:99px;padding:0 .55rem;font-size:.78rem;line-height:1.35rem;font-weight:600;vertical-align:.1em;white-space:nowrap}
.pill.critical,.cross{color:var(--critical)}
.pill.warning,.warn{color:var(--warning)}
.pill.info{color:var(--info)}
.pill.fine,.good{color:var(--fine)}
.sure,.named{display:flex;align-items:center;gap:.6rem;margin:.35rem 0}
.sure .bar,.named .bar{width:7rem;height:.5rem;flex:none;border-radius:4px}
.named{flex-wrap:wrap}
.scope span{display:inline-block}
.scope span:not(:last-child)::after{content:"·";margin:0 .2rem 0 .45rem}
.scope{font-size:.9rem}
.suspects{padding-left:1.3rem}
.suspects>li{margin:.6rem 0}
.way b{font-weight:600}
.way i{color:var(--dim);font-style:normal}
.finding,.split{border-left:4px solid var(--line);padding:.1rem 0 .1rem .9rem;margin:.9rem 0}
.finding.critical{border-left-color:var(--critical)}
.finding.warning{border-left-color:var(--warning)}
.finding.info{border-left-color:var(--info)}
details{margin:.3rem 0}
summary{cursor:pointer;color:var(--info)}
summary small{margin-left:.3rem}
details details{margin-left:1rem}
pre{background:var(--code);border:1px solid var(--line);border-radius:6px;padding:.6rem .75rem;margin:.3rem 0;white-space:pre-wrap;font-size:.82rem}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
code{font-size:.88em}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.85rem}
th,td{text-align:left;vertical-align:top;padding:.18rem .6rem .18rem 0}
th{color:var(--dim);font-weight:500}
.wide td,.wide th{border-bottom:1px solid var(--line);padding-right:1rem}
.wide td{overflow-wrap:normal}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.body{white-space:pre-wrap}
.chart{width:100%;table-layout:fixed}
.chart td,.chart th{padding:.2rem .6rem .2rem 0}
.chart th:nth-child(2),.chart th:nth-child(3){width:5.5rem}
.chart th.axis{width:42%}
.axis span:last-child{float:right}
.chart tr{border-bottom:1px solid var(--line)}
.chart .name{overflow-wrap:anywhere}
.chart .off{color:var(--dim)}
.chart .drawn{padding:0;vertical-align:middle}
.chart .bar{height:1.65rem}
.bar{display:block;width:100%;height:.8rem}
.shares{width:100%;max-width:36rem}
.shares .drawn{width:60%;vertical-align:middle}
.shares .bar{height:.55rem}
.track{fill:var(--line)}
.filled,.own{fill:var(--own)}
.run{fill:var(--run)}
.trouble,.mark-critical,.own.failed{fill:var(--trouble)}
.run.failed{fill:var(--trouble);opacity:.45}
.unknown{fill:var(--run)}
.onset{fill:var(--onset)}
.change{fill:var(--change);opacity:.6}
.blamed{fill:var(--change)}
.mark-warning{fill:var(--warning)}
.mark-info{fill:var(--info)}
.key{display:inline-block;width:.8rem;height:.6rem;margin:0 .2rem 0 .6rem}
.key:first-child{margin-left:0}
.key.own{background:var(--own)}.key.run{background:var(--run)}.key.failed{background:var(--trouble)}.key.onset{background:var(--onset)}
footer{color:var(--dim);font-size:.85rem;padding:0 .25rem 1rem}
${indents}
@media (max-width:44rem){
main{padding:.6rem}
section,.verdict{padding:.8rem .9rem}
.chart thead th:not(.axis){display:none}
.chart tr{display:flex;flex-wrap:wrap;padding:.25rem 0}
.chart td{padding:.05rem 0}
.chart .name{flex:1 1 60%}
.chart td.number{padding-left:.7rem}
.chart .drawn,.chart th.axis{flex:1 0 100%;width:100%}
}
@media print{
:root{${colours.light};--page:#fff}
body{font-size:11pt}
main{max-width:none;padding:0}
section,.verdict{border-radius:0;border-width:0 0 1px;padding:.6rem .2rem;break-inside:auto}
.verdict{border-left-width:6px;padding-left:.8rem}
article,tr,pre{break-inside:avoid}
h2,h3{break-after:avoid}
details::details-content{content-visibility:visible;block-size:auto}
.bar,.key,.pill{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
