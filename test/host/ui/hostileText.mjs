// Text that would run, load or break out somewhere if it were ever taken for markup.

/** 500 strings of 20 kinds. @returns {string[]} */
export function hostileStrings() {
  const seeds = [
    "<script>window.hacked=1</script>",
    '<img src=x onerror="window.hacked=1">',
    "<svg onload=window.hacked=1>",
    "</script><script>window.hacked=1</script>",
    '"><iframe srcdoc="<script>parent.hacked=1</script>">',
    "javascript:window.hacked=1",
    "<style>*{display:none!important}</style>",
    "<a href='javascript:window.hacked=1' autofocus onfocus=window.hacked=1>x</a>",
    "{{constructor.constructor('window.hacked=1')()}}",
    "&lt;script&gt;window.hacked=1&lt;/script&gt;",
    "]]><script>window.hacked=1</script>",
    "<!--<script>window.hacked=1//-->",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it must stay text
    "${window.hacked=1}",
    "<math><mtext><option><style><img src onerror=window.hacked=1>",
    "\u202e<script>\u2066window.hacked=1",
    "<base href=http://evil.test/>",
    "<meta http-equiv=refresh content=0;url=http://evil.test/>",
    "<form action=http://evil.test><button autofocus>",
    "\u0000<scr\u0000ipt>window.hacked=1</script>",
    "lens-style-place",
  ];
  return Array.from({ length: 500 }, (_, i) => `${seeds[i % seeds.length]}${i}`);
}
