/** The look of the pages that customers see: sand and shallow water, light and dark, in the page itself. */
import { createHash } from "node:crypto";
import { Markup } from "./html.ts";

const style = `:root{color-scheme:light dark;--ink:light-dark(#1d2b2e,#e4ebe8);--soft:light-dark(#586669,#9badad);--paper:light-dark(#faf7f2,#0f1719);--card:light-dark(#fffdfa,#151f22);--line:light-dark(#e6dfd3,#28363a);--sunk:light-dark(#f3eee5,#1b272a);--tide:light-dark(#1f6763,#84ccc3);--wash:light-dark(#e3efed,#17302f);--on:light-dark(#fff,#0f1719);--sand:light-dark(#7d5a24,#e0bd86);--sandy:light-dark(#f4ead7,#332a1a)}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:grid;grid-template-rows:auto 1fr auto;background:var(--paper);color:var(--ink);font:1.0625rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header,footer{padding:1.25rem 1rem;text-align:center;color:var(--soft);font-size:.9375rem}
header{font-weight:600;color:var(--ink)}
main{width:min(34rem,100% - 2rem);margin:auto;padding:clamp(1.5rem,5vw,2.5rem);background:var(--card);border:1px solid var(--line);border-top:4px solid var(--tide);border-radius:1rem;box-shadow:0 1px 2px rgb(0 0 0/.04),0 12px 32px rgb(0 0 0/.06)}
h1{margin:0 0 .5rem;font-size:clamp(1.4rem,4.5vw,1.75rem);line-height:1.25;letter-spacing:-.01em;text-wrap:balance}
h2{margin:2rem 0 .25rem;font-size:1.0625rem}
p{margin:.5rem 0;text-wrap:pretty}
.soft{color:var(--soft);font-size:.9375rem}
.sum{margin:1.25rem 0;padding:1rem 1.25rem;background:var(--wash);border-radius:.75rem}
.sum strong{display:block;font-size:clamp(1.75rem,7vw,2.25rem);line-height:1.2;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.note{margin:1.25rem 0;padding:.75rem 1rem;background:var(--sandy);border-left:3px solid var(--sand);border-radius:.25rem .5rem .5rem .25rem}
.note p{margin:0}.note p+p{margin-top:.25rem}
form,.go{margin:1.5rem 0 0}
button,.go a{display:block;width:100%;padding:.85rem 1.25rem;border:0;border-radius:.65rem;background:var(--tide);color:var(--on);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
button:hover,.go a:hover{filter:brightness(1.08)}
.go.less a{background:none;color:var(--tide);box-shadow:inset 0 0 0 1.5px var(--tide)}
a{color:var(--tide)}
:focus-visible{outline:3px solid var(--tide);outline-offset:3px;border-radius:.65rem}
.scroll{overflow-x:auto}
table{width:100%;margin:.5rem 0;border-collapse:collapse;font-size:.9375rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding:.25rem 0}
th,td{padding:.5rem 0 .5rem .75rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top;font-weight:400}
th:first-child,td:first-child{padding-left:0;text-align:left}
thead th{color:var(--soft)}
tfoot th,tfoot td{border-bottom:0;font-weight:650}
details{margin-top:1rem;border-top:1px solid var(--line);padding-top:.75rem}
summary{cursor:pointer;color:var(--tide);font-weight:600}
@media(prefers-reduced-motion:no-preference){main{animation:in .25s ease-out}@keyframes in{from{opacity:0;transform:translateY(.5rem)}}}
@media print{body{display:block;background:#fff}main{border:0;box-shadow:none}form,.go{display:none}}`;

/** The pages' only style; not a blank more, since the policy names its fingerprint. */
export const styleElement = new Markup(`<style>${style}</style>`);

/** How the content security policy names it. */
export const styleHash = `'sha256-${createHash("sha256").update(style).digest("base64")}'`;
